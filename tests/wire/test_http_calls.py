"""Requests that come over HTTP, as calls."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from emrs_mock._call import NoReply, ServiceError
from emrs_mock.wire.http_calls import Request, answered
from tests.wire.conftest import Toy

CREDENTIAL = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240501/{}/emr-serverless/aws4_request, SignedHeaders=host"


def ask(toy, method="GET", url="https://h/applications/00f1", body=b"", **headers):
    """What the toy answers to a request."""
    return answered(toy, Request(method, url, {name.replace("_", "-"): value for name, value in headers.items()}, body))


def test_a_path_of_no_operation_is_refused_as_aws_does_it():
    """The text names it; the mock does not see it."""
    toy = Toy()
    answer, delay = ask(toy, "PATCH", "/nothing")
    assert (answer.status, json.loads(answer.body)) == (404, {"message": "PATCH /nothing is no operation"})
    assert answer.headers["x-amzn-ErrorType"] == "UnknownOperationException"
    assert answer.headers["x-amzn-RequestId"].startswith("00000000-0000-4000-8000-")
    assert (delay, toy.calls) == (timedelta(0), [])


@pytest.mark.parametrize(
    ("authorization", "key", "region", "partition"),
    [
        (CREDENTIAL.format("eu-west-1"), "AKIDEXAMPLE", "eu-west-1", "aws"),
        (CREDENTIAL.format("cn-north-1"), "AKIDEXAMPLE", "cn-north-1", "aws-cn"),
        ("Bearer token", None, "us-east-1", "aws"),
        (None, None, "us-east-1", "aws"),
    ],
)
def test_the_signature_names_key_and_region(authorization, key, region, partition):
    """Without one, the caller is unknown and the region is a default."""
    toy = Toy()
    ask(toy, **({} if authorization is None else {"authorization": authorization}))
    (call,) = toy.calls
    assert (toy.callers, call.caller.region, call.caller.partition) == ([(key, None)], region, partition)


@pytest.mark.parametrize(
    ("headers", "attempt", "invocation"),
    [
        ({}, 1, None),
        ({"amz_sdk_request": "attempt=3; max=5", "amz_sdk_invocation_id": "i1"}, 3, "i1"),
        ({"amz_sdk_request": "ttl=20240501; attempt=12"}, 12, None),
        ({"amz_sdk_request": "max=5"}, 1, None),
    ],
)
def test_which_try_of_which_call_it_is_stands_in_headers(headers, attempt, invocation):
    """A client that does not say so tries once: then each request is a call of its own."""
    toy = Toy()
    ask(toy, **headers)
    (call,) = toy.calls
    assert (call.attempt, call.invocation_id) == (attempt, invocation or call.request_id)
    assert (call.operation, call.params) == ("GetApplication", {"applicationId": "00f1"})


def test_what_cannot_be_read_is_refused_before_the_mock_sees_it():
    """As by AWS, with the request's id."""
    toy = Toy()
    answer, _ = ask(toy, "POST", "/applications", b"[]")
    assert (answer.status, answer.headers["x-amzn-ErrorType"], toy.calls) == (400, "SerializationException", [])


def test_refusals_silence_and_delays_are_passed_on():
    """As the mock has them."""
    refusal = Toy(lambda call: ServiceError("ResourceNotFoundException", "gone"), delay=2)
    answer, delay = ask(refusal)
    assert (answer.status, json.loads(answer.body)["message"], delay) == (404, "gone", timedelta(seconds=2))
    assert answer.headers["x-amzn-RequestId"] == refusal.calls[0].request_id
    silent = Toy(lambda call: NoReply.READ_TIMEOUT, delay=3)
    assert ask(silent) == (NoReply.READ_TIMEOUT, timedelta(seconds=3))
