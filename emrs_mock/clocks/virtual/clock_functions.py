"""What stands in for the functions of `time` that time-machine leaves alone: monotonic clocks, `ctime` and `asctime`.

Functions of a module, so that they can be pickled, and so that one that was kept from an earlier mock serves the next.
Outside of a mock, and for callers that keep real time, each is the original.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from emrs_mock.clocks.virtual.process_time import ProcessTime
from emrs_mock.clocks.virtual.real_clock import Real


class _Current:
    """The simulated time that the process lives in, if it does."""

    process_time: ProcessTime | None = None
    keeps_real: Callable[[FrameType], bool]


def monotonic() -> float:
    """`time.monotonic`."""
    process_time = _Current.process_time
    if process_time is None or _Current.keeps_real(sys._getframe(1)):
        return Real.monotonic()
    return process_time.monotonic()


def monotonic_ns() -> int:
    """`time.monotonic_ns`."""
    process_time = _Current.process_time
    if process_time is None or _Current.keeps_real(sys._getframe(1)):
        return Real.monotonic_ns()
    return process_time.monotonic_ns()


def perf_counter() -> float:
    """`time.perf_counter`: the same clock as `monotonic`."""
    process_time = _Current.process_time
    if process_time is None or _Current.keeps_real(sys._getframe(1)):
        return Real.perf_counter()
    return process_time.monotonic()


def perf_counter_ns() -> int:
    """`time.perf_counter_ns`."""
    process_time = _Current.process_time
    if process_time is None or _Current.keeps_real(sys._getframe(1)):
        return Real.perf_counter_ns()
    return process_time.monotonic_ns()


def ctime(seconds: float | None = None, /) -> str:
    """`time.ctime`."""
    return Real.ctime(_simulated_now(sys._getframe(1)) if seconds is None else seconds)


def asctime(*t: Any) -> str:
    """`time.asctime`."""
    now = None if t else _simulated_now(sys._getframe(1))
    return Real.asctime(*t) if now is None else Real.asctime(time.localtime(now))


def _simulated_now(caller: FrameType) -> float | None:
    """Seconds since the epoch; None for a caller that keeps real time."""
    process_time = _Current.process_time
    if process_time is None or _Current.keeps_real(caller):
        return None
    return process_time.now().timestamp()


REPLACED: Mapping[Any, Any] = {
    Real.monotonic: monotonic,
    Real.monotonic_ns: monotonic_ns,
    Real.perf_counter: perf_counter,
    Real.perf_counter_ns: perf_counter_ns,
    Real.ctime: ctime,
    Real.asctime: asctime,
}
"""Each function of the interpreter, and what stands in for it."""


def put_in_place(process_time: ProcessTime, keeps_real: Callable[[FrameType], bool]) -> None:
    """Let `time` tell this simulated time. A function that was replaced before by others stays."""
    _Current.process_time, _Current.keeps_real = process_time, keeps_real
    _exchange(REPLACED)


def take_away() -> None:
    """Let `time` tell real time. A freeze that ended meanwhile has put our functions there too."""
    _Current.process_time = None
    _exchange({ours: real for real, ours in REPLACED.items()})


def _exchange(new: Mapping[Any, Any]) -> None:
    for real in REPLACED:
        held = getattr(time, real.__name__)
        setattr(time, real.__name__, new.get(held, held))
