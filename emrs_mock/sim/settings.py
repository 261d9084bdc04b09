"""The parts of a request that have an effect in time, as numbers and durations. `operations` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from emrs_mock.sim.clock import NO_TIME
from emrs_mock.sim.workers import Capacity, Size, Workload


class ApplicationSettings(NamedTuple):
    """The parts of an application's configuration that have an effect in time."""

    auto_start: bool = True
    auto_stop_after: timedelta | None = timedelta(minutes=15)
    initial: Mapping[Size, int] = {}
    """The pre-initialised workers: how many of each size."""
    maximum: Capacity | None = None
    max_concurrent_runs: int | None = None


class JobRunSettings(NamedTuple):
    """The parts of a job run's request, and of its application's configuration, that have an effect in time."""

    limits: Mapping[str, timedelta] = {}
    """How long the job run may last, by the event that ends it: `time_out`, `queue_time_out`."""
    workload: Workload | None = None
    problem: str | None = None
    """Why it fails after SUBMITTED."""
    max_attempts: int = 1
    max_failed_per_hour: int | None = None
    grace: timedelta = NO_TIME
