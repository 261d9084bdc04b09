"""The messages for a name that an object or a function does not have.

Python suggests names only where it prints a traceback itself, and test runners print their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any


def hint(name: str, names: Iterable[str], form: str = ".{}") -> str:
    """The name that was probably meant, however it was spelt, in the form of its kind; all names if none is near."""
    import difflib  # when something is misspelt

    plain = {_plain(known): known for known in names if not known.startswith("_")}
    near = difflib.get_close_matches(_plain(name), plain, 1)
    return f"did you mean {form.format(plain[near[0]])}?" if near else f"it has: {', '.join(sorted(plain.values()))}"


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


class Hinting:
    """An object whose AttributeErrors say what was probably meant. Type checkers find such names themselves."""

    __slots__ = ()

    if not TYPE_CHECKING:  # or every attribute would be one

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or hasattr(type(self), name):
                return object.__getattribute__(self, name)  # which raises what it raised before
            text = f"{type(self).__name__} has no .{name}; {hint(name, dir(self))} (docs: api)"
            raise AttributeError(text, name=None, obj=None)  # None: Python would add the same name again
