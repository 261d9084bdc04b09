"""Which workers a job run gets: pre-initialised ones first, then as many as the maximum leaves (facts §4.4, §4.5, §16).

Looks at the workers that are taken now; changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from emrs_mock.sim.records import ApplicationSettings, JobRun
from emrs_mock.sim.registers import Register
from emrs_mock.sim.workers import Size, Workload, taken
from emrs_mock.sim.world import World

HOLDING = ("RUNNING", "CANCELLING")
"""The states in which a job run has workers."""


def allotted(world: World, run: JobRun) -> Workload | None:
    """The workers that the run gets now: as many executors as fit; None where its driver has to wait."""
    settings, workload = world.application_of(run).settings, run.settings.workload
    if workload is None or settings.maximum is None:
        return workload
    return workload.reduced(_fits(settings, in_use([world.job_runs[run.application_id]])))


def can_ever_run(world: World, run: JobRun) -> bool:
    """Whether the application's maximum has room for the run's driver when nothing else runs."""
    settings, workload = world.application_of(run).settings, run.settings.workload
    return workload is None or settings.maximum is None or workload.reduced(_fits(settings, Counter())) is not None


def _fits(settings: ApplicationSettings, others: Counter[Size]) -> Callable[[Workload], bool]:
    """Whether a workload fits beside others' workers; idle pre-initialised workers are capacity too."""
    initial, maximum = Counter(settings.initial), settings.maximum
    return lambda workload: maximum is None or maximum.holds(taken((others + workload.workers) | initial))


def is_warm(world: World, run: JobRun) -> bool:
    """Whether pre-initialised workers that nobody has or waits for serve the whole run."""
    initial, workload = Counter(world.application_of(run).settings.initial), run.settings.workload
    if not initial or workload is None:
        return False
    runs = world.job_runs[run.application_id]
    before = [other.settings.workload for other in runs.newest_first(runs.drawers(("SCHEDULED",))) if other is not run]
    promised = sum((other.workers for other in before if other is not None), Counter[Size]())
    wanted = in_use([runs]) + promised + workload.workers
    return all(count <= initial[size] for size, count in wanted.items())


def exceeds_quota(world: World, run: JobRun) -> bool:
    """Whether the run's workers would exceed the account's concurrent vCPUs in the region (facts §6)."""
    most, workload = world.simulation.vcpus, run.settings.workload
    if most is None or workload is None:
        return False
    return taken(in_use(world.job_runs.values()) + workload.workers).vcpu > most


def in_use(registers: Iterable[Register[JobRun]]) -> Counter[Size]:
    """How many workers of each size are running job runs'."""
    running = (run for register in registers for run in register.newest_first(register.drawers(HOLDING)))
    workloads = (run.attempt.workload for run in running)
    return sum((workload.workers for workload in workloads if workload is not None), Counter[Size]())
