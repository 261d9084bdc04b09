"""The clock as the test's author holds it: read it, move it, ask what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from emrs_mock._annotations import checked
from emrs_mock._misspelt import Hinting
from emrs_mock.clocks.kinds import Time
from emrs_mock.clocks.virtual.held import Held
from emrs_mock.sim.clock import in_utc
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.timing import Duration, duration


def _sum(units: Mapping[str, float]) -> timedelta:
    try:
        return timedelta(**units)
    except OverflowError:
        return timedelta.max  # which is refused as too long


def require_one_amount(by: object, units: Mapping[str, float]) -> None:
    """Raise TypeError unless `advance` was called with either a duration or named units."""
    if (by is None) is not bool(units):
        raise TypeError(
            "advance() takes one duration: either a timedelta or seconds, as in advance(30), or named units, as in "
            "advance(minutes=5) (docs: clocks)"
        )


@checked("clocks")
class Clock(Hinting):
    """The clock of one mock. It never runs backwards."""

    def __init__(self, simulation: Simulation, time: Time) -> None:
        self._simulation = simulation
        self._time = time

    def now(self) -> datetime:
        """The simulated time, aware, UTC."""
        self._simulation.asked(None)
        return self._simulation.catch_up()

    def advance(
        self,
        by: Duration | None = None,
        /,
        *,
        days: float | None = None,
        hours: float | None = None,
        minutes: float | None = None,
        seconds: float | None = None,
    ) -> datetime:
        """Move time forward; everything that is due until then happens, each at its own instant.

        `by` is a `timedelta` or a number of seconds; or name the units. 0 lets happen what is due now.
        Returns the new now. Raises TypeError without an amount, and ValueError for a negative step.
        """
        given = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        units = {name: amount for name, amount in given.items() if amount is not None}
        require_one_amount(by, units)
        return self._simulation.advance(duration(_sum(units) if by is None else by, "What the clock is advanced by"))

    def move_to(self, moment: datetime | str) -> datetime:
        """Move time forward to `moment` (a datetime or ISO string; naive: UTC), as `advance` does.

        Returns the new now. Raises ValueError for a moment in the past.
        """
        target = in_utc(moment, "Clock.move_to: moment=")
        now = self._simulation.catch_up()
        if target < now:
            raise ValueError(f"The clock never runs backwards: it is {now.isoformat()} already (docs: clocks)")
        return self._simulation.advance_to(target)

    def next_due(self) -> datetime | None:
        """When something happens next if no call is made; None if nothing is due."""
        self._simulation.catch_up()
        with self._simulation.lock:
            due = self._simulation.agenda.next()
            return None if due is None else due.at

    def hold(self) -> AbstractContextManager[Held]:
        """Let no simulated time pass in the block: real work is done there that a virtual clock cannot see.

        `with emr.clock.hold() as held:` gives `held.elapsed`, a `timedelta`: the real time that the block has lasted.
        It may be used in a handler. With the other clocks, which sleeping does not move, nothing has to be held.
        """
        return self._time.hold()

    def __repr__(self) -> str:
        clock = self._simulation.clock
        told = self._simulation.now.isoformat() if clock.started else "not yet started"
        return f"<{clock.source!r}: {told}>"
