"""Matchers: which values they may be, and with which members of a job run they are compared."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

Matcher = str | re.Pattern[str] | Callable[[Any], bool]
Values = Callable[[Any], Iterator[str]]
"""The values of a job run that a matcher is compared with; one match is enough."""

MODES = ("BATCH", "STREAMING")


def matches(matcher: Matcher, value: str) -> bool:
    """Whether a matcher accepts a value: a shell pattern, a regular expression (searched) or a callable."""
    if isinstance(matcher, str):
        return fnmatchcase(value, matcher)
    if isinstance(matcher, re.Pattern):
        return matcher.search(value) is not None
    return bool(matcher(value))


def refusal(matchers: Mapping[str, Any], run: Any) -> str | None:
    """The first matcher that does not accept a job run, with the value that it saw; None if all accept it."""
    for name, matcher in matchers.items():
        refuse: Callable[[str, Any, Any], str | None] = _REFUSALS.get(name, _refusal_of_values)
        reason = refuse(name, matcher, run)
        if reason is not None:
            return reason
    return None


def _refusal_of_values(name: str, matcher: Matcher, run: Any) -> str | None:
    values = list(VALUES_OF[name](run))
    if any(matches(matcher, value) for value in values):
        return None
    return f"{name} is {', '.join(map(_short.repr, values))}" if values else f"there is no {name}"


def _refusal_of_tags(name: str, wanted: Mapping[str, Matcher], run: Any) -> str | None:
    for key, matcher in wanted.items():
        if key not in run.tags:
            return f"there is no tag {key!r}"
        if not matches(matcher, run.tags[key]):
            return f"tag {key!r} is {_short.repr(run.tags[key])}"
    return None


def _refusal_of_where(name: str, where: Callable[[Any], bool], run: Any) -> str | None:
    return None if where(run) else "where() is false"


_REFUSALS: Mapping[str, Callable[[str, Any, Any], str | None]] = {
    "tags": _refusal_of_tags,
    "where": _refusal_of_where,
}
_short: Any = reprlib.Repr()
_short.maxstring = 100


def refuse_impossible(matchers: Mapping[str, Any]) -> None:
    """Raise ValueError for a matcher that no job run can match."""
    mode = matchers.get("mode")
    if isinstance(mode, str) and not any(fnmatchcase(known, mode) for known in MODES):
        raise ValueError(f"No job run has mode={mode!r}. There are: {', '.join(MODES)} (docs: rules)")


def _of_drivers(*names: str) -> Values:
    def values(run: Any) -> Iterator[str]:
        for driver in run.job_driver.values():
            for name in names:
                found = driver.get(name, ())
                yield from [found] if isinstance(found, str) else found

    return values


def _of_application(run: Any) -> Iterator[str]:
    yield from (run.application_id, run.arn.partition("/jobruns/")[0])
    if run.application_name is not None:
        yield run.application_name


def _of_role(run: Any) -> Iterator[str]:
    yield from (run.execution_role, run.execution_role.rpartition("/")[2])


VALUES_OF: Mapping[str, Values] = {
    "name": lambda run: iter([getattr(run, "name", "")]),
    "entry_point": _of_drivers("entryPoint"),
    "query": _of_drivers("query"),
    "argument": _of_drivers("entryPointArguments"),
    "application": _of_application,
    "role": _of_role,
    "mode": lambda run: iter([run.mode]),
}
