"""Copies of what can change, for snapshots and forks; what never changes is shared, what was only shown is left out.

A dataclass has `__deepcopy__ = copied` if only its attributes with a `default_factory` change in place.
`uncollected` is for every block that makes very many objects at once.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, TypeVar

V = TypeVar("V")


def copied(self: Any, memo: dict[int, Any]) -> Any:
    """A copy of a dataclass, with copies of what is made for each object; all else is the same objects."""
    kind: type = type(self)
    made: Any = object.__new__(kind)
    memo[id(self)] = made
    share, own = _attributes(kind)
    share(self, made)
    for name in own:
        setattr(made, name, _own(getattr(self, name), memo))
    return made


def _own(item: Any, memo: dict[int, Any]) -> Any:
    """A copy of what nothing else refers to, so that `deepcopy` need not keep track of it."""
    kind = type(item)
    if kind is list:
        return [_own(each, memo) for each in item]
    if kind is dict and not item:
        return {}
    copy = getattr(kind, "__deepcopy__", None)
    return deepcopy(item, memo) if copy is None else copy(item, memo)


@cache
def _attributes(kind: type) -> tuple[Callable[[Any, Any], None], Sequence[str]]:
    """What gives a copy the attributes that it shares, and the names of those with a `default_factory`."""
    own = [field.name for field in fields(kind) if field.default_factory is not MISSING]
    shared = [field.name for field in fields(kind) if field.name not in own]
    # Compiled, as dataclasses compile their methods: a loop takes three times as long, and a snapshot has many records.
    made: dict[str, Any] = {}
    exec("def share(old, new):\n" + "".join(f" new.{name} = old.{name}\n" for name in shared), made)
    return made["share"], own


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage in a block that makes very many objects, none of which is garbage.

    Python collects after each so many new objects, and then looks at all that there are: it takes longer than the work.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Shown:
    """Keeps what was shown last of a record. That is no part of the record: no copy and no snapshot has it."""

    __slots__ = ("_shown",)
    _shown: tuple[tuple[Any, ...], Any]

    def shown(self, depends_on: tuple[Any, ...], make: Callable[[], V]) -> V:
        """What was made last, if all that it depends on was equal; else what `make` makes now."""
        kept = getattr(self, "_shown", None)
        if kept is None or kept[0] != depends_on:
            self._shown = kept = (depends_on, make())
        shown: V = kept[1]
        return shown
