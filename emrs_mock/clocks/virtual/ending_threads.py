"""Threads of the test whose `run` has returned, but which the interpreter still has to end.

`is_alive()` is true meanwhile, for a real time that depends on the load of the machine. So they count as busy: the
thread that has the turn next waits until they have ended.
"""

from __future__ import annotations

import threading
from _thread import get_ident
from collections import deque

PATIENCE = 5.0
"""Real seconds after which a thread that does not end is left behind: its `excepthook` may wait for something."""

_join = threading.Thread.join


class EndingThreads:
    """The threads that are about to end."""

    def __init__(self) -> None:
        self._threads: deque[threading.Thread] = deque()

    def add(self, thread: threading.Thread) -> None:
        """The current thread, which is about to end."""
        self._threads.append(thread)

    def wait(self) -> None:
        """Really wait until all of them have ended."""
        while self._threads:
            thread = self._threads.popleft()
            if thread.ident != get_ident():
                _join(thread, PATIENCE)
