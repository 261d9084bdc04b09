"""The pytest plugin: fixtures, the marker, ini keys, reports of failed tests, and calls outside of every mock.

pytest loads this module in every project that has the package installed. Therefore botocore is not imported here until
a test uses a mock. How a mock is entered is in `activation`. The further modules of the plugin are `_PARTS`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pytest

if TYPE_CHECKING:
    # Any where boto3-stubs[emr-serverless] are not installed.
    from mypy_boto3_emr_serverless import EMRServerlessClient  # type: ignore[import-not-found,unused-ignore]

    from emrs_mock.handle.emr_serverless import EMRServerless
    from emrs_mock.options import Options

T = TypeVar("T")

_PARTS = ("parametrized_endings", "coverage", "hidden_frames", "left_active")
pytest_plugins = tuple(f"emrs_mock.pytest_plugin.{part}" for part in _PARTS)

MARKER = "emr_serverless"
OUTSIDE = f"{MARKER}_outside"
OUTSIDE_VALUES = ("allow", "error")
SECTION = "EMR Serverless: what happened in the mock"

_defaults = pytest.StashKey["Options"]()


class EMRServerlessUnusedWarning(UserWarning):
    """The fixture's mock received no call, but a mock inside of it did."""


# --- options: ini keys, then markers from module to function --------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an ini key for each option that can be given as text."""
    from emrs_mock.options import text_options

    for name, option in text_options().items():
        parser.addini(f"{MARKER}_{name}", f"default for fixture and marker: {option.help}", default=None)
    meaning = "EMR Serverless calls while no mock is active: allow (default) or error"
    parser.addini(OUTSIDE, meaning, default=OUTSIDE_VALUES[0])


def pytest_configure(config: pytest.Config) -> None:
    """Read the ini keys; an impossible value is a usage error."""
    described = f"{MARKER}(**options): run the test under a mock of EMR Serverless, with these options (docs: pytest)"
    config.addinivalue_line("markers", described)
    config.stash[_defaults] = _usage("ini file", lambda: _ini_options(config))
    outside = config.getini(OUTSIDE)
    if outside not in OUTSIDE_VALUES:
        raise pytest.UsageError(f"{OUTSIDE} = {outside}: expected {' or '.join(OUTSIDE_VALUES)} (docs: pytest)")
    if outside == "error":
        _refuse_calls_outside(config)


def _ini_options(config: pytest.Config) -> Options:
    from emrs_mock.options import Options, text_options

    texts = {name: text for name in text_options() if (text := config.getini(f"{MARKER}_{name}")) is not None}
    values = {name: _read(name, text_options()[name].read, text) for name, text in texts.items()}
    try:
        return Options(**values)
    except (TypeError, ValueError) as problem:  # which begins with the option's name
        raise ValueError(f"{MARKER}_{problem}") from problem


def _read(name: str, read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError as problem:
        expected = "a whole number" if read is int else "a number of seconds"
        raise ValueError(f"{MARKER}_{name}={text!r}: expected {expected} (docs: pytest)") from problem


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """Prepare the tests with a marker of ours, when other plugins have added theirs. All others cost one look here.

    All markers with impossible options are reported as one usage error, before any test runs.
    """
    from emrs_mock.pytest_plugin import parametrized_endings

    yield
    ours = {MARKER, parametrized_endings.MARKER}
    marked = [item for item in items if not ours.isdisjoint(mark.name for mark in item.iter_markers())]
    for item in marked:
        parametrized_endings.add_fixture(item)
        _add_fixture(item)
    concerned = [*marked, *filter(parametrized_endings.is_run_with_endings, items)]
    problems = dict.fromkeys(problem for item in concerned if (problem := _problem_of(item)) is not None)
    if problems:
        raise pytest.UsageError("\n".join(problems))


def _add_fixture(item: pytest.Item) -> None:
    """Let the mock be the first fixture that is set up for a test with the marker; of a unittest.TestCase too.

    The list is a new one: the tests of a parametrized function share theirs, and each may have a marker.
    """
    names: list[str] = getattr(item, "fixturenames", [])
    if item.get_closest_marker(MARKER) is None or not names:
        return
    known = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    wider = [name for name in names if name in known and known[name][-1].scope != "function"]
    item.fixturenames = list(dict.fromkeys([*wider, MARKER, *names]))  # type: ignore[attr-defined]


def _problem_of(item: pytest.Item) -> str | None:
    from emrs_mock.pytest_plugin.parametrized_endings import problem_of_endings

    try:
        problem = problem_of_endings(item, _options_of(item).clock)
    except pytest.UsageError as refusal:
        return str(refusal)
    return None if problem is None else f"{_name_of(item)}: {problem}"


def _name_of(item: pytest.Item) -> str:
    """A test's name without its parameters, so that a problem is reported once."""
    return item.nodeid.partition("[")[0]


def _options_of(item: pytest.Item) -> Options:
    """The ini file's options, overridden by each marker from the module down to the test."""
    marks = [mark for node in item.listchain() for mark in node.own_markers if mark.name == MARKER]
    defaults = item.config.stash[_defaults]
    return _usage(_name_of(item), lambda: defaults.with_(_merged(marks))) if marks else defaults


def _merged(marks: list[pytest.Mark]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for mark in marks:
        if mark.args:
            raise TypeError(f"the marker {MARKER} takes options by name, not {mark.args[0]!r} (docs: pytest)")
        options |= mark.kwargs
    if "as_kwarg" in options:
        raise TypeError(f"the marker {MARKER} has no as_kwarg: ask for the fixture {MARKER} instead (docs: pytest)")
    return options


def _usage(where: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (TypeError, ValueError) as problem:
        raise pytest.UsageError(f"{where}: {problem}") from problem


# --- fixtures -------------------------------------------------------------------------------------------------------


@pytest.fixture
def emr_serverless(request: pytest.FixtureRequest) -> Iterator[EMRServerless]:
    """The handle of a mock of EMR Serverless that is active during the test.

    The marker of the same name gives its options: `@pytest.mark.emr_serverless(clock="virtual")`.
    """
    from emrs_mock.activation import leaving
    from emrs_mock.activation.mock import Mock

    inner: list[bool] = []
    noting = leaving.heard(lambda ended: inner.append(ended._backend.is_used))
    with noting, Mock(_options_of(request.node)) as emr:
        yield emr
    if any(inner) and not emr._backend.is_used:
        warnings.warn(
            f"{request.node.nodeid}: the mock of the fixture {MARKER} was never called, but one that was entered "
            "inside of it was. Use either the fixture (and its marker for options) or a decorator (docs: pytest).",
            EMRServerlessUnusedWarning,
            stacklevel=2,
        )


@pytest.fixture
def emr_serverless_client(emr_serverless: EMRServerless) -> EMRServerlessClient:
    """A boto3 client that belongs to the mock of the fixture emr_serverless."""
    return emr_serverless.client()


@pytest.fixture
def emr_serverless_url(emr_serverless: EMRServerless) -> Iterator[str]:
    """The URL at which clients in other processes and languages reach the mock of the fixture emr_serverless."""
    with emr_serverless.serve() as url:
        yield url


# --- reports of tests that failed -----------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the timelines of the mocks to the report of a failed test or set-up."""
    report = yield
    if call.excinfo is None or not report.failed:
        return report
    from emrs_mock.pytest_plugin import hidden_frames

    if item.stash.get(hidden_frames.nothing_left, False):
        report.longrepr = f"E   {call.excinfo.exconly()}"
    if report.when != "teardown":
        _add_timelines(item, report)
        _say_how_to_get_the_handle(item, report)
    return report


def _add_timelines(item: pytest.Item, report: pytest.TestReport) -> None:
    from emrs_mock.pytest_plugin import left_active

    active = [*left_active.alive()]
    for emr in active:
        emr._has_failed = True
    texts = [emr._report() for emr in (*active, *left_active.ended(item))]
    report.sections += [(SECTION, text) for text in texts if text]


def _say_how_to_get_the_handle(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add a line to "fixture 'emr' not found" where the test is decorated, and its author may expect the handle."""
    error: Any = report.longrepr
    name = getattr(error, "argname", None)
    if name is None or not hasattr(error, "errorstring"):
        return
    from emrs_mock.activation.decorated_functions import is_decorated_without_handle

    if is_decorated_without_handle(getattr(item, "obj", None)):
        error.errorstring += (
            f'\nThe parameter {name!r} gets the handle with @mock_emr_serverless(as_kwarg="{name}"). Or use the '
            f"fixture {MARKER} in place of the decorator (docs: activation)"
        )


# --- warnings that are read while the test still runs ---------------------------------------------------------------


@pytest.hookimpl(trylast=True)  # when the terminal reporter is there
def pytest_sessionstart(session: pytest.Session) -> None:
    """Print the warnings about loops that wait at once: pytest shows warnings when the session has ended."""
    from emrs_mock.observation import announcements

    listener = partial(_print_at_once, session.config)
    announcements.LISTENERS.append(listener)
    session.config.add_cleanup(partial(announcements.LISTENERS.remove, listener))


def _print_at_once(config: pytest.Config, text: str) -> None:
    reporter: pytest.TerminalReporter | None = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    with nullcontext() if capture is None else capture.global_and_fixture_disabled():
        if reporter is None or hasattr(config, "workerinput"):  # xdist: a worker's standard error is the controller's
            print(text, file=sys.__stderr__, flush=True)
        else:
            reporter.ensure_newline()
            reporter.write(f"{text}\n", flush=True, yellow=True)


# --- calls outside of every mock ------------------------------------------------------------------------------------


def _refuse_calls_outside(config: pytest.Config) -> None:
    from emrs_mock.activation import active_mocks, installation

    config.add_cleanup(partial(setattr, active_mocks, "outside", active_mocks.outside))
    active_mocks.outside = _refuse
    installation.install()


def _refuse() -> NoReturn:
    raise RuntimeError(
        f"EMR Serverless was called while no mock is active, and {OUTSIDE} is error. Ask for the fixture "
        f"{MARKER}, mark the test with @pytest.mark.{MARKER}, or decorate the caller with @mock_emr_serverless "
        "(docs: pytest)"
    )
