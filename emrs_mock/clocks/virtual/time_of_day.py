"""The time of day of the process: our entry on time-machine's stack, and what freezegun asks while it is active.

time-machine changes the interpreter's functions where they are implemented, so that classes stay the real ones and
every reference to them tells the time of the innermost entry. How far time has come is counted in `process_time`.
"""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any

import time_machine

from emrs_mock.clocks.system_clock import EPOCH, MICROSECOND
from emrs_mock.clocks.virtual import clock_functions
from emrs_mock.clocks.virtual.patches import Patches
from emrs_mock.clocks.virtual.process_time import ProcessTime

try:
    from freezegun import api as freezegun_api
except ImportError:  # pragma: no cover - only where freezegun is not installed
    freezegun_api = None

_MONOTONIC = ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")

FREEZEGUNS: list[Any] = [] if freezegun_api is None else [getattr(freezegun_api, f"fake_{name}") for name in _MONOTONIC]
"""The monotonic clocks that an active freeze puts where modules hold the interpreter's."""


class SimulatedTraveller:
    """What time-machine asks for the time, in the thread and in the frame that want to know it."""

    _tick = False

    def __init__(
        self,
        process_time: ProcessTime,
        keeps_real: Callable[[FrameType], bool],
        move: Callable[[timedelta], None],
    ) -> None:
        self._process_time = process_time
        self._keeps_real = keeps_real
        self._outer = time_machine.traveller_stack[-1] if time_machine.traveller_stack else None
        self._depth: int | None = len(time_machine.traveller_stack)
        """How many entries stay when ours is gone; while ours is there, None."""
        self.shift = move
        # A number of seconds: a datetime would set the time zone too.
        self._journey = time_machine.travel(0)

    def time_ns(self) -> int:
        """Nanoseconds since the epoch: simulated, or for a caller that keeps real time those without us."""
        if not self._keeps_real(sys._getframe(1)):
            return (self._process_time.asked_now() - EPOCH) // MICROSECOND * 1000
        if self._outer is not None:
            return self._outer.time_ns()
        return time_machine.escape_hatch.time.time_ns()

    def begin(self) -> None:
        """Be the innermost entry of time-machine's stack."""
        with _freeze_hidden():
            self._journey.start()
        self._process_time.traveller = self
        time_machine.traveller_stack[-1] = self  # type: ignore[call-overload]  # all that it needs is `time_ns`
        self._depth = None

    def end(self) -> None:
        """Take our entry away, wherever it stands by now; as many entries as have begun since stay.

        A second time is nothing, or the rest if Ctrl-C broke the first one off.
        """
        stack: list[Any] = time_machine.traveller_stack
        if self._depth is None:
            self._depth = max(len(stack) - 1, 0)
        if self in stack:
            stack[:] = [*(each for each in stack if each is not self), self]
        # Else the end of an outer journey took ours for its own, and its own is left for us.
        if len(stack) > self._depth:
            self._journey.stop()
        if freezegun_api is not None:
            # Both libraries make uuid1 ask `time`, each for as long as it steers, and neither knows of the other.
            steered = stack or freezegun_api.freeze_factories
            uuid._generate_time_safe = None if steered else freezegun_api.real_uuid_generate_time  # type: ignore[attr-defined]

    def _stop(self) -> None:
        """What time-machine calls at the end: there is no time zone to set back."""


@contextmanager
def _freeze_hidden() -> Iterator[None]:
    """time-machine refuses to begin where it finds freezegun's class; both work, one on top of the other."""
    held = dt.datetime
    if freezegun_api is not None:
        dt.datetime = freezegun_api.real_datetime  # type: ignore[misc]
    try:
        yield
    finally:
        dt.datetime = held  # type: ignore[misc]


def answer_freezegun(
    patches: Patches,
    process_time: ProcessTime,
    keeps_real: Callable[[FrameType], bool],
    replace_captured: Callable[[], None],
) -> None:
    """Let freezes, from before and from inside, ask us which caller keeps real time, and for the monotonic clocks."""
    if freezegun_api is None:
        return
    patches.put(freezegun_api._freeze_time, "stop", _make_stop(freezegun_api._freeze_time.stop, replace_captured))
    for name, new in {
        "_should_use_real_time": _make_should_use_real_time(keeps_real),
        "_get_fake_monotonic": process_time.monotonic,
        "_get_fake_monotonic_ns": process_time.monotonic_ns,
        "_parse_time_to_freeze": _make_parse(freezegun_api._parse_time_to_freeze, process_time),
        # What the end of a freeze puts back.
        **{f"real_{name}": getattr(clock_functions, name) for name in _MONOTONIC},
        "real_uuid_generate_time": None,
        # What modules hold while the mock lasts is nothing to remember.
        "_GLOBAL_MODULES_CACHE": dict(freezegun_api._GLOBAL_MODULES_CACHE),
    }.items():
        patches.put(freezegun_api, name, new)


def _make_should_use_real_time(keeps_real: Callable[[FrameType], bool]) -> Callable[[], bool]:
    own_names = vars(freezegun_api)

    def should_use_real_time() -> bool:
        """Whether the caller of one of freezegun's functions, which call each other, keeps real time."""
        caller: Any = sys._getframe(2)
        while caller.f_globals is own_names:
            caller = caller.f_back
        return keeps_real(caller)

    return should_use_real_time


def _make_parse(original: Callable[[Any], Any], process_time: ProcessTime) -> Callable[[Any], Any]:
    def parse_in_simulated_time(to_freeze: Any) -> Any:
        """`freeze_time()` and `freeze_time(timedelta)` start from now."""
        if to_freeze is None or isinstance(to_freeze, timedelta):
            return original(process_time.now() + (to_freeze or timedelta(0)))
        return original(to_freeze)

    return parse_in_simulated_time


def _make_stop(original: Callable[[Any], None], replace_captured: Callable[[], None]) -> Callable[[Any], None]:
    def stop_and_replace(freezer: Any) -> None:
        """A freeze from before puts back the interpreter's own functions at its end."""
        original(freezer)
        replace_captured()

    return stop_and_replace
