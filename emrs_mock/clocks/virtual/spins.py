"""Loops that yield, or ask the time, without sleeping: they take simulated time too, or they would never end."""

from __future__ import annotations

from datetime import timedelta

from emrs_mock.clocks.virtual.process_time import ProcessTime

NO_TIME = timedelta(0)

SPINS = 10_000
"""So many turns in a row take no time."""

SPIN = timedelta(milliseconds=1)
"""What each further one takes."""

LOOK = timedelta(milliseconds=100)
"""What each further look at one record takes: as much as a call that asks for it."""


class Spins:
    """The turns that threads have yielded in a row, or the looks at one thing, with no sleep between."""

    def __init__(self, process_time: ProcessTime, by: timedelta = SPIN) -> None:
        self._process_time = process_time
        self._by = by
        self._what: object = None
        self._count = 0
        self._until = NO_TIME

    def next(self, what: object = None) -> timedelta:
        """What it takes to yield, or to look at `what`, once more without sleeping."""
        here = self._process_time.look()
        self._count = self._count + 1 if here == self._until and what == self._what else 1
        self._what = what
        by = self._by if self._count > SPINS else NO_TIME
        self._until = here + by
        return by
