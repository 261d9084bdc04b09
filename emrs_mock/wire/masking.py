"""Masks secrets in requests and answers: the values of shapes that the model marks as sensitive, and of a few others.

The result is a copy with only the members that the shape has. A sensitive map keeps its keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from botocore.model import Shape

from emrs_mock.wire.codec import installed
from emrs_mock.wire.shapes import Compiler, Convert, Make

MASK = "********"
_QUOTATION = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


class Masks(NamedTuple):
    """The functions that mask the params and the answer of one operation."""

    params: Convert
    answer: Convert

    def message(self, text: str, sent: Any) -> str:
        """An error's text with everything masked that it quotes of the secrets in what was sent, cut or whole."""
        secrets = [form for secret in _hidden(sent, self.params(sent)) for form in (secret, repr(secret)[1:-1])]

        def replaced(match: re.Match[str]) -> str:
            quote, quoted = match[0][0], match[0][1:-1].removesuffix("...")
            return f"{quote}{MASK}{quote}" if quoted and any(quoted in secret for secret in secrets) else match[0]

        for secret in filter(_is_unmistakable, secrets):
            text = text.replace(secret, MASK)
        return _QUOTATION.sub(replaced, text) if secrets else text


def _is_unmistakable(secret: str) -> bool:
    """Whether a text is long enough that a message has it only where it tells the secret."""
    return len(secret) > 7


def _hidden(sent: Any, masked: Any) -> Iterator[str]:
    """The texts in what was sent that are masked."""
    if isinstance(sent, Mapping) and isinstance(masked, Mapping):
        for name, value in sent.items():
            yield from _hidden(value, masked.get(name))
    elif isinstance(sent, list) and isinstance(masked, list):
        for value, shown in zip(sent, masked, strict=True):
            yield from _hidden(value, shown)
    elif sent != masked:
        yield str(sent)


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict.fromkeys(value, MASK)
    return [MASK for _ in value] if isinstance(value, list) else MASK


def _without_query(value: Any) -> str:
    """A URL whose query is masked: in a dashboard's it is the token that opens the dashboard."""
    url, mark, query = str(value).partition("?")
    return f"{url}{mark}{MASK if query else ''}"


_UNMARKED: Mapping[str, Convert] = {"PolicyDocument": _masked, "Url": _without_query}
"""The shapes whose values are secrets, or contain them, although the model does not mark them."""


def _or_masked(make: Make) -> Make:
    def made(shape: Shape, compiler: Compiler) -> Any:
        if shape.metadata.get("sensitive"):
            return _masked
        return _UNMARKED.get(shape.name) or make(shape, compiler)

    return made


def _if_a(kind: type, convert: Convert) -> Convert:
    """A client with validation switched off can send a value of any type: a value of the wrong type is masked."""
    return lambda value: convert(value) if isinstance(value, kind) else MASK


def _structure(shape: Shape, compiler: Compiler) -> Convert:
    converts = {name: compiler(member) for name, member in shape.members.items()}

    def mask(value: Mapping[str, Any]) -> dict[str, Any]:
        shown = {name: item for name, item in value.items() if item is not None and name in converts}
        return {name: convert(item) if (convert := converts[name]) else item for name, item in shown.items()}

    return _if_a(Mapping, mask)


def _list(shape: Shape, compiler: Compiler) -> Convert:
    convert = compiler(shape.member)
    return _if_a(list, list if convert is None else lambda value: [convert(item) for item in value])


def _map(shape: Shape, compiler: Compiler) -> Convert:
    convert = compiler(shape.value)
    return _if_a(
        Mapping, dict if convert is None else lambda value: {key: convert(item) for key, item in value.items()}
    )


def _as_is(shape: Shape, compiler: Compiler) -> None:
    return None


_SCALARS = ("string", "integer", "long", "boolean", "timestamp", "blob", "float", "double")
_MAKERS: Mapping[str, Make] = {
    kind: _or_masked(make)
    for kind, make in {"structure": _structure, "list": _list, "map": _map, **dict.fromkeys(_SCALARS, _as_is)}.items()
}


@cache
def masks_of(operation: str) -> Masks:
    """The masks of an operation."""
    model = installed().model.operation_model(operation)
    compiler = Compiler(_MAKERS)
    return Masks(*(dict if shape is None else compiler(shape) for shape in (model.input_shape, model.output_shape)))
