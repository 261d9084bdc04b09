"""Loops that poll for what never comes: time moves again and again, and nothing is due in any simulation."""

from __future__ import annotations

from _thread import RLock, get_ident
from typing import Protocol

from emrs_mock.clocks.virtual.alarms import Alarms, EMRServerlessStuckError, place_of
from emrs_mock.clocks.virtual.deadlines import Deadlines
from emrs_mock.clocks.virtual.participants import Participant, Participants, Wait
from emrs_mock.clocks.virtual.real_clock import Real

IDLE_MOVES = 1_000
"""So many moves of time in a row with nothing due are the least that looks like polling."""

IDLE_WARNS, IDLE_FAILS = 5.0, 60.0
"""Real seconds of polling without effect, for each thread that polls: from then on a warning, and an error."""


class Idle(Protocol):
    """Which threads sleep until when: see `turns`."""

    lock: RLock
    asleep: Deadlines
    participants: Participants


class IdleGuard:
    """The real time since which nothing but polling has happened. Called by the thread that moves time."""

    def __init__(self, turns: Idle, alarms: Alarms) -> None:
        self._turns = turns
        self._alarms = alarms
        self._since = 0.0
        self._pollers = 1
        self._long_waits: set[Wait] = set()

    def moved(self, idle: int) -> None:
        """Time has moved to a deadline, for the `idle`th time in a row with nothing due in any simulation."""
        if idle < IDLE_MOVES:
            return
        if idle == IDLE_MOVES:
            self._begin()
        # Several threads may poll: each has its own share of the real time, also those that have ended meanwhile.
        self._pollers = max(self._pollers, len(self._turns.asleep))
        passed = (Real.monotonic() - self._since) / self._pollers
        if passed >= IDLE_WARNS:
            with self._turns.lock:
                self._judge(passed)

    def _judge(self, passed: float) -> None:
        if not self._turns.asleep.waits.isdisjoint(self._long_waits):
            # A thread slept all the while, and will wake: the loop may poll for what that thread does.
            self._begin()
        elif passed < IDLE_FAILS:
            self._alarms.warn(f"{IDLE_WARNS:.0f} real seconds of sleeps while nothing is due", self._place())
        else:
            self._begin()
            self._fail(EMRServerlessStuckError(self._alarms.text(_ENDLESS, self._place())))

    def _begin(self) -> None:
        self._since, self._pollers = Real.monotonic(), 1
        with self._turns.lock:
            here = self._poller()
            self._long_waits = {wait for wait in self._turns.asleep.waits if wait.participant is not here}

    def _poller(self) -> Participant | None:
        """The thread to whose deadline time was moved."""
        wait = self._turns.asleep.first()
        return wait.participant if wait else self._turns.participants.get(get_ident())

    def _place(self) -> list[str]:
        poller = self._poller()
        return [place_of(poller)] if poller else []

    def _fail(self, error: EMRServerlessStuckError) -> None:
        """Raise in the thread that polls."""
        wait = self._turns.asleep.first()
        if wait is None or wait.participant.ident == get_ident():
            raise error
        wait.error = error


_ENDLESS = "Sleeps without end while nothing is due"
