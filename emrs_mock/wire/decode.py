"""Converts a value of a request, JSON or text, to Python: functions compiled from its shape.

Checks the type of a value, not whether the value is allowed (see `validate`). Members that the model does not have are
dropped. In which part of a request a value is found is in `request`.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from botocore.model import Shape
from botocore.utils import parse_timestamp

from emrs_mock._call import ServiceError
from emrs_mock.wire.shapes import Compiler, Convert, Make, Member, members_at

# Only these are handed to botocore's parser, which guesses at anything: words, years alone, unknown time zones.
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?"
    r"|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    re.ASCII,
)
_SECONDS = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,20}", re.ASCII)
_BITS: Mapping[str, int] = {"integer": 32, "long": 64}

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Compared with `type` instead of `isinstance`, because True is not an integer.
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


def refusal(problem: str) -> ServiceError:
    """The error for a value that AWS cannot read."""
    # assumed: this code comes before every other refusal, and its text names the JSON token
    return ServiceError("SerializationException", problem)


def token(value: Any) -> str:
    """AWS's name for a JSON value of the wrong type."""
    return TOKENS.get(type(value), "NUMBER_VALUE")


def _aware(text: str) -> datetime:
    if _MOMENT.fullmatch(text) is None:
        raise ValueError(text)
    moment: datetime = parse_timestamp(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def _timestamp(value: Any) -> datetime:
    """A number is seconds since the epoch; a string is ISO 8601 or an HTTP date."""
    return _aware(value) if isinstance(value, str) else EPOCH + timedelta(seconds=value)


def _within(bits: int) -> Convert:
    """A whole number that fits into so many bits, as AWS's own do."""
    lowest, highest = -(1 << bits - 1), (1 << bits - 1) - 1

    def convert(number: int) -> int:
        if not lowest <= number <= highest:
            raise ValueError(number)
        return number

    return convert


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(number)
    return float(number)


def _spelled(spelling: re.Pattern[str], convert: Convert) -> Convert:
    """`convert` for a text that is spelled so: Python's own numbers may have underscores, blanks and other digits."""

    def read(text: str) -> Any:
        if spelling.fullmatch(text) is None:
            raise ValueError(text)
        return convert(text)

    return read


def _whole(bits: int) -> Convert:
    within = _within(bits)
    return _spelled(_WHOLE, lambda text: within(int(text)))


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


# --- the body -------------------------------------------------------------------------------------------------------
# The caller of a shape's function has checked that the value is of the shape's JSON types. Most values are strings,
# which need no further conversion.


def _mistyped(value: Any, shape: Shape) -> ServiceError:
    return refusal(f"{token(value)} can not be converted to {shape.type_name}")


def _or_refused(shape: Shape, convert: Convert) -> Convert:
    """`convert`, whose errors become a refusal: a value of the right JSON type can still be malformed."""

    def decode(value: Any) -> Any:
        try:
            return convert(value)
        except (ValueError, LookupError, ArithmeticError, RuntimeError) as error:  # RuntimeError: botocore's
            raise refusal(f"{value!r} can not be converted to {shape.type_name}") from error

    return decode


def _scalar(convert: Convert) -> Make:
    return lambda shape, compiler: _or_refused(shape, convert)


def _structure(shape: Shape, compiler: Compiler) -> Convert:
    return picked(members_at(shape, None), compiler)


def picked(members: list[Member], compiler: Compiler) -> Convert:
    """Make the function that reads these members from a JSON object. A null counts as absent."""
    known = {m.wire_name: (m.name, JSON_TYPES[m.shape.type_name], compiler(m.shape), m.shape) for m in members}

    def decode(value: dict[str, Any]) -> dict[str, Any]:
        params = {}
        for wire_name, item in value.items():
            if item is not None and wire_name in known:
                name, types, convert, shape = known[wire_name]
                if type(item) not in types:
                    raise _mistyped(item, shape)
                params[name] = item if convert is None else convert(item)
        return params

    return decode


def _item(shape: Shape, compiler: Compiler) -> Convert:
    """Make the function that reads an item of a list or map; null is kept."""
    types, convert = JSON_TYPES[shape.type_name], compiler(shape)

    def decode(value: Any) -> Any:
        if value is not None and type(value) not in types:
            raise _mistyped(value, shape)
        return value if value is None or convert is None else convert(value)

    return decode


def _list(shape: Shape, compiler: Compiler) -> Convert:
    decode = _item(shape.member, compiler)
    return lambda value: [decode(item) for item in value]


def _map(shape: Shape, compiler: Compiler) -> Convert:
    decode = _item(shape.value, compiler)
    return lambda value: {key: decode(item) for key, item in value.items()}


def _as_is(shape: Shape, compiler: Compiler) -> None:
    return None


BODY: Mapping[str, Make] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    **dict.fromkeys(("string", "boolean"), _as_is),
    **{kind: _scalar(_within(bits)) for kind, bits in _BITS.items()},
    "float": _scalar(_finite),
    "double": _scalar(_finite),
    "timestamp": _scalar(_timestamp),
    "blob": _scalar(_base64),
}


# --- text: path, query, headers ---------------------------------------------------------------------------------------


TEXT: Mapping[str, Convert] = {
    **{kind: _whole(bits) for kind, bits in _BITS.items()},
    "float": lambda text: _finite(float(text)),
    "double": lambda text: _finite(float(text)),
    "boolean": {"true": True, "false": False}.__getitem__,
    "timestamp": lambda text: _timestamp(float(text) if _SECONDS.fullmatch(text) else text),
    "blob": _base64,
}


def from_text(shape: Shape) -> Convert:
    """Make the function that reads a text in the path, the query or a header."""
    return str if shape.type_name == "string" else _or_refused(shape, TEXT[shape.type_name])


def from_texts(shape: Shape) -> Convert:
    """Make the function that reads all values of a query key: a list repeats its key, other shapes do not."""
    if shape.type_name == "list":
        convert = from_text(shape.member)
        return lambda texts: [convert(text) for text in texts]
    convert = from_text(shape)
    return lambda texts: convert(texts[-1])
