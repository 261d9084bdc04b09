"""Matchers: which values they may be, and with which members of a job run they are compared."""

from __future__ import annotations

import re
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


def accepts(name: str, matcher: Any, run: Any) -> bool:
    """Whether `when(name=matcher)` matches a job run."""
    if name == "where":
        return bool(matcher(run))
    if name == "tags":
        return all(key in run.tags and matches(wanted, run.tags[key]) for key, wanted in matcher.items())
    return any(matches(matcher, value) for value in VALUES_OF[name](run))


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
    yield from (run.application_id, run.arn.rsplit("/jobruns/", 1)[0])
    if run.application_name is not None:
        yield run.application_name


def _of_role(run: Any) -> Iterator[str]:
    yield from (run.execution_role, run.execution_role.rsplit("/", 1)[-1])


VALUES_OF: Mapping[str, Values] = {
    "name": lambda run: iter([getattr(run, "name", "")]),
    "entry_point": _of_drivers("entryPoint"),
    "query": _of_drivers("query"),
    "argument": _of_drivers("entryPointArguments"),
    "application": _of_application,
    "role": _of_role,
    "mode": lambda run: iter([run.mode]),
}
