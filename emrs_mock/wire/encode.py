"""Converts an operation's result to the bytes of its response: the members that the output shape has.

Members that the shape does not have, and members that are None, are dropped. Nothing is checked here. Each shape's
function writes JSON directly, so that a result is traversed once.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import format_datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple

from botocore.model import OperationModel, Shape

from emrs_mock._call import Fixed
from emrs_mock.wire.shapes import KEPT, Compiler, Convert, Make, Member, members_at


class Encoded(NamedTuple):
    """A response; `status` is None unless a member of the output holds it."""

    status: int | None
    headers: dict[str, str]
    body: bytes


Encode = Callable[[Mapping[str, Any]], Encoded]
Write = Callable[[Any], str]
"""From a value to JSON text."""


def _structure(shape: Shape, compiler: Compiler) -> Write:
    write = _picked(members_at(shape, None), compiler)
    kept = lru_cache(KEPT)(write)
    return lambda value: kept(value) if type(value) is Fixed else write(value)


def _picked(members: list[Member], compiler: Compiler) -> Write:
    known = {member.name: (quoted(member.wire_name) + ":", compiler(member.shape)) for member in members}

    def write(value: Mapping[str, Any]) -> str:
        written = []
        for name, item in value.items():
            if item is not None and name in known:
                key, text = known[name]
                written.append(key + text(item))
        return "{" + ",".join(written) + "}"

    return write


def _list(shape: Shape, compiler: Compiler) -> Write:
    write = compiler(shape.member)
    return lambda value: "[" + ",".join([write(item) for item in value]) + "]"


def _map(shape: Shape, compiler: Compiler) -> Write:
    write = compiler(shape.value)
    return lambda value: "{" + ",".join([f"{quoted(key)}:{write(item)}" for key, item in value.items()]) + "}"


def _iso8601(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(timezone.utc), usegmt=True)


# Code that polls gets the same times again and again, and `repr` of a float is slow.
@lru_cache(maxsize=1024)
def _seconds(moment: datetime) -> str:
    return repr(moment.timestamp())


TIMESTAMPS: Mapping[str, Callable[[datetime], str]] = {
    "unixTimestamp": _seconds,
    "iso8601": _iso8601,
    "rfc822": _http_date,
}


def _timestamp(shape: Shape, compiler: Compiler) -> Write:
    kind = shape.serialization.get("timestampFormat", "unixTimestamp")
    write = TIMESTAMPS[kind]
    return write if kind == "unixTimestamp" else lambda moment: quoted(write(moment))


def _blob(shape: Shape, compiler: Compiler) -> Write:
    return lambda value: quoted(base64.b64encode(value).decode())


def _always(write: Write) -> Make:
    return lambda shape, compiler: write


BODY: Mapping[str, Make] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "timestamp": _timestamp,
    "blob": _blob,
    "string": _always(quoted),
    **dict.fromkeys(("integer", "long"), _always(str)),
    **dict.fromkeys(("float", "double"), _always(lambda value: repr(float(value)))),
    "boolean": _always({True: "true", False: "false"}.__getitem__),
}


def _header(member: Member) -> Convert:
    if member.shape.type_name == "timestamp":
        return TIMESTAMPS[member.shape.serialization.get("timestampFormat", "rfc822")]
    return {"boolean": lambda value: "true" if value else "false"}.get(member.shape.type_name, str)


def result_encoder(operation: OperationModel) -> Encode:
    """Make the function from a result, with the model's names, to an `Encoded` response."""
    shape = operation.output_shape
    body = _picked(members_at(shape, None), Compiler(BODY))
    headers = [(member.name, member.wire_name, _header(member)) for member in members_at(shape, "header")]
    statuses = [member.name for member in members_at(shape, "statusCode")]

    def encode(result: Mapping[str, Any]) -> Encoded:
        given = [result[name] for name in statuses if name in result]
        return Encoded(
            given[0] if given else None,
            {key: convert(result[name]) for name, key, convert in headers if result.get(name) is not None},
            body(result).encode(),
        )

    return encode
