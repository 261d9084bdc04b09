"""What the turns cannot see: threads blocked in locks and sockets, threads that are not the test's, and dead ends.

One of the threads that wait monitors the others: it wakes after a short real time and checks whether the threads that
have the turn run at all. Where no thread waits, and one is blocked, a thread of our own does it (`watchdog`). Loops
that poll without effect are found in `idle_guard`.
"""

from __future__ import annotations

import threading
import weakref
from _thread import RLock, get_ident
from collections import deque
from collections.abc import Collection
from concurrent.futures import thread as pool_threads
from datetime import timedelta
from typing import Protocol

from emrs_mock.clocks.virtual.alarms import Alarms, EMRServerlessStuckError, places_of
from emrs_mock.clocks.virtual.deadlines import Deadlines
from emrs_mock.clocks.virtual.idle_guard import IdleGuard
from emrs_mock.clocks.virtual.participants import Participant, Participants, Wait
from emrs_mock.clocks.virtual.pending_work import PendingWork
from emrs_mock.clocks.virtual.process_time import ProcessTime
from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.clocks.virtual.real_io import is_at_prompt, is_in_real_io
from emrs_mock.clocks.virtual.thread_activity import PortableThreadActivity, ThreadActivity, activity_of
from emrs_mock.clocks.virtual.watchdog import Watchdog

PATIENCE = 5.0
"""Real seconds after which a thread that works, or waits for something outside of the process, is left behind."""

WORK_PATIENCE = 60.0
"""Real seconds after which work in other processes, for which a thread waits, is left behind."""

PEEK = 0.001
"""Real seconds between two looks at threads that are known to be blocked."""


class Watched(Protocol):
    """Which threads have the turn, are ready, or wait: what the guard looks at. See `turns`."""

    lock: RLock
    process_time: ProcessTime
    participants: Participants
    running: set[Participant]
    loose: set[Participant]
    ready: deque[Wait]
    asleep: Deadlines
    waiting: dict[Wait, None]
    held: int
    pending: PendingWork
    closed: bool

    def loosen(self) -> None:
        """Let the others go on without those that have the turn and do not run."""
        ...


class StallGuard:
    """The monitoring thread, and what it sees. All methods but `window` are called under the lock of the turns."""

    def __init__(self, turns: Watched, grace: timedelta) -> None:
        self._turns = turns
        self._half_grace = grace.total_seconds() / 2
        self._monitor: Wait | None = None
        self._looks_seldom = False
        self._since = self._worked_at = 0.0
        self._activities: dict[int, ThreadActivity | PortableThreadActivity | None] = {}
        self._alarms = Alarms(turns.process_time)
        self._watchdog = Watchdog(turns, self._look_for_deadlock)
        self.idle = IdleGuard(turns, self._alarms).moved
        self.ending: weakref.WeakSet[threading.Thread] = weakref.WeakSet()

    def turned(self, participant: Participant) -> None:
        """A thread was given the turn."""
        self._since = Real.monotonic()
        participant.overtaken = False
        if self._turns.loose and not self._turns.waiting:
            self._watchdog.start(PATIENCE / 4)

    def monitor(self, wait: Wait) -> None:
        """Let the thread that waits monitor the others, if none does; if it has the turn, another one."""
        if wait.granted:
            self.nudge()
        elif self._monitor is None and not self._turns.closed:
            self._monitor = wait
            self._since = Real.monotonic()
        elif self._looks_seldom and self._turns.asleep:
            self._monitor, self._looks_seldom = wait, False

    def nudge(self) -> None:
        """Wake a thread that waits to monitor the others, if there is one: the last to come has its turn last."""
        if self._monitor is None and not self._turns.closed:
            here = [wait for wait in reversed(self._turns.waiting) if wait.participant.ident not in (None, get_ident())]
            if here:
                min(here, key=lambda wait: wait.costly).wake()

    def poke(self) -> None:
        """Something changed of which no thread is notified: let the one that monitors look."""
        with self._turns.lock:
            if self._monitor is None:
                self.nudge()
            else:
                self._monitor.wake()

    def stop_monitoring(self, wait: Wait) -> None:
        """The thread that waits is done with it; another one may have to monitor the others."""
        if self._monitor is wait:
            self._monitor = None
            self.nudge()

    def window(self, wait: Wait) -> float:
        """For how many real seconds a thread may wait before it has to look; -1: until it is woken."""
        turns = self._turns
        if self._monitor is not wait:
            return -1
        if turns.held and not turns.ready:
            return PATIENCE
        self._looks_seldom = not (turns.asleep or turns.ready or turns.pending)
        if self._looks_seldom:
            # All that there is to see is a dead end: four looks tell it.
            return PATIENCE / 4
        return PEEK if turns.loose and not (turns.running or turns.ready) else self._half_grace

    def after(self, wait: Wait, woken: bool) -> None:
        """A thread comes back from its real wait: with the turn, to monitor the others, or to look."""
        if not wait.granted:
            self.monitor(wait) if woken else self._look()
        # Looking may have given the turn to the one who looked.
        if wait.granted:
            self.stop_monitoring(wait)

    def close(self) -> None:
        """End; no thread looks any more."""
        self._watchdog.stop()
        for activity in self._activities.values():
            if activity is not None:
                activity.close()
        self.forget()

    def forget(self) -> None:
        """Know of no other thread."""
        self._monitor = None
        self._activities.clear()

    def _look(self) -> None:
        """If no thread that has the turn has run since the last look, let the others go on."""
        turns = self._turns
        if turns.closed or (turns.held and not turns.ready) or self._waits_for_real_work():
            return
        if turns.running or turns.asleep or turns.ready:
            turns.loosen()
        elif turns.loose:
            self._blocked()
        else:
            self._dead_end()

    def _waits_for_real_work(self) -> bool:
        """Whether time has to stand for what is really done, in a thread or outside; not for ever, but at a prompt."""
        turns = self._turns
        having_turn = turns.running | turns.loose
        works = [participant for participant in having_turn if participant.works()]
        real = works or [each for each in having_turn if is_at_prompt(each) or _is_in_io(each)]
        if any(map(is_at_prompt, real)):
            self._since = Real.monotonic()
            return True
        pending, now = bool(turns.pending), Real.monotonic()
        if pending:
            self._worked_at = now
        if not (real or pending):
            return False
        if not works and any(wait.heard for wait in turns.ready):
            # What a loop has heard may be what a thread waits for: output that a child cannot end before it is read.
            return False
        # A thread that waited for other work has its whole time after the end of that.
        patience, since = (WORK_PATIENCE, self._since) if pending else (PATIENCE, max(self._since, self._worked_at))
        if now - since < patience:
            return True
        for participant in real:
            participant.overtaken = True
        what = f" {turns.pending}" if pending else ""
        self._warn(f"The others have waited for {patience:.0f} real seconds and go on without{what}", real)
        self._since = Real.monotonic()
        return False

    def left_behind(self, participant: Participant, servers: Collection[str]) -> None:
        """The answers of these servers have not come in time. Called without the lock."""
        self._warn(f"The others have waited for an answer of {', '.join(servers)} and go on", [participant])

    def _blocked(self) -> None:
        """No thread that has the turn runs, and no other one will go on by itself: time may move for the worlds."""
        self._turns.loosen()
        self._look_for_deadlock()

    def _look_for_deadlock(self) -> bool:
        """Warn if all threads have been blocked for long; returns whether to look again."""
        turns = self._turns
        if turns.ready or not turns.loose or self._waits_for_real_work():
            return True
        if turns.running:
            turns.loosen()
        if Real.monotonic() - self._since < PATIENCE:
            return True
        self._warn(
            f"All threads have been blocked for {PATIENCE:.0f} real seconds, in locks or the like",
            [*turns.loose, *(wait.participant for wait in turns.waiting)],
        )
        return False

    def another_thread_ran(self) -> bool:
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
        """No thread that waits has a deadline: until when time may move for the worlds alone, which may end a wait."""
        turns = self._turns
        if not turns.waiting or any(wait.hears_outside() for wait in turns.waiting):
            return None
        if self.another_thread_ran():
            return None
        due = turns.process_time.next_due()
        if due is None and not (turns.loose or turns.pending or self._others()):
            self._stick()
        return due

    def _stick(self) -> None:
        """End every wait with an error: nothing else will."""
        waiting = list(self._turns.waiting)
        places = places_of([wait.participant for wait in waiting], waiting)
        text = self._alarms.text("All threads wait, and nothing is due", places)
        for wait in waiting:
            wait.error = EMRServerlessStuckError(text)
            wait.wake()

    def _dead_end(self) -> None:
        """A thread or a socket from outside might still end a wait; a warning if none has for long."""
        if Real.monotonic() - self._since < PATIENCE:
            return
        participants = [wait.participant for wait in self._turns.waiting]
        self._warn(f"All threads have waited for {PATIENCE:.0f} real seconds, and nothing is due", participants)

    def _warn(self, what: str, participants: Collection[Participant]) -> None:
        self._alarms.warn(what, places_of(participants, self._turns.waiting))


def _is_in_io(participant: Participant) -> bool:
    """Whether the thread does real input or output, for which the others have not waited too long already."""
    return not participant.overtaken and is_in_real_io(participant)
