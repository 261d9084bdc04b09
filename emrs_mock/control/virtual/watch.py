"""What the turn cannot see: threads blocked in locks and sockets, threads that are not the test's, and the dead end.

One of the threads that wait keeps the post: it wakes after a short real time and looks whether those who have the
turn run at all. Nobody is on the post while everybody's state is known.
"""

from __future__ import annotations

import sys
import threading
import traceback
import warnings
import weakref
from _thread import get_ident
from collections.abc import Collection
from concurrent.futures import thread as pool_threads
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from freezegun import api

from emrs_mock.control.virtual.pulse import PortablePulse, Pulse, pulse_of

if TYPE_CHECKING:
    from emrs_mock.control.virtual.people import Person, Wait
    from emrs_mock.control.virtual.turns import Turns

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


class Watch:
    """The post, and what is seen from it. All methods but `window` are called under the lock of the turns."""

    def __init__(self, turns: Turns, grace: timedelta) -> None:
        self._turns = turns
        self._half_grace = grace.total_seconds() / 2
        self._on_post: Wait | None = None
        self._since = 0.0
        self._warned = False
        self._pulses: dict[int, Pulse | PortablePulse | None] = {}
        self.ending: weakref.WeakSet[threading.Thread] = weakref.WeakSet()

    def turned(self) -> None:
        """Somebody was given the turn."""
        self._since = api.real_monotonic()

    def post(self, wait: Wait) -> None:
        """Let the thread that waits keep the post, if one is needed; if it has the turn, somebody else."""
        if wait.granted:
            self.nudge()
        elif self._on_post is None and self._is_needed():
            self._on_post = wait
            self._since = api.real_monotonic()

    def nudge(self) -> None:
        """Wake somebody who waits to keep the post, if one is needed: who came last will have its turn last."""
        if self._on_post is None and self._is_needed():
            here = [wait for wait in reversed(self._turns.waiting) if wait.person.ident not in (None, get_ident())]
            if here:
                min(here, key=lambda wait: wait.costly).wake()

    def poke(self) -> None:
        """Something changed that nobody was told of: let whoever keeps the post look."""
        with self._turns.lock:
            if self._on_post is None:
                self.nudge()
            else:
                self._on_post.wake()

    def leave_post(self, wait: Wait) -> None:
        """Whoever waits is done with it; somebody else may have to keep the post."""
        if self._on_post is wait:
            self._on_post = None
            self.nudge()

    def window(self, wait: Wait) -> float:
        """For how many real seconds a thread may wait before it has to look; -1: until it is woken."""
        turns = self._turns
        if self._on_post is not wait:
            return -1
        if turns.running or turns.ready:
            return self._half_grace
        if turns.held or not (turns.asleep or turns.loose):
            return PATIENCE
        return PEEK if turns.loose else self._half_grace

    def after(self, wait: Wait, woken: bool) -> None:
        """A thread comes back from its real wait: with the turn, to keep the post, or to look."""
        if not wait.granted:
            self.post(wait) if woken else self._look()
        # Looking may have given the turn to the one who looked.
        if wait.granted:
            self.leave_post(wait)

    def close(self) -> None:
        """End; nobody looks any more."""
        for pulse in self._pulses.values():
            if pulse is not None:
                pulse.close()
        self.forget()

    def forget(self) -> None:
        """Know of no other thread."""
        self._on_post = None
        self._pulses.clear()

    def idle(self) -> None:
        """Time was moved often and nothing is due. A loop that polls for what never comes would go on for ever."""
        idle = self._turns.timeline.idle
        if idle < IDLE_FAILS:
            self._warn(f"{IDLE_WARNS:,} sleeps while nothing is due", [self._turns.people.get(get_ident())])
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
        works = [person for person in turns.running | turns.loose if person.works()]
        if works or turns.pending:
            if api.real_monotonic() - self._since < PATIENCE:
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
        known = self._turns.people
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
        if thread.native_id not in self._pulses:
            self._pulses[thread.native_id] = pulse_of(thread.ident, thread.native_id)
        pulse = self._pulses[thread.native_id]
        return pulse is not None and pulse.beats()

    def nothing_due(self) -> timedelta | None:
        """Nobody who waits has a deadline: until when time may move for the worlds alone, which may end a wait."""
        turns = self._turns
        if not turns.waiting or turns.loose or any(wait.hears_outside() for wait in turns.waiting):
            return None
        if self.somebody_else_ran():
            return None
        due = turns.timeline.next_due()
        if due is None and not self._others():
            self._stick()
        return due

    def _stick(self) -> None:
        """End every wait with an error: nothing else will."""
        waiting = list(self._turns.waiting)
        text = self._told("Everybody waits and nothing is due", [wait.person for wait in waiting])
        for wait in waiting:
            wait.error = EMRServerlessStuckError(text)
            wait.wake()

    def _dead_end(self) -> None:
        """Somebody outside might still end a wait, but nobody has for long."""
        waiting = list(self._turns.waiting)
        if not any(wait.hears_outside() for wait in waiting):
            people = [wait.person for wait in waiting]
            self._warn(f"Everybody has waited for {PATIENCE:.0f} real seconds and nothing is due", people)

    def _warn(self, what: str, people: Collection[Person | None]) -> None:
        """Warn once: what is wrong, who is concerned, and what is still due."""
        if not self._warned:
            self._warned = True
            warnings.warn(self._told(what, people), EMRServerlessStuckWarning, stacklevel=2)

    def _told(self, what: str, people: Collection[Person | None]) -> str:
        where = "; ".join(place_of(person) for person in people if person is not None)
        worlds = "; ".join(world.waited_for() for world in self._turns.timeline.worlds)
        now = self._turns.timeline.now().isoformat()
        return f"{what}, at {now}: {where}. {worlds or 'No simulation takes part'} (docs: virtual-time)."


def place_of(person: Person) -> str:
    """A thread's name and the line of the code under test at which it stands."""
    frame = sys._current_frames().get(person.ident or 0)
    stack = traceback.extract_stack(frame) if frame else []
    lines = [line for line in stack if not line.filename.startswith(_PLUMBING)] or stack
    return f"{person.name} at {lines[-1].filename}:{lines[-1].lineno}" if lines else f"{person.name}, not begun"
