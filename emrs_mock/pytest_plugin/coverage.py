"""State coverage, a part of the pytest plugin: which states, moves and errors the tests ever showed to the code.

What is shown is looked at by a layer of each mock, and only if somebody asks: `control.shown`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emrs_mock.observation.state_coverage import Shown

TITLE = "EMR Serverless: what the tests showed to the code"
OUTPUT = "emr_serverless_shown"

_shown: pytest.StashKey[Shown] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--emrs-coverage` and `--emrs-require`."""
    group = parser.getgroup("emr_serverless", "EMR Serverless (emrs_mock)")
    group.addoption(
        "--emrs-coverage", action="store_true", help="tell which states, moves and errors the tests showed to the code"
    )
    group.addoption(
        "--emrs-require",
        metavar="QUEUED,...",
        default="",
        help="fail, and tell the same, if one of these states, moves (RUNNING->FAILED) or errors was never shown",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have every mock of the session watched, if somebody wants to know. What cannot be shown is a usage error."""
    wanted = _wanted(config)
    if not wanted and not config.getoption("--emrs-coverage"):
        return
    from emrs_mock.handle import backend
    from emrs_mock.observation.state_coverage import Shown, check_wanted
    from emrs_mock.wire.known_names import error_codes

    for label in wanted:
        try:
            check_wanted(label, error_codes())
        except ValueError as problem:
            raise pytest.UsageError(f"--emrs-require: {problem}") from problem
    shown = config.stash[_shown] = Shown()
    backend.WATCHERS.append(shown.watch)
    config.add_cleanup(partial(backend.WATCHERS.remove, shown.watch))


def _wanted(config: pytest.Config) -> list[str]:
    return [label.strip() for label in config.getoption("--emrs-require").split(",") if label.strip()]


def _missing(config: pytest.Config) -> list[str]:
    from emrs_mock.observation.state_coverage import is_met

    labels = config.stash[_shown].labels
    return [label for label in _wanted(config) if not is_met(label, labels)]


# --- what xdist's workers saw ---------------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker saw to the process that started it; there, fail if something was never shown."""
    config = session.config
    if _shown not in config.stash:
        return
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output[OUTPUT] = sorted(config.stash[_shown].labels)
    elif session.exitstatus == pytest.ExitCode.OK and not config.option.collectonly and _missing(config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what a worker saw; one that crashed tells nothing."""
    if _shown in node.config.stash:
        node.config.stash[_shown].add(getattr(node, "workeroutput", {}).get(OUTPUT, []))


# --- the summary ----------------------------------------------------------------------------------------------------


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what was shown, and what never was."""
    if _shown not in config.stash or config.option.collectonly:
        return
    from emrs_mock.observation.state_coverage import summary

    terminalreporter.section(TITLE)
    for line in summary(config.stash[_shown].labels):
        terminalreporter.line(line)
    missing = _missing(config)
    if missing:
        terminalreporter.line(f"never shown, and required: {', '.join(missing)}", red=True)
