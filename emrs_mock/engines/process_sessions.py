"""The processes of a session: which of them live, and how all of them are ended.

A program that an engine starts leads a session. Its children are in it too, also those that left its process group, as
PySpark's daemon does. A process that made a session of its own is out of reach.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

from emrs_mock.clocks.virtual.real_clock import REAL_SLEEP, Real

_PROCESSES = "/proc"
_PAUSE = 0.002
_PATIENCE = 5.0
"""Real seconds after which a process that does not die of SIGKILL is given up: the kernel waits for a device."""


def alive(leader: int) -> list[int]:
    """The processes of a session, without zombies. Where the system has no /proc: the leader, for its process group."""
    if not os.path.isdir(_PROCESSES):
        return [leader] if send(leader, 0) else []
    return [pid for pid in _all_processes() if _is_of_session(pid, leader)]


def send(leader: int, number: int) -> bool:
    """Send a signal to the process group of a leader; return whether there was a process to get it."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def kill(leader: int) -> None:
    """Kill all processes of a session, and return when they are dead."""
    until = Real.monotonic() + _PATIENCE
    send(leader, signal.SIGKILL)
    while (pids := alive(leader)) and Real.monotonic() < until:
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        REAL_SLEEP(_PAUSE)


def _all_processes() -> Iterator[int]:
    with suppress(OSError):
        yield from (int(name) for name in os.listdir(_PROCESSES) if name.isdigit())


def _is_of_session(pid: int, leader: int) -> bool:
    with suppress(OSError, ValueError, IndexError):
        if os.getsid(pid) == leader:
            with open(f"{_PROCESSES}/{pid}/stat", "rb") as file:
                # The name of the program is in brackets, and may have brackets and spaces itself.
                return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    return False
