"""What an answer is on the wire, whichever way it travels: status, headers and body; and ids of requests."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from emrs_mock._call import ServiceError
from emrs_mock.wire.codec import Codec, installed
from emrs_mock.wire.encode import Encoded

# A counter and not uuid4: the same test shows the same ids, and no random state of the program is touched.
_numbers = itertools.count(1)


class Answer(NamedTuple):
    """Status, headers and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def next_request_id() -> str:
    """An id that no earlier request of the process has."""
    return f"00000000-0000-4000-8000-{next(_numbers):012x}"


def written(codec: Codec | None, outcome: Mapping[str, Any] | ServiceError | bytes, request_id: str) -> Answer:
    """The answer that says `outcome`. A refusal needs no codec."""
    status, extra, body = _encoded(codec, outcome)
    headers = {
        "x-amzn-RequestId": request_id,
        "Content-Type": "application/json",
        **extra,
    }
    return Answer(status or 200, headers, body)


def _encoded(codec: Codec | None, outcome: Mapping[str, Any] | ServiceError | bytes) -> Encoded:
    if isinstance(outcome, bytes):
        return Encoded(None, {}, outcome)
    if isinstance(outcome, ServiceError):
        body = json.dumps({"message": outcome.message}).encode()
        return Encoded(installed().status(outcome.code), {"x-amzn-ErrorType": outcome.code}, body)
    assert codec is not None
    return codec.encode(outcome)
