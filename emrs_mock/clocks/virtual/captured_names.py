"""Names captured before: `from time import sleep`, `def wait(job, sleep=time.sleep)`, `class Job: sleep = time.sleep`.

One pass over all modules finds where one of the functions that we replace is held; nothing is imported or computed by
looking, which is why types are asked for: `isinstance` would ask what a lazy module or a proxy stands for. The time of
day needs none of this, see `time_of_day`.
Out of reach are attributes of instances, closures, partials, and entries of lists and dicts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from emrs_mock.clocks.virtual.patches import MISSING, Patches, held_by, names_in
from emrs_mock.clocks.virtual.scope import keeps_real_time

_OURS = ("emrs_mock.clocks.virtual", "freezegun")

Spot = tuple[Any, str]
"""The object that holds something, and the attribute."""


class _Look:
    """The last look at all modules, remembered until modules, or names in them, come or go."""

    def __init__(self) -> None:
        self._modules: list[object] = []
        self._names: list[dict[str, Any]] = []
        self._sizes: list[int] = []
        self._found: dict[str, tuple[object, int, list[Spot]]] = {}
        self._spots: list[Spot] = []

    def again(self, known: Mapping[int, Any]) -> list[Spot]:
        """Where modules hold something."""
        if self._modules != list(sys.modules.values()) or self._sizes != list(map(len, self._names)):
            self._remember(sys.modules.copy(), known)
        return self._spots

    def at_new(self, known: Mapping[int, Any]) -> list[Spot]:
        """Where modules that have come since hold something."""
        if self._modules == list(sys.modules.values()):
            return []
        seen = self._found
        new = [it for it in sys.modules.copy().items() if it[0] not in seen or seen[it[0]][0] is not it[1]]
        return [spot for name, module in new for spot in _find_in_module(name, module, known)]

    def _remember(self, modules: Mapping[str, object], known: Mapping[int, Any]) -> None:
        """Look at what is new or has changed since the last look."""
        before, self._found = self._found, {}
        for name, module in modules.items():
            size = len(_names_of(module))
            found = before.get(name)
            if found is None or found[0] is not module or found[1] != size:
                found = module, size, _find_in_module(name, module, known)
            self._found[name] = found
        self._spots = [spot for _, _, spots in self._found.values() for spot in spots]
        # Last, as they say that the look was complete.
        self._modules = list(modules.values())
        self._names = list(map(_names_of, self._modules))
        self._sizes = [size for _, size, _ in self._found.values()]


_look = _Look()


def replace_captured(new: Mapping[Any, Any], patches: Patches, others: Collection[Any] = ()) -> None:
    """Replace what the modules hold, by identity; `patches` takes it back.

    `others` may be held in the same places at another time: a freeze puts its own functions there.
    """
    _replace(_look.again, new, patches, others)


def give_back_captured(new: Mapping[Any, Any]) -> None:
    """Replace for good what modules hold that were imported since the names were replaced."""
    _replace(_look.at_new, new, Patches(), ())


def _replace(
    find: Callable[[Mapping[int, Any]], list[Spot]], new: Mapping[Any, Any], patches: Patches, others: Collection[Any]
) -> None:
    by_id = {id(old): one for old, one in new.items()}
    known = {**by_id, **{id(one): one for one in (*new.values(), *others)}}
    for owner, attribute in find(known):
        held = _replaced(held_by(owner, attribute), by_id)
        if held is not MISSING:
            # A function in a class would become a method, which the interpreter's own does not.
            patches.put(owner, attribute, staticmethod(held) if isinstance(owner, type) else held)


def _replaced(held: Any, new: Mapping[int, Any]) -> Any:
    """What to put instead of what is held; MISSING to leave it."""
    if type(held) is tuple:
        return tuple(new.get(id(one), one) for one in held)
    if type(held) is dict:
        return {key: new.get(id(one), one) for key, one in held.items()}
    return new.get(id(held.__func__ if isinstance(held, staticmethod) else held), MISSING)


def _is_spared(name: str) -> bool:
    return name == "time" or name.startswith(_OURS) or name.endswith(".six.moves") or keeps_real_time(name)


def _names_of(module: object) -> dict[str, Any]:
    return names_in(module) if issubclass(type(module), ModuleType) else {}


def _find_in_module(name: str, module: object, known: Mapping[int, Any]) -> list[Spot]:
    return [] if _is_spared(name) else list(dict.fromkeys(_find(module, _names_of(module), known)))


def _find(module: object, names: dict[str, Any], known: Mapping[int, Any]) -> Iterator[Spot]:
    for name, value in list(names.items()):
        if id(value) in known:
            yield module, name
        elif issubclass(type(value), type) and value.__module__ == names.get("__name__"):
            yield from _find_in_class(value, known)
        else:
            yield from _find_in_function(value, known)


def _find_in_class(cls: type, known: Mapping[int, Any]) -> Iterator[Spot]:
    for name, value in list(vars(cls).items()):
        bare = value.__func__ if issubclass(type(value), staticmethod | classmethod) else value
        if id(bare) in known:
            yield cls, name
        else:
            yield from _find_in_function(bare, known)


def _find_in_function(value: Any, known: Mapping[int, Any]) -> Iterator[Spot]:
    """Default arguments, also of what a decorator has wrapped."""
    while type(value) is FunctionType:
        if any(id(default) in known for default in value.__defaults__ or ()):
            yield value, "__defaults__"
        if any(id(default) in known for default in (value.__kwdefaults__ or {}).values()):
            yield value, "__kwdefaults__"
        value = value.__dict__.get("__wrapped__")
