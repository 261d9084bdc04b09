"""What one change causes elsewhere: auto-start, auto-stop, queueing, workers, limits, outcomes.

Each reaction is one function with a name; REACTIONS says on which state of which kind of record it runs, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emrs_mock.sim.ends import abandon_without_executors, follow_the_plan, go_on_with_the_plan, limit
from emrs_mock.sim.executors import (
    hand_on,
    keep_workers,
    release_idle,
    request_executors,
    return_workers,
    take_workers,
    want_executors,
)
from emrs_mock.sim.lifecycles import FINAL
from emrs_mock.sim.records import Application, JobRun, Record, Session
from emrs_mock.sim.world import Effect, World

Reaction = Callable[[World, Any], None]


def start_its_application(world: World, record: JobRun | Session) -> None:
    """A submission starts the application, where auto-start is on (facts §2.2, §15.3)."""
    application = world.application_of(record)
    world.agenda.drop(application.id, "auto_stop")
    if application.settings.auto_start:
        world.fire(application, "auto_start")


RENEWED = ("imageConfiguration", "workerTypeSpecifications")
"""What a further attempt of a streaming job run takes of its application as it is then (facts §3.6)."""


def use_new_image(world: World, run: JobRun) -> None:
    """A further attempt of a streaming job run uses the images that its application has now (facts §3.6)."""
    # assumed: a further attempt of a BATCH job run does not, and every attempt is shown with the newest one's images
    if run.mode == "STREAMING" and run.attempt_number > 1:
        spec = world.application_of(run).spec
        kept = {name: value for name, value in run.inherited.items() if name not in RENEWED}
        run.inherited = {**kept, **{name: spec[name] for name in RENEWED if name in spec}}


def write_logs(world: World, run: JobRun) -> None:
    """The workers of a job run that is RUNNING write the logs that were decided."""
    run.attempt.logs.update(run.plan.logs)


def stop_its_code(world: World, run: JobRun) -> None:
    """Code that really runs for an attempt is stopped when the attempt is no longer RUNNING."""
    world.simulation.works.stop(run)


def wait_for_room(world: World, run: JobRun) -> None:
    """A queued job run waits until another one has ended (facts §3.4)."""
    if "QUEUED" not in run.stays:
        world.hold(run, "admit")


def let_the_next_in(world: World, record: JobRun) -> None:
    """Job runs that are queued are admitted, first in, first out."""
    world.release(world.application_of(record), "admit")


def use_new_limits(world: World, application: Application) -> None:
    """What an update allows happens at once: executors come, queued job runs are admitted (facts §2.2)."""
    hand_on(world, application)
    world.release(application, "admit")


def let_waiting_work_start(world: World, application: Application) -> None:
    """Job runs that wait in PENDING, and sessions in SUBMITTED, continue when their application is STARTED."""
    for event in ("schedule", "provision"):
        world.release(application, event)


def restart_for_waiting_work(world: World, application: Application) -> None:
    """An application that was STOPPING when a job run was submitted starts again (facts §16)."""
    if application.settings.auto_start and world.has_work(application):
        world.fire(application, "auto_start")


def stop_when_idle(world: World, record: Record) -> None:
    """Auto-stop counts from the last activity (facts §2.1, §10)."""
    application = world.application_of(record)
    idle = application.settings.auto_stop_after
    if idle is not None and application.state == "STARTED" and not world.has_work(application):
        world.agenda.put(world.now + idle, application.id, "auto_stop")


def _each(*effects: Effect) -> Effect:
    """Make one effect of several, in order."""

    def all_of_them(world: World, record: Record) -> None:
        for effect in effects:
            effect(world, record)

    return all_of_them


_WHEN_ENDED: tuple[Reaction, ...] = (stop_its_code, return_workers, let_the_next_in, stop_when_idle)

REACTIONS: Mapping[tuple[str, str], tuple[Reaction, ...]] = {
    ("application", "STARTED"): (let_waiting_work_start, stop_when_idle),
    ("application", "STOPPED"): (restart_for_waiting_work,),
    ("job_run", "SUBMITTED"): (start_its_application,),
    ("job_run", "QUEUED"): (wait_for_room, limit("queue_time_out")),
    ("job_run", "PENDING"): (stop_its_code, return_workers, use_new_image),
    ("job_run", "CANCELLING"): (stop_its_code,),
    ("job_run", "RUNNING"): (take_workers, write_logs, limit("time_out"), follow_the_plan),
    ("session", "SUBMITTED"): (start_its_application,),
    ("session", "STARTED"): (take_workers, limit("time_out"), limit("idle_time_out")),
    ("session", "IDLE"): (keep_workers, limit("idle_time_out")),
    ("session", "BUSY"): (keep_workers,),
    **{("session", state): (return_workers, stop_when_idle) for state in FINAL["session"]},
    **{("job_run", state): _WHEN_ENDED for state in FINAL["job_run"]},
}

EFFECTS: Mapping[tuple[str, str], Effect] = {
    ("application", "update"): use_new_limits,
    ("job_run", "scale"): _each(want_executors, abandon_without_executors, go_on_with_the_plan),
    ("job_run", "allocate"): _each(request_executors, abandon_without_executors, go_on_with_the_plan),
    ("job_run", "executors_idle"): release_idle,
    ("session", "scale"): want_executors,
    ("session", "allocate"): request_executors,
}
"""What an event does that leaves the record in its state, by kind and event."""
