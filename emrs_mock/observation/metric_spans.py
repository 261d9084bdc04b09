"""What counts towards which metric from when to when: every metric is a sum of such spans (facts §11.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from emrs_mock.observation.timeline import Track, tracks
from emrs_mock.operations.capacity import initial_workers
from emrs_mock.sim.lifecycles import FINAL
from emrs_mock.sim.records import Application, Attempt, JobRun, Record
from emrs_mock.sim.simulation import Simulation
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
            yield from _of_all_workers(simulation, record, dimensions)
        elif isinstance(record, JobRun):
            yield from _of_states(record, way, dimensions)


def _named(record: Record) -> str:
    """A name as CloudWatch shows it: only of ASCII characters (facts §11.2)."""
    name = str(record.spec.get("name", UNSPECIFIED))
    return name if name.isascii() else UNSPECIFIED


def _spans(figures: Figures, dimensions: Dimensions, start: datetime, end: datetime | None) -> Iterator[Span]:
    yield from (Span(name, dimensions, value, start, end) for name, value in figures.items() if value)


def _of_application(application: Application, way: Track, dimensions: Dimensions) -> Iterator[Span]:
    """What it may have as long as it is there, and its initial workers while it is STARTED."""
    settings = application.settings
    for step in way.steps:
        end = None if step.lasted is None else step.at + step.lasted
        if step.state == "STARTED":
            for role, size, count in _initial_workers(application):
                warm = {"IdleWorkerCount": count, "TotalWorkerCount": count, **_allocated(taken({size: count}))}
                which = {**dimensions, "WorkerType": role, "CapacityAllocationType": WARM}
                yield from _spans(warm, which, step.at, end)
        if settings.maximum is not None and step.state not in FINAL[way.kind]:
            cpu, memory, disk = settings.maximum
            most = {"MaxCPUAllowed": cpu, "MaxMemoryAllowed": memory, "MaxStorageAllowed": disk or 0}
            yield from _spans(most, dimensions, step.at, end)


def _initial_workers(application: Application) -> Iterator[tuple[str, Size, int]]:
    driver, executor = ROLES[application.spec["type"].upper()]
    for name, entry in application.spec.get("initialCapacity", {}).items():
        for size, count in initial_workers({name: entry}).items():
            yield driver if name.endswith("Driver") else executor, size, count


def _allocated(capacity: Capacity) -> Figures:
    cpu, memory, disk = capacity
    return {"CPUAllocated": cpu, "MemoryAllocated": memory, "StorageAllocated": disk or 0}


def _of_states(run: JobRun, way: Track, dimensions: Dimensions) -> Iterator[Span]:
    """The job run counts in each of its states; workers that it waits for count too."""
    workload = run.settings.workload
    for step in way.steps:
        end = None if step.lasted is None else step.at + step.lasted
        if step.state in JOBS:
            once = step.at + ONCE if step.state in FINAL[way.kind] else end
            yield Span(JOBS[step.state], dimensions, 1, step.at, once)
        if step.state == "SCHEDULED" and workload is not None:
            for role, count in zip(ROLES[run.inherited["type"].upper()], (1, workload.executors), strict=True):
                pending = {**dimensions, "WorkerType": role, "CapacityAllocationType": ON_DEMAND}
                yield from _spans({"PendingCreationWorkerCount": count}, pending, step.at, end)


# --- workers that job runs have -------------------------------------------------------------------------------------


class _Stretch(NamedTuple):
    """So many initial workers of a size are taken until `end`."""

    size: Size
    number: int
    end: datetime | None


def _of_all_workers(simulation: Simulation, application: Application, dimensions: Dimensions) -> Iterator[Span]:
    """The workers of the application's job runs: initial ones first, those who started earlier before the others."""
    records = (record for _, record in simulation.owners.values())
    runs = [r for r in records if isinstance(r, JobRun) and r.application_id == application.id]
    worked = [(a.started_at, run, a) for run in runs for a in run.attempts if a.started_at is not None and a.workload]
    taken_ones: list[_Stretch] = []
    for start, run, attempt in sorted(worked, key=lambda each: each[0]):
        taken_ones = [one for one in taken_ones if one.end is None or one.end > start]
        own = {**dimensions, "JobId": run.id, "JobName": _named(run)}
        for role, size, count in _workers(application, attempt):
            left = application.settings.initial.get(size, 0) - sum(o.number for o in taken_ones if o.size == size)
            warm = max(0, min(count, left))
            taken_ones.append(_Stretch(size, warm, attempt.ended_at))
            for kind, number in ((WARM, warm), (ON_DEMAND, count - warm)):
                which = {**own, "WorkerType": role, "CapacityAllocationType": kind}
                yield from _spans(_figures(size, number, kind), which, start, attempt.ended_at)


def _workers(application: Application, attempt: Attempt) -> Iterator[tuple[str, Size, int]]:
    assert attempt.workload is not None
    driver, executor = ROLES[application.spec["type"].upper()]
    yield driver, attempt.workload.driver, 1
    yield executor, attempt.workload.executor, attempt.workload.executors


def _figures(size: Size, count: int, kind: str) -> Figures:
    """What so many workers at work count; initial ones were allocated before, and idle until now."""
    cpu, memory, disk = taken({size: count})
    new = {"TotalWorkerCount": count, **_allocated(Capacity(cpu, memory, disk))}
    return {
        "RunningWorkerCount": count,
        "WorkerCpuAllocated": cpu,
        "WorkerMemoryAllocated": memory,
        "WorkerEphemeralStorageAllocated": disk or 0,
        "ResourceCount": cpu,
        **({"IdleWorkerCount": -count} if kind == WARM else new),
    }
