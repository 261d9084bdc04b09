"""Time that passes by itself, faster than real time or from another start: the time of `emrs-mock serve`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from emrs_mock.clocks.kinds import OrdinaryTime
from emrs_mock.sim.clock import Source


class PacedSource:
    """Tells `start` at the first look; from then on each real second is `speed` simulated ones."""

    standing = False

    def __init__(self, start: datetime | None, speed: float, real: Callable[[], float] = time.monotonic) -> None:
        self._start = start
        self._speed = speed
        self._real = real
        self._began: float | None = None

    def now(self) -> datetime:
        """Tell the time, aware, UTC."""
        if self._began is None or self._start is None:
            self._began = self._real()
            self._start = self._start or datetime.now(timezone.utc)
        return self._start + timedelta(seconds=(self._real() - self._began) * self._speed)

    def move(self, by: timedelta) -> None:
        """Let the source tell a time that is `by` later."""
        self._start = self.now() + by
        self._began = self._real()

    def __repr__(self) -> str:
        return f"clock at {self._speed:g} times real time"


class PacedTime(OrdinaryTime):
    """The time of one world of a server."""

    def __init__(self, start: datetime | None, speed: float) -> None:
        super().__init__("system", start)
        self._speed = speed

    def source(self) -> Source:
        return PacedSource(self._start, self._speed)
