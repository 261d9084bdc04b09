"""State coverage, a part of the pytest plugin: the states, transitions and errors that the code has seen in all tests.

With one of the two options, each mock gets a layer that collects them (`observation.state_coverage`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emrs_mock.observation.state_coverage import Coverage

TITLE = "EMR Serverless: what the tests showed to the code"
OUTPUT = "emr_serverless_coverage"

_coverage: pytest.StashKey[Coverage] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--emrs-coverage` and `--emrs-require`."""
    group = parser.getgroup("emr_serverless", "EMR Serverless (emrs_mock)")
    group.addoption(
        "--emrs-coverage",
        action="store_true",
        help="list the states, transitions and errors that the tests showed to the code",
    )
    group.addoption(
        "--emrs-require",
        metavar="QUEUED,...",
        default="",
        help="fail, and print the same list, if a state, transition (RUNNING->FAILED) or error was never shown",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the layer to all mocks, if an option asks for it. A label that no answer can show is a usage error."""
    wanted = _wanted(config)
    if not wanted and not config.getoption("--emrs-coverage"):
        return
    from emrs_mock.handle import backend
    from emrs_mock.observation.state_coverage import Coverage, check_wanted
    from emrs_mock.wire.known_names import error_codes

    for label in wanted:
        try:
            check_wanted(label, error_codes())
        except ValueError as problem:
            raise pytest.UsageError(f"--emrs-require: {problem}") from problem
    coverage = config.stash[_coverage] = Coverage()
    backend.EXTRA_LAYERS.append(coverage.layer)
    config.add_cleanup(partial(backend.EXTRA_LAYERS.remove, coverage.layer))


def _wanted(config: pytest.Config) -> list[str]:
    return [label.strip() for label in config.getoption("--emrs-require").split(",") if label.strip()]


def _missing(config: pytest.Config) -> list[str]:
    from emrs_mock.observation.state_coverage import is_met

    labels = config.stash[_coverage].labels
    return [label for label in _wanted(config) if not is_met(label, labels)]


# --- the results of xdist's workers ---------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send a worker's labels to the controller; in the controller, fail if a required label was never shown."""
    config = session.config
    if _coverage not in config.stash:
        return
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output[OUTPUT] = sorted(config.stash[_coverage].labels)
    elif session.exitstatus == pytest.ExitCode.OK and not config.option.collectonly and _missing(config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add the labels of a worker; a worker that crashed has sent none."""
    if _coverage in node.config.stash:
        node.config.stash[_coverage].add(getattr(node, "workeroutput", {}).get(OUTPUT, []))


# --- the summary ----------------------------------------------------------------------------------------------------


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was shown, and which states never were."""
    if _coverage not in config.stash or config.option.collectonly:
        return
    from emrs_mock.observation.state_coverage import summary

    terminalreporter.section(TITLE)
    for line in summary(config.stash[_coverage].labels):
        terminalreporter.line(line)
    missing = _missing(config)
    if missing:
        terminalreporter.line(f"never shown, and required: {', '.join(missing)}", red=True)
