"""The lock of a simulation: whoever lets go of it does what was left to do, outside of it."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable, Sequence
from types import TracebackType


class Lock(RLock):  # type: ignore[misc]  # it can be a base; taking it costs no Python code so
    """A lock that its holder may take again. When it is let go of for good, each of `afterwards` is called.

    So what an author wants to be told is told after the move, by the thread that moved, which holds no lock then.
    """

    afterwards: Sequence[Callable[[], None]] = ()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        if self.afterwards and error is None and not self._is_owned():  # type: ignore[attr-defined]
            for call in self.afterwards:
                call()
