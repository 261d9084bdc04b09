"""What makes threads come to the turns: sleeping, waiting for each other, starting and joining.

Each patched function is the original for threads that keep real time. Pools are in `pools`, loops in `event_loops`.
"""

from __future__ import annotations

import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import thread as pool_threads
from typing import Any

from emrs_mock.clocks.virtual.participants import Participant, Wait
from emrs_mock.clocks.virtual.patches import Patches
from emrs_mock.clocks.virtual.real_clock import REAL_SLEEP
from emrs_mock.clocks.virtual.turns import Turns


class Threads:
    """The patches of `time.sleep`, `threading.Condition` and `threading.Thread`."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._participants: weakref.WeakKeyDictionary[threading.Thread, Participant] = weakref.WeakKeyDictionary()
        self._last_look = (0, 0.0)
        self.sleep = self._make_sleep()

    def patch(self, patches: Patches) -> None:
        """Let the threads of the test come to the turns."""
        if time.sleep is REAL_SLEEP:
            # Else a test has a sleep of its own, which it wants to be called.
            patches.put(time, "sleep", self.sleep)
        # Carries Event, Semaphore, Barrier, Timer, queue.Queue, Future.result, futures.wait and as_completed too.
        patches.put(threading.Condition, "wait", self._make_wait(threading.Condition.wait))
        patches.put(threading.Thread, "start", self._make_start(threading.Thread.start))
        patches.put(threading.Thread, "join", self._make_join(threading.Thread.join))

    def _make_sleep(self) -> Callable[[float], None]:
        turns = self._turns

        def sleep(seconds: float, /) -> None:
            frame = sys._getframe(1)
            if turns.participants.sleepless is not None and not turns.participants.is_real_in(frame):
                turns.participants.refuse_sleep()
            if (participant := turns.participants.sleeper(frame)) is not None:
                turns.sleep(participant, turns.process_time.whole(seconds))
            elif turns.participants.moves_here() and not turns.participants.is_real_in(frame):
                # A due event may take time; no other thread can have the turn until it is done.
                turns.process_time.step(turns.process_time.whole(seconds))
            else:
                REAL_SLEEP(seconds)

        # By these names other processes find their own, for which it is pickled.
        sleep.__module__, sleep.__qualname__ = "time", "sleep"
        return sleep

    def _asked(self, condition: Any) -> None:
        """A thread asked without waiting."""
        process_time = self._turns.process_time
        look = id(condition), process_time.monotonic()
        if look == self._last_look:
            # Again at the same instant: until it is past, as `as_completed` does when its time has come.
            process_time.creep()
        self._last_look = look

    def _make_wait(self, original: Callable[..., bool]) -> Callable[..., bool]:
        turns, asked = self._turns, self._asked

        def wait(self: Any, timeout: float | None = None) -> bool:
            participant = turns.participants.me(sys._getframe(1))
            if participant is None:
                return original(self, timeout)
            if not self._is_owned():
                raise RuntimeError("cannot wait on un-acquired lock")
            if timeout is None:
                return _wait_in(turns, self, Wait(turns, participant, notifiable=True))
            if timeout <= 0:
                asked(self)
            time = turns.process_time
            if by := time.whole(timeout) if timeout > 0 else turns.spin():
                return _wait_in(turns, self, Wait(turns, participant, time.look() + by, notifiable=True))
            return original(self, timeout)

        return wait

    def _make_start(self, original: Callable[..., None]) -> Callable[..., None]:
        turns, participants = self._turns, self._participants

        def start(self: threading.Thread) -> None:
            parent = turns.participants.me(sys._getframe(1)) or turns.participants.moves_here()
            # A pool's worker takes part only while it works on an item.
            is_worker = getattr(self, "_target", None) is pool_threads._worker
            if not parent or is_worker or self._started.is_set():  # type: ignore[attr-defined]  # typeshed keeps it dark
                with turns.participants.really():
                    original(self)
                return
            wait = Wait(turns, Participant(self.name))
            participants[self] = wait.participant
            undo = _run_in_turn(turns, self, wait)
            turns.announce(wait)
            try:
                with turns.participants.really():
                    original(self)
            except BaseException:
                undo()
                turns.take_back(wait)
                raise

        return start

    def _make_join(self, original: Callable[..., None]) -> Callable[..., None]:
        turns, participants = self._turns, self._participants

        def join(self: threading.Thread, timeout: float | None = None) -> None:
            participant, child = turns.participants.me(sys._getframe(1)), participants.get(self)
            if participant is None or child is None or child is participant or (timeout is not None and timeout <= 0):
                original(self, timeout)
            elif turns.join(participant, child, timeout if timeout is None else turns.process_time.whole(timeout)):
                with turns.participants.really():
                    original(self)

        return join


def _wait_in(turns: Turns, condition: Any, wait: Wait) -> bool:
    """Wait as `Condition.wait` does, but for the turn: `notify` finds our wait among the waiters and releases it."""
    condition._waiters.append(wait)
    state = condition._release_save()
    ended = False
    try:
        ended = turns.block(wait)
        return ended
    finally:
        condition._acquire_restore(state)
        if not ended and wait in condition._waiters:
            condition._waiters.remove(wait)


def _run_in_turn(turns: Turns, thread: threading.Thread, wait: Wait) -> Callable[[], None]:
    """Let the thread wait for its first turn before it runs, and leave at its end; returns what takes that back."""
    patches = Patches()
    run = thread.run

    def run_in_turn() -> None:
        patches.undo()
        try:
            turns.arrive(wait)
            run()
        finally:
            turns.guard.ending.add(thread)
            turns.participants.ending.add(thread)
            turns.leave(wait.participant)

    patches.put(thread, "run", run_in_turn)
    return patches.undo
