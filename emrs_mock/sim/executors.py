"""How the executors of a running job run come and go (facts §3.2, §4.2, §4.5).

Three events move executors and leave the job run RUNNING: `scale` when it may want another number, `allocate` when it
can get more, `executors_idle` when some that it does not want have been idle for too long.
"""

from __future__ import annotations

from datetime import timedelta

from emrs_mock.sim.allocation import driver_grant, executor_grants
from emrs_mock.sim.ends import abandon_without_executors, go_on_with_the_plan
from emrs_mock.sim.records import Application, JobRun
from emrs_mock.sim.workers import Workload
from emrs_mock.sim.world import World

CYCLE = timedelta(seconds=1)  # assumed: between two requests of a batch


def take_workers(world: World, run: JobRun) -> None:
    """A job run that is RUNNING has its driver, and wants executors."""
    workload = run.settings.workload
    grant = None if workload is None else driver_grant(world, run, workload)
    if grant is not None:
        world.application_of(run).pool.take(grant.size, 1, is_warm=grant.is_warm)
        run.attempt.workers.start(grant.size, world.now, is_warm=grant.is_warm)
        world.fire(run, "scale")


def want_executors(world: World, run: JobRun) -> None:
    """The job run says how many executors it wants now; it gets more, or some become idle."""
    attempt = run.attempt
    assert attempt.started_at is not None
    elapsed = world.now - attempt.started_at
    wanted = run.wanted(elapsed)  # the author's function is called before anything changes
    attempt.workers.want(wanted, world.now)
    following = None if run.plan.executors is None else run.plan.executors.next_after(elapsed)
    if following is not None:
        world.agenda.put(attempt.started_at + following, run.id, "scale")
    release_idle(world, run)
    request_executors(world, run)


def request_executors(world: World, run: JobRun) -> None:
    """Executors that are missing come, a batch in each cycle, as far as there is capacity (facts §4.2, §4.5)."""
    workload, pool, workers = run.settings.workload, world.application_of(run).pool, run.attempt.workers
    assert workload is not None
    allowed = _allowed_now(world, run, workload)
    for size, number, is_warm in list(executor_grants(world, run, workload, min(workers.missing, allowed))):
        pool.take(size, number, is_warm=is_warm)
        workers.join(size, number, world.now, is_warm=is_warm)
    if workers.missing:
        pool.waiting.setdefault(run.id)
    else:
        pool.waiting.pop(run.id, None)
    _await_next_cycle(world, run, workload)
    abandon_without_executors(world, run)
    go_on_with_the_plan(world, run)


def _allowed_now(world: World, run: JobRun, workload: Workload) -> int:
    """How many executors can be requested now: a batch, less those that came within the last cycle."""
    recent = run.attempt.workers.newer_than(world.now - CYCLE)
    return workload.scaling.batch - sum(stint.number for stint in recent)


def _await_next_cycle(world: World, run: JobRun, workload: Workload) -> None:
    """Where a batch is used up and executors are still missing, the next cycle requests more."""
    workers = run.attempt.workers
    if workers.missing and _allowed_now(world, run, workload) <= 0:
        oldest = workers.newer_than(world.now - CYCLE)[-1]
        world.agenda.put(oldest.since + CYCLE, run.id, "allocate")


def release_idle(world: World, run: JobRun) -> None:
    """Executors that were not wanted for the whole idle time-out leave, the newest first (facts §4.2)."""
    workload, workers = run.settings.workload, run.attempt.workers
    assert workload is not None
    idle = workload.scaling.idle
    recent = list(workers.wished_since(world.now - idle))
    kept = max(wish.executors for wish, _ in recent)
    if workers.executors > kept:
        # assumed: which executors leave; work is given to the oldest
        world.application_of(run).pool.give_back(workers.leave(workers.executors - kept, world.now))
        hand_on(world, world.application_of(run))
    if workers.executors > workers.wanted:
        ended = min(end for _, end in recent if end is not None)
        world.agenda.put(ended + idle, run.id, "executors_idle")


def return_workers(world: World, run: JobRun) -> None:
    """The workers of an attempt that has ended are there for other job runs, which may wait for them."""
    application = world.application_of(run)
    application.pool.waiting.pop(run.id, None)
    left = [stint for attempt in run.attempts[-2:] for stint in attempt.workers.end(world.now)]
    if left:
        application.pool.give_back(left)
        hand_on(world, application)


def hand_on(world: World, application: Application) -> None:
    """Job runs that wait for executors get those that there is capacity for, first in, first out (facts §3.2)."""
    others = world.applications if world.simulation.vcpus is not None else (application,)
    for each in others:
        for run_id in list(each.pool.waiting):
            run = world.job_runs[each.id].get(run_id)
            assert run is not None
            world.come_due(run, "allocate")
