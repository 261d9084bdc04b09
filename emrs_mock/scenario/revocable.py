"""Rules and faults can be revoked: by `remove()`, at the end of a `with` block, and when a mock is rewound."""

from __future__ import annotations

import copy
import itertools
from types import TracebackType
from typing import Any, Generic, TypeVar

_numbers = itertools.count(1)
Checkpoint = list[tuple[Any, dict[str, Any]]]


class Revocable:
    """A rule or a fault. Its attributes are its whole state."""

    def __init__(self, registry: Registry[Any]) -> None:
        self._registry = registry
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
