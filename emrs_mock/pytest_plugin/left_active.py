"""Mocks that a test started and did not stop, a part of the pytest plugin: they are reported and stopped.

Only mocks that begin in the test itself or in what pytest sets up for this test alone count. A mock that a fixture of a
wider scope starts goes on.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless

_started = pytest.StashKey["list[EMRServerless]"]()


class EMRServerlessLeftActiveWarning(UserWarning):
    """A test started a mock and did not stop it."""


@contextmanager
def _noting(item: pytest.Item) -> Iterator[None]:
    from emrs_mock.activation import active_mocks

    before = set(active_mocks.ALIVE)
    try:
        yield
    finally:
        item.stash.setdefault(_started, []).extend(emr for emr in [*active_mocks.ALIVE] if emr not in before)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Note the mocks that a fixture for one test starts, such as pytest makes of `setup_method`."""
    if fixturedef.scope != "function":
        return (yield)
    with _noting(request.node):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note the mocks that the test itself starts."""
    with _noting(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around the clean-ups of all fixtures
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Stop the mocks that are still active, and warn."""
    try:
        return (yield)
    finally:
        _stop_those_left(item)


def _stop_those_left(item: pytest.Item) -> None:
    from emrs_mock.activation import active_mocks

    left: list[EMRServerless] = [
        emr for emr in item.stash.get(_started, []) if emr in active_mocks.ALIVE and emr._on_stop is not None
    ]
    for emr in left:
        emr._has_failed = True  # the warning is enough: what is left unfinished follows from it
        emr.stop()
    if left:
        mocks = "a mock" if len(left) == 1 else f"{len(left)} mocks"
        warnings.warn(
            f"{item.nodeid} left {mocks} of EMR Serverless active, which would have answered the calls of the next "
            "tests: start() without stop(). It has been stopped now. Use a with block, a decorator or the fixture "
            "emr_serverless, or call stop() at the end: self.addCleanup(mock.stop) (docs: activation)",
            EMRServerlessLeftActiveWarning,
            stacklevel=2,
        )
