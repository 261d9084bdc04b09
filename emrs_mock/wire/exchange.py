"""One client call, from the prepared request to the response: decode, ask the mock, encode.

How calls are found and handed here is in `attach`; what an answer means is the mock's business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from emrs_mock._call import Call, Host, NoReply, Outcome, Reply, ServiceError
from emrs_mock.wire.answers import next_request_id, written
from emrs_mock.wire.codec import Codec, installed, partition_of
from emrs_mock.wire.parsed import NotParsable

SILENCES: Mapping[NoReply, type[HTTPClientError]] = {
    NoReply.CONNECT_TIMEOUT: ConnectTimeoutError,
    NoReply.READ_TIMEOUT: ReadTimeoutError,
    NoReply.CONNECTION_RESET: ConnectionClosedError,
    NoReply.UNREACHABLE: EndpointConnectionError,
}


class Content(bytes):
    """A body that a sync client reads as bytes and an async client awaits."""

    def __await__(self) -> Generator[Any, None, bytes]:
        return self
        yield  # never reached: it makes this a generator


class Raw:
    """The connection's side of a response, for the releases of aiobotocore that take the headers from it."""

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        self._headers = headers
        self._body = body

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as they travel."""
        return [(key.encode(), value.encode()) for key, value in self._headers.items()]

    def stream(self) -> list[bytes]:
        """The body, in one chunk."""
        return [self._body]


class Exchange:
    """One client call, which botocore may try several times; the mock that was active at its start answers all."""

    def __init__(
        self, host: Host, operation: str, context: Mapping[str, Any], is_async: bool, unsigned: object
    ) -> None:
        self._host = host
        self._operation = operation
        self._context = context
        self._is_async = is_async
        self.unsigned = unsigned
        """What the client's own botocore takes for "do not sign"."""
        self._answered: tuple[bytes, Codec, Mapping[str, Any]] | None = None
        """The body of the last answer, its codec and its members; None: it was no success."""
        self.access_key: str | None = None
        self.account_id: str | None = None

    def reply(self, request: AWSPreparedRequest) -> AWSResponse | Awaitable[AWSResponse]:
        """Answer one try; for an async client that has to wait, something to be awaited.

        Raises botocore's exception where AWS is not heard, and passes on what the test's author did wrong.
        """
        request_id = next_request_id()
        codec = installed().known(self._operation, request.method, request.url)
        try:
            reply = self._host.answer(self._call(codec, request, request_id))
        except ServiceError as refusal:  # what cannot be read is refused unheard
            reply = Reply(refusal)
        if reply.delay and self._is_async:
            finish = partial(self._response, codec, request.url, reply.outcome, request_id)
            return _after(self._host.pause_async(reply.delay), finish)
        if reply.delay:
            self._host.pause(reply.delay)
        return self._response(codec, request.url, reply.outcome, request_id)

    def _call(self, codec: Codec, request: AWSPreparedRequest, request_id: str) -> Call:
        params = codec.decode(request)
        region = self._context.get("client_region") or "us-east-1"  # assumed: a custom endpoint needs no region
        retries = self._context["retries"]
        return Call(
            operation=codec.name,
            params=params,
            violations=codec.validate(params),
            caller=self._host.caller(self.access_key, self.account_id, region, partition_of(region)),
            request_id=request_id,
            invocation_id=retries["invocation-id"],
            attempt=retries["attempt"],
        )

    def parsed(self, body: bytes) -> Mapping[str, Any] | None:
        """What botocore's parser makes of `body`, if this is the last answer's; None: it has to see for itself."""
        if self._answered is None or self._answered[0] is not body:
            return None
        _, codec, members = self._answered
        with suppress(NotParsable):
            return codec.parsed(members)
        return None

    def _response(self, codec: Codec, url: str, outcome: Outcome, request_id: str) -> AWSResponse:
        self._answered = None
        if isinstance(outcome, NoReply):
            raise SILENCES[outcome](endpoint_url=url, error=outcome.value)
        status, headers, body = written(codec, outcome, request_id)
        response = AWSResponse(url, status, headers, Raw(headers, body))
        # There is no other way in: aiobotocore awaits the very object that a sync client takes as bytes.
        response._content = Content(body)
        if isinstance(outcome, Mapping) and status == 200:
            self._answered = response._content, codec, outcome
        return response


async def _after(pause: Awaitable[None], finish: Callable[[], AWSResponse]) -> AWSResponse:
    await pause
    return finish()
