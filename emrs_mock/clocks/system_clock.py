"""What steers the process's time of day, a freeze or a journey of time-machine, and the sources that follow it.

It imports neither library: a process that has not loaded one has nothing of it to follow. The simulated time of a whole
process is not here.
"""

from __future__ import annotations

import datetime as dt
import sys
from datetime import timedelta
from typing import Any, Protocol

from emrs_mock.sim.clock import NO_TIME, StandingSource

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
MICROSECOND = timedelta(microseconds=1)


class Steering(Protocol):
    """What steers the time of day; it can be read and moved."""

    @property
    def handle(self) -> Any:
        """The library's own object: freezegun's factory or time-machine's traveller."""
        ...

    @property
    def standing(self) -> bool:
        """Whether its time passes only by being moved."""
        ...

    def now(self) -> dt.datetime:
        """The time that it tells, aware, UTC."""
        ...

    def move(self, by: timedelta) -> None:
        """Let it tell a time that is `by` later."""
        ...


class Freeze:
    """A freeze of freezegun. Reading it does not cost the step that `auto_tick_seconds` takes."""

    def __init__(self, factory: Any) -> None:
        self.handle = factory
        # Only the factory of `tick=True` knows when it began.
        self.standing = not hasattr(factory, "start")

    def now(self) -> dt.datetime:
        # freezegun adds `tz_offset` to UTC times too.
        offset: timedelta = sys.modules["freezegun.api"].tz_offsets[-1]
        told: dt.datetime = self.handle.time_to_freeze if self.standing else self.handle()
        return told.replace(tzinfo=dt.timezone.utc) + offset

    def move(self, by: timedelta) -> None:
        if not self.standing:
            # Its own `tick` forgets the real time that has passed since it was last moved.
            self.handle.move_to(self.handle() + by)
        elif by:
            # For a freeze with auto_tick_seconds an empty tick is a whole step.
            self.handle.tick(by)

    def __repr__(self) -> str:
        return "freezegun's freeze"


class Journey:
    """A journey of time-machine."""

    def __init__(self, traveller: Any) -> None:
        self.handle = traveller

    @property
    def standing(self) -> bool:
        return not self.handle._tick

    def now(self) -> dt.datetime:
        nanoseconds: int = self.handle.time_ns()
        return EPOCH + nanoseconds // 1000 * MICROSECOND

    def move(self, by: timedelta) -> None:
        self.handle.shift(by)

    def __repr__(self) -> str:
        return "time-machine's travel"


def steering() -> Steering | None:
    """What steers the time of day here and now; None where nothing does. A freeze covers every journey."""
    api, machine = sys.modules.get("freezegun.api"), sys.modules.get("time_machine")
    if api is not None and api.freeze_factories:
        return Freeze(api.freeze_factories[-1])
    return Journey(machine.traveller_stack[-1]) if machine is not None and machine.traveller_stack else None


class SystemSource:
    """The source of `clock="system"`: the time of day as it is at each look, plus what `move` added.

    Where a freeze or a journey is active `move` moves that instead, so that one time remains.
    """

    def __init__(self) -> None:
        self._added = NO_TIME

    @property
    def standing(self) -> bool:
        """Whether time passes only by being moved: inside a freeze or a journey that does not tick."""
        steered = steering()
        return steered is not None and steered.standing

    def now(self) -> dt.datetime:
        """Tell the time, aware, UTC."""
        steered = steering()
        # Looked up at each call: a freeze replaces the class.
        told = dt.datetime.now(dt.timezone.utc) if steered is None else steered.now()
        return told + self._added

    def move(self, by: timedelta) -> None:
        """Let the source tell a time that is `by` later; the whole process sees it where its time is steered."""
        if (steered := steering()) is None:
            self._added += by
        else:
            steered.move(by)

    def __repr__(self) -> str:
        steered = steering()
        return "system clock" if steered is None else repr(steered)


class ManualSource(StandingSource):
    """The source of `clock="manual"`: it stands still until it is moved.

    It starts at the first look: at `start`, else at the time of day, cut to the second. Where that look, without a
    `start`, finds a freeze or a journey, that is followed and moved while it lasts, so that one time remains.
    """

    def __init__(self, start: dt.datetime | None) -> None:
        super().__init__(lambda: start or this_second())
        self._may_follow = start is None
        self._follows: bool | None = None

    def now(self) -> dt.datetime:
        """Tell the time, aware, UTC."""
        if (steered := self._steering()) is not None:
            self._now = steered.now()
        return super().now()

    def move(self, by: dt.timedelta) -> None:
        """Let the source tell a time that is `by` later."""
        if (steered := self._steering()) is not None:
            steered.move(by)
        else:
            super().move(by)

    def _steering(self) -> Steering | None:
        if self._follows is None:
            self._follows = self._may_follow and steering() is not None
        return steering() if self._follows else None


def this_second() -> dt.datetime:
    """The time of day, cut to the second, so that a test's times are readable."""
    return SystemSource().now().astimezone(dt.timezone.utc).replace(microsecond=0)
