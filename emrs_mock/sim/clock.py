"""Where "now" comes from: a source that can be moved, and the rule that time never runs backwards.

The clock applies no events: `simulation` does, when time has moved.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Protocol

NO_TIME = timedelta(0)
EARLIEST = datetime(1000, 1, 1, tzinfo=timezone.utc)
LATEST = datetime(9000, 1, 1, tzinfo=timezone.utc)
"""The times between which a clock can be: every duration after `LATEST` still ends in a year that Python can write."""


class EMRServerlessClockWarning(UserWarning):
    """The source of time jumped back; the simulated service continued from the time that it had."""


class Source(Protocol):
    """A source of time that can be moved forward."""

    @property
    def standing(self) -> bool:
        """Whether time passes only by `move` (or by code that controls the source), never by itself."""
        ...

    def now(self) -> datetime:
        """The time, aware, UTC."""
        ...

    def move(self, by: timedelta) -> None:
        """Move the source forward by `by`."""
        ...


class StandingSource:
    """The source of `clock="manual"`: stands still until it is moved.

    It starts when it is first read, so that a freeze that begins after the mock was entered is the start.
    """

    standing = True

    def __init__(self, start: Callable[[], datetime]) -> None:
        self._start = start
        self._now: datetime | None = None

    def now(self) -> datetime:
        if self._now is None:
            self._now = self._start()
        return self._now

    def move(self, by: timedelta) -> None:
        self._now = self.now() + by

    def __repr__(self) -> str:
        return "manual clock"


class Clock:
    """A source, made monotonic: after a jump back it continues from the time that it had, by the source's steps."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lead = NO_TIME
        self._latest: datetime | None = None
        self._warned = False

    @property
    def lead(self) -> timedelta:
        """How far the clock is ahead of its source, because the source jumped back."""
        return self._lead

    @property
    def started(self) -> bool:
        """Whether the clock has been read yet."""
        return self._latest is not None

    def now(self) -> datetime:
        """The time; the first reading is the start."""
        told = self.source.now()
        now = told + self._lead if self._lead else told
        if not EARLIEST <= now <= LATEST:
            in_reach(now)
        if self._latest is not None and now < self._latest:
            self._lead += self._latest - now
            self._warn(told, self._latest)
            now = self._latest
        self._latest = now
        return now

    def go_on_from(self, at: datetime) -> None:
        """Set the time to `at` now, and continue by the source's steps."""
        self._lead, self._latest = at - self.source.now(), at

    def move(self, by: timedelta) -> None:
        """Move the source forward; a step of zero or less does nothing. Raises ValueError beyond `LATEST`."""
        if by > NO_TIME:
            in_reach(self.now() + by)
            self.source.move(by)

    def _warn(self, told: datetime, stood: datetime) -> None:
        if self._warned:
            return
        self._warned = True
        warnings.warn(
            f"The {self.source!r} jumped back from {stood.isoformat()} to {told.isoformat()}. The mock's time never "
            f"runs backwards: it goes on from {stood.isoformat()} by the clock's further steps. "
            "Freeze time before the first call, or enter the mock inside the freeze (docs: clocks).",
            EMRServerlessClockWarning,
            stacklevel=2,
        )


def in_utc(moment: datetime | str, what: str = "") -> datetime:
    """A datetime or ISO string of the test's author in UTC: aware ones are converted, naive ones are taken as UTC.

    Raises TypeError for anything else, and ValueError for another text and for a time that a clock cannot have; the
    messages begin with `what`.
    """
    if isinstance(moment, str):
        moment = _from_text(moment, what)
    if not isinstance(moment, datetime):
        raise TypeError(f"{what}{moment!r}: expected {_A_MOMENT} (docs: clocks)")
    try:
        utc = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except OverflowError:
        utc = moment.replace(tzinfo=timezone.utc)  # at the limit of Python's dates, which is out of reach anyway
    return in_reach(utc)


_A_MOMENT = "a datetime, or a string such as '2026-01-31T04:00:00Z'"


def _from_text(text: str, what: str) -> datetime:
    try:
        return datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text.strip()))
    except ValueError:
        raise ValueError(f"{what}{text!r}: expected {_A_MOMENT} (docs: clocks)") from None


def in_reach(moment: datetime) -> datetime:
    """The moment. Raises ValueError for a time that a clock cannot have."""
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(
            f"A clock can be between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}, not at {moment.isoformat()} "
            "(docs: clocks)"
        )
    return moment
