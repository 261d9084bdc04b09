"""A thread of our own that looks after threads of the test which are all blocked, so that none of them can.

It exists only while a thread is known to be blocked and no other one waits.
"""

from __future__ import annotations

import sys
import traceback
from _thread import RLock, allocate_lock, start_new_thread
from collections.abc import Callable
from typing import Protocol

from emrs_mock.clocks.virtual.participants import Participant, Wait

_START = start_new_thread


class Blocked(Protocol):
    """Which threads are blocked, and which wait: see `turns`."""

    lock: RLock
    loose: set[Participant]
    waiting: dict[Wait, None]
    closed: bool


class Watchdog:
    """Calls `look` again and again, under the lock of the turns, until it returns False or another thread can."""

    def __init__(self, turns: Blocked, look: Callable[[], bool]) -> None:
        self._turns = turns
        self._look = look
        self._stop = allocate_lock()
        self._stop.acquire()
        self._runs = False

    def start(self, seconds: float) -> None:
        """Begin to look every so many real seconds. Called under the lock of the turns."""
        if not self._runs:
            self._runs = True
            _START(self._run, (seconds,))

    def stop(self) -> None:
        """End soon. Called under the lock of the turns."""
        if self._runs and self._stop.locked():
            self._stop.release()

    def _run(self, seconds: float) -> None:
        try:
            while not self._stop.acquire(True, seconds):
                with self._turns.lock:
                    if not self._is_needed() or not self._look():
                        self._runs = False
                        return
        except Exception:
            # A warning that the test's filters turn into an error has no other way to a reader.
            traceback.print_exc(file=sys.__stderr__)
        finally:
            self._runs = False

    def _is_needed(self) -> bool:
        return bool(self._turns.loose) and not self._turns.waiting and not self._turns.closed
