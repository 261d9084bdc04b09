"""Threads and queues below `threading` and `queue.Queue`: `_thread.start_new_thread`, `queue.SimpleQueue`."""

from __future__ import annotations

import _thread
import inspect
import queue
import sys
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from emrs_mock.clocks.virtual.participants import Participant, Wait
from emrs_mock.clocks.virtual.patches import Patches
from emrs_mock.clocks.virtual.turns import Turns

_RealQueue: Any = queue.SimpleQueue


class RawThreads:
    """The patches of what is implemented in C and can only be replaced as a whole."""

    def __init__(self, turns: Turns) -> None:
        held = _thread.start_new_thread
        self._start, self._queue = _make_start(turns, held), _make_queue(turns)
        # Other modules hold the wrapper of `activation`, or what it wraps.
        self.replaced: dict[Any, Any] = {
            held: self._start,
            inspect.unwrap(held): self._start,
            _RealQueue: self._queue,
        }
        """Each original, and what stands in its place."""

    def patch(self, patches: Patches) -> None:
        """Let the threads come to the turns."""
        patches.put(_thread, "start_new_thread", self._start)
        patches.put(_thread, "start_new", self._start)
        patches.put(queue, "SimpleQueue", self._queue)


def _make_start(turns: Turns, original: Callable[..., int]) -> Callable[..., int]:
    def start_new_thread(function: Any, args: Any, kwargs: Any = {}, /) -> int:  # noqa: B006  # as the original's
        caller = sys._getframe(1)
        parent = turns.participants.me(caller) or turns.participants.moves_here()
        # What `threading` starts has its turn by `threads`.
        if not parent or caller.f_globals.get("__name__") == "threading" or not _can_start(function, args, kwargs):
            return original(function, args, kwargs)
        wait = Wait(turns, Participant(f"a thread of {getattr(function, '__qualname__', function)}"))

        def run_in_turn() -> None:
            try:
                turns.arrive(wait)
                function(*args, **kwargs)
            finally:
                turns.leave(wait.participant)

        turns.announce(wait)
        try:
            return original(run_in_turn, ())
        except BaseException:
            turns.take_back(wait)
            raise

    return start_new_thread


def _can_start(function: Any, args: Any, kwargs: Any) -> bool:
    return callable(function) and isinstance(args, tuple) and isinstance(kwargs, dict)


class _SimpleQueue(_RealQueue):  # type: ignore[misc]  # its base is only known at run time
    """A queue whose takers wait in simulated time, if they are the test's."""

    _turns: Turns

    def __init__(self) -> None:
        super().__init__()
        self._takers: deque[Wait] = deque()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item)
        self._serve()

    def put_nowait(self, item: Any) -> None:
        super().put(item)
        self._serve()

    def _serve(self) -> None:
        # May be called within itself, by a destructor: neither the deque nor the turns mind.
        while self._takers:
            try:
                taker = self._takers.popleft()
            except IndexError:
                return
            if self._turns.notify(taker):
                return

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        participant = self._turns.participants.me(sys._getframe(1)) if block else None
        if participant is None:
            return super().get(block, timeout)
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        time = self._turns.process_time
        deadline = None if timeout is None else time.look() + (time.whole(timeout) or self._turns.spin())
        while True:
            try:
                return super().get(False)
            except queue.Empty:
                if self._turns.closed or not self._wait(participant, deadline):
                    return super().get(self._turns.closed and deadline is None)

    def _wait(self, participant: Participant, deadline: timedelta | None) -> bool:
        """Wait until something is put; False if the deadline came before."""
        wait = Wait(self._turns, participant, deadline, notifiable=True)
        self._takers.append(wait)
        try:
            return self._turns.block(wait)
        finally:
            if wait in self._takers:
                self._takers.remove(wait)


def _make_queue(turns: Turns) -> type:
    return type("SimpleQueue", (_SimpleQueue,), {"_turns": turns, "__module__": "queue"})
