"""Values made from the service model's shapes: any valid one (Hypothesis), the smallest one, and all broken ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

from hypothesis import strategies as st

RUN_ARN = "arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1cbsc6anuij25/jobruns/00f1cbsc6anuij26"
# Shapes whose pattern and length are rarely met by chance.
EXAMPLES = {
    "ApplicationArn": RUN_ARN.rpartition("/jobruns")[0],
    "Arn": "arn:aws:iam::123456789012:policy/x",
    "EncryptionKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1234",
    "IAMRoleArn": "arn:aws:iam::123456789012:role/path/My=Role",
    "IdentityCenterInstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef",
    "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/repo:tag",
    "JobArn": RUN_ARN,
    "PrometheusUrlString": "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write",
    "RequestIdentityUserArn": "arn:aws:iam::123456789012:user/admin",
    "ResourceArn": RUN_ARN,
    "SessionArn": RUN_ARN.replace("jobruns", "sessions"),
}
NUMBERS = {"integer": 2**31 - 1, "long": 2**63 - 1}
DEEPEST = 4
PLAIN = st.characters(codec="utf-8")


# --- any valid value ------------------------------------------------------------------------------------------------


_made: dict[tuple[str, int], st.SearchStrategy[Any]] = {}


def values(shape: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that the model allows; making a strategy costs more than drawing from it."""
    key = shape.name, depth
    if key not in _made:
        _made[key] = STRATEGIES[shape.type_name](shape, depth)
    return _made[key]


def _bounds(shape: Any, least: int = 0, room: int = 2) -> dict[str, int]:
    low = shape.metadata.get("min", least)
    return {"min_size": low, "max_size": min(shape.metadata.get("max", low + room), low + room)}


def _structures(shape: Any, depth: int) -> st.SearchStrategy[Any]:
    members = {
        name: member
        for name, member in shape.members.items()
        if depth < DEEPEST or member.type_name not in ("structure", "list", "map") or name in shape.required_members
    }
    if shape.metadata.get("union"):
        return st.one_of([st.fixed_dictionaries({name: values(m, depth + 1)}) for name, m in members.items()])
    made = {name: values(member, depth + 1) for name, member in members.items()}
    required = {name: made.pop(name) for name in shape.required_members}
    return st.fixed_dictionaries(required, optional=made)


def _strings(shape: Any, depth: int) -> st.SearchStrategy[str]:
    if shape.name in EXAMPLES:
        return st.just(EXAMPLES[shape.name])
    if shape.enum:
        return st.sampled_from(shape.enum)
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 10**6)
    if pattern := shape.metadata.get("pattern"):
        made = st.from_regex(re.compile(pattern, re.DOTALL), fullmatch=True, alphabet=PLAIN)
        return made.filter(lambda text: low <= len(text) <= high)
    return st.text(PLAIN, **_bounds(shape, room=12))


def _numbers(shape: Any, depth: int) -> st.SearchStrategy[int]:
    return st.integers(shape.metadata.get("min", 0), shape.metadata.get("max", NUMBERS[shape.type_name]))


def _moments(shape: Any, depth: int) -> st.SearchStrategy[datetime]:
    # Between these years epoch seconds in a double keep every microsecond.
    return st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(timezone.utc))


STRATEGIES: dict[str, Callable[[Any, int], st.SearchStrategy[Any]]] = {
    "structure": _structures,
    "list": lambda shape, depth: st.lists(values(shape.member, depth + 1), **_bounds(shape)),
    "map": lambda shape, depth: st.dictionaries(values(shape.key), values(shape.value, depth + 1), **_bounds(shape)),
    "string": _strings,
    "integer": _numbers,
    "long": _numbers,
    "double": lambda shape, depth: st.floats(allow_nan=False, allow_infinity=False),
    "boolean": lambda shape, depth: st.booleans(),
    "timestamp": _moments,
}


# --- the smallest valid value, and every way to break it -----------------------------------------------------------

Broken = tuple[Any, str, str]  # a value, where it is broken, what it should be


def smallest(shape: Any) -> Any:
    """A valid value with nothing in it that could be left out."""
    if shape.type_name == "structure":
        names = shape.required_members or list(shape.members)[: bool(shape.metadata.get("union"))]
        return {name: smallest(shape.members[name]) for name in names}
    if shape.type_name == "list":
        return [smallest(shape.member)] * shape.metadata.get("min", 0)
    if shape.type_name == "map":
        return {f"{smallest(shape.key)}{'x' * n}": smallest(shape.value) for n in range(shape.metadata.get("min", 0))}
    return SMALLEST[shape.type_name](shape)


def _smallest_string(shape: Any) -> str:
    if shape.enum or shape.name in EXAMPLES:
        return EXAMPLES.get(shape.name) or shape.enum[0]
    pattern, low = shape.metadata.get("pattern", ".*"), shape.metadata.get("min", 0)
    candidates = ["", "1", "a", "1 GB", "STANDARD", "sha256:" + "0" * 64, "arn:aws:sso::123456789012:application/"
                  "ssoins-0123456789abcdef/apl-0123456789abcdef"]  # fmt: skip
    return next(text for text in candidates if re.fullmatch(pattern, text, re.DOTALL) and len(text) >= low)


SMALLEST: dict[str, Callable[[Any], Any]] = {
    "string": _smallest_string,
    "integer": lambda shape: shape.metadata.get("min", 0),
    "long": lambda shape: shape.metadata.get("min", 0),
    "double": lambda shape: 0.5,
    "boolean": lambda shape: True,
    "timestamp": lambda shape: datetime(2024, 5, 1, tzinfo=timezone.utc),
}


def broken(shape: Any, depth: int = 0) -> Iterator[Broken]:
    """Values that break one constraint of the model each (a string may break its pattern besides)."""
    if depth <= DEEPEST + 1:
        yield from BROKEN.get(shape.type_name, lambda shape, depth: iter(()))(shape, depth)


def _at(name: str, path: str) -> str:
    return f"{name}.{path}" if path else name


def _broken_structures(shape: Any, depth: int) -> Iterator[Broken]:
    if union := shape.metadata.get("union"):
        yield {}, "", f"Member must have exactly one of [{', '.join(shape.members)}]"
    for name, member in shape.members.items():
        base = {} if union else smallest(shape)
        if name in shape.required_members:
            yield {key: value for key, value in base.items() if key != name}, name, "Member must not be null"
        for value, path, text in broken(member, depth + 1):
            yield {**base, name: value}, _at(name, path), text


def _broken_lists(shape: Any, depth: int) -> Iterator[Broken]:
    item = smallest(shape.member)
    yield from _broken_sizes(shape, lambda size: [item] * size)
    for value, path, text in broken(shape.member, depth + 1):
        yield [value, *smallest(shape)[1:]], _at("1.member", path), text


def _broken_maps(shape: Any, depth: int) -> Iterator[Broken]:
    key, item = smallest(shape.key), smallest(shape.value)
    yield from _broken_sizes(shape, lambda size: {f"{key}{n}": item for n in range(size)})
    for value, _, text in broken(shape.key):
        yield {value: item}, "", f"Map keys must satisfy constraint: [... {text}"
    for value, path, text in broken(shape.value, depth + 1):
        if path:
            yield {key: value}, _at(f"{key}.member", path), text
        else:
            yield {key: value}, "", f"Map value must satisfy constraint: [... {text}"


def _broken_strings(shape: Any, depth: int) -> Iterator[Broken]:
    yield from _broken_sizes(shape, lambda size: "a" * size)
    if shape.enum:
        yield "NONE_OF_THEM", "", f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    pattern = shape.metadata.get("pattern", ".*")
    for text in ("\0", " "):
        if not re.fullmatch(pattern, text, re.DOTALL):
            yield text, "", f"Member must satisfy regular expression pattern: {pattern}"


def _broken_sizes(shape: Any, of_size: Callable[[int], Any], measure: str = "length") -> Iterator[Broken]:
    for key, words, step in (("max", "less", 1), ("min", "greater", -1)):
        bound = shape.metadata.get(key)
        if bound is not None and (bound + step >= 0 or measure == "value"):
            yield of_size(bound + step), "", f"Member must have {measure} {words} than or equal to {bound}"


def _broken_numbers(shape: Any, depth: int) -> Iterator[Broken]:
    return _broken_sizes(shape, lambda number: number, "value")


BROKEN: dict[str, Callable[[Any, int], Iterator[Broken]]] = {
    "structure": _broken_structures,
    "list": _broken_lists,
    "map": _broken_maps,
    "string": _broken_strings,
    "integer": _broken_numbers,
    "long": _broken_numbers,
}
