"""The table of all operations, and the steps of one call. Dicts in, dicts out, with AWS's member names.

OPERATIONS has every operation that is simulated. `perform` takes these steps: it refuses what violates the service
model, replays a `clientToken` that it knows, refuses what breaks a rule (`preconditions`), and does the operation. No
HTTP and no botocore here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emrs_mock._call import Call
from emrs_mock.operations import applications, dashboards, job_runs, sessions, tags, tokens
from emrs_mock.operations.error_texts import Operation, violated
from emrs_mock.operations.preconditions import rules_of
from emrs_mock.sim.world import World

OPERATIONS: Mapping[str, Operation] = {
    "CancelJobRun": job_runs.cancel,
    "CreateApplication": applications.create,
    "DeleteApplication": applications.delete,
    "GetApplication": applications.get,
    "GetDashboardForJobRun": dashboards.of_job_run,
    "GetJobRun": job_runs.get,
    "GetResourceDashboard": dashboards.of_resource,
    "GetSession": sessions.get,
    "GetSessionEndpoint": dashboards.of_endpoint,
    "ListApplications": applications.list_,
    "ListJobRunAttempts": job_runs.list_attempts,
    "ListJobRuns": job_runs.list_,
    "ListSessions": sessions.list_,
    "ListTagsForResource": tags.list_,
    "StartApplication": applications.start,
    "StartJobRun": job_runs.start,
    "StartSession": sessions.start,
    "StopApplication": applications.stop,
    "TagResource": tags.tag,
    "TerminateSession": sessions.terminate,
    "UntagResource": tags.untag,
    "UpdateApplication": applications.update,
}


class NotSimulated(NotImplementedError):
    """The service model has the operation, emrs_mock does not simulate it yet."""

    def __init__(self, operation: str) -> None:
        super().__init__(
            f"emrs_mock does not simulate {operation} yet. It simulates: {', '.join(OPERATIONS)} (docs: coverage)."
        )


def perform(world: World, call: Call) -> Mapping[str, Any]:
    """Do what a call asks for; returns the members of its answer.

    Raises ServiceError for what AWS refuses, before anything changes; NotSimulated for an operation without a function.
    """
    operation = OPERATIONS.get(call.operation)
    if operation is None:
        raise NotSimulated(call.operation)
    if call.violations:
        raise violated(call.violations)
    return tokens.once(world, call, lambda: _act(operation, world, call))


def _act(operation: Operation, world: World, call: Call) -> Mapping[str, Any]:
    for rule in rules_of(call):
        rule(world, call)
    return operation(world, call)
