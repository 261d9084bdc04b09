"""The operations on interactive sessions (facts §10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from emrs_mock._call import Call
from emrs_mock.operations import responses
from emrs_mock.operations.error_texts import application_of, session_of
from emrs_mock.operations.new_records import inherited, new_members
from emrs_mock.operations.pages import page, records
from emrs_mock.operations.properties import said_of_session
from emrs_mock.operations.tokens import without_token
from emrs_mock.operations.workload import TooFewAllowed, workload_said
from emrs_mock.sim.records import Application, Session
from emrs_mock.sim.workers import Workload
from emrs_mock.sim.world import World

Params = Mapping[str, Any]

_IDLE_MINUTES = 60  # facts §10: the user guide's figure; a samples README says 15
_LONGEST = timedelta(hours=24)  # facts §10
_INHERITED = ("releaseLabel", "networkConfiguration")


def start(world: World, call: Call) -> Params:
    """StartSession: SUBMITTED; it is STARTED when its application and its workers are."""
    application = application_of(world, call)
    session = new_session(world, call, application)
    world.take_in(session, "submit")
    return {"applicationId": application.id, "sessionId": session.id, "arn": session.arn}


def new_session(world: World, call: Call, application: Application, session_id: str | None = None) -> Session:
    """Make the record of a session, under an id of the service's choice or the given one."""
    spec = {"idleTimeoutMinutes": _IDLE_MINUTES, **without_token(call.params)}
    idle = spec["idleTimeoutMinutes"]
    return Session(
        **new_members(world, call, "session", spec, session_id, application.id, "sessions"),
        application_id=application.id,
        workload=_workload(application, spec),
        inherited=inherited(application, _INHERITED),
        # assumed: 0 means that idling is not limited
        limits={"time_out": _LONGEST, **({"idle_time_out": timedelta(minutes=idle)} if idle else {})},
    )


def _workload(application: Application, spec: Params) -> Workload | None:
    """The workers of the session's Spark; none where it asks for more executors at first than there may be."""
    try:
        return workload_said(said_of_session(application.spec, spec))
    except TooFewAllowed:
        return None  # assumed: nothing is known about what becomes of such a session


def get(world: World, call: Call) -> Params:
    """GetSession: the session as it is now, or as it ended."""
    return {"session": responses.session(session_of(world, call))}


def list_(world: World, call: Call) -> Params:
    """ListSessions: newest first."""
    register = world.sessions[application_of(world, call).id]
    return page(call, "sessions", records(world, call, register), responses.session)


def terminate(world: World, call: Call) -> Params:
    """TerminateSession: TERMINATING, then TERMINATED; nothing changes for a session that has ended (facts §16)."""
    session = session_of(world, call)
    world.fire(session, "terminate")
    return {"applicationId": session.application_id, "sessionId": session.id}
