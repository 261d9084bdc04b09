"""How the executors of a running job run, or of a session, come and go (facts §3.2, §4.2, §4.5).

Three events move executors and change no state: `scale` when another number may be wanted, `allocate` when more can
come, `executors_idle` when some that are not wanted have been idle for too long.
"""

from __future__ import annotations

from datetime import timedelta

from emrs_mock.sim.allocation import driver_grant, executor_grants, wanted_after
from emrs_mock.sim.records import Application, JobRun, Session, worked
from emrs_mock.sim.workers import Workload
from emrs_mock.sim.world import World

CYCLE = timedelta(seconds=1)  # assumed: the next batch comes a second later


def take_workers(world: World, record: JobRun | Session) -> None:
    """A job run that is RUNNING, or a session that is STARTED, has its driver, and wants executors."""
    workload = record.workload
    grant = None if workload is None else driver_grant(world, record, workload)
    if grant is not None:
        world.application_of(record).pool.take(grant.size, 1, is_warm=grant.is_warm)
        record.workers.start(grant.size, world.now, is_warm=grant.is_warm)
        world.fire(record, "scale")


def keep_workers(world: World, session: Session) -> None:
    """A session has its workers as long as it lives: those that were due for one of its states are due on."""
    if session.workers.began is None:
        take_workers(world, session)
    else:
        request_executors(world, session)


def want_executors(world: World, record: JobRun | Session) -> None:
    """So many executors are wanted now; more come, or some become idle."""
    began, demand = record.workers.began, record.plan.executors if isinstance(record, JobRun) else None
    assert began is not None
    elapsed = world.now - began
    wanted = wanted_after(record, elapsed)  # the author's function is called before anything changes
    record.workers.want(wanted, world.now)
    following = None if demand is None else demand.next_after(elapsed)
    if following is not None:
        world.agenda.put(began + following, record.id, "scale")
    release_idle(world, record)
    request_executors(world, record)


def request_executors(world: World, record: JobRun | Session) -> None:
    """Executors that are missing come, a batch in each cycle, as far as there is capacity (facts §4.2, §4.5)."""
    workload, pool, workers = record.workload, world.application_of(record).pool, record.workers
    assert workload is not None
    allowed = _allowed_now(world, record, workload)
    for size, number, is_warm in list(executor_grants(world, record, workload, min(workers.missing, allowed))):
        pool.take(size, number, is_warm=is_warm)
        workers.join(size, number, world.now, is_warm=is_warm)
    if workers.missing:
        pool.waiting.setdefault(record.id)
    else:
        pool.waiting.pop(record.id, None)
    _await_next_cycle(world, record, workload)


def _allowed_now(world: World, record: JobRun | Session, workload: Workload) -> int:
    """How many executors can be requested now: a batch, less those that came within the last cycle."""
    recent = record.workers.newer_than(world.now - CYCLE)
    return workload.scaling.batch - sum(stint.number for stint in recent)


def _await_next_cycle(world: World, record: JobRun | Session, workload: Workload) -> None:
    """Where a batch is used up and executors are still missing, the next cycle requests more."""
    workers = record.workers
    if workers.missing and _allowed_now(world, record, workload) <= 0:
        oldest = workers.newer_than(world.now - CYCLE)[-1]
        world.agenda.put(oldest.since + CYCLE, record.id, "allocate")


def release_idle(world: World, record: JobRun | Session) -> None:
    """Executors that were not wanted for the whole idle time-out leave, the newest first (facts §4.2)."""
    workload, workers = record.workload, record.workers
    assert workload is not None
    idle = workload.scaling.idle
    recent = list(workers.wished_since(world.now - idle))
    kept = max(wish.executors for wish, _ in recent)
    if workers.executors > kept:
        # assumed: which executors leave; work is given to the oldest
        world.application_of(record).pool.give_back(workers.leave(workers.executors - kept, world.now))
        hand_on(world, world.application_of(record))
    if workers.executors > workers.wanted:
        ended = min(end for _, end in recent if end is not None)
        world.agenda.put(ended + idle, record.id, "executors_idle")


def return_workers(world: World, record: JobRun | Session) -> None:
    """The workers of an attempt or session that has ended are there for others, which may wait for them."""
    application = world.application_of(record)
    application.pool.waiting.pop(record.id, None)
    left = [stint for part in worked(record)[-2:] for stint in part.workers.end(world.now)]
    if left:
        application.pool.give_back(left)
        hand_on(world, application)


def hand_on(world: World, application: Application) -> None:
    """What waits for executors gets those that there is capacity for, first in, first out (facts §3.2)."""
    others = world.applications if world.simulation.vcpus is not None else (application,)
    for each in others:
        for record_id in list(each.pool.waiting):
            world.come_due(world.simulation.owners[record_id][1], "allocate")
