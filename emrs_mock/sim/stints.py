"""The workers of one attempt or session over time: which existed from when to when, and how many executors it wanted.

Alike workers that came and left together are one stint with a number, so that 10,000 executors do not make 10,000
objects. When workers come and go is decided in `executors`; here it is only written down and read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from emrs_mock.sim.billing import Usage
from emrs_mock.sim.workers import Size

DRIVER = 0
"""The number of the driver; executors are counted from 1."""
_SECOND = timedelta(seconds=1)


class Stint(NamedTuple):
    """Alike workers of one attempt or session that came at one instant and left at one instant."""

    size: Size
    first: int
    """The number of the first of them: `DRIVER`, or an executor's."""
    number: int
    """How many they are."""
    since: datetime
    until: datetime | None = None
    """When they left; None: they are still there."""
    is_warm: bool = False
    """Whether they are pre-initialised workers of the application, or were created on demand."""

    @property
    def is_driver(self) -> bool:
        """Whether this is the driver."""
        return self.first == DRIVER

    @property
    def numbers(self) -> range:
        """The numbers of these workers."""
        return range(self.first, self.first + self.number)

    def usage(self, at: datetime | None) -> Usage | None:
        """For how long they existed until `at` (None: until they left), in seconds rounded up; None: not at all."""
        ends = [moment for moment in (self.until, at) if moment is not None]
        seconds = -((self.since - min(ends)) // _SECOND) if ends else 0
        return Usage(self.size, seconds, self.number) if seconds > 0 else None


class Wish(NamedTuple):
    """How many executors were wanted from `at` on."""

    at: datetime
    executors: int


class Level(NamedTuple):
    """How many executors were wanted, and how many were there, from `at` on."""

    at: datetime
    wanted: int
    executors: int

    @property
    def missing(self) -> int:
        """How many executors were wanted and not there."""
        return max(0, self.wanted - self.executors)


@dataclass(slots=True, eq=False)
class Workers:
    """The workers that one attempt or session has and had."""

    present: list[Stint] = field(default_factory=list)
    """Those that are there, in the order in which they came."""
    past: list[Stint] = field(default_factory=list)
    """Those that have left."""
    wishes: list[Wish] = field(default_factory=list)
    """The numbers of executors that were wanted, in order of time."""
    executors: int = 0
    """How many executors are there."""
    launched: int = 0
    """How many executors ever came; also the number of the newest."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Workers:
        """A copy with lists of its own; what is in them never changes. The driver leaves last: then nothing does."""
        if self.past and not self.present:
            return self
        return Workers([*self.present], [*self.past], [*self.wishes], self.executors, self.launched)

    @property
    def stints(self) -> list[Stint]:
        """All of them, in the order of their numbers."""
        return sorted([*self.past, *self.present], key=lambda stint: stint.first)

    @property
    def began(self) -> datetime | None:
        """When the driver came; None: there was none."""
        return next((stint.since for stint in (*self.past, *self.present) if stint.is_driver), None)

    @property
    def wanted(self) -> int:
        """How many executors are wanted now."""
        return self.wishes[-1].executors if self.wishes else 0

    @property
    def missing(self) -> int:
        """How many executors are wanted and not there."""
        return max(0, self.wanted - self.executors)

    @property
    def is_starved(self) -> bool:
        """Whether executors are wanted and none ever came."""
        return self.launched == 0 and self.wanted > 0

    def want(self, executors: int, at: datetime) -> None:
        """Note how many executors are wanted from `at` on."""
        if not self.wishes or executors != self.wanted:
            self.wishes.append(Wish(at, executors))

    def start(self, size: Size, at: datetime, *, is_warm: bool) -> None:
        """Note that the driver came."""
        self.present.append(Stint(size, DRIVER, 1, at, None, is_warm))

    def join(self, size: Size, number: int, at: datetime, *, is_warm: bool) -> None:
        """Note that executors came."""
        self.present.append(Stint(size, self.launched + 1, number, at, None, is_warm))
        self.executors += number
        self.launched += number

    def leave(self, number: int, at: datetime) -> list[Stint]:
        """Note that so many executors left, the newest first; returns them."""
        left: list[Stint] = []
        self.executors -= number
        while number > 0:
            stint = self.present.pop()
            stays = max(0, stint.number - number)
            if stays:
                self.present.append(stint._replace(number=stays))
            left.append(stint._replace(first=stint.first + stays, number=stint.number - stays, until=at))
            number -= left[-1].number
        self.past += left
        return left

    def end(self, at: datetime) -> list[Stint]:
        """Note that all workers left; returns them."""
        left = [stint._replace(until=at) for stint in self.present]
        self.past += left
        self.present, self.executors = [], 0
        return left

    def newer_than(self, at: datetime) -> list[Stint]:
        """The executors present that came after `at`, newest first."""
        found = []
        for stint in reversed(self.present):
            if stint.since <= at or stint.is_driver:
                break
            found.append(stint)
        return found

    def wished_since(self, at: datetime) -> Iterator[tuple[Wish, datetime | None]]:
        """The wishes that were in effect at any instant after `at`, newest first, and when each ended."""
        end: datetime | None = None
        for wish in reversed(self.wishes):
            if end is not None and end <= at:
                return
            yield wish, end
            end = wish.at

    def usage(self, at: datetime | None = None) -> list[Usage]:
        """For how long workers existed until `at`; None: those that have left."""
        return [usage for stint in [*self.past, *self.present] if (usage := stint.usage(at)) is not None]

    @property
    def moments(self) -> set[datetime | None]:
        """The instants at which executors came or left, or another number was wanted; None if some are there."""
        executors = [stint for stint in [*self.past, *self.present] if not stint.is_driver]
        return {wish.at for wish in self.wishes}.union(*((stint.since, stint.until) for stint in executors))

    def levels(self) -> Iterator[Level]:
        """The numbers of executors over time: one level for each instant at which they changed."""
        moves: Counter[datetime] = Counter()
        for stint in [*self.past, *self.present]:
            if not stint.is_driver:
                moves[stint.since] += stint.number
                if stint.until is not None:
                    moves[stint.until] -= stint.number
        wishes, wanted, executors = dict(self.wishes), 0, 0
        for at in sorted({*moves, *wishes}):
            wanted, executors = wishes.get(at, wanted), executors + moves[at]
            yield Level(at, wanted, executors)
