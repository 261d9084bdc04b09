"""The lock of a simulation: whoever lets go of it does what was left to do, outside of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType


class Lock:
    """A lock that its holder may take again. When it is let go of for good, each of `afterwards` is called.

    So what an author wants to be told is told after the move, by the thread that moved, which holds no lock then.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self.afterwards: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        is_last = not self._depth
        self._lock.release()
        if is_last and error is None:
            for call in self.afterwards:
                call()
