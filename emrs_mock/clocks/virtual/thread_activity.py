"""Whether a thread has run since it was last looked at: what tells real work from a wait that cannot be seen.

What follows from it is decided in `stall_guard`.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from emrs_mock.clocks.virtual.real_clock import Real

TASKS = Path("/proc/self/task")
KERNEL_TELLS = (TASKS / str(os.getpid()) / "schedstat").exists()

GRACE = timedelta(milliseconds=10 if KERNEL_TELLS else 50)
"""For how long a thread must not have run before the others go on (docs: virtual-time, found under overload)."""


class ThreadActivity:
    """The activity of one thread, by what Linux counts; the first look always says that it ran."""

    def __init__(self, ident: int, native_id: int) -> None:
        # Kept open: reading again costs a tenth of opening again.
        self._stat, self._schedstat = (
            os.open(TASKS / str(native_id) / name, os.O_RDONLY | os.O_CLOEXEC) for name in ("stat", "schedstat")
        )
        self._files = [self._stat, self._schedstat]
        self._seen = b""

    def has_run(self) -> bool:
        """Whether the thread ran since the last look, or wants to run now."""
        try:
            state = os.pread(self._stat, 512, 0).rpartition(b") ")[2][:1]
            seen = os.pread(self._schedstat, 128, 0)
        except ProcessLookupError:
            return False
        seen, self._seen = self._seen, seen
        return seen != self._seen or state in b"RD"

    def close(self) -> None:
        """Give the files back; a second time is nothing."""
        while self._files:
            os.close(self._files.pop())


class PortableThreadActivity:
    """One thread's activity where the kernel does not tell: where it stands, and what the whole process has used."""

    BUSY = 0.3
    """Share of the time between two looks from which on a thread works; frames alone miss loops that drop the GIL."""

    def __init__(self, ident: int, native_id: int) -> None:
        self._ident = ident
        self._seen: object = None
        self._used = self._at = 0.0

    def has_run(self) -> bool:
        """Whether the thread seems to have run since the last look."""
        frame = sys._current_frames().get(self._ident)
        used, at = time.process_time(), Real.monotonic()
        busy = used - self._used > self.BUSY * (at - self._at)
        seen = frame and (id(frame), frame.f_lasti)
        same = seen == self._seen
        self._seen, self._used, self._at = seen, used, at
        return busy or not same

    def close(self) -> None:
        """Nothing is open."""


def activity_of(ident: int, native_id: int | None) -> ThreadActivity | PortableThreadActivity | None:
    """A thread's activity; None for one that has not begun or is gone."""
    if native_id is None:
        return None
    try:
        return (ThreadActivity if KERNEL_TELLS else PortableThreadActivity)(ident, native_id)
    except FileNotFoundError:
        return None
