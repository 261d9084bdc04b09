"""Tracebacks of failed tests end in the user's code: our own frames are hidden, a part of the pytest plugin.

`__tracebackhide__` would have to be a local variable of each of our functions. With `--full-trace` nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import pytest

OURS = __name__.partition(".")[0]
BETWEEN = ("aiobotocore", "boto3", "botocore", "contextlib", "wrapt")
"""Hidden too where they lead to a frame of ours: they are between the user's line and us."""

nothing_left = pytest.StashKey[bool]()
"""Whether only pytest's own frames are left, such as of an error at the end of our fixture; then none is shown."""


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> None:
    """Hide the frames before the report is made; of the exceptions that led to this one too."""
    if call.excinfo is None or item.config.getoption("fulltrace", False):
        return
    before = len(list(_entries(call.excinfo.value.__traceback__)))
    for error in _chain(call.excinfo.value):
        error.__traceback__ = _without_ours(error.__traceback__)
    left = [_package_of(entry) for entry in _entries(call.excinfo.value.__traceback__)]
    is_group = hasattr(call.excinfo.value, "exceptions")  # whose message does not have those of its members
    item.stash[nothing_left] = not is_group and len(left) < before and set(left) <= {"_pytest", "pluggy"}
    call.excinfo.traceback = type(call.excinfo.traceback)(call.excinfo.value.__traceback__ or call.excinfo.tb)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _without_ours(first: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames to hide; None if no other is left."""
    entries = list(_entries(first))
    shown, leads_to_us = [], False
    for entry in reversed(entries):
        package = _package_of(entry)
        leads_to_us = package == OURS or (leads_to_us and package in BETWEEN)
        if not leads_to_us:
            shown.append(entry)
    following = None
    for entry in shown:
        entry.tb_next = following
        following = entry
    return following


def _package_of(entry: TracebackType) -> str:
    return str(entry.tb_frame.f_globals.get("__name__", "")).partition(".")[0]


def _entries(entry: TracebackType | None) -> Iterator[TracebackType]:
    while entry is not None:
        yield entry
        entry = entry.tb_next
