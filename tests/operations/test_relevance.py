"""Rules that are not asked about a request, because it has none of the members that they are about."""

from __future__ import annotations

from itertools import chain

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock._call import Call
from emrs_mock.operations.preconditions import RULES, rules_of
from emrs_mock.operations.relevance import _MEMBERS
from emrs_mock.wire.codec import installed
from tests.service.model import has

CAPACITY = {"workerCount": 1, "workerConfiguration": {"cpu": "4vCPU", "memory": "16GB"}}
APPLICATIONS = [
    {"type": "Spark"},
    {"type": "Spark", "releaseLabel": "emr-6.6.0"},
    {"type": "Spark", "initialCapacity": {"DRIVER": CAPACITY}, "maximumCapacity": {"cpu": "4vCPU", "memory": "16GB"}},
    {"type": "Spark", "imageConfiguration": {"imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/etl:1"}},
    {"type": "Hive", "releaseLabel": "emr-6.9.0"},
]


def a_call(backend, operation, params):
    """A call as `wire` hands it over."""
    caller = backend.caller(None, None, "us-east-1", "aws")
    return Call(operation, params, (), caller, "request", "invocation", 1)


@pytest.mark.parametrize("operation", RULES)
def test_a_request_with_all_members_is_checked_by_all_rules_in_order(operation):
    """Whatever the order of its members."""
    if not has(operation):
        pytest.skip("an older model does not have it")
    members = {*installed().model.operation_model(operation).input_shape.members, *chain(*_MEMBERS.values())}
    with mock_emr_serverless() as emr:
        for given in (sorted(members), sorted(members, reverse=True)):
            assert rules_of(a_call(emr._backend, operation, dict.fromkeys(given))) == RULES[operation]


@pytest.mark.parametrize("state", ["CREATED", "STARTED"])
@pytest.mark.parametrize("members", APPLICATIONS, ids=str)
@pytest.mark.parametrize("operation", RULES)
def test_a_rule_that_is_left_out_would_have_refused_nothing(operation, members, state):
    """Whatever the application is like: what a request does not mention is not its fault."""
    if not all(has(f"CreateApplication.{name}") for name in members):
        pytest.skip("an older model does not have such applications")
    with mock_emr_serverless(clock="manual") as emr:
        application = emr.add_application(state, **members)
        spec = {"type": members["type"], "releaseLabel": "emr-6.6.0"} if operation == "CreateApplication" else {}
        run = emr.add_job_run(application, "SUCCESS")
        call = a_call(emr._backend, operation, spec or {"applicationId": application.id, "jobRunId": run.id})
        world = emr._simulation.owners[application.id][0]
        for rule in set(RULES[operation]) - set(rules_of(call)):
            rule(world, call)
