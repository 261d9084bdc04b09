"""The interpreter's own clocks, for what has to be measured in real time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any


def _own(name: str) -> Any:
    """A function of `time`; freezegun keeps it under another name while it is active."""
    return getattr(sys.modules.get("freezegun.api"), f"real_{name}", None) or getattr(time, name)


class Real:
    """Attributes of a class, because freezegun replaces what a module holds."""

    monotonic: Callable[[], float] = staticmethod(_own("monotonic"))
    monotonic_ns: Callable[[], int] = staticmethod(_own("monotonic_ns"))
    perf_counter: Callable[[], float] = staticmethod(_own("perf_counter"))
    perf_counter_ns: Callable[[], int] = staticmethod(_own("perf_counter_ns"))
    ctime: Callable[..., str] = staticmethod(time.ctime)
    asctime: Callable[..., str] = staticmethod(time.asctime)
