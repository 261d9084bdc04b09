"""Reads an operation's params from a request: each member from the location that the model gives it.

How a single value is read is in `decode`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.model import OperationModel, Shape

from emrs_mock._call import ServiceError
from emrs_mock.wire.decode import BODY, from_text, from_texts, picked, refusal, token
from emrs_mock.wire.shapes import KEPT, Compiler, members_at

Decode = Callable[[Any], dict[str, Any]]

DEEPEST = 100  # assumed: how deep AWS lets JSON be nested is not documented; everything after this recurses
"""How deep a body may be nested, itself included."""

LABEL = re.compile(r"\{(\w+)(\+?)\}")


def path_pattern(request_uri: str) -> re.Pattern[str]:
    """A pattern to search a path with. It is anchored only at the end, because an `endpoint_url` may have a prefix."""
    literal, *rest = LABEL.split(request_uri.partition("?")[0])
    pattern = re.escape(literal)
    for name, greedy, literal in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        pattern += f"(?P<{name}>{'.+' if greedy else '[^/]*'}){re.escape(literal)}"
    return re.compile(pattern + "$")


def _path_reader(operation: OperationModel) -> Decode:
    labels = [(m.wire_name, m.name, from_text(m.shape)) for m in members_at(operation.input_shape, "uri")]
    search = path_pattern(operation.http["requestUri"]).search

    @lru_cache(maxsize=KEPT)  # requests repeat the same few paths
    def labelled(path: str) -> Mapping[str, Any]:
        found = search(path)
        if found is None:
            raise LookupError(f"{path} is not a path of {operation.name}: {operation.http['requestUri']}")
        return {name: convert(unquote(found[label])) for label, name, convert in labels}

    return lambda request: {**labelled(request.url.partition("?")[0])}


def _query_reader(shape: Shape | None) -> Decode:
    keys = {m.wire_name: (m.name, from_texts(m.shape)) for m in members_at(shape, "querystring")}

    def read(request: Any) -> dict[str, Any]:
        query = request.url.partition("?")[2]
        if not query:
            return {}
        given = parse_qs(query, keep_blank_values=True)
        return {name: convert(given[key]) for key, (name, convert) in keys.items() if key in given}

    return read


def _header_reader(shape: Shape | None) -> Decode:
    keys = {m.wire_name: (m.name, from_text(m.shape)) for m in members_at(shape, "header")}

    def read(request: Any) -> dict[str, Any]:
        given = {key: request.headers[key] for key in keys if key in request.headers}
        # botocore encodes headers before it sends them.
        texts = {key: text.decode() if isinstance(text, bytes) else text for key, text in given.items()}
        return {keys[key][0]: keys[key][1](text) for key, text in texts.items()}

    return read


def _body_reader(shape: Shape | None) -> Decode:
    read_members = picked(members_at(shape, None), Compiler(BODY))

    def read(request: Any) -> dict[str, Any]:
        body = _parsed(request.body or b"{}")
        if not isinstance(body, dict):
            raise refusal(f"{token(body)} found where START_OBJECT is expected")
        params: dict[str, Any] = read_members(body)
        return params

    return read


def _no_json(constant: str) -> None:
    """Refuse NaN and Infinity, which Python's decoder takes and JSON does not have."""
    raise ValueError(f"{constant} is not a number of JSON")


# `json.loads` guesses the encoding first, and looks for options.
_decoder = json.JSONDecoder(parse_constant=_no_json)


def _from_json(text: str) -> Any:
    """A text as JSON. Blanks around it are looked for only where there is more, or less, than one value."""
    try:
        value, end = _decoder.raw_decode(text)
    except ValueError:
        end = None
    return value if end == len(text) else _decoder.decode(text)


def _parsed(body: bytes | str) -> Any:
    """A body as JSON, no deeper than `DEEPEST`."""
    try:
        text = body if isinstance(body, str) else body.decode()
        parsed = _from_json(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise refusal(f"The body is not JSON: {error}") from error
    # Few bodies have that many brackets in all.
    if text.count("{") + text.count("[") > DEEPEST and _is_too_deep(parsed):
        raise _too_deep()
    return parsed


def _too_deep() -> ServiceError:
    return refusal(f"The body is nested deeper than {DEEPEST} levels")


def _is_too_deep(parsed: Any) -> bool:
    """Whether a value is nested deeper than `DEEPEST`: looked at level by level, without recursion."""
    level = [parsed]
    for _ in range(DEEPEST):
        level = [item for value in level if isinstance(value, dict | list) for item in _items(value)]
    return any(isinstance(value, dict | list) for value in level)


def _items(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


READERS = {"querystring": _query_reader, "header": _header_reader, None: _body_reader}


def request_decoder(operation: OperationModel) -> Decode:
    """Make the function from a prepared request of botocore to params.

    The function raises `SerializationException` for a value that is not of the model's type, and LookupError for a path
    that is not the operation's.
    """
    shape = operation.input_shape
    read_path = _path_reader(operation)
    readers = [reader(shape) for location, reader in READERS.items() if members_at(shape, location)]

    def decode(request: Any) -> dict[str, Any]:
        params = read_path(request)
        for read in readers:
            params |= read(request)
        return params

    return decode
