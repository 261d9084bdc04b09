"""Rules and faults can be revoked: by `remove()`, at the end of a `with` block, and when a mock is rewound.

They know how their verbs were written, and whether one was refused, for messages.
"""

from __future__ import annotations

import copy
import inspect
import itertools
import reprlib
from collections.abc import Callable, Mapping
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from emrs_mock._misspelt import Hinting

_numbers = itertools.count(1)
Checkpoint = list[tuple[Any, dict[str, Any]]]


class Revocable(Hinting):
    """A rule or a fault. Its attributes are its whole state."""

    def __init__(self, registry: Registry[Any]) -> None:
        self._registry = registry
        self._verbs = ""
        """The verbs as they were written."""
        self._is_mistaken = False
        """Whether a verb was refused. The error has said so; that no verb is left is not reported again."""
        self._number = next(_numbers)
        """By this `server` knows it."""

    def remove(self) -> None:
        """Remove it from the mock; a second time does nothing."""
        self._registry.remove(self)

    def __enter__(self: R) -> R:  # `typing.Self` is too new
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    if not TYPE_CHECKING:  # or every attribute would be one

        def __getattr__(self, name: str) -> Any:
            if not name.startswith("_"):
                self._is_mistaken = True
            return super().__getattr__(name)


R = TypeVar("R", bound=Revocable)


class Registry(Generic[R]):
    """The rules or the faults of one mock, in the order in which they were made."""

    def __init__(self) -> None:
        self.entries: list[R] = []

    def remove(self, entry: Revocable) -> None:
        """Remove an entry, by identity."""
        self.entries = [other for other in self.entries if other is not entry]

    def checkpoint(self) -> Checkpoint:
        """Copy the present state, for `rewind` and `adopt`."""
        return [(entry, dict(vars(entry))) for entry in self.entries]

    def rewind(self, checkpoint: Checkpoint) -> None:
        """Restore the entries of the checkpoint, and their states."""
        for entry, state in checkpoint:
            entry.__dict__.update(state)
        self.entries = [entry for entry, _ in checkpoint]

    def adopt(self, checkpoint: Checkpoint) -> None:
        """Take copies of the entries of another registry's checkpoint. The two do not share what `times=` has left."""
        copies = [(copy.copy(entry), {**state, "_registry": self}) for entry, state in checkpoint]
        self.rewind(copies)


# --- verbs ----------------------------------------------------------------------------------------------------------

C = TypeVar("C", bound=type[Revocable])


def verbs(cls: C) -> C:
    """Decorate a class whose public methods are verbs: what is called, and whether it is refused, is noted."""
    for name, member in list(vars(cls).items()):
        if inspect.isfunction(member) and not name.startswith("_"):
            setattr(cls, name, _noted(member))
    return cls


def _noted(verb: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(verb)
    def noted(self: Revocable, /, *args: Any, **kwargs: Any) -> Any:
        try:
            result = verb(self, *args, **kwargs)
        except Exception:
            self._is_mistaken = True
            raise
        self._verbs += f".{verb.__name__}({written(args, kwargs)})"
        return result

    return noted


def written(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Arguments as in Python; a callable by its name, because its `repr` has an address."""
    return ", ".join([*map(_written, args), *(f"{name}={_written(value)}" for name, value in kwargs.items())])


def _written(value: Any) -> str:
    return str(getattr(value, "__qualname__", "") or _short.repr(value))


_short: Any = reprlib.Repr()
_short.maxstring = _short.maxother = 100
