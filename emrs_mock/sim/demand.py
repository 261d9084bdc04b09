"""How many executors a job run wants over time, as a test's author said it. Time counts from RUNNING.

How many executors the job run gets, and when, is in `executors`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any, Protocol

from emrs_mock.sim.timing import Duration, duration

PERIOD = timedelta(minutes=1)
"""A function of time is called at RUNNING and once per period after it."""
LONGEST = timedelta(days=7)
"""A function of time is not called later than this: no BATCH job run lasts longer (facts §3.3)."""

MOST = 1_000_000
"""The most executors that can be wanted: far more than any account gets."""


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

    def __deepcopy__(self, memo: dict[int, Any]) -> Sampled:
        """A copy of the world calls the same function."""
        return self


Wanted = Sequence[tuple[Duration, int]] | Callable[[float], int]
"""How a test's author says it."""


def demand(wanted: Wanted) -> Demand:
    """Read `[(0, 3), (600, 50)]`, with `timedelta` or seconds from RUNNING on, or a function of these seconds.

    A function is called once now, for 0; what it raises is raised. Raises TypeError and ValueError for anything else,
    for times that do not ascend, and for what is no number of executors.
    """
    if callable(wanted):
        return Sampled(wanted, whole(wanted(0.0)))
    if isinstance(wanted, str) or not isinstance(wanted, Sequence) or not all(map(_is_pair, wanted)):
        raise TypeError(f"{wanted!r}: [(time, executors), ...] or a function of seconds since RUNNING (docs: rules)")
    changes = tuple((duration(time, "A time"), whole(executors)) for time, executors in wanted)
    if not changes or any(later <= earlier for (earlier, _), (later, _) in pairwise(changes)):
        raise ValueError(f"{wanted!r}: one or more times are wanted, each later than the one before it (docs: rules)")
    return Steps(changes)


def _is_pair(change: object) -> bool:
    return isinstance(change, tuple | list) and len(change) == 2


def whole(number: int) -> int:
    """A number of executors. Raises TypeError for what is no whole number, ValueError beyond 0 and `MOST`."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"A number of executors is a whole number, not {number!r} (docs: rules)")
    if not 0 <= number <= MOST:
        raise ValueError(f"A number of executors is between 0 and {MOST:,}, not {_short(number)} (docs: rules)")
    return number


def _short(number: int) -> str:
    return str(number) if abs(number) < MOST**2 else "a number of more than 12 digits"
