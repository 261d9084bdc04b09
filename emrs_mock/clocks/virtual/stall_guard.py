"""What the turn cannot see: threads blocked in locks and sockets, threads that are not the test's, and the dead end.

One of the threads that wait monitors the others: it wakes after a short real time and looks whether those who have the
turn run at all. No thread monitors while everybody's state is known.
"""

from __future__ import annotations

import sys
import threading
import traceback
import warnings
import weakref
from _thread import RLock, get_ident
from collections import deque
from collections.abc import Collection
from concurrent.futures import thread as pool_threads
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from emrs_mock.clocks.virtual.participants import Participant, Participants, Wait
from emrs_mock.clocks.virtual.process_time import ProcessTime
from emrs_mock.clocks.virtual.real_clocks import Real
from emrs_mock.clocks.virtual.thread_activity import PortableThreadActivity, ThreadActivity, activity_of

PATIENCE = 5.0
"""Real seconds after which even a thread that works is left behind: a loop may spin for something that needs time."""

PEEK = 0.001
"""Real seconds between two looks at threads that are known to be blocked."""

IDLE_WARNS, IDLE_FAILS = 10_000, 100_000
"""So many moves of time in a row with nothing due in any world are a loop that polls for what never comes."""

_PLUMBING = (str(Path(__file__).parent), str(Path(threading.__file__).parent))
"""Where the lines of a wait are nobody's: ours and the standard library's."""


class EMRServerlessStuckError(RuntimeError):
    """Everybody waits, and nothing is due that could end a wait."""


class EMRServerlessStuckWarning(UserWarning):
    """Simulated time may be waiting for something that never comes."""


class Watched(Protocol):
    """Who has the turn, who is ready and who waits: what the guard looks at. See `turns`."""

    lock: RLock
    process_time: ProcessTime
    participants: Participants
    running: set[Participant]
    loose: set[Participant]
    ready: deque[Wait]
    asleep: list[tuple[timedelta, int, Wait]]
    waiting: dict[Wait, None]
    held: int
    pending: int
    closed: bool

    def loosen(self) -> None:
        """Let the others go on without those who have the turn and do not run."""
        ...


class StallGuard:
    """The monitoring thread, and what it sees. All methods but `window` are called under the lock of the turns."""

    def __init__(self, turns: Watched, grace: timedelta) -> None:
        self._turns = turns
        self._half_grace = grace.total_seconds() / 2
        self._monitor: Wait | None = None
        self._since = 0.0
        self._warned = False
        self._activities: dict[int, ThreadActivity | PortableThreadActivity | None] = {}
        self.ending: weakref.WeakSet[threading.Thread] = weakref.WeakSet()

    def turned(self) -> None:
        """Somebody was given the turn."""
        self._since = Real.monotonic()

    def monitor(self, wait: Wait) -> None:
        """Let the thread that waits monitor the others, if one is needed; if it has the turn, somebody else."""
        if wait.granted:
            self.nudge()
        elif self._monitor is None and self._is_needed():
            self._monitor = wait
            self._since = Real.monotonic()

    def nudge(self) -> None:
        """Wake somebody who waits to monitor the others, if one is needed: who came last will have its turn last."""
        if self._monitor is None and self._is_needed():
            here = [wait for wait in reversed(self._turns.waiting) if wait.participant.ident not in (None, get_ident())]
            if here:
                min(here, key=lambda wait: wait.costly).wake()

    def poke(self) -> None:
        """Something changed that nobody was told of: let whoever monitors look."""
        with self._turns.lock:
            if self._monitor is None:
                self.nudge()
            else:
                self._monitor.wake()

    def stop_monitoring(self, wait: Wait) -> None:
        """Whoever waits is done with it; somebody else may have to monitor the others."""
        if self._monitor is wait:
            self._monitor = None
            self.nudge()

    def window(self, wait: Wait) -> float:
        """For how many real seconds a thread may wait before it has to look; -1: until it is woken."""
        turns = self._turns
        if self._monitor is not wait:
            return -1
        if turns.running or turns.ready:
            return self._half_grace
        if turns.held or not (turns.asleep or turns.loose):
            return PATIENCE
        return PEEK if turns.loose else self._half_grace

    def after(self, wait: Wait, woken: bool) -> None:
        """A thread comes back from its real wait: with the turn, to monitor the others, or to look."""
        if not wait.granted:
            self.monitor(wait) if woken else self._look()
        # Looking may have given the turn to the one who looked.
        if wait.granted:
            self.stop_monitoring(wait)

    def close(self) -> None:
        """End; nobody looks any more."""
        for activity in self._activities.values():
            if activity is not None:
                activity.close()
        self.forget()

    def forget(self) -> None:
        """Know of no other thread."""
        self._monitor = None
        self._activities.clear()

    def idle(self) -> None:
        """Time was moved often and nothing is due. A loop that polls for what never comes would go on for ever."""
        idle = self._turns.process_time.idle
        if idle < IDLE_FAILS:
            self._warn(f"{IDLE_WARNS:,} sleeps while nothing is due", [self._turns.participants.get(get_ident())])
        else:
            raise EMRServerlessStuckError(self._told(f"{IDLE_FAILS:,} sleeps while nothing is due", ()))

    def _is_needed(self) -> bool:
        turns = self._turns
        return bool(turns.asleep or turns.ready or not (turns.running or turns.loose)) and not turns.closed

    def _look(self) -> None:
        """If nobody who has the turn has run since the last look, let the others go on."""
        turns = self._turns
        if turns.closed or (turns.held and not turns.ready):
            return
        if not (turns.running or turns.loose or turns.asleep or turns.ready):
            self._dead_end()
            return
        works = [participant for participant in turns.running | turns.loose if participant.works()]
        if works or turns.pending:
            if Real.monotonic() - self._since < PATIENCE:
                return
            self._warn(f"The others have waited for {PATIENCE:.0f} real seconds and go on without", works)
            self.turned()
        turns.loosen()

    def somebody_else_ran(self) -> bool:
        """Whether a thread that is not the test's has run since the last look: it might end a wait."""
        if not (others := self._others()):
            return False
        # Each of them must have been looked at.
        ran = [self._other_ran(thread) for thread in others]
        return any(ran)

    def _others(self) -> list[threading.Thread]:
        """Threads that might end a wait: not idle workers of pools, nor threads of the test that are just ending."""
        known = self._turns.participants
        return [
            thread
            for thread in threading.enumerate()
            if thread.ident not in known
            and thread not in self.ending
            and getattr(thread, "_target", None) is not pool_threads._worker
        ]

    def _other_ran(self, thread: threading.Thread) -> bool:
        if thread.ident is None or thread.native_id is None:
            return True
        if thread.native_id not in self._activities:
            self._activities[thread.native_id] = activity_of(thread.ident, thread.native_id)
        activity = self._activities[thread.native_id]
        return activity is not None and activity.has_run()

    def nothing_due(self) -> timedelta | None:
        """Nobody who waits has a deadline: until when time may move for the worlds alone, which may end a wait."""
        turns = self._turns
        if not turns.waiting or turns.loose or any(wait.hears_outside() for wait in turns.waiting):
            return None
        if self.somebody_else_ran():
            return None
        due = turns.process_time.next_due()
        if due is None and not self._others():
            self._stick()
        return due

    def _stick(self) -> None:
        """End every wait with an error: nothing else will."""
        waiting = list(self._turns.waiting)
        text = self._told("Everybody waits and nothing is due", [wait.participant for wait in waiting])
        for wait in waiting:
            wait.error = EMRServerlessStuckError(text)
            wait.wake()

    def _dead_end(self) -> None:
        """Somebody outside might still end a wait, but nobody has for long."""
        waiting = list(self._turns.waiting)
        if not any(wait.hears_outside() for wait in waiting):
            participants = [wait.participant for wait in waiting]
            self._warn(f"Everybody has waited for {PATIENCE:.0f} real seconds and nothing is due", participants)

    def _warn(self, what: str, participants: Collection[Participant | None]) -> None:
        """Warn once: what is wrong, who is concerned, and what is still due."""
        if not self._warned:
            self._warned = True
            warnings.warn(self._told(what, participants), EMRServerlessStuckWarning, stacklevel=2)

    def _told(self, what: str, participants: Collection[Participant | None]) -> str:
        where = "; ".join(place_of(participant) for participant in participants if participant is not None)
        worlds = "; ".join(world.waited_for() for world in self._turns.process_time.worlds)
        now = self._turns.process_time.now().isoformat()
        return f"{what}, at {now}: {where}. {worlds or 'No simulation takes part'} (docs: virtual-time)."


def place_of(participant: Participant) -> str:
    """A thread's name and the line of the code under test at which it stands."""
    frame = sys._current_frames().get(participant.ident or 0)
    stack = traceback.extract_stack(frame) if frame else []
    lines = [line for line in stack if not line.filename.startswith(_PLUMBING)] or stack
    return (
        f"{participant.name} at {lines[-1].filename}:{lines[-1].lineno}" if lines else f"{participant.name}, not begun"
    )
