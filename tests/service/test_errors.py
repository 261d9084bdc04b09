"""How a refusal looks on the wire, and which of several reasons is the one that is told (facts §14, §16)."""

from __future__ import annotations

import json
import re
from uuid import UUID

import boto3
import pytest
from botocore.config import Config

from emrs_mock import Quotas, mock_emr_serverless
from tests.service.model import MODEL
from tests.service.requests import (
    RELEASE,
    ROLE,
    SPARK,
    START,
    create_application,
    nothing_changes,
    refused,
    start_job_run,
)

UNKNOWN = "00abcdefabcdef01"
STRANGER = "arn:aws:iam::999999999999:role/job"


def careless_client():
    """A client that leaves all checks to the service, and asks once."""
    return boto3.client(
        "emr-serverless",
        "us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"max_attempts": 0}),
    )


@pytest.fixture
def careless(emr):
    """Such a client, answered by `emr`."""
    return careless_client()


@pytest.fixture
def answers(client):
    """What came back over the wire: status, headers and body of each answer."""
    seen = []

    def see(http_response, **_):
        seen.append((http_response.status_code, http_response.headers, http_response.content))

    client.meta.events.register("after-call.emr-serverless", see)
    yield seen
    client.meta.events.unregister("after-call.emr-serverless", see)


def test_14_a_refusal_is_a_message_in_the_body_and_its_type_in_a_header(client, answers):
    """Body {"message": …}, x-amzn-ErrorType, and an x-amzn-RequestId that is a UUID."""
    refused(client.get_application, applicationId=UNKNOWN)
    ((status, headers, body),) = answers
    assert status == 404
    assert headers["x-amzn-ErrorType"].split(":")[0] == "ResourceNotFoundException"
    assert str(UUID(headers["x-amzn-RequestId"])) == headers["x-amzn-RequestId"]
    assert json.loads(body) == {"message": f"Application {UNKNOWN} does not exist"}


def test_14_a_refusal_is_not_tried_again_and_tells_its_request_id(client, answers):
    """As with any 4xx of AWS."""
    with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        client.get_application(applicationId=UNKNOWN)
    metadata = caught.value.response["ResponseMetadata"]
    assert (metadata["RetryAttempts"], len(answers)) == (0, 1)
    assert metadata["RequestId"] == answers[0][1]["x-amzn-RequestId"]


def test_14_a_name_that_is_too_long_is_refused_as_captured(client, refuses):
    """The offending value is not echoed."""
    refusal = refuses(client.create_application, releaseLabel=RELEASE, type="SPARK", name="n" * 65)
    assert refusal == (
        "ValidationException",
        "1 validation error detected: Value at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 64",
        400,
    )


@pytest.mark.needs_model("CreateApplication.architecture")
def test_14_all_violations_are_told_at_once_in_the_models_order(client, refuses):
    """Each with its place, however deep."""
    refusal = refuses(
        client.create_application,
        type="SPARK",
        architecture="SPARC",
        releaseLabel="emr 7",
        name="n" * 65,
        networkConfiguration={"subnetIds": ["subnet-1", " subnet-2"]},
        tags={"what?": "no!"},
    )
    assert refusal.code == "ValidationException"
    count, _, violations = refusal.message.partition(" validation errors detected: ")
    places = [
        re.fullmatch(r"Value at '(.+)' failed to satisfy constraint: (.+)", one) for one in violations.split("; ")
    ]
    given = ["name", "releaseLabel", "tags", "networkConfiguration", "architecture"]
    order = [name for name in MODEL.operation_model("CreateApplication").input_shape.members if name in given]
    assert (count, [place[1].split(".")[0] for place in places if place]) == (
        "6",
        sorted(["tags", *given], key=order.index),
    )
    assert "networkConfiguration.subnetIds.2.member" in {place[1] for place in places if place}


@pytest.mark.parametrize(
    ("members", "place", "constraint"),
    [
        ({"releaseLabel": None}, "releaseLabel", "Member must not be null"),
        (
            {"releaseLabel": "emr 7"},
            "releaseLabel",
            r"Member must satisfy regular expression pattern: [A-Za-z0-9._/-]+",
        ),
        ({"releaseLabel": ""}, "releaseLabel", "Member must have length greater than or equal to 1"),
        pytest.param(
            {"architecture": "SPARC"},
            "architecture",
            "Member must satisfy enum value set: [ARM64, X86_64]",
            marks=pytest.mark.needs_model("CreateApplication.architecture"),
        ),
        (
            {"autoStopConfiguration": {"idleTimeoutMinutes": 10081}},
            "autoStopConfiguration.idleTimeoutMinutes",
            "Member must have value less than or equal to 10080",
        ),
        (
            {"autoStopConfiguration": {"idleTimeoutMinutes": 0}},
            "autoStopConfiguration.idleTimeoutMinutes",
            "Member must have value greater than or equal to 1",
        ),
    ],
)
def test_14_each_kind_of_constraint_has_its_words(careless, refuses, members, place, constraint):
    """As captured where it was captured, and in its style where not."""
    request = {"releaseLabel": RELEASE, "type": "SPARK", "clientToken": "t", **members}
    refusal = refuses(careless.create_application, **{name: v for name, v in request.items() if v is not None})
    text = f"Value at '{place}' failed to satisfy constraint: {constraint}"
    assert (refusal.code, refusal.status) == ("ValidationException", 400)
    assert text in re.split("detected: |; ", refusal.message)


def test_14_lines_of_parameters_are_no_violation(client, app, submit):
    """Parameters of several lines are common in public workflows."""
    parameters = "--conf spark.executor.cores=2 \\\n  --class org.example.Main"
    run = submit(jobDriver={"sparkSubmit": {"entryPoint": "s3://code/etl.py", "sparkSubmitParameters": parameters}})
    shown = client.get_job_run(applicationId=app, jobRunId=run)["jobRun"]["jobDriver"]
    assert shown["sparkSubmit"]["sparkSubmitParameters"] == parameters


@pytest.fixture
def faulty(client, emr):
    """For each reason to refuse StartJobRun, in the order of facts §16: members that give it, and the code."""
    terminated = emr.add_application("TERMINATED").id
    started = emr.add_application().id
    start_job_run(client, started, clientToken="used", name="first")
    return {
        "violation": ({"name": "n" * 257}, "'name'"),
        "token": ({"applicationId": started, "clientToken": "used"}, "same clientToken"),
        "role": ({"executionRoleArn": STRANGER}, "Cross-account"),
        "application": ({"applicationId": UNKNOWN}, "does not exist"),
        "state": ({"applicationId": terminated}, "is terminated"),
        "value": ({"executionTimeoutMinutes": 1}, "RunTimeout"),
        "none": ({"applicationId": started}, None),
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("violation", "token"),
        ("violation", "role"),
        ("violation", "application"),
        ("violation", "value"),
        ("token", "role"),
        ("token", "value"),
        ("role", "application"),
        ("role", "state"),
        ("role", "value"),
        ("application", "value"),
        ("state", "value"),
    ],
)
def test_16_of_two_reasons_to_refuse_the_first_one_is_told(client, refuses, faulty, first, second):
    """And the second one alone is a reason as well."""
    request = {"executionRoleArn": ROLE, "jobDriver": SPARK, **faulty["none"][0]}
    both = refuses(client.start_job_run, **{**request, **faulty[second][0], **faulty[first][0]})
    alone = refuses(client.start_job_run, **{**request, **faulty[second][0]})
    assert faulty[first][1] in both.message
    assert faulty[second][1] in alone.message


def test_16_throttling_comes_before_any_other_refusal():
    """Throttling comes before what the model refuses; a refused call counts like any other."""
    with mock_emr_serverless(clock="manual", start=START, quotas=Quotas(rates={"CreateApplication": (1, 1)})) as emr:
        client = careless_client()
        wrong = {"releaseLabel": RELEASE, "type": "SPARK", "name": "n" * 65, "clientToken": "t"}
        assert refused(client.create_application, **wrong).code == "ValidationException"
        with nothing_changes(emr):
            assert refused(client.create_application, **wrong) == ("ThrottlingException", "Rate exceeded", 400)
        emr.clock.advance(1)
        assert create_application(client, clientToken="t")
