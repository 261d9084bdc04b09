"""Names captured before: `from time import sleep`, `def wait(job, sleep=time.sleep)`, `class Job: sleep = time.sleep`.

One pass over all modules finds who holds one of the functions we replace; nothing is imported or computed by looking.
Out of reach are attributes of instances, closures, partials, and entries of lists and dicts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from freezegun import api

from emrs_mock.control.virtual.patches import MISSING, Patches, held_by
from emrs_mock.control.virtual.scope import keeps_real_time

_OURS = ("emrs_mock.control.virtual", "freezegun")
_HOMES = frozenset({"_datetime", "_pydatetime", "_time", "datetime", "time"})
_CLASSES = frozenset({api.real_date, api.real_datetime, api.FakeDate, api.FakeDatetime})
_CLOCKS = ("gmtime", "localtime", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "strftime", "time")

FAKES: Mapping[Any, Any] = {
    api.real_date: api.FakeDate,
    api.real_datetime: api.FakeDatetime,
    **{getattr(api, f"real_{name}"): getattr(api, f"fake_{name}") for name in (*_CLOCKS, "time_ns")},
}
"""Each of the interpreter's clocks, and what freezegun puts in its place."""

Spot = tuple[Any, str]
"""Who holds something, and under which name."""

_NEVER_SEEN: tuple[int, int, list[Spot]] = (0, 0, [])
_cache: dict[str, tuple[int, int, list[Spot]]] = {}


def replace_captured(fakes: Mapping[Any, Any], patches: Patches, names: Iterable[str] | None = None) -> None:
    """Replace what the modules (default: all) hold, by identity; `patches` takes it back."""
    by_id = {id(real): fake for real, fake in fakes.items()}
    known = {**by_id, **{id(fake): fake for fake in fakes.values()}}
    for owner, attribute in _spots(sys.modules.copy() if names is None else names, known):
        new = _replaced(held_by(owner, attribute), by_id)
        if new is not MISSING:
            # A function in a class would become a method, which the interpreter's own does not.
            patches.put(owner, attribute, staticmethod(new) if isinstance(owner, type) else new)


def _replaced(held: Any, fakes: Mapping[int, Any]) -> Any:
    """What to put instead of what is held; MISSING to leave it."""
    if type(held) is tuple:
        return tuple(fakes.get(id(one), one) for one in held)
    if type(held) is dict:
        return {key: fakes.get(id(one), one) for key, one in held.items()}
    return fakes.get(id(held.__func__ if isinstance(held, staticmethod) else held), MISSING)


def _spots(names: Iterable[str], known: Mapping[int, Any]) -> list[Spot]:
    """Where modules hold something; remembered until a module's names come or go."""
    modules, remember = sys.modules, _cache.get
    found: list[Spot] = []
    for name in names:
        held = getattr(modules.get(name), "__dict__", None)
        if held is None:
            continue
        remembered = remember(name, _NEVER_SEEN)
        if remembered[0] != id(held) or remembered[1] != len(held):
            spots = [] if _is_spared(name) else list(dict.fromkeys(_find(modules[name], known)))
            remembered = _cache[name] = (id(held), len(held), spots)
        if remembered[2]:
            found += remembered[2]
    return found


def _is_spared(name: str) -> bool:
    return name in _HOMES or name.startswith(_OURS) or name.endswith(".six.moves") or keeps_real_time(name)


def _find(module: ModuleType, known: Mapping[int, Any]) -> Iterator[Spot]:
    for name, value in list(vars(module).items()):
        if id(value) in known:
            yield module, name
        elif isinstance(value, type) and value.__module__ == module.__name__:
            yield from _find_in_class(value, known)
        else:
            yield from _find_in_function(value, known)


def _find_in_class(cls: type, known: Mapping[int, Any]) -> Iterator[Spot]:
    for name, value in list(vars(cls).items()):
        bare = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        if id(bare) in known and bare not in _CLASSES:
            yield cls, name
        else:
            yield from _find_in_function(bare, known)


def _find_in_function(value: Any, known: Mapping[int, Any]) -> Iterator[Spot]:
    """Default arguments, also of what a decorator has wrapped."""
    while isinstance(value, FunctionType):
        if any(id(default) in known for default in value.__defaults__ or ()):
            yield value, "__defaults__"
        if any(id(default) in known for default in (value.__kwdefaults__ or {}).values()):
            yield value, "__kwdefaults__"
        value = value.__dict__.get("__wrapped__")
