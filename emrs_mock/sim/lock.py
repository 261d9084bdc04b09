"""The lock of a simulation. The thread that releases it then calls the subscribers, without holding it."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable, Sequence
from types import TracebackType


class Lock(RLock):  # type: ignore[misc]  # it can be a base; taking it costs no Python code so
    """A reentrant lock. When its holder has released it completely, that thread calls each of `afterwards`.

    So subscribers are called after the move, by the thread that moved, while that holds no lock.
    """

    afterwards: Sequence[Callable[[], None]] = ()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        if self.afterwards and error is None and not self._is_owned():  # type: ignore[attr-defined]
            for call in self.afterwards:
                call()
