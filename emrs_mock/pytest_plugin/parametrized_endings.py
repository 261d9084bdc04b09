"""Endings, a part of the pytest plugin: runs a test once for each way in which a job run can end.

The endings are in `scenario.named_endings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless
    from emrs_mock.scenario.named_endings import NamedEnding

MARKER = "emr_serverless_endings"
FIXTURE = "emr_serverless_ending"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(*names): run the test once per ending of a job run, or per named ending (docs: endings)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize each test that has the marker or uses the fixture with the endings."""
    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None and FIXTURE not in metafunc.fixturenames:
        return
    if FIXTURE not in metafunc.fixturenames:
        metafunc.fixturenames.append(FIXTURE)
    metafunc.parametrize(FIXTURE, _endings(metafunc.definition, marker), ids=str, indirect=True)


def add_fixture(item: pytest.Item) -> None:
    """Add the fixture to a test with the marker: as the last one, so that its rule overrides those of others."""
    names: list[str] = getattr(item, "fixturenames", [])
    if item.get_closest_marker(MARKER) is not None and hasattr(item, "callspec") and FIXTURE not in names:
        names.append(FIXTURE)


def _endings(item: pytest.Item, marker: pytest.Mark | None) -> list[NamedEnding]:
    from emrs_mock.scenario.named_endings import endings

    args = () if marker is None else marker.args
    try:
        return endings(args[0] if len(args) == 1 and not isinstance(args[0], str) else args)
    except (TypeError, ValueError) as problem:
        raise pytest.Collector.CollectError(f"{item.nodeid}: {problem}") from problem


def is_run_with_endings(item: pytest.Item) -> bool:
    """Whether a test uses the fixture, by its parameters or by the marker."""
    return FIXTURE in getattr(item, "fixturenames", ())


def problem_of_endings(item: pytest.Item, clock: str) -> str | None:
    """Why a test cannot run with endings; None if it can, or does not use them."""
    if is_run_with_endings(item) and clock == "system":
        return (
            f"its endings take hours, so {MARKER} needs another clock than the system's: "
            'add @pytest.mark.emr_serverless(clock="virtual"), or "manual" (docs: endings)'
        )
    if not is_run_with_endings(item) and item.get_closest_marker(MARKER) is not None:
        return f"pytest runs methods of unittest.TestCase once, so {MARKER} cannot be used there (docs: endings)"
    return None


@pytest.fixture
def emr_serverless_ending(request: pytest.FixtureRequest, emr_serverless: EMRServerless) -> NamedEnding:
    """How job runs end in this run of the test: its `.name`, and the final `.state` of the job run."""
    ending: NamedEnding = request.param
    ending.arrange(emr_serverless)
    return ending
