"""How many workers a job run or session can have now: pre-initialised ones first, then as many as the maximum leaves.

This module looks at the workers that exist at the instant and changes nothing (facts §4.4, §4.5, §6, §16).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from heapq import merge
from typing import NamedTuple

from emrs_mock.sim.clock import NO_TIME
from emrs_mock.sim.records import Application, JobRun, Session
from emrs_mock.sim.workers import Size, Workload, taken
from emrs_mock.sim.world import World

Serves = Callable[[Size, Size], bool]
"""Whether a pre-initialised worker of the first size can be used for a worker of the second size."""


class Grant(NamedTuple):
    """So many workers of a size that a job run or session can have now."""

    size: Size
    number: int
    is_warm: bool


def wanted_after(record: JobRun | Session, elapsed: timedelta) -> int:
    """How many executors it wants `elapsed` after its start, within its own limits. Raises what a demand raises."""
    workload, demand = record.workload, record.plan.executors if isinstance(record, JobRun) else None
    if workload is None:
        return 0
    said = None if demand is None else demand.at(elapsed)
    return workload.scaling.bounded(workload.executors if said is None else said)


def has_room_for_driver(world: World, record: JobRun | Session) -> bool:
    """Whether the driver fits into the application's maximum beside the workers that exist (facts §3.2, §4.5)."""
    return record.workload is None or driver_grant(world, record, record.workload) is not None


def driver_grant(world: World, record: JobRun | Session, workload: Workload) -> Grant | None:
    """The worker that the driver can have now; None where there is no room for it."""
    # assumed: a driver uses only a pre-initialised worker of its own size
    return next(_grants(world, record, workload, workload.driver, 1, Size.__eq__), None)


def executor_grants(world: World, record: JobRun | Session, workload: Workload, count: int) -> Iterator[Grant]:
    """The executors that there can be now, at most `count`; larger pre-initialised workers serve (facts §4.4)."""
    # assumed: a larger pre-initialised worker counts, and is billed, whole
    return _grants(world, record, workload, workload.executor, count, Size.serves)


def _grants(
    world: World, record: JobRun | Session, workload: Workload, size: Size, count: int, serves: Serves
) -> Iterator[Grant]:
    application = world.application_of(record)
    if workload.uses_initial and application.settings.initial:
        for warm, number in _served(_idle(application), size, count, serves):
            yield Grant(warm, number, is_warm=True)
            count -= number
    most = min(count, _creatable(world, application, size, count))
    if most > 0:
        yield Grant(size, most, is_warm=False)


def _idle(application: Application) -> Counter[Size]:
    """The pre-initialised workers that no job run or session has."""
    return Counter(application.settings.initial) - Counter(application.pool.warm)


def _served(idle: Mapping[Size, int], size: Size, count: int, serves: Serves) -> Iterator[tuple[Size, int]]:
    """The idle workers that are used for `count` workers of a size, the smallest first."""
    fitting = (warm for warm in idle if idle[warm] > 0 and serves(warm, size))
    for warm in sorted(fitting, key=lambda each: (each.vcpu, each.memory_gb, each.disk_gb)):
        if count > 0:
            yield warm, min(count, idle[warm])
            count -= min(count, idle[warm])


def _creatable(world: World, application: Application, size: Size, wanted: int) -> int:
    """How many workers of a size can be created on demand; idle pre-initialised workers are capacity too."""
    maximum, quota = application.settings.maximum, world.simulation.vcpus
    if maximum is not None:
        counted = Counter(application.settings.initial) + Counter(application.pool.on_demand)
        wanted = min(wanted, maximum.without(taken(counted)).times(size))
    if quota is not None:
        wanted = min(wanted, max(0, quota - vcpus_in_use(world)) // size.vcpu)
    return wanted


def vcpus_in_use(world: World) -> int:
    """How many vCPUs the job runs and sessions of the account have in the region."""
    return sum(application.pool.vcpu for application in world.applications)


def exceeds_quota(world: World, record: JobRun | Session) -> bool:
    """Whether its first workers would exceed the account's concurrent vCPUs in the region (facts §6)."""
    most, workload = world.simulation.vcpus, record.workload
    if most is None or workload is None:
        return False
    first = replace(workload, executors=wanted_after(record, NO_TIME))
    return vcpus_in_use(world) + first.capacity.vcpu > most


def is_warm(world: World, record: JobRun | Session) -> bool:
    """Whether pre-initialised workers that nothing else has or waits for serve all of it (facts §4.4)."""
    application = world.application_of(record)
    if not application.settings.initial:
        return False
    idle = _idle(application)
    # Each promise makes `idle` smaller, so that the first refusal is final: as many steps as there are idle workers.
    for other in _acquiring(world, application):
        if not _promise(Counter(idle), record):
            return False
        if other is not record:
            _promise(idle, other)
    return _promise(idle, record)


def _acquiring(world: World, application: Application) -> Iterator[JobRun | Session]:
    """What will have its first workers soon, oldest first."""
    runs, sessions = world.job_runs[application.id], world.sessions[application.id]
    return merge(
        runs.oldest_first(runs.drawers(("SCHEDULED",))),
        sessions.oldest_first(sessions.drawers(("STARTING",))),
        key=lambda record: record.seq,
    )


def _promise(idle: Counter[Size], record: JobRun | Session) -> bool:
    """Take off `idle` what will be used of it; returns whether that is all that is needed."""
    workload = record.workload
    if workload is None or not workload.uses_initial:
        return False
    asked = ((workload.driver, 1, Size.__eq__), (workload.executor, wanted_after(record, NO_TIME), Size.serves))
    missing = 0
    for size, count, serves in asked:
        used = list(_served(idle, size, count, serves))
        idle.subtract(dict(used))
        missing += count - sum(number for _, number in used)
    return missing == 0
