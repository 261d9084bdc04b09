"""The texts of the service's refusals, by record and event, and the look-up of the record that a call names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emrs_mock._call import Call, ServiceError
from emrs_mock.sim.lifecycles import TABLES
from emrs_mock.sim.records import Application, Attempt, JobRun, Record, Session
from emrs_mock.sim.world import World

Operation = Callable[[World, Call], Mapping[str, Any]]

# facts §2.2 (captured, moto), §16
_REFUSALS: Mapping[tuple[str, str], str] = {
    ("application", "start"): (
        "Application cannot be STARTED. Applications must be in one of the following statuses: [STOPPED, CREATED]"
    ),
    ("application", "stop"): (
        "Application cannot be STOPPED. Applications must be in one of the following statuses: [STARTING, STARTED]"
    ),
    ("application", "update"): (
        "Application {id} must be in one of the statuses to be updated: [STOPPED, CREATED]. Current status: {state}"
    ),
    ("application", "delete"): (
        "Application {id} must be in one of the following statuses [CREATED, STOPPED]. Current status: {state}"
    ),
    ("application", "submit"): (
        "Application {id} must be in one of the following statuses [STARTING, STARTED]. Current status: {state}"
    ),
    ("application", "auto_start"): "Application {id} is terminated. Cannot start job run.",
    ("job_run", "cancel"): (
        "JobRun {id} is not in a cancellable state and cannot be cancelled. Current state: {state}"
    ),
    ("job_run", "show"): "Dashboard cannot be served for job in {state} state",
    ("session", "connect"): "Session {id} is not ready for connections. Current state: {state}",  # assumed: the text
}


def invalid(message: str) -> ServiceError:
    """The refusal of a request that is not valid."""
    return ServiceError("ValidationException", message)


def violated(violations: Sequence[str]) -> ServiceError:
    """The refusal of a request that violates constraints of the service model (facts §14)."""
    count = len(violations)
    return invalid(f"{count} validation error{'s' if count > 1 else ''} detected: {'; '.join(violations)}")


def missing(member: str) -> ServiceError:
    """The refusal of a request without a member that the service requires and the model does not."""
    return violated([f"Value at '{member}' failed to satisfy constraint: Member must not be null"])


def not_found(what: str) -> ServiceError:
    """The refusal of a request that names a record which does not exist."""
    return ServiceError("ResourceNotFoundException", f"{what} does not exist")


def check(record: Record, event: str, state: str | None = None) -> None:
    """Refuse, in AWS's words, an event that the record's table lacks in its state, or in a `state` that it was in."""
    state = state or record.state
    if event not in TABLES[record.kind][state]:
        raise invalid(_REFUSALS[record.kind, event].format(id=record.id, state=state))


def application_of(world: World, call: Call) -> Application:
    """The application that the call names (facts §2.2, 404)."""
    application_id = call.params["applicationId"]
    application = world.applications.get(application_id)
    if application is None:
        raise not_found(f"Application {application_id}")
    return application


def job_run_of(world: World, call: Call) -> JobRun:
    """The job run that the call names; a run of another application counts as unknown (facts §16)."""
    application = application_of(world, call)
    run = world.job_runs[application.id].get(call.params["jobRunId"])
    if run is None:
        raise not_found(f"JobRun {call.params['jobRunId']}")
    return run


def attempt_of(world: World, call: Call) -> Attempt:
    """The attempt that the call names, or the newest one."""
    return attempt_of_run(job_run_of(world, call), call)


def attempt_of_run(run: JobRun, call: Call) -> Attempt:
    """The attempt of this job run that the call names, or the newest one."""
    number: int = call.params.get("attempt", run.attempt_number)
    if number > run.attempt_number:
        raise not_found(f"Attempt {number} of JobRun {run.id}")
    return run.attempts[number - 1]


def session_of(world: World, call: Call) -> Session:
    """The session that the call names; a session of another application counts as unknown."""
    application = application_of(world, call)
    session_id = call.params.get("sessionId") or call.params["resourceId"]
    session = world.sessions[application.id].get(session_id)
    if session is None:
        raise not_found(f"Session {session_id}")
    return session


def tagged(world: World, call: Call) -> Record:
    """The application, job run or session whose ARN the call names (facts §9)."""
    arn = call.params["resourceArn"]
    owner, record = world.simulation.owners.get(arn.rpartition("/")[2], (None, None))
    if record is None or owner is not world or record.arn != arn:
        raise not_found(f"Resource {arn}")
    return record
