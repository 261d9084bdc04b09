"""The lock of a simulation. The thread that releases it then calls the subscribers, without holding it."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable, Sequence
from types import TracebackType

from emrs_mock._forks import survives_forks


class Lock(RLock):  # type: ignore[misc]  # it can be a base; taking it costs no Python code so
    """A reentrant lock. When its holder has released it completely, that thread calls each of `afterwards`.

    So subscribers are called after the move, by the thread that moved, while that holds no lock.
    """

    _afterwards: Sequence[Callable[[], None]] = ()

    def __init__(self) -> None:
        survives_forks(self)

    def is_owned(self) -> bool:
        """Whether this thread holds it."""
        owned: bool = self._is_owned()  # type: ignore[attr-defined]
        return owned

    @property
    def afterwards(self) -> Sequence[Callable[[], None]]:
        """What is called when the lock is released."""
        return self._afterwards

    @afterwards.setter
    def afterwards(self, calls: Sequence[Callable[[], None]]) -> None:
        self._afterwards = calls
        # Only where something is to be called is there Python code, which Ctrl-C could break off before the release.
        self.__class__ = _CallingLock if calls else Lock


class _CallingLock(Lock):  # type: ignore[misc]  # as above
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        if error is None and not self.is_owned():
            for call in self._afterwards:
                call()
