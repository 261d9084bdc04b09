"""No hang without a word: who waits, where, for what, and what is still due."""

from __future__ import annotations

import asyncio
import re
import threading
import time
import warnings
from datetime import datetime, timezone

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.clocks.virtual import stall_guard
from emrs_mock.clocks.virtual.alarms import EMRServerlessStuckError, EMRServerlessStuckWarning
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.clocks.virtual.conftest import START, ToyWorld, seconds_since_start


def test_all_threads_wait_and_nothing_is_due(virtual):
    """The error names the thread, its line, and what the simulation waits for."""
    virtual.attach(ToyWorld())
    with pytest.raises(EMRServerlessStuckError) as raised:
        threading.Event().wait()
    assert re.search(r"MainThread at .*test_stuck\.py:\d+", str(raised.value))
    assert "the toy world waits for 0 things" in str(raised.value)
    time.sleep(30)
    assert seconds_since_start(virtual) == 30


def test_the_error_lists_what_is_unfinished_and_what_is_due():
    """A line for each record that has not ended, and that nothing is due."""
    with mock_emr_serverless(clock="virtual", start=START) as emr:
        new, ready = emr.add_application("CREATED"), emr.add_application(autoStopConfiguration={"enabled": False})
        emr.add_job_run(ready, "SUCCESS")
        with pytest.raises(EMRServerlessStuckError) as raised:
            threading.Event().wait()
    line = int(re.search(r"test_stuck\.py:(\d+)\.", str(raised.value))[1])
    assert str(raised.value) == (
        f"All threads wait, and nothing is due, at {START.isoformat()}: MainThread at {__file__}:{line}. "
        "What has not ended:\n"
        f"  application {new.id} is CREATED\n"
        f"  application {ready.id} is STARTED\n"
        "What is still due:\n"
        "  nothing (docs: virtual-time)."
    )


def test_what_is_due_happens_before_a_thread_is_stuck(virtual):
    """It might have ended the wait."""
    world = ToyWorld(5, 10)
    virtual.attach(world)
    with pytest.raises(EMRServerlessStuckError, match="04:00:10"):
        threading.Event().wait()
    assert len(world.happened) == 2


def test_every_thread_that_is_stuck_is_told(virtual, monkeypatch):
    """None of them waits on for ever."""
    told = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_type))
    waiter = threading.Thread(target=threading.Event().wait)
    waiter.start()
    with pytest.raises(EMRServerlessStuckError, match="Thread-"):
        waiter.join()
    with virtual.hold():
        waiter.join()
    assert told == [EMRServerlessStuckError]


def test_a_loop_that_waits_for_nothing_is_told(virtual):
    """A future that is never set."""

    async def main():
        await asyncio.get_running_loop().create_future()

    with pytest.raises(EMRServerlessStuckError):
        asyncio.run(main())


def test_a_thread_from_before_might_still_end_a_wait(monkeypatch):
    """So there is only a warning, after a long real time."""
    monkeypatch.setattr(stall_guard, "PATIENCE", 0.05)
    event, go, warned = threading.Event(), threading.Event(), []
    old = threading.Thread(target=lambda: go.wait() and event.set())
    old.start()
    virtual = VirtualTime(START)
    virtual.enter()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", lambda message, *_, **__: warned.append(message) or go.set())
        assert event.wait()
    virtual.leave()
    old.join()
    assert [type(message) for message in warned] == [EMRServerlessStuckWarning]
    assert "nothing is due" in str(warned[0])


def test_a_thread_that_spins_is_left_behind_and_named(virtual, monkeypatch):
    """It waits for something that needs time, which others need to pass."""
    monkeypatch.setattr(stall_guard, "PATIENCE", 0.05)
    done = []
    sleeper = threading.Thread(target=lambda: time.sleep(30) or done.append(seconds_since_start(virtual)))
    sleeper.start()

    def spin():
        while not done:
            pass

    with pytest.warns(EMRServerlessStuckWarning, match="go on without.*MainThread at .*test_stuck.py"):
        spin()
    sleeper.join()
    assert done == [30]


def test_a_thread_that_outlives_the_mock_is_named():
    """It goes on in real time; its sleep is over."""
    virtual = VirtualTime(START)
    virtual.enter()
    go = threading.Event()
    late = threading.Thread(target=lambda: time.sleep(3600) or go.wait(), name="late one")
    late.start()
    time.sleep(1)
    with pytest.warns(EMRServerlessStuckWarning, match="late one"):
        virtual.leave()
    go.set()
    late.join()
    assert datetime.now(timezone.utc) > START
