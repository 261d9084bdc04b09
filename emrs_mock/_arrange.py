"""Arranging a test: records that are in a state now, without a call and without passing time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from emrs_mock._call import Call, ServiceError
from emrs_mock.control.records import snake_case
from emrs_mock.control.run_until import Target, id_of
from emrs_mock.operations import applications, job_runs, sessions
from emrs_mock.operations.rules import RULES, application_takes_work
from emrs_mock.sim.lifecycles import FINAL, TABLES, path
from emrs_mock.sim.records import Application
from emrs_mock.sim.world import World

if TYPE_CHECKING:
    from emrs_mock._mock import EMRServerless

ENDED = FINAL["job_run"] | FINAL["session"]

_RELEASE = "emr-7.10.0"
_DRIVERS: Mapping[str, Mapping[str, Any]] = {
    "Spark": {"sparkSubmit": {"entryPoint": "s3://emrs-mock/job.py"}},
    "Hive": {"hive": {"query": "s3://emrs-mock/query.sql"}},
}


def application(
    emr: EMRServerless, state: str, application_id: str | None, region_name: str | None, members: Mapping[str, Any]
) -> str:
    """Add an application in `state`; returns its id."""
    with _arranging(emr, "application", state):
        world = _world(emr, region_name)
        call = _call(emr, world, "CreateApplication", {"release_label": _RELEASE, "type": "SPARK", **members})
        _refuse_bad_id(emr, "ApplicationId", application_id)
        for rule in RULES[call.operation]:
            rule(world, call)
        record = applications.new_application(world, call, application_id)
        world.place(record, path("application", state))
        return record.id


def job_run(emr: EMRServerless, target: Target, state: str, job_run_id: str | None, members: Mapping[str, Any]) -> str:
    """Add a job run in `state` to an application; returns its id."""
    with _arranging(emr, "job_run", state):
        world, parent = _application(emr, target)
        driver = {"jobDriver": _DRIVERS[parent.spec["type"]]}
        call = _checked(emr, world, parent, "StartJobRun", state, {**driver, **members})
        _refuse_bad_id(emr, "JobRunId", job_run_id)
        record = job_runs.new_job_run(world, call, parent, job_run_id)
        record.follow(emr._simulation.decide(world, record))
        world.place(record, path("job_run", state))
        return record.id


def session(emr: EMRServerless, target: Target, state: str, session_id: str | None, members: Mapping[str, Any]) -> str:
    """Add a session in `state` to an application; returns its id."""
    with _arranging(emr, "session", state):
        world, parent = _application(emr, target)
        call = _checked(emr, world, parent, "StartSession", state, members)
        _refuse_bad_id(emr, "SessionId", session_id)
        record = sessions.new_session(world, call, parent, session_id)
        world.place(record, path("session", state))
        return record.id


@contextmanager
def _arranging(emr: EMRServerless, kind: str, state: str) -> Iterator[None]:
    if state not in TABLES[kind]:
        raise ValueError(f"No {kind} can be in state {state!r}. There are: {', '.join(TABLES[kind])} (docs: states)")
    emr._simulation.catch_up()
    with emr._simulation.lock:
        try:
            yield
        except ServiceError as refusal:
            raise ValueError(f"AWS would refuse it: {refusal.message}") from refusal


def _world(emr: EMRServerless, region_name: str | None) -> World:
    from emrs_mock import _aws
    from emrs_mock.wire.codec import partition_of

    region = region_name or _aws.default_region()
    caller = emr.caller(None, None, region, partition_of(region))
    return emr._simulation.world(caller.account_id, region, caller.partition)


def _application(emr: EMRServerless, target: Target) -> tuple[World, Application]:
    application_id = id_of(target)
    world, record = emr._simulation.owners.get(application_id, (None, None))
    if world is None or not isinstance(record, Application):
        known = ", ".join(view.id for view in emr.applications) or "none"
        raise ValueError(f"There is no application {application_id!r}. There are: {known}")
    return world, record


def _call(emr: EMRServerless, world: World, operation: str, params: Mapping[str, Any]) -> Call:
    from emrs_mock.wire.checks import checked

    caller = emr.caller(None, None, world.region, world.partition)
    return Call(operation, checked(operation, _in_camel_case(operation, params)), (), caller, "", "", 1)


def _in_camel_case(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Members under AWS's names, whichever way they were written: `releaseLabel` or `release_label`."""
    from emrs_mock.wire.codec import installed

    names = {snake_case(name): name for name in installed().model.operation_model(operation).input_shape.members}
    return {names.get(name, name): value for name, value in params.items()}


def _refuse_bad_id(emr: EMRServerless, shape: str, record_id: str | None) -> None:
    from emrs_mock.wire.checks import problems_of

    if record_id is None:
        return
    if record_id in emr._simulation.owners:
        raise ValueError(f"The id {record_id!r} is taken")
    problems = problems_of(shape, record_id)
    if problems:
        raise ValueError(f"The id {record_id!r} is not one that AWS could give: {'; '.join(problems)}")


def _checked(
    emr: EMRServerless, world: World, parent: Application, operation: str, state: str, members: Mapping[str, Any]
) -> Call:
    """The call that would have made the record; refused where no such record could be in `state`."""
    role = f"arn:{world.partition}:iam::{world.account_id}:role/emrs-mock"
    call = _call(emr, world, operation, {"executionRoleArn": role, "applicationId": parent.id, **members})
    is_new = state == "SUBMITTED"
    for rule in RULES[operation]:
        if is_new or rule is not application_takes_work:
            rule(world, call)
    if not is_new and state not in ENDED and parent.state != "STARTED":
        raise ValueError(
            f"Nothing can be {state} in an application that is {parent.state}: arrange one that is STARTED"
        )
    return call
