"""Ctrl-C at any line of entering and leaving: afterwards a mock is active that can be stopped, or none is."""

from __future__ import annotations

import gc
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import emrs_mock
from emrs_mock import _forks, mock_emr_serverless
from emrs_mock.activation import active_mocks
from emrs_mock.clocks.virtual import captured_names
from tests.activation.work import client, create, is_active, listed
from tests.conftest import changes, process, world

PACKAGE = str(Path(emrs_mock.__file__).parent)
ALSO = ("contextlib.py", "weakref.py", "_weakrefset.py", "threading.py")
"""Files of others, whose lines between ours count too."""

OPTIONS = [
    pytest.param({}, id="system"),
    pytest.param({"clock": "manual", "on_orphans": "warn"}, id="manual"),
    pytest.param({"clock": "virtual"}, id="virtual"),
    pytest.param({"deliver": {"s3"}, "other_services": "block", "credentials": "fake"}, id="all"),
]


class Interrupt:
    """A KeyboardInterrupt at the nth line that is run in a block.

    `visits`: how often one function, and one line of a call, counts. A virtual clock looks at all modules in a loop.
    """

    def __init__(self, at: int, visits: int) -> None:
        self.at = at
        self.lines = 0
        self.where = ""
        self._visits = visits
        self._seen: Counter[object] = Counter()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self._call)
        try:
            yield
        finally:
            sys.settrace(before)

    def _call(self, frame, event, argument):
        name = frame.f_code.co_filename
        counts = name.startswith(PACKAGE) or name.endswith(ALSO)
        return self._line if counts and self._is_new(frame.f_code) else None

    def _is_new(self, place) -> bool:
        self._seen[place] += 1
        return self._seen[place] <= self._visits

    def _line(self, frame, event, argument):
        if event == "line" and self._is_new((frame.f_code, frame.f_lineno)):
            self.lines += 1
            if self.lines == self.at:
                self.where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
                raise KeyboardInterrupt
        return self._line


def visits_of(options) -> int:
    """How often one function, and one line, is interrupted."""
    return 1 if options.get("clock") == "virtual" else 2


def interrupted(step: Callable[[Interrupt], None], visits: int) -> Iterator[str]:
    """Do a step with an interrupt at its first line, then at its second, and so on; tells where each time."""
    at = 0
    while True:
        at += 1
        interrupt = Interrupt(at, visits)
        try:
            step(interrupt)
        except KeyboardInterrupt:
            yield interrupt.where
        else:
            assert at > 20, "nothing was interrupted"
            return


def free_for_others() -> bool:
    """Whether another thread can take every lock."""
    taken = []

    def take() -> None:
        for lock in _forks._all():
            if not lock.acquire(timeout=1):
                return
            lock.release()
        taken.append(True)

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    return bool(taken)


def check(mock, before, modules, where) -> None:
    """Stop the mock if it is active; then everything is as before, and it can be entered again."""
    if "_emr" in vars(mock):
        try:
            mock.stop()
        except Exception as problem:
            pytest.fail(f"{where}: {problem!r}")
    assert world() == before, where
    assert not is_active(), where
    assert changes(modules) == [], where
    assert free_for_others(), where
    with mock_emr_serverless():
        create()
        assert listed() == ["etl"], where


@pytest.fixture
def unchanged(monkeypatch):
    """The process as it is now. A virtual clock looks at a few of its modules, or each look would take long."""
    monkeypatch.setattr(captured_names, "_is_spared", lambda name: not name.startswith("tests.activation"))
    monkeypatch.setattr(captured_names, "_look", captured_names._Look())  # others remember their own looks
    client()
    with mock_emr_serverless():
        create()  # everything is loaded
    gc.disable()  # a collection would run lines of its own
    yield world(), process()
    gc.enable()


@pytest.mark.parametrize("options", OPTIONS)
def test_starting_may_be_interrupted_at_any_line(options, unchanged):
    """By start() as by `with`."""
    mock = mock_emr_serverless(**options)

    def start(interrupt):
        with interrupt():
            mock.start()
        mock.stop()

    for where in interrupted(start, visits_of(options)):
        check(mock, *unchanged, where)


@pytest.mark.parametrize("options", OPTIONS)
def test_stopping_may_be_interrupted_at_any_line(options, unchanged):
    """And called again."""
    mock = mock_emr_serverless(**options)

    def stop(interrupt):
        mock.start()
        create()
        with interrupt():
            mock.stop()

    for where in interrupted(stop, visits_of(options)):
        check(mock, *unchanged, where)


@pytest.mark.parametrize("options", OPTIONS[:3])
@pytest.mark.parametrize("error", [None, ZeroDivisionError])
def test_the_end_of_a_block_may_be_interrupted_at_any_line(options, error, unchanged):
    """Whether the body failed or not."""
    mock = mock_emr_serverless(**options)

    def leave(interrupt):
        mock.start()
        create()
        with interrupt():
            mock.__exit__(error, None if error is None else error(), None)

    for where in interrupted(leave, visits_of(options)):
        check(mock, *unchanged, where)


def test_the_mock_that_is_left_active_is_found():
    """A block without a name has the handle."""
    mock = mock_emr_serverless()
    interrupt = Interrupt(1, 1)
    mock.start()
    with pytest.raises(KeyboardInterrupt), interrupt():
        mock.stop()
    emrs_mock.current().stop()
    assert not active_mocks.ALIVE


@pytest.mark.parametrize("options", OPTIONS[:3])
def test_entering_a_fork_may_be_interrupted_at_any_line(options, unchanged):
    """It restores a snapshot when it is entered."""
    outer = mock_emr_serverless(**options)
    emr = outer.start()
    create()

    def start(interrupt):
        fork = emr.fork()
        try:
            with interrupt():
                fork.start()
        finally:
            if "_emr" in vars(fork):
                fork.stop()

    before = world()
    for where in interrupted(start, visits_of(options)):
        assert world() == before, where
        assert free_for_others(), where
        assert listed() == ["etl"], where
    outer.stop()
