"""The events that are due, as a heap of data (never of callables); events of one instant are first in, first out.

There is one agenda per mock. A record has at most one due event of each name: putting one again replaces it. What a
due event does is in `world`.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple


class Due(NamedTuple):
    """`event` is applied to the record at `at`; ordered by time, then by when it was put."""

    at: datetime
    seq: int
    record_id: str
    event: str


_NOTHING: Mapping[str, Due] = {}


class Agenda:
    """The events that are due, earliest first."""

    _heap: list[Due]
    _live: dict[str, dict[str, Due]]
    _seq: int

    def __init__(self) -> None:
        self._heap = []
        self._live = {}
        self._seq = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Agenda:
        """A copy with a heap of its own; what is in it never changes."""
        made = memo[id(self)] = Agenda()
        made._heap, made._seq = [*self._heap], self._seq
        made._live = {record_id: {**dues} for record_id, dues in self._live.items()}
        return made

    @property
    def is_in_order(self) -> bool:
        """Whether it finds what is due, earliest first: so it does unless damaged."""
        heap, known, live = self._heap, set(self._heap), self._live.items()
        return all(heap[(place - 1) // 2] <= heap[place] for place in range(1, len(heap))) and all(
            (due.record_id, due.event) == (record_id, event) and due in known
            for record_id, dues in live
            for event, due in dues.items()
        )

    def put(self, at: datetime, record_id: str, event: str) -> None:
        """Make `event` due for the record at `at`, in place of when it was due before."""
        self._seq += 1
        due = Due(at, self._seq, record_id, event)
        self._live.setdefault(record_id, {})[event] = due
        heapq.heappush(self._heap, due)

    def drop(self, record_id: str, event: str) -> None:
        """Make one event no longer due."""
        self._live.get(record_id, {}).pop(event, None)

    def keep(self, record_id: str, events: Collection[str]) -> None:
        """Drop all of the record's events but these: a timer belongs to one visit of a state."""
        if live := self._live.pop(record_id, None):
            kept = {event: due for event, due in live.items() if event in events}
            if kept:
                self._live[record_id] = kept

    def has(self, record_id: str, event: str) -> bool:
        """Whether the event is due for the record."""
        return event in self._live.get(record_id, {})

    def of(self, record_id: str) -> list[Due]:
        """The events that are due for one record, earliest first."""
        return sorted(self._live.get(record_id, {}).values())

    def all(self) -> list[Due]:
        """All events that are due, earliest first."""
        return sorted(due for live in self._live.values() for due in live.values())

    def postpone(self, by: timedelta) -> None:
        """Make every event due later by the same time, in the same order."""
        self._heap = [due._replace(at=due.at + by) for due in self.all()]
        self._live = {}
        for due in self._heap:
            self._live.setdefault(due.record_id, {})[due.event] = due

    def next(self) -> Due | None:
        """The next event; it stays on the agenda."""
        while self._heap:
            due = self._heap[0]
            if self._live.get(due.record_id, _NOTHING).get(due.event) == due:
                return due
            heapq.heappop(self._heap)
        return None

    def take(self) -> Due:
        """Remove the next event from the agenda and return it. Raises LookupError if nothing is due."""
        due = self.next()
        if due is None:
            raise LookupError("nothing is due")
        del self._live[due.record_id][due.event]
        return due
