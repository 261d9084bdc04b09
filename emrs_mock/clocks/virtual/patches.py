"""Attributes that are replaced for a while and put back by identity. What is replaced, and why, is not here."""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import Any

MISSING: Any = object()

# What a module itself holds; `vars` would wake a lazy one.
names_in = vars(ModuleType)["__dict__"].__get__


def held_by(owner: Any, name: str) -> Any:
    """What an owner itself holds under a name, without asking its descriptors or its lazy loader."""
    if isinstance(owner, FunctionType):
        return getattr(owner, name, MISSING)
    return (names_in(owner) if isinstance(owner, ModuleType) else vars(owner)).get(name, MISSING)


class Patches:
    """A list of replacements that can be undone in any order with others'."""

    def __init__(self) -> None:
        self._done: list[tuple[Any, str, Any, Any]] = []

    def put(self, owner: Any, name: str, new: Any) -> Any:
        """Replace what `owner` holds under `name`; returns what it held."""
        old = held_by(owner, name)
        self._done.append((owner, name, old, new))  # first, as Ctrl-C may come between the two
        setattr(owner, name, new)
        return old

    def undo(self) -> None:
        """Put everything back that is still as we left it; what others replaced meanwhile stays.

        If Ctrl-C breaks it off, a second call does the rest: an entry is forgotten only when it is undone.
        """
        while self._done:
            owner, name, old, new = self._done[-1]
            if held_by(owner, name) is new:
                if old is MISSING:
                    delattr(owner, name)
                else:
                    setattr(owner, name, old)
            self._done.pop()
