"""What a client gets for an answer, an error, a delay and a missing reply."""

from __future__ import annotations

import json
from datetime import timedelta

import botocore.session
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from emrs_mock._call import NoReply, ServiceError
from emrs_mock.wire.codec import installed
from tests.wire.conftest import Toy, client

GET = {"applicationId": "00f1cbsc6anuij25"}


def answering(active, *outcomes, **options):
    """A toy that gives these outcomes in turn, the last one for ever."""
    rest = list(outcomes)
    active.host = Toy(lambda call: rest.pop(0) if len(rest) > 1 else rest[0], **options)
    return active.host


def test_a_refusal_is_typed(emr, active):
    """The code chooses the client's exception, and the model the status."""
    answering(active, ServiceError("ResourceNotFoundException", "Application 00f1 does not exist"))
    with pytest.raises(emr.exceptions.ResourceNotFoundException) as caught:
        emr.get_application(**GET)
    response = caught.value.response
    assert response["Error"] == {"Message": "Application 00f1 does not exist", "Code": "ResourceNotFoundException"}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert response["message"] == "Application 00f1 does not exist"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ValidationException", 400),
        ("ConflictException", 409),
        ("ServiceQuotaExceededException", 402),
        ("InternalServerException", 500),
        ("AccessDeniedException", 403),
        ("ExpiredTokenException", 403),
        ("UnrecognizedClientException", 403),
        ("ServiceUnavailable", 503),
        ("ThrottlingException", 400),
        ("SomethingElse", 400),
    ],
)
def test_the_status_follows_from_the_code(active, code, status):
    """The model's own errors by the model, AWS's common ones by facts §6, all others 400."""
    answering(active, ServiceError(code, "no"))
    once = client(config={"retries": {"total_max_attempts": 1}})
    with pytest.raises(ClientError) as caught:
        once.get_application(**GET)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_every_try_has_a_request_id(emr, toy):
    """The id in the answer's metadata is the one in the mock's `Call`."""
    ids = [emr.list_applications()["ResponseMetadata"]["RequestId"] for _ in range(3)]
    assert ids == [call.request_id for call in toy.calls]
    assert len(set(ids)) == 3


def test_the_caller_is_named_by_region_and_credentials(active):
    """Region and partition come from the client, the access key from credentials that have one."""
    toy = answering(active, {})
    client(region_name="cn-north-1").list_applications()
    client(region_name="us-gov-west-1").list_applications()
    client(region_name="xx-nowhere-9", endpoint_url="http://localhost").list_applications()
    places = [(call.caller.region, call.caller.partition) for call in toy.calls]
    assert places == [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("xx-nowhere-9", "aws")]
    assert {key for key, _ in toy.callers} == {"AKIDEXAMPLE"}


def test_raw_bytes_arrive_as_they_are(emr, active):
    """botocore treats a body that is not JSON as an answer without members."""
    answering(active, b'{"applications": [], "nextToken": "more"}')
    assert emr.list_applications()["nextToken"] == "more"
    answering(active, b"<html>")
    assert "applications" not in emr.list_applications()


def test_a_delay_passes_on_the_mocks_clock(emr, active):
    """`pause` is called once per try, and not at all without a delay."""
    slow = answering(active, {}, delay=1.5)
    emr.list_applications()
    assert slow.pauses == [timedelta(seconds=1.5)]
    fast = answering(active, {})
    emr.list_applications()
    assert fast.pauses == []


@pytest.mark.parametrize(
    ("silence", "error"),
    [
        (NoReply.CONNECT_TIMEOUT, ConnectTimeoutError),
        (NoReply.READ_TIMEOUT, ReadTimeoutError),
        (NoReply.CONNECTION_RESET, ConnectionClosedError),
        (NoReply.UNREACHABLE, EndpointConnectionError),
    ],
)
def test_silence_is_botocores_own_exception(active, silence, error):
    """Retried as the real thing is, and after its delay."""
    toy = answering(active, silence, delay=60)
    emr = client(config={"retries": {"mode": "legacy"}})  # the default of newer releases is "standard"
    with pytest.raises(error, match=r"https://emr-serverless\.us-east-1\.amazonaws\.com/applications"):
        emr.list_applications()
    assert [call.attempt for call in toy.calls] == [1, 2, 3, 4, 5]
    assert toy.pauses == [timedelta(seconds=60)] * 5


@pytest.mark.parametrize(("mode", "tries"), [("legacy", 5), ("standard", 3)])
@pytest.mark.parametrize("code", ["InternalServerException", "ServiceUnavailable", "ThrottlingException"])
def test_botocore_retries_what_it_would_retry(active, mode, tries, code):
    """Each try is a call of its own with the same invocation id, the next attempt and the same client token."""
    toy = answering(active, ServiceError(code, "try again"))
    with pytest.raises(ClientError, match=code):
        client(config={"retries": {"mode": mode}}).create_application(releaseLabel="emr-7.1.0", type="SPARK")
    assert [call.attempt for call in toy.calls] == list(range(1, tries + 1))
    assert len({call.invocation_id for call in toy.calls}) == 1
    assert len({call.params["clientToken"] for call in toy.calls}) == 1


def test_a_retry_may_succeed(emr, active):
    """The second answer counts."""
    answering(active, ServiceError("InternalServerException", "once"), NoReply.READ_TIMEOUT, {"applications": []})
    answer = emr.list_applications()
    assert answer["applications"] == []
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_a_mistake_of_the_author_is_not_retried(emr, active):
    """A Python exception in the mock reaches the caller unchanged, at once."""
    toy = active.host = Toy(lambda call: {}["no such rule"])
    with pytest.raises(KeyError, match="no such rule"):
        emr.list_applications()
    assert len(toy.calls) == 1


@pytest.fixture
def own_model_client(tmp_path):
    """A client of a model of its own: an operation renamed, one added, a member added (facts §15.14)."""
    model = json.loads(json.dumps(installed().model._service_description))
    operations = model["operations"]
    operations["DescribeApplication"] = {**operations["GetApplication"], "name": "DescribeApplication"}
    operations["Fly"] = {**operations["GetApplication"], "name": "Fly", "http": {"method": "GET", "requestUri": "/fly"}}
    operations["Fly"].pop("input")
    model["shapes"]["StartJobRunRequest"]["members"]["internal"] = {"shape": "JobDriver"}
    folder = tmp_path / "emr-serverless" / "2021-07-13"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model))
    session = botocore.session.Session()
    session.set_config_variable("data_path", str(tmp_path))
    session.set_credentials("AKIDEXAMPLE", "secret")
    return session.create_client("emr-serverless", region_name="us-east-1")


def test_a_clients_own_operation_is_found_by_method_and_path(own_model_client, toy):
    """Its name is unknown, its path is not; members that only it knows are ignored."""
    own_model_client.describe_application(applicationId="00f1")
    own_model_client.start_job_run(applicationId="00f1", executionRoleArn="x" * 20, internal={"hive": {"query": "q"}})
    described, started = toy.calls
    assert (described.operation, described.params) == ("GetApplication", {"applicationId": "00f1"})
    assert "internal" not in started.params


def test_an_operation_that_leads_nowhere_is_named(own_model_client, toy):
    """The error lists the operations that there are."""
    with pytest.raises(NotImplementedError, match=r"Fly GET https.*CancelJobRun, CreateApplication"):
        own_model_client.fly()
    assert toy.calls == []
