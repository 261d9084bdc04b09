"""The process's simulated time: one freeze that everybody sees, moved only here, from one due event to the next.

This is where freezegun is put to work. Who may move time, and when, is the business of `turns`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, Protocol

from freezegun import api

from emrs_mock.clocks.system_clock import NO_TIME, innermost_freeze, move_freeze, ticks, told_by, traveller
from emrs_mock.clocks.virtual.captured_names import FAKES
from emrs_mock.clocks.virtual.patches import Patches

SPIN_ASKS = 100_000
"""So often may the clock be asked in a row while time stands; from then on each question takes time."""

_STACKS = ("freeze_factories", "ignore_lists", "tick_flags", "tz_offsets")


class World(Protocol):
    """What moves when time moves: the simulation of a virtual mock."""

    def next_due(self) -> dt.datetime | None:
        """When the earliest thing is due, aware, UTC."""
        ...

    def run_to(self, now: dt.datetime) -> None:
        """Do what is due up to `now`, in order. Called by the thread that moves time, which holds no lock of ours."""
        ...

    def waited_for(self) -> str:
        """What is unfinished and what is still due, for a participant to read."""
        ...


class OwnFreeze(api.FrozenDateTimeFactory):  # type: ignore[misc]  # freezegun is untyped here
    """The freeze of a process in which nothing else steers time; threads that are not the test's see real time."""

    def __init__(self, start: dt.datetime, is_virtual: Callable[[], bool]) -> None:
        super().__init__(start)
        self._is_virtual = is_virtual

    def __call__(self) -> dt.datetime:
        return self.time_to_freeze if self._is_virtual() else _real_now()

    def tick(self, delta: timedelta) -> dt.datetime:
        """Move; ours alone call it, with a duration, where freezegun's looks for numbers first."""
        self.time_to_freeze: dt.datetime = self.time_to_freeze + delta
        return self.time_to_freeze


class FollowedJourney(api.FrozenDateTimeFactory):  # type: ignore[misc]  # freezegun is untyped here
    """A freeze that tells and moves the time of time-machine, so that one time remains."""

    def __init__(self) -> None:
        """Its time is never its own."""

    def __call__(self) -> dt.datetime:
        return _real_now()

    @property
    def time_to_freeze(self) -> dt.datetime:
        """The time of the journey, which time-machine makes the process's real time."""
        return _real_now()

    def tick(self, delta: timedelta) -> dt.datetime:
        """Shift the journey."""
        traveller().shift(delta)
        return _real_now()


def _real_now() -> dt.datetime:
    now: dt.datetime = api.real_datetime.now(dt.timezone.utc).replace(tzinfo=None)
    return now


class ProcessTime:
    """Simulated time since the entry, counted by the steps of whatever freeze is innermost.

    A freeze that begins or ends inside changes the time of day, but nobody's remaining wait.
    """

    _freeze: Any
    _told: dt.datetime
    _origin: dt.datetime
    _floor_told: dt.datetime | None = None
    _ticks: bool

    def __init__(self) -> None:
        self.worlds: list[World] = []
        self.idle = 0
        self._elapsed = NO_TIME
        self._floor = 0.0
        self._asked = 0
        self.spun: Callable[[], None] = lambda: None

    def begin(self, start: dt.datetime | None, is_virtual: Callable[[], bool]) -> None:
        """Freeze the process: at `start` (naive, UTC), or under the freeze or journey that is active already."""
        self._followed = innermost_freeze() is not None
        followed = None if start else innermost_freeze() or (traveller() and FollowedJourney())
        offset = api.tz_offsets[-1] if followed and api.tz_offsets else NO_TIME
        begin_at = start or _real_now().replace(microsecond=0)
        # What freezegun ignores is a prefix of module names: with the empty one it leaves the looking through to us.
        self._freezer = api.freeze_time(begin_at, tz_offset=offset, ignore=[""])
        # Going on from the real ones; whole, so that no rest of a float decides how often a loop polls.
        self._base = float(math.ceil(api.real_monotonic()))
        self._freezer.start()
        self._own = api.freeze_factories[-1] = followed or OwnFreeze(begin_at, is_virtual)
        self._follow(self._own)

    def end(self) -> bool:
        """Take our freeze back, wherever in freezegun's stacks it stands by now; returns whether others go on."""
        stack = api.freeze_factories
        at = next((at for at in reversed(range(len(stack))) if stack[at] is self._own), None)
        if at is None:
            return bool(stack)
        for name in _STACKS:
            entries = getattr(api, name)
            entries.append(entries.pop(at))
        # Only a freeze that found time real has these, and asks for them when it is the last to end: ours may be the
        # last without having been the first, and one that began inside and ends after us is.
        api._freeze_time.fake_names = tuple(fake.__name__ for fake in FAKES.values())
        api._freeze_time.reals = {id(fake): real for real, fake in FAKES.items()}
        if self._followed:
            self._freezer.ignore = ()
        self._freezer.stop()
        return bool(stack)

    def patch(self, patches: Patches, keeps_real: Callable[[], bool]) -> None:
        """Let freezegun ask us whose time is real, and count its monotonic clocks on from the real ones."""
        patches.put(api, "_should_use_real_time", keeps_real)
        patches.put(api, "_get_fake_monotonic", self.monotonic)
        patches.put(api, "_get_fake_monotonic_ns", lambda: round(self.monotonic() * 1e9))

    def look(self) -> timedelta:
        """The simulated time that has passed, however it passed."""
        freeze = api.freeze_factories[-1]
        if freeze is not self._freeze:
            self._follow(freeze)
        told = freeze() if self._ticks else freeze.time_to_freeze
        if told is not self._told:
            self._count(told)
        return self._elapsed

    def _count(self, told: dt.datetime) -> None:
        """Add a step of the freeze; one back changes the time of day alone."""
        step, self._told = told - self._told, told
        if step > NO_TIME:
            self._elapsed += step
        else:
            self._origin += step

    def _follow(self, freeze: Any) -> None:
        """Count by the steps of another freeze from now on."""
        self._freeze, self._told, self._ticks = freeze, told_by(freeze), ticks(freeze)
        self._origin = self._told.replace(tzinfo=dt.timezone.utc) + api.tz_offsets[-1] - self._elapsed

    def now(self) -> dt.datetime:
        """The simulated time of day, aware, UTC."""
        return self.look() + self._origin

    def monotonic(self) -> float:
        """What `time.monotonic` and `time.perf_counter` tell: seconds, going on from the real ones at the entry."""
        # Asked for far more often than time moves.
        if self._told is not self._floor_told or api.freeze_factories[-1].time_to_freeze is not self._told:
            self._floor = max(self._base + self.look().total_seconds(), self._floor)
            self._floor_told = self._told
            self._asked = 0
        self._asked += 1
        if self._asked > SPIN_ASKS:
            self._asked = 0
            self.spun()
            self._floor = max(self._base + self.look().total_seconds(), self._floor)
            self._floor_told, self._asked = self._told, SPIN_ASKS
        return self._floor

    def creep(self, seconds: float) -> None:
        """Let a wait too short for the clock, the rest that floats leave over, come to an end all the same."""
        self._floor = math.nextafter(self.monotonic() + seconds, math.inf)

    def step(self, by: timedelta) -> None:
        """Move time, whatever is due."""
        if by <= NO_TIME:
            return
        if self._ticks:
            move_freeze(self._freeze, by)
        else:
            self._freeze.tick(by)

    def run_to(self, deadline: timedelta, woken: Collection[object]) -> None:
        """Move time to `deadline`, from one due event to the next; stops where an event woke somebody."""
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
        lag: float = api.real_monotonic() - self.monotonic()
        return lag

    def __repr__(self) -> str:
        steered = {OwnFreeze: "virtual clock", FollowedJourney: "virtual clock, steering time-machine's travel"}
        return steered.get(type(innermost_freeze()), "virtual clock, steering freezegun's freeze")
