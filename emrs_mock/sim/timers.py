"""Which event time brings in each state, and after how long.

What makes an event due that belongs to one record only, such as its limits, is in `ends` and `executors`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from emrs_mock.sim.allocation import is_warm
from emrs_mock.sim.clock import NO_TIME
from emrs_mock.sim.records import Application, JobRun, Session
from emrs_mock.sim.world import Timer, World

HowLong = Callable[[World, Any], timedelta]


def _takes(move: str) -> HowLong:
    return lambda world, _record: world.timing.of(move)


def _start_takes(world: World, application: Application) -> timedelta:
    warm_up = world.timing.of("initial_capacity") if application.settings.initial else NO_TIME
    return world.timing.of("start") + warm_up


def _acquiring_takes(move: str) -> HowLong:
    """Make the time until there are workers: no time if pre-initialised workers serve (facts §4.4).

    A cold start takes as long whatever the application's state: its start counts toward the move (facts §3.1).
    """

    def how_long(world: World, record: JobRun | Session) -> timedelta:
        if is_warm(world, record):
            return NO_TIME  # assumed: "in seconds", says the guide
        return max(NO_TIME, world.timing.of(move) - record.waited)

    return how_long


def _cancelling_takes(world: World, run: JobRun) -> timedelta:
    """Until the work has shut down, at most as long as the grace period lets it (facts §3.5)."""
    decided, longest = run.plan.shutdown, run.shutdown
    return min(longest, decided) if decided is not None and longest else world.timing.of("cancel")


TIMERS: Mapping[str, Mapping[str, Timer]] = {
    "application": {
        "CREATING": Timer("created", _takes("create")),
        "STARTING": Timer("started", _start_takes),
        "STOPPING": Timer("stopped", _takes("stop")),
    },
    "job_run": {
        "SUBMITTED": Timer("validate", _takes("submitted")),
        "PENDING": Timer("schedule", _takes("pending")),
        "SCHEDULED": Timer("run", _acquiring_takes("scheduled")),
        "CANCELLING": Timer("cancelled", _cancelling_takes),
    },
    "session": {
        "SUBMITTED": Timer("provision", _takes("submitted")),
        "STARTING": Timer("started", _acquiring_takes("session_start")),
        "TERMINATING": Timer("terminated", _takes("session_end")),
    },
}

STAYS: Mapping[str, Mapping[str, str]] = {
    **{kind: {state: timer.event for state, timer in timers.items()} for kind, timers in TIMERS.items()},
    "job_run": {"QUEUED": "admit", **{state: timer.event for state, timer in TIMERS["job_run"].items()}},
}
"""The states in which a test's author can make a record stay, and the event that comes later then."""
