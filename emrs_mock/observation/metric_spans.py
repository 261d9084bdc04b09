"""Spans of time in which a record adds a value to a metric: every metric is a sum of such spans (facts §11.2).

The spans of workers are those of `sim.stints`. How sums become series is in `metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from itertools import zip_longest
from typing import Any, NamedTuple

from emrs_mock.observation.timeline import Step, Track, tracks
from emrs_mock.operations.capacity import initial_workers
from emrs_mock.sim.allocation import wanted_after
from emrs_mock.sim.clock import NO_TIME
from emrs_mock.sim.lifecycles import FINAL
from emrs_mock.sim.records import Application, Configuration, JobRun, Record, Session, worked
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.stints import Stint
from emrs_mock.sim.workers import Capacity, Size, taken

WARM, ON_DEMAND, UNSPECIFIED = "PreInitCapacity", "OnDemandCapacity", "[Unspecified]"

JOBS: Mapping[str, str] = {
    "SUBMITTED": "SubmittedJobs",
    "PENDING": "PendingJobs",
    "SCHEDULED": "ScheduledJobs",
    "RUNNING": "RunningJobs",
    "SUCCESS": "SuccessJobs",
    "FAILED": "FailedJobs",
    "CANCELLING": "CancellingJobs",
    "CANCELLED": "CancelledJobs",
}
ONCE = timedelta(minutes=1)  # assumed: facts §11.2 has the names only
"""For how long an ended job run counts: so that one sample has it."""

ROLES: Mapping[str, tuple[str, str]] = {
    "SPARK": ("SPARK_DRIVER", "SPARK_EXECUTORS"),
    "HIVE": ("HIVE_DRIVER", "TEZ_TASK"),  # assumed: facts §11.2 names Spark's only, §11.3 these
}

_NEVER = datetime.max.replace(tzinfo=timezone.utc)
Figures = Mapping[str, int]
Dimensions = Mapping[str, str]


class Span(NamedTuple):
    """So much of a metric from `start` to `end`; None: until now and on."""

    name: str
    dimensions: Dimensions
    value: int
    start: datetime
    end: datetime | None


def spans_of(simulation: Simulation) -> Iterator[Span]:
    """The spans of everything that happened."""
    for way in tracks(simulation.changes):
        world, record = simulation.owners[way.id]
        application = world.application_of(record)
        dimensions = {
            "account_id": world.account_id,
            "region_name": world.region,
            "ApplicationId": application.id,
            "ApplicationName": _named(application),
        }
        if isinstance(record, Application):
            yield from _of_application(record, way, dimensions)
        elif isinstance(record, JobRun | Session):
            roles = ROLES[application.spec["type"].upper()]
            yield from _of_states(record, way, dimensions)
            yield from _awaited(record, way, roles, dimensions)
            yield from _of_workers(record, roles, dimensions)


def _named(record: Record) -> str:
    """A name as CloudWatch shows it: only of ASCII characters (facts §11.2)."""
    name = str(record.spec.get("name", UNSPECIFIED))
    return name if name.isascii() else UNSPECIFIED


def _spans(figures: Figures, dimensions: Dimensions, start: datetime, end: datetime | None) -> Iterator[Span]:
    yield from (Span(name, dimensions, value, start, end) for name, value in figures.items() if value)


def _of_application(application: Application, way: Track, dimensions: Dimensions) -> Iterator[Span]:
    """What it may have as long as it is there, and its initial workers while it is STARTED."""
    for step, start, end, (_, spec, settings) in _configured(application, way):
        if step.state == "STARTED":
            for role, size, count in _initial_workers(spec):
                warm = {"IdleWorkerCount": count, "TotalWorkerCount": count, **_allocated(taken({size: count}))}
                which = {**dimensions, "WorkerType": role, "CapacityAllocationType": WARM}
                yield from _spans(warm, which, start, end)
        if settings.maximum is not None and step.state not in FINAL[way.kind]:
            cpu, memory, disk = settings.maximum
            most = {"MaxCPUAllowed": cpu, "MaxMemoryAllowed": memory, "MaxStorageAllowed": disk or 0}
            yield from _spans(most, dimensions, start, end)


def _configured(application: Application, way: Track) -> Iterator[tuple[Step, datetime, datetime, Configuration]]:
    """Its states and the configurations that it had in each, from when to when."""
    changes = [*(configuration.since for configuration in application.configurations[1:]), _NEVER]
    for step in way.steps:
        for configuration, until in zip(application.configurations, changes, strict=True):
            start, end = max(step.at, configuration.since), min(_end(step) or _NEVER, until)
            if start < end:
                yield step, start, end, configuration


def _initial_workers(spec: Mapping[str, Any]) -> Iterator[tuple[str, Size, int]]:
    driver, executor = ROLES[spec["type"].upper()]
    for name, entry in spec.get("initialCapacity", {}).items():
        for size, count in initial_workers({name: entry}).items():
            yield driver if name.endswith("Driver") else executor, size, count


def _allocated(capacity: Capacity) -> Figures:
    cpu, memory, disk = capacity
    return {"CPUAllocated": cpu, "MemoryAllocated": memory, "StorageAllocated": disk or 0}


def _of_states(record: JobRun | Session, way: Track, dimensions: Dimensions) -> Iterator[Span]:
    """A job run counts in each of its states; sessions have no such metric."""
    for step in way.steps if isinstance(record, JobRun) else ():
        if step.state in JOBS:
            once = step.at + ONCE if step.state in FINAL[way.kind] else _end(step)
            yield Span(JOBS[step.state], dimensions, 1, step.at, once)


def _end(step: Step) -> datetime | None:
    return None if step.lasted is None else step.at + step.lasted


# --- workers --------------------------------------------------------------------------------------------------------

Awaited = Iterator[tuple[int, datetime, int, datetime | None]]
"""From when to when so many workers are requested and not there; first their place in ROLES."""


def _first_workers(record: JobRun | Session, step: Step) -> Awaited:
    """Before the start: the driver, and the executors that are wanted at first."""
    if record.workload is not None:
        yield 0, step.at, 1, _end(step)
        yield 1, step.at, wanted_after(record, NO_TIME), _end(step)


def _missing_executors(record: JobRun | Session, step: Step) -> Awaited:
    """From the start on: the executors that are wanted and not there."""
    levels = list(worked(record)[(step.attempt or 1) - 1].workers.levels())
    last, ends = _end(step), [level.at for level in levels[1:]]
    for level, end in zip_longest(levels, ends):
        start, until = max(step.at, level.at), min((at for at in (end, last) if at is not None), default=None)
        if until is None or start < until:
            yield 1, start, level.missing, until


_AWAITED: Mapping[tuple[str, str], Callable[[JobRun | Session, Step], Awaited]] = {
    ("job_run", "SCHEDULED"): _first_workers,
    ("job_run", "RUNNING"): _missing_executors,
    ("session", "STARTING"): _first_workers,
    **{("session", state): _missing_executors for state in ("STARTED", "IDLE", "BUSY")},
}


def _awaited(record: JobRun | Session, way: Track, roles: tuple[str, str], dimensions: Dimensions) -> Iterator[Span]:
    """The workers that it waits for in each of its states."""
    for step in way.steps:
        if missing := _AWAITED.get((way.kind, step.state)):
            for role, start, number, until in missing(record, step):
                pending = {**dimensions, "WorkerType": roles[role], "CapacityAllocationType": ON_DEMAND}
                yield from _spans({"PendingCreationWorkerCount": number}, pending, start, until)


def _of_workers(record: JobRun | Session, roles: tuple[str, str], dimensions: Dimensions) -> Iterator[Span]:
    """Its workers, as long as each exists."""
    own = {**dimensions, "JobId": record.id, "JobName": _named(record)}  # assumed: of a session likewise
    for stint in (stint for part in worked(record) for stint in part.workers.stints):
        role, kind = roles[not stint.is_driver], WARM if stint.is_warm else ON_DEMAND
        which = {**own, "WorkerType": role, "CapacityAllocationType": kind}
        yield from _spans(_figures(stint), which, stint.since, stint.until)


def _figures(stint: Stint) -> Figures:
    """The values of workers that are in use; pre-initialised ones were allocated before, and idle until now."""
    cpu, memory, disk = taken({stint.size: stint.number})
    new = {"TotalWorkerCount": stint.number, **_allocated(Capacity(cpu, memory, disk))}
    return {
        "RunningWorkerCount": stint.number,
        "WorkerCpuAllocated": cpu,
        "WorkerMemoryAllocated": memory,
        "WorkerEphemeralStorageAllocated": disk or 0,
        "ResourceCount": cpu,
        **({"IdleWorkerCount": -stint.number} if stint.is_warm else new),
    }
