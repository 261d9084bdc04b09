"""How many workers a job run can have now: pre-initialised ones first, then as many as the maximum leaves.

This module looks at the workers that exist at the instant and changes nothing (facts §4.4, §4.5, §6, §16).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from emrs_mock.sim.clock import NO_TIME
from emrs_mock.sim.records import Application, JobRun
from emrs_mock.sim.workers import Size, Workload, taken
from emrs_mock.sim.world import World

Serves = Callable[[Size, Size], bool]
"""Whether a pre-initialised worker of the first size can be used for a worker of the second size."""


class Grant(NamedTuple):
    """So many workers of a size that a job run can have now."""

    size: Size
    number: int
    is_warm: bool


def has_room_for_driver(world: World, run: JobRun) -> bool:
    """Whether the run's driver fits into the application's maximum beside the workers that exist (facts §3.2, §4.5)."""
    return run.settings.workload is None or driver_grant(world, run, run.settings.workload) is not None


def driver_grant(world: World, run: JobRun, workload: Workload) -> Grant | None:
    """The worker that the driver can have now; None where there is no room for it."""
    # assumed: a driver uses only a pre-initialised worker of its own size
    return next(_grants(world, run, workload, workload.driver, 1, Size.__eq__), None)


def executor_grants(world: World, run: JobRun, workload: Workload, count: int) -> Iterator[Grant]:
    """The executors that the run can have now, at most `count`; larger pre-initialised workers serve (facts §4.4)."""
    # assumed: a larger pre-initialised worker counts, and is billed, whole
    return _grants(world, run, workload, workload.executor, count, Size.serves)


def _grants(world: World, run: JobRun, workload: Workload, size: Size, count: int, serves: Serves) -> Iterator[Grant]:
    application = world.application_of(run)
    if workload.uses_initial:
        for warm, number in _served(_idle(application), size, count, serves):
            yield Grant(warm, number, is_warm=True)
            count -= number
    most = min(count, _creatable(world, application, size, count))
    if most > 0:
        yield Grant(size, most, is_warm=False)


def _idle(application: Application) -> Counter[Size]:
    """The pre-initialised workers that no job run has."""
    return Counter(application.settings.initial) - application.pool.warm


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
        initial = Counter(application.settings.initial)
        wanted = min(wanted, maximum.without(taken(application.pool.on_demand + initial)).times(size))
    if quota is not None:
        wanted = min(wanted, max(0, quota - vcpus_in_use(world)) // size.vcpu)
    return wanted


def vcpus_in_use(world: World) -> int:
    """How many vCPUs the job runs of the account have in the region."""
    return sum(application.pool.vcpu for application in world.applications)


def exceeds_quota(world: World, run: JobRun) -> bool:
    """Whether the run's first workers would exceed the account's concurrent vCPUs in the region (facts §6)."""
    most, workload = world.simulation.vcpus, run.settings.workload
    if most is None or workload is None:
        return False
    first = replace(workload, executors=run.wanted(NO_TIME))
    return vcpus_in_use(world) + first.capacity.vcpu > most


def is_warm(world: World, run: JobRun) -> bool:
    """Whether pre-initialised workers that no other job run has or waits for serve the whole run (facts §4.4)."""
    application = world.application_of(run)
    runs = world.job_runs[run.application_id]
    idle = _idle(application)
    # Each promise makes `idle` smaller, so that the first refusal is final: as many steps as there are idle workers.
    for other in runs.oldest_first(runs.drawers(("SCHEDULED",))):
        if not _promise(Counter(idle), run):
            return False
        if other is not run:
            _promise(idle, other)
    return _promise(idle, run)


def _promise(idle: Counter[Size], run: JobRun) -> bool:
    """Take off `idle` what a job run will use of it; returns whether that is all that the run needs."""
    workload = run.settings.workload
    if workload is None or not workload.uses_initial:
        return False
    asked = ((workload.driver, 1, Size.__eq__), (workload.executor, run.wanted(NO_TIME), Size.serves))
    missing = 0
    for size, count, serves in asked:
        used = list(_served(idle, size, count, serves))
        idle.subtract(dict(used))
        missing += count - sum(number for _, number in used)
    return missing == 0
