"""Records of one kind in order of creation, found by id and by what lists filter for, without looking at the others.

A register is what makes one page of a list cost the same among 100 and among 10,000 records.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from copy import deepcopy
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

from emrs_mock.sim.drawers import Drawer
from emrs_mock.sim.records import Record

R = TypeVar("R", bound=Record)
Labels = tuple[str, ...]

_seq: Callable[[Record], int] = attrgetter("seq")


class Register(Generic[R]):
    """All records of one kind in one place: an account's applications, an application's job runs."""

    _by_id: dict[str, R]
    _drawers: dict[Labels, Drawer[R]]

    def __init__(self) -> None:
        self._by_id = {}
        self._drawers = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Register[R]:
        """A copy with copies of the records; each is looked up once."""
        made: Register[R] = Register()
        memo[id(self)] = made
        made._by_id = {record_id: deepcopy(record, memo) for record_id, record in self._by_id.items()}
        made._drawers = {labels: drawer.of_copies(memo) for labels, drawer in self._drawers.items()}
        return made

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[R]:
        return iter(self._by_id.values())

    @property
    def is_in_order(self) -> bool:
        """Whether every record is in its drawer and nowhere else, in order of creation: so it is unless damaged."""
        kept = [(key, record) for key, drawer in self._drawers.items() for record in drawer]
        return (
            all(self._drawers)
            and len(kept) == len(self)
            and all(record.drawer == key and self.get(record.id) is record for key, record in kept)
            and all(drawer.is_in_order for drawer in self._drawers.values())
        )

    def __getitem__(self, record_id: str) -> R:
        return self._by_id[record_id]

    def get(self, record_id: str) -> R | None:
        """The record with that id."""
        return self._by_id.get(record_id)

    def add(self, record: R) -> None:
        """Take in a new record, the newest of all."""
        self._by_id[record.id] = record
        self._put(record)

    def moved(self, record: R, before: Labels) -> None:
        """Put a record that changed into the right drawer."""
        self._drawers[before].remove(record)
        self._put(record)

    def _put(self, record: R) -> None:
        drawer = self._drawers.get(record.drawer)
        if drawer is None:
            drawer = self._drawers[record.drawer] = Drawer()
        drawer.add(record)

    def count(self, states: Collection[str]) -> int:
        """How many records are in one of these states."""
        return sum([len(drawer) for key, drawer in self._drawers.items() if key[0] in states])

    def drawers(self, *wanted: Collection[str] | None) -> list[Labels]:
        """The drawers whose labels, position by position, are wanted (None: all)."""
        return [
            key
            for key in self._drawers
            if all(labels is None or label in labels for label, labels in zip(key, wanted, strict=False))
        ]

    def newest_first(
        self,
        drawers: Iterable[Labels],
        *,
        older_than: int | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
    ) -> Iterator[R]:
        """The records in these drawers, newest first: beyond a position (`seq`), within both bounds inclusive."""
        streams = [self._drawers[key].newest_first(older_than, created_from, created_to) for key in drawers]
        return streams[0] if len(streams) == 1 else heapq.merge(*streams, key=_seq, reverse=True)

    def oldest_first(self, drawers: Iterable[Labels]) -> Iterator[R]:
        """The records in these drawers, oldest first."""
        return heapq.merge(*(self._drawers[key] for key in drawers), key=_seq)
