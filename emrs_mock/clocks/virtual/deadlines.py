"""The deadlines of waits, earliest first. A wait that ends before its deadline leaves nothing behind."""

from __future__ import annotations

import heapq
from datetime import timedelta
from itertools import count

from emrs_mock.clocks.virtual.participants import Wait


class Deadlines:
    """A heap of waits that have a deadline; equal deadlines in the order in which they were added."""

    __slots__ = ("_heap", "_number", "waits")

    def __init__(self) -> None:
        self.waits: set[Wait] = set()
        self._heap: list[tuple[timedelta, int, Wait]] = []
        self._number = count()

    def __bool__(self) -> bool:
        return bool(self.waits)

    def __len__(self) -> int:
        return len(self.waits)

    def add(self, wait: Wait, deadline: timedelta) -> None:
        """Remember a wait until `discard`."""
        heapq.heappush(self._heap, (deadline, next(self._number), wait))
        self.waits.add(wait)

    def discard(self, wait: Wait) -> None:
        """Forget a wait, if it is known. Costs a logarithmic time on average."""
        if wait not in self.waits:
            return
        self.waits.remove(wait)
        if self._heap[0][2] is wait:
            heapq.heappop(self._heap)
        elif 2 * len(self.waits) < len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2] in self.waits]
            heapq.heapify(self._heap)

    def first(self) -> Wait | None:
        """The wait with the earliest deadline."""
        while self._heap and self._heap[0][2] not in self.waits:
            heapq.heappop(self._heap)
        return self._heap[0][2] if self._heap else None
