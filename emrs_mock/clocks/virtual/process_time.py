"""How far simulated time has come since the entry, by what it goes, and what happens to the simulations on the way.

Which thread may move time, and when, is decided in `turns`; what the process's clocks tell is in `time_of_day` and
`clock_functions`.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, Protocol

import time_machine

from emrs_mock.clocks.system_clock import MICROSECOND, Freeze, Journey, Steering, steering, this_second
from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.sim.clock import LATEST, NO_TIME

MONOTONIC_BASE = 1_000_000.0
"""What monotonic clocks tell at the entry, in seconds: the same in every run, because the rounding of floats decides
which of two timers comes first. Large, because code takes 0 for "never"; small enough that for 85 days floats resolve
less than the nanosecond by which asyncio lets a timer be early."""

LONG = 1e9
"""Seconds, some thirty years, from which on a wait is asked at once whether it ends within the reach of a clock."""

SPIN_ASKS = 100_000
"""So often may a clock be asked in a row while time stands; from then on each question takes time."""


class World(Protocol):
    """What moves when time moves: the simulation of a virtual mock."""

    def next_due(self) -> dt.datetime | None:
        """When the earliest thing is due, aware, UTC."""
        ...

    def run_to(self, now: dt.datetime) -> None:
        """Do what is due up to `now`, in order. Called by the thread that moves time, which holds no lock of ours."""
        ...

    def waited_for(self) -> str:
        """What is unfinished and what is still due, for a message."""
        ...


class ProcessTime:
    """Simulated time since the entry, counted by the steps of what steers the time of day.

    That is the innermost freeze or journey, from before or from inside, else we ourselves. A freeze that begins or ends
    inside changes the time of day, but no thread's remaining wait.
    """

    def __init__(self) -> None:
        self.worlds: list[World] = []
        self.idle = 0
        self.traveller: object = None
        """Our entry on time-machine's stack (`time_of_day`)."""
        self._elapsed = NO_TIME
        self._floor, self._floor_at = MONOTONIC_BASE, NO_TIME
        self._outer: Steering | None = None
        self._lent, self._lends = NO_TIME, False
        self._home: dt.datetime | None = None
        """Where a freeze is moved back to: where it was, and from the end on where it would be."""
        self._asks, self._asked_at = 0, NO_TIME
        self.spun: Callable[[], None] = lambda: None

    def begin(self, start: dt.datetime | None) -> None:
        """Count from now on: from `start` (aware), else from the time of the active freeze or journey, else from now.

        A freeze that is active is moved to `start`, and back at the end.
        """
        freezegun_api = sys.modules.get("freezegun.api")
        self._freezes: list[Any] = [] if freezegun_api is None else freezegun_api.freeze_factories
        self._stack: list[Any] = time_machine.traveller_stack
        outer = steering()
        self._own_now = start or (this_second() if outer is None else outer.now())
        # With a start our own entry hides a journey; nothing of ours could hide a freeze.
        self._outer = None if start and isinstance(outer, Journey) else outer
        if start is not None and self._outer is not None:
            self._home = self._outer.now()
            self._lent = start - self._home
            self._outer.move(self._lent)
            self._lends = True
        self._journey = self._outer.handle if isinstance(self._outer, Journey) else None
        self._follow(self._innermost())

    def end(self) -> None:
        """Move a freeze that was moved to our start back to where it would be. A second time is nothing."""
        outer = self._outer
        if self._home is None or outer is None or outer.handle not in self._freezes:
            return
        if self._lends:
            self._home, self._lends = outer.now() - self._lent, False
        if back := self._home - outer.now():
            outer.move(back)
        self._home = None

    def drop(self, worlds: Collection[World]) -> None:
        """Let these worlds stand still, those of them that move."""
        self.worlds[:] = [world for world in self.worlds if world not in worlds]

    def look(self) -> timedelta:
        """The simulated time that has passed, however it passed."""
        # The usual case, asked for far more often than all else.
        if self._source is None and not self._freezes and self._stack and self._stack[-1] is self.traveller:
            return self._elapsed
        handle = self._innermost()
        if handle is not self._handle:
            self._follow(handle)
        if self._source is not None:
            self._count(self._source.now())
        return self._elapsed

    def _innermost(self) -> Any:
        """The freeze or journey that steers the time of day; None while we do."""
        if self._freezes:
            return self._freezes[-1]
        return self._journey if not self._stack or self._stack[-1] is self.traveller else self._stack[-1]

    def _follow(self, handle: Any) -> None:
        """Count by the steps of another freeze or journey from now on, or by our own."""
        self._handle = handle
        self._source = None if handle is None else Freeze(handle) if self._freezes else Journey(handle)
        self._told = self._own_now if self._source is None else self._source.now()
        self._origin = self._told - self._elapsed

    def _count(self, told: dt.datetime) -> None:
        """Add a step of what is followed; one back changes the time of day alone."""
        step, self._told = told - self._told, told
        if step > NO_TIME:
            self._elapsed += step
        elif step:
            self._origin += step
        if self._outer is not None and self._outer.handle is self._handle:
            self._own_now = told

    def ask(self) -> timedelta:
        """`look`, for code under test: a thread that only asks takes time in the end, or it would spin for ever."""
        elapsed = self.look()
        if elapsed is not self._asked_at:
            self._asks, self._asked_at = 0, elapsed
        self._asks += 1
        if self._asks <= SPIN_ASKS:
            return elapsed
        self._asks = 0
        self.spun()
        self._asks, self._asked_at = SPIN_ASKS, self.look()
        return self._asked_at

    def now(self) -> dt.datetime:
        """The simulated time of day, aware, UTC."""
        return self.look() + self._origin

    def asked_now(self) -> dt.datetime:
        """`now`, for code under test."""
        return self.ask() + self._origin

    def monotonic(self) -> float:
        """What `time.monotonic` and `time.perf_counter` tell: seconds."""
        elapsed = self.ask()
        if elapsed is not self._floor_at:
            self._floor = max(_monotonic_at(elapsed), self._floor)
            self._floor_at = elapsed
        return self._floor

    def monotonic_ns(self) -> int:
        """The same in nanoseconds."""
        return round(self.monotonic() * 1e9)

    def creep(self, by: float = 0.0) -> bool:
        """Let monotonic clocks tell `by` seconds more, at least the next float: a caller waits for what is all but due.

        Returns False where they had been moved in this way at this instant before.
        """
        told = self.monotonic()
        self._floor = max(told + by, math.nextafter(told, math.inf))
        return told == _monotonic_at(self._elapsed)

    def whole(self, seconds: float) -> timedelta:
        """A wait in whole microseconds, not less than asked; raises what `time.sleep` raises for a length that is none.

        What a float of the monotonic clock cannot tell is no part of it: differences of its floats leave that over.
        """
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if seconds > LONG:
            _refuse_beyond_reach(self.now(), seconds)
        by = timedelta(0, seconds)
        left = seconds - by.total_seconds()
        if left > 0 and (not by or left > math.ulp(_monotonic_at(self._elapsed + by))):
            by += MICROSECOND
        return by

    def step(self, by: timedelta) -> None:
        """Move time, whatever is due."""
        if by <= NO_TIME:
            return
        if by > LATEST - self._told_now():
            _refuse_beyond_reach(self._told_now(), by.total_seconds())
        if self._source is None:
            self._elapsed += by
            self._own_now += by
            return
        self._source.move(by)
        if self._lends and self._outer is not None and self._handle is self._outer.handle:
            self._lent += by

    def _told_now(self) -> dt.datetime:
        return self._own_now if self._source is None else self._told

    def run_to(self, deadline: timedelta, woken: Collection[object]) -> None:
        """Move time to `deadline`, from one due event to the next; stops where an event woke a thread."""
        ran, due = None, self.next_due()
        self.idle = self.idle + 1 if due is None and self.worlds else 0
        while due is not None and due <= deadline and due != ran:
            self.step(due - self._elapsed)
            now = self.now()
            for world in self.worlds:
                world.run_to(now)
            if woken:
                return
            ran, due = due, self.next_due()
        self.step(deadline - self._elapsed)

    def next_due(self) -> timedelta | None:
        """When the worlds have something due, as simulated time since the entry; None for nothing."""
        first = None
        for world in self.worlds:
            due = world.next_due()
            if due is not None and (first is None or due < first):
                first = due
        here = self.look()
        return None if first is None else max(first - self._origin, here)

    def lag(self) -> float:
        """Seconds by which monotonic clocks jump when they become real again."""
        return Real.monotonic() - self.monotonic()

    def __repr__(self) -> str:
        self.look()
        return "virtual clock" if self._source is None else f"virtual clock, steering {self._source!r}"


def _refuse_beyond_reach(now: dt.datetime, seconds: float) -> None:
    """Raise OverflowError, as `time.sleep` does, for a wait that no clock can tell the end of."""
    if seconds > (LATEST - now).total_seconds():
        raise OverflowError(
            f"A wait of {seconds:g} s from {now:%Y-%m-%d} on ends after {LATEST:%Y-%m-%d}, the last day of a simulated "
            "clock (docs: virtual-time)"
        )


def _monotonic_at(elapsed: timedelta) -> float:
    return MONOTONIC_BASE + elapsed.total_seconds()
