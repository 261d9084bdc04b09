"""Whether an answer fits its output shape: types, required and unknown members, unions and enums.

Not lengths and patterns, which the service itself does not keep (facts §3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import Any


def misfits(value: Any, shape: Any, where: str = "") -> Iterator[str]:
    """The mistakes in a decoded JSON value, with their paths."""
    kind = shape.type_name
    if kind not in CHECKS:
        raise NotImplementedError(f"{where}: no check for {kind}")
    expected, inside = CHECKS[kind]
    if not isinstance(value, expected) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{where}: {value!r} is no {kind}"
    else:
        yield from inside(value, shape, where)


def structure(value: Mapping[str, Any], shape: Any, where: str) -> Iterator[str]:
    """Members are known, required members are present, and a union has exactly one."""
    members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
    yield from (f"{where}.{name}: unknown" for name in value.keys() - members.keys())
    yield from (f"{where}.{name}: missing" for name in set(shape.required_members) - value.keys())
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield f"{where}: a union with {sorted(value)}"
    for name in value.keys() & members.keys():
        yield from misfits(value[name], members[name], f"{where}.{name}")


def items(value: list[Any], shape: Any, where: str) -> Iterator[str]:
    """Every item matches its shape."""
    for index, item in enumerate(value):
        yield from misfits(item, shape.member, f"{where}[{index}]")


def entries(value: Mapping[str, Any], shape: Any, where: str) -> Iterator[str]:
    """Every key and every value matches its shape."""
    for key, item in value.items():
        yield from misfits(key, shape.key, f"{where}{{{key}}}")
        yield from misfits(item, shape.value, f"{where}[{key}]")


def enum(value: str, shape: Any, where: str) -> Iterator[str]:
    """The string is one of the allowed values."""
    if shape.enum and value not in shape.enum:
        yield f"{where}: {value!r} is not in {shape.enum}"


def leaf(value: Any, shape: Any, where: str) -> Iterator[str]:
    """There is nothing else to check."""
    yield from ()


CHECKS: Mapping[str, tuple[type | tuple[type, ...], Callable[..., Iterator[str]]]] = {
    "blob": (str, leaf),
    "boolean": (bool, leaf),
    "double": ((int, float), leaf),
    "integer": (int, leaf),
    "list": (list, items),
    "long": (int, leaf),
    "map": (dict, entries),
    "string": (str, enum),
    "structure": (dict, structure),
    "timestamp": ((int, float), leaf),  # rest-json: epoch seconds in a body (facts §8)
}
"""By the shape's type: what Python type the value has, and what is checked inside it."""


def differences(ours: Any, theirs: Any, where: str = "") -> Iterator[str]:
    """Where two parsed answers differ: in type, order, value or time zone."""
    if type(ours) is not type(theirs):
        yield f"{where}: {ours!r} is no {type(theirs).__name__}"
    elif isinstance(ours, dict):
        if list(ours) != list(theirs):
            yield f"{where}: {list(ours)} and not {list(theirs)}"
        for key in ours.keys() & theirs.keys():
            yield from differences(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(ours, list):
        for index, (one, other) in enumerate(zip_longest(ours, theirs)):
            yield from differences(one, other, f"{where}[{index}]")
    elif spelled(ours) != spelled(theirs):
        yield f"{where}: {spelled(ours)} and not {spelled(theirs)}"


def spelled(value: Any) -> str:
    """A value with all that tells it from others: of a datetime also its zone and its offset."""
    if not isinstance(value, datetime):
        return repr(value)
    return f"{value!r} {type(value.tzinfo)} {value.tzinfo!r} {value.utcoffset()} {value.tzname()} {value.fold}"
