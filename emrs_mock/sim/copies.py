"""Copies of what can change, for snapshots and forks; what never changes is shared, what was only shown is left out.

A class with values that never change says so in `never_change`, and has `__deepcopy__ = copied`. `uncollected` is for
every block that makes very many objects at once.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Any, TypeVar

V = TypeVar("V")

_VALUES = frozenset({NoneType, bool, int, str, datetime, timedelta})
_CONTAINERS = frozenset({dict, list})


def copied(self: Any, memo: dict[int, Any]) -> Any:
    """A copy of a dataclass, in which the attributes that never change are the same objects."""
    kind: type = type(self)
    made: Any = object.__new__(kind)
    memo[id(self)] = made
    attributes, values = _attributes(kind)
    for (name, is_shared), item in zip(attributes, values(self), strict=True):
        if not (is_shared or type(item) in _VALUES):
            item = type(item)() if not item and type(item) in _CONTAINERS else deepcopy(item, memo)
        setattr(made, name, item)
    return made


@cache
def _attributes(kind: type) -> tuple[list[tuple[str, bool]], Callable[[Any], tuple[Any, ...]]]:
    """The attributes of a dataclass, and whether its copies share them; what reads them all."""
    never_change = getattr(kind, "never_change", ())
    names = [field.name for field in fields(kind)]
    return [(name, name in never_change) for name in names], attrgetter(*names)


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
