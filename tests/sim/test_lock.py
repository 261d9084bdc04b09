"""The lock: the thread that releases it does what was left to do, outside of it."""

from __future__ import annotations

import threading

import pytest

from emrs_mock.sim.lock import Lock


@pytest.fixture
def lock():
    """A lock that notes, each time it is let go of, whether another thread could take it."""
    lock = Lock()
    lock.notes = []

    def take():
        if lock.acquire(timeout=5):
            lock.release()
            lock.notes.append("free")

    def note():
        other = threading.Thread(target=take, daemon=True)
        other.start()
        other.join(5)

    lock.afterwards = [note]
    return lock


def test_what_is_left_to_do_is_done_when_the_lock_is_free(lock):
    """And only when the outermost block ends."""
    with lock:
        with lock:
            pass
        assert lock.notes == []
    assert lock.notes == ["free"]


def test_after_an_error_nothing_more_is_done(lock):
    """The error goes its way; the lock is free."""
    with pytest.raises(ZeroDivisionError), lock:
        raise ZeroDivisionError
    assert lock.notes == []
    with lock:
        pass
    assert lock.notes == ["free"]
