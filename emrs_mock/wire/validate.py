"""What the service model refuses: params in, all violations out, worded as the service words them (facts §14).

Compiled from the constraints that the model writes down; rules that it does not know are not here.
Params are of the model's types already (`decode`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from botocore.model import OperationModel, Shape

from emrs_mock.wire.shapes import Compiler, Make

Violation = tuple[str, str]  # path below the checked value ("" is the value itself), what it must be
Check = Callable[[Any], Iterable[Violation]]
Constraint = tuple[Callable[[Any], Any], str]  # what holds, and how its breach is worded
Validate = Callable[[Mapping[str, Any]], tuple[str, ...]]

LOST = ("[    ", "[\t\n\r ")
"""Control characters that have become spaces in the published patterns of policies."""  # assumed: as in IAM's own
NOT_NULL = "Member must not be null"
MEASURES = {
    **dict.fromkeys(("string", "list", "map", "blob"), "length"),
    **dict.fromkeys(("integer", "long", "float", "double"), "value"),
}


def _anything(value: Any) -> bool:
    return True


def _at_least(bound: int) -> Callable[[Any], bool]:
    """For a length; most must be at least one, and an empty value is falsy."""
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
    """The whole value must match, "." line ends too; an empty string that the model allows is exempt (facts §14)."""
    if pattern := shape.metadata.get("pattern"):
        may_be_empty = shape.metadata.get("min") == 0
        meant = pattern.replace(*LOST)
        matches = re.compile(f"{meant}|" if may_be_empty else meant, re.DOTALL).fullmatch
        yield matches, f"Member must satisfy regular expression pattern: {pattern}"


def _enum(shape: Shape) -> Iterable[Constraint]:
    if allowed := shape.metadata.get("enum"):
        yield frozenset(allowed).__contains__, f"Member must satisfy enum value set: [{', '.join(allowed)}]"


def _union(shape: Shape) -> Iterable[Constraint]:
    if shape.metadata.get("union"):
        # assumed: AWS's words for it have not been seen; botocore checks it first unless told not to.
        yield lambda value: len(value) == 1, f"Member must have exactly one of [{', '.join(shape.members)}]"


def constraints(shape: Shape) -> list[Constraint]:
    """What a value of this shape must be, leaving out what is inside it."""
    return [found for kind in (_bounds, _pattern, _enum, _union) for found in kind(shape)]


def _itself(shape: Shape) -> Check:
    own = [found for found in constraints(shape) if found[0] is not _anything]

    def check(value: Any) -> tuple[Violation, ...]:
        for holds, _ in own:
            if not holds(value):
                return tuple(("", text) for holds, text in own if not holds(value))
        return ()

    # The same few ids, roles and scripts come again and again, and a pattern takes longer than a look-up.
    return lru_cache(maxsize=64)(check) if shape.type_name == "string" else check


# --- what is inside -------------------------------------------------------------------------------------------------


def _below(name: str, violations: Iterable[Violation]) -> list[Violation]:
    return [(f"{name}.{path}" if path else name, text) for path, text in violations]


def _members(shape: Shape, compiler: Compiler) -> Check | None:
    required = set(shape.required_members)
    checks = [(name, name in required, compiler(member)) for name, member in shape.members.items()]
    checks = [found for found in checks if found[1] or found[2]]

    def check(value: Mapping[str, Any]) -> list[Violation]:
        violations: list[Violation] = []
        for name, must_be, inner in checks:
            item = value.get(name)
            if item is None:
                if must_be:
                    violations.append((name, NOT_NULL))
            elif inner is not None and (found := inner(item)):
                violations += _below(name, found)
        return violations

    return check if checks else None


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
    """Keys and values are reported together at the map; what is inside of a value has a path of its own."""
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
    """The function from params to violations, in the model's member order, one for each broken constraint."""
    shape = operation.input_shape
    check = Compiler(VALUES)(shape) if shape is not None else None

    def validate(params: Mapping[str, Any]) -> tuple[str, ...]:
        if check is None or not (violations := check(params)):
            return ()
        return tuple(f"Value at '{path}' failed to satisfy constraint: {text}" for path, text in violations)

    return validate
