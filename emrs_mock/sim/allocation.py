"""Which workers a job run gets: pre-initialised ones first, then as many as the maximum leaves (facts §4.4, §4.5, §16).

Looks at the workers that are taken now; changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from emrs_mock.sim.records import JobRun
from emrs_mock.sim.workers import Capacity, Size, Workload, taken

if TYPE_CHECKING:
    from emrs_mock.sim.registers import Register
    from emrs_mock.sim.world import World

HOLDING = ("RUNNING", "CANCELLING")
"""The states in which a job run has workers."""


def allotted(world: World, run: JobRun) -> Workload | None:
    """The workers that the run gets now: as many executors as fit; None where its driver has to wait."""
    settings, workload = world.application_of(run).settings, run.settings.workload
    if workload is None or settings.maximum is None:
        return workload
    others = in_use([world.job_runs[run.application_id]])
    return _within(workload, others, settings.initial, settings.maximum)


def can_ever_run(world: World, run: JobRun) -> bool:
    """Whether the application's maximum has room for the run's driver when nothing else runs."""
    settings, workload = world.application_of(run).settings, run.settings.workload
    if workload is None or settings.maximum is None:
        return True
    return _within(workload, Counter(), settings.initial, settings.maximum) is not None


def is_warm(world: World, run: JobRun) -> bool:
    """Whether idle pre-initialised workers serve the whole run."""
    initial, workload = Counter(world.application_of(run).settings.initial), run.settings.workload
    if workload is None:
        return False
    wanted = in_use([world.job_runs[run.application_id]]) + Counter(workload.workers)
    return wanted <= initial


def exceeds_quota(world: World, run: JobRun) -> bool:
    """Whether the run's workers would exceed the account's concurrent vCPUs in the region (facts §6)."""
    most, workload = world.simulation.vcpus, run.settings.workload
    if most is None or workload is None:
        return False
    in_all = in_use(world.job_runs.values())
    return taken(in_all.elements()).vcpu + workload.capacity.vcpu > most


def in_use(registers: Iterable[Register[JobRun]]) -> Counter[Size]:
    """How many workers of each size are running job runs'."""
    running = (run for register in registers for run in register.newest_first(register.drawers(HOLDING)))
    workloads = [run.attempt.workload for run in running if run.attempt.workload is not None]
    return Counter(size for workload in workloads for size in workload.workers)


def _within(workload: Workload, others: Counter[Size], initial: Iterable[Size], maximum: Capacity) -> Workload | None:
    """The workload, reduced until it fits; idle pre-initialised workers are capacity too."""
    pool = Counter(initial)
    fitting: Iterator[Workload] = (
        fewer
        for fewer in workload.reductions()
        if maximum.holds(taken(((others + Counter(fewer.workers)) | pool).elements()))
    )
    return next(fitting, None)
