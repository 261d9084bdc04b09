"""What an author says and takes back again: by `remove()`, by leaving a `with`, and when a mock is rewound."""

from __future__ import annotations

import copy
from types import TracebackType
from typing import Any, Generic, TypeVar

Checkpoint = list[tuple[Any, dict[str, Any]]]


class Said:
    """One thing that an author said. Its attributes are all there is to it."""

    def __init__(self, book: Book[Any]) -> None:
        self._book = book

    def remove(self) -> None:
        """Take it back; a second time is nothing."""
        self._book.remove(self)

    def __enter__(self: S) -> S:  # `typing.Self` is too new
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


S = TypeVar("S", bound=Said)


class Book(Generic[S]):
    """What an author said about one mock, in order."""

    def __init__(self) -> None:
        self.entries: list[S] = []

    def remove(self, said: Said) -> None:
        """Take one back, by identity."""
        self.entries = [other for other in self.entries if other is not said]

    def checkpoint(self) -> Checkpoint:
        """What stands now, to `rewind` to or to `adopt`."""
        return [(said, dict(vars(said))) for said in self.entries]

    def rewind(self, checkpoint: Checkpoint) -> None:
        """Be again as at the checkpoint."""
        for said, state in checkpoint:
            said.__dict__.update(state)
        self.entries = [said for said, _ in checkpoint]

    def adopt(self, checkpoint: Checkpoint) -> None:
        """Be as another book was at its checkpoint: what is used up here is not used up there."""
        copies = [(copy.copy(said), {**state, "_book": self}) for said, state in checkpoint]
        self.rewind(copies)
