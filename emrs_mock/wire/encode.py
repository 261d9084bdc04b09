"""From an operation's result to the bytes of its answer: the output shape picks its members.

Members that the shape lacks and members that are None are dropped; nothing is checked here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any, NamedTuple

from botocore.model import OperationModel, Shape

from emrs_mock.wire.shapes import Compiler, Convert, Make, Member, members_at


class Encoded(NamedTuple):
    """An answer on the wire; the status is None unless a member carries it."""

    status: int | None
    headers: dict[str, str]
    body: bytes


NO_MEMBER = (None, None)

Encode = Callable[[Mapping[str, Any]], Encoded]

# `json.dumps` makes an encoder per call as soon as it is given options; what is encoded here contains no circles.
to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _structure(shape: Shape, compiler: Compiler) -> Convert:
    return _picked(members_at(shape, None), compiler)


def _picked(members: list[Member], compiler: Compiler) -> Convert:
    known = {member.name: (member.wire_name, compiler(member.shape)) for member in members}

    def encode(value: Mapping[str, Any]) -> dict[str, Any]:
        picked = {}
        for name, item in value.items():
            wire_name, convert = known.get(name, NO_MEMBER)
            if wire_name is not None and item is not None:
                picked[wire_name] = item if convert is None else convert(item)
        return picked

    return encode


def _list(shape: Shape, compiler: Compiler) -> Convert:
    convert = compiler(shape.member)
    return list if convert is None else lambda value: [convert(item) for item in value]


def _map(shape: Shape, compiler: Compiler) -> Convert:
    convert = compiler(shape.value)
    return dict if convert is None else lambda value: {key: convert(item) for key, item in value.items()}


def _iso8601(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(timezone.utc), usegmt=True)


TIMESTAMPS: Mapping[str, Convert] = {
    "unixTimestamp": datetime.timestamp,
    "iso8601": _iso8601,
    "rfc822": _http_date,
}


def _timestamp(shape: Shape, compiler: Compiler) -> Convert:
    return TIMESTAMPS[shape.serialization.get("timestampFormat", "unixTimestamp")]


def _blob(shape: Shape, compiler: Compiler) -> Convert:
    return lambda value: base64.b64encode(value).decode()


def _number(shape: Shape, compiler: Compiler) -> Convert:
    return float


def _as_is(shape: Shape, compiler: Compiler) -> None:
    return None


BODY: Mapping[str, Make] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "timestamp": _timestamp,
    "blob": _blob,
    "float": _number,
    "double": _number,
    **dict.fromkeys(("string", "integer", "long", "boolean"), _as_is),
}


def _header(member: Member) -> Convert:
    if member.shape.type_name == "timestamp":
        return TIMESTAMPS[member.shape.serialization.get("timestampFormat", "rfc822")]
    return {"boolean": lambda value: "true" if value else "false"}.get(member.shape.type_name, str)


def result_encoder(operation: OperationModel) -> Encode:
    """The function from a result, named as in the model, to its `Encoded` answer."""
    shape = operation.output_shape
    body = _picked(members_at(shape, None), Compiler(BODY))
    headers = [(member.name, member.wire_name, _header(member)) for member in members_at(shape, "header")]
    statuses = [member.name for member in members_at(shape, "statusCode")]

    def encode(result: Mapping[str, Any]) -> Encoded:
        return Encoded(
            next((result[name] for name in statuses if name in result), None),
            {key: convert(result[name]) for name, key, convert in headers if result.get(name) is not None},
            to_json(body(result)).encode(),
        )

    return encode
