"""A drawer of a register: records in order of creation, in short blocks, so that one comes or goes at the same cost.

What is in which drawer is in `registers`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

from emrs_mock.sim.records import Record

R = TypeVar("R", bound=Record)

LONGEST = 512
"""How many records a block has at most: to move them in memory costs less than to look for the place."""

_seq: Callable[[Record], int] = attrgetter("seq")
_created_at: Callable[[Record], datetime] = attrgetter("created_at")


class Drawer(Generic[R]):
    """Records in order of creation."""

    blocks: list[list[R]]
    """None is empty."""
    size: int

    def __init__(self) -> None:
        self.blocks = []
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[R]:
        return (record for block in self.blocks for record in block)

    def of_copies(self, memo: Mapping[int, R]) -> Drawer[R]:
        """A drawer with the copies of these records, by the ids of the records."""
        made: Drawer[R] = Drawer()
        made.blocks = [[memo[id(record)] for record in block] for block in self.blocks]
        made.size = self.size
        return made

    @property
    def is_in_order(self) -> bool:
        """Whether it is as this module keeps it: so it is unless damaged."""
        kept = list(self)
        is_whole = all(self.blocks) and len(kept) == self.size
        return is_whole and kept == sorted(kept, key=_seq) == sorted(kept, key=_created_at)

    def add(self, record: R) -> None:
        """Put a record in its place; most are the newest, and are not looked for."""
        self.size += 1
        if not self.blocks:
            self.blocks.append([record])
            return
        if self.blocks[-1][-1].seq < record.seq:
            place = len(self.blocks) - 1
            block = self.blocks[place]
            block.append(record)
        else:
            place = self._block_of(_seq, record.seq)
            block = self.blocks[place]
            block.insert(bisect_left(block, record.seq, key=_seq), record)
        if len(block) > LONGEST:
            half = LONGEST if block[-1] is record else LONGEST // 2  # those that come in order fill their blocks
            self.blocks[place : place + 1] = [block[:half], block[half:]]

    def remove(self, record: R) -> None:
        """Take a record out; most are the oldest, and are not looked for."""
        self.size -= 1
        is_oldest = self.blocks[0][0] is record
        place = 0 if is_oldest else self._block_of(_seq, record.seq)
        block = self.blocks[place]
        del block[0 if is_oldest else bisect_left(block, record.seq, key=_seq)]
        if not block:
            del self.blocks[place]

    def newest_first(
        self, older_than: int | None, created_from: datetime | None, created_to: datetime | None
    ) -> Iterator[R]:
        """The records beyond a position (`seq`), within both bounds inclusive, newest first."""
        place = self._last_block(older_than, created_to)
        for number in range(place, -1, -1):
            block = self.blocks[number]
            end = _end(block, older_than, created_to) if number == place else len(block)
            start = 0 if created_from is None else bisect_left(block, created_from, key=_created_at)
            for index in range(end - 1, start - 1, -1):
                yield block[index]
            if start:
                return

    def _last_block(self, older_than: int | None, created_to: datetime | None) -> int:
        """The number of the block after which none has a record within these bounds."""
        last = len(self.blocks) - 1
        if created_to is not None:
            last = min(last, self._block_of(_created_at, created_to, bisect_right))
        return last if older_than is None else min(last, self._block_of(_seq, older_than))

    def _block_of(self, attribute: Callable[[Any], Any], value: Any, bisect: Any = bisect_left) -> int:
        """The number of the first block whose last record has a value that is not less, or not greater, than this."""
        found: int = bisect(self.blocks, value, key=lambda block: attribute(block[-1]))
        return found


def _end(block: list[R], older_than: int | None, created_to: datetime | None) -> int:
    end = len(block) if created_to is None else bisect_right(block, created_to, key=_created_at)
    return end if older_than is None else min(end, bisect_left(block, older_than, key=_seq))
