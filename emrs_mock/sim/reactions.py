"""What one change brings about elsewhere: auto-start, auto-stop, queueing, limits, outcomes.

Each reaction is one function with a name; REACTIONS says on which state of which kind of record it runs, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from emrs_mock.sim.allocation import allotted
from emrs_mock.sim.lifecycles import FINAL
from emrs_mock.sim.records import Application, JobRun, Record, Session
from emrs_mock.sim.world import World

Reaction = Callable[[World, Any], None]


def start_its_application(world: World, record: JobRun | Session) -> None:
    """A submission starts the application, where auto-start is on (facts §2.2, §15.3)."""
    application = world.application_of(record)
    world.agenda.drop(application.id, "auto_stop")
    if application.settings.auto_start:
        world.fire(application, "auto_start")


def take_workers(world: World, run: JobRun) -> None:
    """A job run that runs has the workers that it was allotted."""
    run.attempt.workload = allotted(world, run)


def write_logs(world: World, run: JobRun) -> None:
    """A job run that runs writes what was decided."""
    run.attempt.logs.update(run.plan.logs)


def follow_the_plan(world: World, run: JobRun) -> None:
    """RUNNING lasts as long as was decided when the job run was accepted; or a handler decides now."""
    outcome = run.outcome
    if outcome.handler is not None:
        world.simulation.to_handle.append(run.id)
    elif outcome.event is not None and outcome.event not in run.limits:
        after = world.timing.of("run") if outcome.after is None else outcome.after
        if outcome.event == "cancel":
            run.shutdown = run.settings.grace
        world.agenda.put(world.now + after, run.id, outcome.event)


def limit(event: str) -> Reaction:
    """Make the reaction that lets `event` end what lasts too long."""

    def limit_its_time(world: World, record: JobRun | Session) -> None:
        allowed = _allowed(record, event)
        if allowed is not None and not world.agenda.has(record.id, event):
            world.agenda.put(world.now + allowed, record.id, event)

    return limit_its_time


def _allowed(record: JobRun | Session, event: str) -> timedelta | None:
    """For how long the record may go on: as its limit says, or a plan to exceed it."""
    if isinstance(record, JobRun) and record.outcome.event == event and record.outcome.after is not None:
        return record.outcome.after
    return record.limits.get(event)


def wait_for_room(world: World, run: JobRun) -> None:
    """A queued job run is asked again when another one has ended (facts §3.4)."""
    if "QUEUED" not in run.stays:
        world.hold(run, "admit")


def let_the_next_in(world: World, record: JobRun) -> None:
    """What waits for room is asked again, first in, first out."""
    world.reconsider(world.application_of(record))


def let_waiting_work_start(world: World, application: Application) -> None:
    """Job runs that wait in PENDING, and sessions in SUBMITTED, go on when their application is STARTED."""
    for event in ("schedule", "provision"):
        world.release(application, event)


def restart_for_waiting_work(world: World, application: Application) -> None:
    """An application that was stopping when a job run came starts again (facts §16)."""
    if application.settings.auto_start and world.has_work(application):
        world.fire(application, "auto_start")


def stop_when_idle(world: World, record: Record) -> None:
    """Auto-stop counts from the last activity (facts §2.1, §10)."""
    application = world.application_of(record)
    idle = application.settings.auto_stop_after
    if idle is not None and application.state == "STARTED" and not world.has_work(application):
        world.agenda.put(world.now + idle, application.id, "auto_stop")


_WHEN_ENDED: tuple[Reaction, ...] = (let_the_next_in, stop_when_idle)

REACTIONS: Mapping[tuple[str, str], tuple[Reaction, ...]] = {
    ("application", "STARTED"): (let_waiting_work_start, stop_when_idle),
    ("application", "STOPPED"): (restart_for_waiting_work,),
    ("job_run", "SUBMITTED"): (start_its_application,),
    ("job_run", "QUEUED"): (wait_for_room, limit("queue_time_out")),
    ("job_run", "RUNNING"): (take_workers, write_logs, limit("time_out"), follow_the_plan),
    ("session", "SUBMITTED"): (start_its_application,),
    ("session", "STARTED"): (limit("time_out"), limit("idle_time_out")),
    ("session", "IDLE"): (limit("idle_time_out"),),
    **{("session", state): (stop_when_idle,) for state in FINAL["session"]},
    **{("job_run", state): _WHEN_ENDED for state in FINAL["job_run"]},
}
