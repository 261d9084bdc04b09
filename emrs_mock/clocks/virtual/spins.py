"""Loops that yield, or ask the time, without sleeping: they take simulated time too, or they would never end."""

from __future__ import annotations

from datetime import timedelta

from emrs_mock.clocks.virtual.process_time import ProcessTime

NO_TIME = timedelta(0)

SPINS = 10_000
"""So many turns in a row take no time."""

SPIN = timedelta(milliseconds=1)
"""What each further one takes."""


class Spins:
    """The turns that threads have yielded in a row, with no sleep between."""

    def __init__(self, process_time: ProcessTime) -> None:
        self._process_time = process_time
        self._count = 0
        self._until = NO_TIME

    def next(self) -> timedelta:
        """What it takes to yield once more without sleeping."""
        here = self._process_time.look()
        self._count = self._count + 1 if here == self._until else 1
        by = SPIN if self._count > SPINS else NO_TIME
        self._until = here + by
        return by
