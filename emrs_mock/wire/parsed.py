"""What botocore's own parser makes of the JSON that `encode` writes: the same values, without the JSON between.

botocore asks at `before-parse` whether a handler has the parsed answer. `encode` decides what is in an answer and how
it is spelled; this module decides nothing. The suite compares every answer with that of botocore's parser.
"""

from __future__ import annotations

import datetime
import json
import logging
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import botocore.parsers
from botocore.endpoint import Endpoint
from botocore.model import OperationModel, Shape
from botocore.parsers import ResponseParserFactory, RestJSONParser

from emrs_mock._call import Fixed
from emrs_mock.wire.encode import TIMESTAMPS
from emrs_mock.wire.shapes import KEPT, Compiler, Convert, Make, members_at

Parsed = dict[str, Any]

_log = logging.getLogger("botocore.parsers")
_USUAL = vars(ResponseParserFactory())


class NotParsable(Exception):
    """An answer that botocore's parser refuses: it has to see the JSON."""


def _structure(shape: Shape, compiler: Compiler) -> Convert:
    """The members that are there, in the order of the model."""
    members = [(member.name, compiler(member.shape)) for member in members_at(shape, None)]

    def convert(value: Mapping[str, Any]) -> Parsed:
        return {name: parse(item) for name, parse in members if (item := value.get(name)) is not None}

    def convert_union(value: Mapping[str, Any]) -> Parsed:
        parsed = convert(value)
        if len(parsed) != 1:
            raise NotParsable(f"{shape.name} has {', '.join(parsed) or 'no member'}")
        return parsed

    if getattr(shape, "is_tagged_union", False):
        return convert_union
    kept = lru_cache(KEPT)(lambda value, *surroundings: convert(value))
    return lambda value: _own(kept(value, *_surroundings())) if type(value) is Fixed else convert(value)


def _own(parsed: Parsed) -> Parsed:
    """A copy whose mappings and lists are its own: an answer is its receiver's to change."""
    return {name: _own_item(item) if type(item) in (dict, list) else item for name, item in parsed.items()}


def _own_item(item: Any) -> Any:
    return _own(item) if type(item) is dict else [_own_item(one) if type(one) in (dict, list) else one for one in item]


def _list(shape: Shape, compiler: Compiler) -> Convert:
    parse = compiler(shape.member)
    return lambda value: [parse(item) for item in value]


def _map(shape: Shape, compiler: Compiler) -> Convert:
    parse = compiler(shape.value)
    return lambda value: {_string(key): parse(item) for key, item in value.items()}


def _timestamp(shape: Shape, compiler: Compiler) -> Convert:
    kind = shape.serialization.get("timestampFormat", "unixTimestamp")
    spell: Callable[[Any], Any] = datetime.datetime.timestamp if kind == "unixTimestamp" else TIMESTAMPS[kind]
    return lambda moment: _moment(spell(moment), *_surroundings())


def _surroundings() -> tuple[Any, ...]:
    """What the parser's result depends on besides: the parser, a frozen `datetime`, the zone of the process."""
    return (
        botocore.parsers.DEFAULT_TIMESTAMP_PARSER,
        datetime.datetime,
        time.timezone,
        time.altzone,
        time.tzname,
    )


# Each moment is parsed by itself, so that two of them have two tzinfo objects: only then Python subtracts them in UTC.
@lru_cache(maxsize=4096)
def _moment(spelled: float | str, parse: Callable[[Any], Any], *surroundings: Any) -> Any:
    return parse(spelled)


def _string(value: str) -> str:
    # JSON joins surrogates, and knows no subclass.
    return value if type(value) is str and value.isascii() else json.loads(json.dumps(value))


def _always(parse: Convert) -> Make:
    return lambda shape, compiler: parse


_PARSERS: Mapping[str, Make] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "timestamp": _timestamp,
    "blob": _always(bytes),
    "string": _always(_string),
    **dict.fromkeys(("integer", "long"), _always(int)),
    **dict.fromkeys(("float", "double"), _always(float)),
    "boolean": _always(bool),
}


def result_parser(operation: OperationModel) -> Callable[[Mapping[str, Any]], Parsed]:
    """Make the function from a result to what botocore parses out of the body of its response.

    The function raises NotParsable where botocore's parser raises.
    """
    shape = operation.output_shape
    parse: Callable[[Mapping[str, Any]], Parsed] = _structure(shape, Compiler(_PARSERS)) if shape else lambda result: {}
    return parse


def has_usual_parser(endpoint: Endpoint) -> bool:
    """Whether this client's answers are parsed as usual, and botocore's log does not want the body."""
    factory = endpoint._response_parser_factory
    return (
        type(factory) is ResponseParserFactory
        and vars(factory) == _USUAL
        and botocore.parsers.PROTOCOL_PARSERS.get("rest-json") is RestJSONParser
        and not _log.isEnabledFor(logging.DEBUG)
    )
