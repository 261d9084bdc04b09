"""The newest notes of something that goes on meanwhile, and records of those that were read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Generic, TypeVar

Note = TypeVar("Note")
Record = TypeVar("Record")


class Kept(Generic[Note, Record]):
    """The notes that are kept, and the records of the first of them. Notes are added meanwhile, by any thread."""

    def __init__(self, dropped: int, notes: Iterable[Note]) -> None:
        self.dropped = dropped
        self.notes = deque(notes)
        self.records: deque[Record] = deque()

    def drop_the_oldest(self, most: int) -> None:
        """Keep the newest."""
        while len(self.notes) > most:
            self.notes.popleft()
            self.dropped += 1
            if self.records:
                self.records.popleft()

    def without_record(self) -> list[Note]:
        """The notes that have no record yet, without a look at the others."""
        while True:
            missing = len(self.notes) - len(self.records)
            newest = list(islice(reversed(self.notes), missing))
            if len(self.notes) - len(self.records) == missing:  # or the newest ones are others
                return newest[::-1]
