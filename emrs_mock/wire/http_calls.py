"""Calls that come as HTTP requests instead of botocore's: from a request to a `Call`, from its reply to an answer.

How requests are received and answers are sent is in `server`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from emrs_mock._call import NO_DELAY, Call, Host, NoReply, Reply, ServiceError
from emrs_mock.wire.answers import Answer, next_request_id, written
from emrs_mock.wire.codec import Codec, installed, partition_of

DEFAULT_REGION = "us-east-1"  # assumed: for a client that does not sign, so that nothing names its region
_SCOPE = re.compile(r"Credential=([^/,\s]+)/[^/,]*/([^/,]+)/")
_ATTEMPT = re.compile(r"attempt=(\d+)")


class Request(NamedTuple):
    """A request as the decoders read it. Names of headers are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Answered(NamedTuple):
    """What comes back, after `delay`; a `NoReply` where the connection fails instead."""

    answer: Answer | NoReply
    delay: timedelta


def answered(host: Host, request: Request) -> Answered:
    """Let a mock answer one request. Account and region are those of the signature, which is not verified.

    Raises what the author of the test did wrong.
    """
    request_id = next_request_id()
    codec = installed().routed(request.method, request.url)
    if codec is None:
        unknown = ServiceError("UnknownOperationException", f"{request.method} {request.url} is no operation")
        return Answered(written(None, unknown, request_id), NO_DELAY)
    try:
        reply = host.answer(_call(host, codec, request, request_id))
    except ServiceError as refusal:  # what cannot be read is refused before the mock sees it
        reply = Reply(refusal)
    if isinstance(reply.outcome, NoReply):
        return Answered(reply.outcome, reply.delay)
    return Answered(written(codec, reply.outcome, request_id), reply.delay)


def _call(host: Host, codec: Codec, request: Request, request_id: str) -> Call:
    params = codec.decode(request)
    scope = _SCOPE.search(request.headers.get("authorization", ""))
    access_key, region = scope.groups() if scope else (None, DEFAULT_REGION)
    attempt = _ATTEMPT.search(request.headers.get("amz-sdk-request", ""))
    return Call(
        operation=codec.name,
        params=params,
        violations=codec.validate(params),
        caller=host.caller(access_key, None, region, partition_of(region)),
        request_id=request_id,
        invocation_id=request.headers.get("amz-sdk-invocation-id", request_id),
        attempt=int(attempt[1]) if attempt else 1,
    )
