"""Locks that a fork leaves free: a child has one thread, and what the other threads held would be held for ever.

A fork waits until the other threads have let go, so that the child gets no half-done work; but not for long.
"""

from __future__ import annotations

import os
from _thread import get_ident
from typing import Any, TypeVar
from weakref import ref

L = TypeVar("L")

PATIENCE = 0.5
"""For how long a fork waits for each lock, in real seconds. A lock that is held longer is new in the child."""

_locks: set[ref[Any]] = set()
_taken: dict[int, list[Any]] = {}
"""By forking thread, the locks that it has taken for the fork."""


def survives_forks(lock: L) -> L:
    """Let a lock of `threading` be free in the child of a fork; returns the lock."""
    _locks.add(ref(lock, _locks.discard))
    return lock


def free(lock: Any) -> None:
    """Release a reentrant lock that Ctrl-C left held by this thread. For callers that cannot hold it otherwise."""
    while lock._is_owned():
        lock.release()


def _before() -> None:
    taken = _taken[get_ident()] = []
    for lock in _all():
        if lock.acquire(timeout=PATIENCE):
            taken.append(lock)


def _after_in_parent() -> None:
    for lock in reversed(_taken.pop(get_ident(), [])):
        lock.release()


def _after_in_child() -> None:
    taken = _taken.pop(get_ident(), [])
    for lock in _all():
        if not any(lock is other for other in taken):
            lock._at_fork_reinit()
    for lock in reversed(taken):
        lock.release()
    _taken.clear()


def _all() -> list[Any]:
    # Copied in one step: other threads make locks meanwhile.
    return [lock for reference in list(_locks) if (lock := reference()) is not None]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
