"""From a request to the operation's params: compiled from the input shape, by each member's location.

Says nothing about whether the values are allowed (`validate` does), only whether they are of the
model's types. Members that the model lacks are dropped.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.model import OperationModel, Shape
from botocore.utils import parse_timestamp

from emrs_mock._call import ServiceError
from emrs_mock.wire.shapes import Compiler, Convert, Make, Member, members_at

Decode = Callable[[Any], dict[str, Any]]

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
JSON_TYPES = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (str,),
    "timestamp": (int, float, str),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}
TOKENS = {dict: "START_OBJECT", list: "START_ARRAY", str: "STRING_VALUE", bool: "BOOLEAN_VALUE"}
LABEL = re.compile(r"\{(\w+)(\+?)\}")


def _refusal(problem: str) -> ServiceError:
    # assumed: AWS refuses what it cannot read with this code, before all else, and words it by the JSON token.
    return ServiceError("SerializationException", problem)


def _aware(text: str) -> datetime:
    moment: datetime = parse_timestamp(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def _timestamp(value: Any) -> datetime:
    """A number counts seconds from the epoch, a string is ISO 8601 or an HTTP date: no value is both."""
    return _aware(value) if isinstance(value, str) else EPOCH + timedelta(seconds=value)


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


# --- the body -------------------------------------------------------------------------------------------------------


def _strict(shape: Shape, convert: Convert) -> Convert:
    """`convert`, for values of the shape's JSON types only; `type` and not `isinstance`, as True is no integer."""
    types, name = JSON_TYPES[shape.type_name], shape.type_name

    def decode(value: Any) -> Any:
        if type(value) not in types:
            raise _refusal(f"{TOKENS.get(type(value), 'NUMBER_VALUE')} can not be converted to {name}")
        return convert(value)

    return decode


def _scalar(convert: Convert) -> Make:
    return lambda shape, compiler: _strict(shape, _or_refused(shape, convert))


def _or_refused(shape: Shape, convert: Convert) -> Convert:
    """`convert`, which may fail on a value of the right JSON type."""

    def decode(value: Any) -> Any:
        try:
            return convert(value)
        except (ValueError, LookupError, ArithmeticError) as error:
            raise _refusal(f"{value!r} can not be converted to {shape.type_name}") from error

    return decode


def _structure(shape: Shape, compiler: Compiler) -> Convert:
    return _strict(shape, _picked(members_at(shape, None), compiler))


def _picked(members: list[Member], compiler: Compiler) -> Convert:
    known = {member.wire_name: (member.name, compiler(member.shape)) for member in members}

    def decode(value: dict[str, Any]) -> dict[str, Any]:
        picked = {}
        for wire_name, item in value.items():
            if item is not None and wire_name in known:
                name, convert = known[wire_name]
                picked[name] = convert(item)
        return picked

    return decode


def _list(shape: Shape, compiler: Compiler) -> Convert:
    convert = compiler(shape.member)
    return _strict(shape, lambda value: [item if item is None else convert(item) for item in value])


def _map(shape: Shape, compiler: Compiler) -> Convert:
    convert = compiler(shape.value)
    return _strict(shape, lambda value: {key: item if item is None else convert(item) for key, item in value.items()})


def _as_is(value: Any) -> Any:
    return value


def _plain(shape: Shape, compiler: Compiler) -> Convert:
    return _strict(shape, _as_is)


BODY: Mapping[str, Make] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    **dict.fromkeys(("string", "integer", "long", "boolean"), _plain),
    "float": _scalar(float),
    "double": _scalar(float),
    "timestamp": _scalar(_timestamp),
    "blob": _scalar(_base64),
}


def _body_reader(shape: Shape | None) -> Decode:
    members = members_at(shape, None)
    if not members:
        return lambda request: {}
    picked = _picked(members, Compiler(BODY))

    def read(request: Any) -> dict[str, Any]:
        try:
            body = json.loads(request.body or b"{}")
        except ValueError as error:
            raise _refusal(f"Could not read the body as JSON: {error}") from error
        if not isinstance(body, dict):
            raise _refusal(f"{TOKENS.get(type(body), 'NUMBER_VALUE')} found where the body's START_OBJECT is expected")
        params: dict[str, Any] = picked(body)
        return params

    return read


# --- what travels as text: path, query, headers ---------------------------------------------------------------------

TEXT: Mapping[str, Convert] = {
    "string": _as_is,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "timestamp": lambda text: _timestamp(float(text) if text.replace(".", "", 1).isdigit() else text),
    "blob": _base64,
}


def _from_text(shape: Shape) -> Convert:
    return _or_refused(shape, TEXT[shape.type_name])


def _from_texts(shape: Shape) -> Convert:
    """A list repeats its key in the query; anything else is there once."""
    if shape.type_name == "list":
        convert = _from_text(shape.member)
        return lambda texts: [convert(text) for text in texts]
    convert = _from_text(shape)
    return lambda texts: convert(texts[-1])


def path_pattern(request_uri: str) -> re.Pattern[str]:
    """A pattern to be searched in a path: anchored at the end only, as an `endpoint_url` may carry a prefix."""
    literal, *rest = LABEL.split(request_uri.partition("?")[0])
    pattern = re.escape(literal)
    for name, greedy, literal in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        pattern += f"(?P<{name}>{'.+' if greedy else '[^/]*'}){re.escape(literal)}"
    return re.compile(pattern + "$")


def _path_reader(operation: OperationModel) -> Decode:
    labels = {m.wire_name: (m.name, _from_text(m.shape)) for m in members_at(operation.input_shape, "uri")}
    search = path_pattern(operation.http["requestUri"]).search

    def read(request: Any) -> dict[str, Any]:
        found = search(request.url.partition("?")[0])
        if found is None:
            raise LookupError(f"{request.url} is not a path of {operation.name}: {operation.http['requestUri']}")
        return {name: convert(unquote(found[label])) for label, (name, convert) in labels.items()}

    return read


def _query_reader(shape: Shape | None) -> Decode:
    keys = {m.wire_name: (m.name, _from_texts(m.shape)) for m in members_at(shape, "querystring")}

    def read(request: Any) -> dict[str, Any]:
        query = request.url.partition("?")[2]
        if not query:
            return {}
        given = parse_qs(query, keep_blank_values=True)
        return {name: convert(given[key]) for key, (name, convert) in keys.items() if key in given}

    return read


def _header_reader(shape: Shape | None) -> Decode:
    keys = {m.wire_name: (m.name, _from_text(m.shape)) for m in members_at(shape, "header")}

    def read(request: Any) -> dict[str, Any]:
        given = {key: request.headers.get(key) for key in keys}
        texts = {key: text.decode() if isinstance(text, bytes) else text for key, text in given.items()}
        return {name: convert(texts[key]) for key, (name, convert) in keys.items() if texts[key] is not None}

    return read


def request_decoder(operation: OperationModel) -> Decode:
    """The function from a prepared request of botocore to params.

    It raises `SerializationException` for what cannot be read as the model's types, and LookupError
    for a path that is not the operation's.
    """
    shape = operation.input_shape
    readers = [_path_reader(operation)]
    for location, reader in (("querystring", _query_reader), ("header", _header_reader), (None, _body_reader)):
        if members_at(shape, location):
            readers.append(reader(shape))

    def decode(request: Any) -> dict[str, Any]:
        params: dict[str, Any] = {}
        for read in readers:
            params.update(read(request))
        return params

    return decode
