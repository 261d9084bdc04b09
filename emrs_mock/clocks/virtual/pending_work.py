"""Real work that has been begun and can be asked whether it goes on: while it does, simulated time stands still.

Where such work is found is in `pools` and `child_processes`.
"""

from __future__ import annotations

from typing import Protocol


class RealTask(Protocol):
    """A piece of real work."""

    def is_pending(self) -> bool:
        """Whether time must not pass before it ends."""
        ...

    def is_over(self) -> bool:
        """Whether it will never be pending again."""
        ...

    def __str__(self) -> str: ...


class PendingWork:
    """The real work that has been begun; true while some of it is pending. Changed under the lock of the turns."""

    __slots__ = ("_counted", "_tasks")

    def __init__(self) -> None:
        self._counted = 0
        self._tasks: list[RealTask] = []

    def __bool__(self) -> bool:
        # Asked at each move of time, and almost always there is none.
        return self._counted > 0 or (bool(self._tasks) and self._ask())

    def __str__(self) -> str:
        items = [f"{self._counted} items of process pools"] if self._counted else []
        return ", ".join([*items, *(str(task) for task in self._tasks if task.is_pending())])

    def begin(self) -> None:
        """One more piece of work that says itself when it ends."""
        self._counted += 1

    def end(self) -> None:
        """One less."""
        self._counted -= 1

    def add(self, task: RealTask) -> None:
        """Ask this one too, from now on."""
        self._tasks.append(task)

    def forget(self) -> None:
        """After a fork: the work is the parent's."""
        self._counted = 0
        self._tasks.clear()

    def _ask(self) -> bool:
        self._tasks = [task for task in self._tasks if not task.is_over()]
        return any(task.is_pending() for task in self._tasks)
