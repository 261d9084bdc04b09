"""Which event time brings in each state, and after how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from emrs_mock.sim.records import Application, JobRun
from emrs_mock.sim.timing import Timing

HowLong = Callable[[Timing, Any], timedelta]


class Timer(NamedTuple):
    """In a state, `event` is due after `how_long`."""

    event: str
    how_long: HowLong


def _takes(move: str) -> HowLong:
    return lambda timing, _record: timing.of(move)


def _start_takes(timing: Timing, application: Application) -> timedelta:
    warm_up = timing.of("initial_capacity") if application.settings.initial else timedelta(0)
    return timing.of("start") + warm_up


def _cancelling_takes(timing: Timing, run: JobRun) -> timedelta:
    return max(timing.of("cancel"), run.shutdown)


TIMERS: Mapping[str, Mapping[str, Timer]] = {
    "application": {
        "CREATING": Timer("created", _takes("create")),
        "STARTING": Timer("started", _start_takes),
        "STOPPING": Timer("stopped", _takes("stop")),
    },
    "job_run": {
        "SUBMITTED": Timer("validate", _takes("submitted")),
        "PENDING": Timer("schedule", _takes("pending")),
        "SCHEDULED": Timer("run", _takes("scheduled")),
        "CANCELLING": Timer("cancelled", _cancelling_takes),
    },
    "session": {
        "SUBMITTED": Timer("provision", _takes("submitted")),
        "STARTING": Timer("started", _takes("session_start")),
        "TERMINATING": Timer("terminated", _takes("session_end")),
    },
}
