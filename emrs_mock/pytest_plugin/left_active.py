"""Which mocks a test starts and ends, a part of the pytest plugin: for reports of failures, and to stop those left.

Only mocks that begin in the test itself or in what pytest sets up for this test alone are stopped. A mock that a
fixture of a wider scope starts goes on. Nothing is imported or kept for a test that starts none.
"""

from __future__ import annotations

import sys
import warnings
import weakref
from collections.abc import Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from emrs_mock.activation import leaving

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless

_ACTIVE_MOCKS = f"{leaving.__package__}.active_mocks"
_ended = pytest.StashKey["list[weakref.ref[EMRServerless]]"]()
"""The mocks that ended since the body of a test began. The traceback of one that failed keeps its mocks alive."""
_started = pytest.StashKey["list[EMRServerless]"]()


class EMRServerlessLeftActiveWarning(UserWarning):
    """A test started a mock and did not stop it."""


def pytest_configure(config: pytest.Config) -> None:
    """Hear of the mocks that end, which those of decorators and `with` blocks have before the report is made."""
    ended = config.stash[_ended] = []
    listener = partial(_note_end, ended)
    leaving.LISTENERS.append(listener)
    config.add_cleanup(partial(leaving.LISTENERS.remove, listener))


def _note_end(ended: list[weakref.ref[EMRServerless]], emr: EMRServerless) -> None:
    ended.append(weakref.ref(emr))


def alive() -> Mapping[EMRServerless, Any]:
    """The active mocks. Nothing is imported for that: where the module is not loaded there are none."""
    active_mocks = sys.modules.get(_ACTIVE_MOCKS)
    return {} if active_mocks is None else active_mocks.ALIVE


def ended(item: pytest.Item) -> list[EMRServerless]:
    """The mocks that were entered and left in the body of the test that runs now."""
    return [emr for reference in item.config.stash[_ended] if (emr := reference()) is not None]


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Note the mocks that a fixture for one test starts, such as pytest makes of `setup_method`."""
    if fixturedef.scope != "function":
        return (yield)
    before = [*alive()]
    try:
        return (yield)
    finally:
        _note_started(request.node, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note the mocks that the test itself starts, and those that it ends."""
    item.config.stash[_ended].clear()
    before = [*alive()]
    try:
        return (yield)
    finally:
        _note_started(item, before)


def _note_started(item: pytest.Item, before: list[EMRServerless]) -> None:
    started = [emr for emr in [*alive()] if emr not in before]
    if started:
        item.stash.setdefault(_started, []).extend(started)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around the clean-ups of all fixtures
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Stop the mocks that are still active, and warn."""
    try:
        return (yield)
    finally:
        left = [emr for emr in item.stash.get(_started, ()) if emr._on_stop is not None]
        if left:
            _stop(left, item)


def _stop(left: list[EMRServerless], item: pytest.Item) -> None:
    for emr in left:
        emr._has_failed = True  # the warning is enough: what is left unfinished follows from it
        emr.stop()
    mocks = "a mock" if len(left) == 1 else f"{len(left)} mocks"
    warnings.warn(
        f"{item.nodeid} left {mocks} of EMR Serverless active, which would have answered the calls of the next "
        "tests: start() without stop(). It has been stopped now. Use a with block, a decorator or the fixture "
        "emr_serverless, or call stop() at the end: self.addCleanup(mock.stop) (docs: activation)",
        EMRServerlessLeftActiveWarning,
        stacklevel=2,
    )
