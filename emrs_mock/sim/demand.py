"""How many executors a job run wants over time, as a test's author said it. Time counts from RUNNING.

How many executors the job run gets, and when, is in `executors`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

PERIOD = timedelta(minutes=1)
"""A function of time is called at RUNNING and once per period after it."""
LONGEST = timedelta(days=7)
"""A function of time is not called later than this: no BATCH job run lasts longer (facts §3.3)."""


class Demand(Protocol):
    """How many executors are wanted when."""

    def at(self, elapsed: timedelta) -> int | None:
        """The number that is wanted `elapsed` after RUNNING; None: as many as at first."""
        ...

    def next_after(self, elapsed: timedelta) -> timedelta | None:
        """When `at` has to be asked again, counted from RUNNING; None: never."""
        ...


@dataclass(frozen=True, slots=True)
class Steps:
    """Numbers of executors, each wanted from a time on."""

    changes: tuple[tuple[timedelta, int], ...]

    def at(self, elapsed: timedelta) -> int | None:
        index = bisect_right(self.changes, elapsed, key=_begins)
        return self.changes[index - 1][1] if index else None

    def next_after(self, elapsed: timedelta) -> timedelta | None:
        index = bisect_right(self.changes, elapsed, key=_begins)
        return self.changes[index][0] if index < len(self.changes) else None


def _begins(change: tuple[timedelta, int]) -> timedelta:
    return change[0]


@dataclass(frozen=True, slots=True)
class Sampled:
    """A function of the seconds since RUNNING, called at each whole `PERIOD` after it."""

    function: Callable[[float], int]
    at_first: int
    """What the function answers for 0: RUNNING itself calls no function of the author's."""

    def at(self, elapsed: timedelta) -> int | None:
        if elapsed < PERIOD:
            return self.at_first
        return whole(self.function((elapsed // PERIOD * PERIOD).total_seconds()))

    def next_after(self, elapsed: timedelta) -> timedelta | None:
        following = (elapsed // PERIOD + 1) * PERIOD
        return following if following <= LONGEST else None


def sampled(function: Callable[[float], int]) -> Sampled:
    """The demand that a function describes. Raises what the function raises for 0, and TypeError, ValueError."""
    return Sampled(function, whole(function(0.0)))


def whole(number: int) -> int:
    """A number of executors. Raises TypeError for what is no whole number, ValueError for a negative one."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"A number of executors is a whole number, not {number!r} (docs: rules)")
    if number < 0:
        raise ValueError(f"A number of executors cannot be negative: {number!r} (docs: rules)")
    return number
