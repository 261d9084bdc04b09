"""Checks params against the constraints of the service model, and words the violations as the service does (facts §14).

Rules that are not in the model do not belong here. The params have the model's types already (see `decode`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial
from typing import Any

from botocore.model import OperationModel, Shape

from emrs_mock.wire.shapes import Compiler, Make

Violation = tuple[str, str]  # path below the checked value ("" is the value itself), text
Check = Callable[[Any], Iterable[Violation]]
Constraint = tuple[Callable[[Any], Any], str]  # a predicate, and the text for a value that fails it
Validate = Callable[[Mapping[str, Any]], tuple[str, ...]]

SPACED = ("[    ", "[\t\n\r ")
"""Control characters that have become spaces in the published patterns of policies."""  # assumed: as in IAM's patterns
NOT_NULL = "Member must not be null"
MEASURES = {
    **dict.fromkeys(("string", "list", "map", "blob"), "length"),
    **dict.fromkeys(("integer", "long", "float", "double"), "value"),
}


def _anything(value: Any) -> bool:
    return True


def _at_least(bound: int) -> Callable[[Any], bool]:
    """The check of a minimum length. Most minimums are 1: then an empty value, which is falsy, fails."""
    if bound <= 1:
        return bool if bound else _anything
    return lambda value: len(value) >= bound


BOUNDS: Mapping[str, Iterable[tuple[str, str, Callable[[Any], Callable[[Any], bool]]]]] = {
    "length": (
        ("max", "less", lambda bound: lambda value: len(value) <= bound),
        ("min", "greater", _at_least),
    ),
    "value": (
        ("max", "less", lambda bound: lambda value: value <= bound),
        ("min", "greater", lambda bound: lambda value: value >= bound),
    ),
}


# --- the constraints of one value -----------------------------------------------------------------------------------


def _bounds(shape: Shape) -> Iterable[Constraint]:
    measure = MEASURES.get(shape.type_name)
    for key, words, holds in BOUNDS[measure] if measure else ():
        bound = shape.metadata.get(key)
        if bound is not None:
            yield holds(bound), f"Member must have {measure} {words} than or equal to {bound}"


def _pattern(shape: Shape) -> Iterable[Constraint]:
    """The pattern must match the whole value, "." also line ends; an empty string passes if `min` is 0 (facts §14)."""
    if pattern := shape.metadata.get("pattern"):
        may_be_empty = shape.metadata.get("min") == 0
        meant = pattern.replace(*SPACED)
        yield (
            partial(_matches, f"{meant}|" if may_be_empty else meant),
            f"Member must satisfy regular expression pattern: {pattern}",
        )


def _matches(pattern: str, value: str) -> bool:
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled at its first use: an operation has some fifty patterns, and a request a few of them."""
    return re.compile(pattern, re.DOTALL)


def _enum(shape: Shape) -> Iterable[Constraint]:
    if allowed := shape.metadata.get("enum"):
        yield frozenset(allowed).__contains__, f"Member must satisfy enum value set: [{', '.join(allowed)}]"


def _union(shape: Shape) -> Iterable[Constraint]:
    if shape.metadata.get("union"):
        # assumed: AWS's text is not known; botocore checks this first, unless its validation is off
        yield lambda value: len(value) == 1, f"Member must have exactly one of [{', '.join(shape.members)}]"


def constraints(shape: Shape) -> list[Constraint]:
    """The constraints of a value of this shape itself, without its members and items."""
    return [found for kind in (_bounds, _pattern, _enum, _union) for found in kind(shape)]


def _itself(shape: Shape) -> Check:
    own = [found for found in constraints(shape) if found[0] is not _anything]

    def check(value: Any) -> tuple[Violation, ...]:
        for holds, _ in own:
            if not holds(value):
                return tuple(("", text) for holds, text in own if not holds(value))
        return ()

    # Requests repeat the same few ids, roles and scripts, and a pattern is slower than a look-up.
    return lru_cache(maxsize=64)(check) if shape.type_name == "string" else check


# --- what is inside -------------------------------------------------------------------------------------------------


def _below(name: str, violations: Iterable[Violation]) -> list[Violation]:
    return [(f"{name}.{path}" if path else name, text) for path, text in violations]


def _members(shape: Shape, compiler: Compiler) -> Check | None:
    order = list(shape.members).index
    required = [name for name in shape.members if name in shape.required_members]
    inners = {name: inner for name, member in shape.members.items() if (inner := compiler(member))}

    def check(value: Mapping[str, Any]) -> list[Violation]:
        # What is given is looked at, not what could be: most requests have few members, and break no constraint.
        broken = [
            (name, _below(name, violations))
            for name, item in value.items()
            if item is not None and (inner := inners.get(name)) and (violations := inner(item))
        ]
        for name in required:
            if value.get(name) is None:
                broken.append((name, [(name, NOT_NULL)]))
        if len(broken) > 1:
            broken.sort(key=lambda each: order(each[0]))
        return [violation for _, violations in broken for violation in violations]

    return check if required or inners else None


def _items(shape: Shape, compiler: Compiler) -> Check:
    inner = compiler(shape.member)

    def check(value: list[Any]) -> list[Violation]:
        violations: list[Violation] = []
        for number, item in enumerate(value, 1):
            if item is None:
                violations.append((f"{number}.member", NOT_NULL))
            elif inner is not None and (found := inner(item)):
                violations += _below(f"{number}.member", found)
        return violations

    return check


def _entries(shape: Shape, compiler: Compiler) -> Check:
    """A key or value that fails is reported at the map; what is inside a value is reported with its own path."""
    whole = [_together("Map keys", shape.key), _together("Map value", shape.value)]
    # assumed: `map.key.member.b`, by analogy with lists; facts §14 names no path below a map.
    inner = _inside(shape.value, compiler)

    def check(value: Mapping[str, Any]) -> list[Violation]:
        violations = [*whole[0](value), *whole[1](value.values())]
        for key, item in value.items() if inner else ():
            if inner and item is not None:
                violations += _below(f"{key}.member", inner(item))
        return violations

    return check


def _together(what: str, shape: Shape) -> Check:
    broken, texts = _itself(shape), [text for _, text in constraints(shape)]
    text = f"{what} must satisfy constraint: [{', '.join(texts) or NOT_NULL}]"

    def check(values: Iterable[Any]) -> tuple[Violation, ...]:
        for value in values:
            if value is None or broken(value):
                return (("", text),)
        return ()

    return check


INSIDE: Mapping[str, Callable[[Shape, Compiler], Check | None]] = {
    "structure": _members,
    "list": _items,
    "map": _entries,
}


def _inside(shape: Shape, compiler: Compiler) -> Check | None:
    make = INSIDE.get(shape.type_name)
    return make(shape, compiler) if make else None


def _value(shape: Shape, compiler: Compiler) -> Check | None:
    itself, inside = _itself(shape) if constraints(shape) else None, _inside(shape, compiler)
    if itself is None or inside is None:
        return itself or inside
    return lambda value: [*itself(value), *inside(value)]


VALUES: Mapping[str, Make] = dict.fromkeys((*MEASURES, "structure", "boolean", "timestamp"), _value)


def validator(operation: OperationModel) -> Validate:
    """Make the function from params to violations: one for each broken constraint, in the model's order of members."""
    shape = operation.input_shape
    check = Compiler(VALUES)(shape) if shape is not None else None

    def validate(params: Mapping[str, Any]) -> tuple[str, ...]:
        if check is None or not (violations := check(params)):
            return ()
        return tuple(f"Value at '{path}' failed to satisfy constraint: {text}" for path, text in violations)

    return validate
