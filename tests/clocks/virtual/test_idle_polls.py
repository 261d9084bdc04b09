"""Loops that poll: those that end well give no alarm, those that poll in vain are found after some real seconds."""

from __future__ import annotations

import asyncio
import re
import threading
import time
import warnings

import pytest

from emrs_mock.clocks.virtual import idle_guard
from emrs_mock.clocks.virtual.alarms import EMRServerlessStuckError, EMRServerlessStuckWarning
from emrs_mock.clocks.virtual.real_clock import Real
from tests.clocks.virtual.conftest import ToyWorld, seconds_since_start


@pytest.fixture
def impatient(monkeypatch):
    """An idle guard that needs no seconds."""
    monkeypatch.setattr(idle_guard, "IDLE_MOVES", 20)
    monkeypatch.setattr(idle_guard, "IDLE_WARNS", 0.02)
    monkeypatch.setattr(idle_guard, "IDLE_FAILS", 0.1)


def poll(seconds, until=lambda: False):
    """Poll for what may never come."""
    while not until():
        time.sleep(seconds)


def line_of_poll():
    """The line at which `poll` sleeps."""
    return rf"{re.escape(__file__)}:{poll.__code__.co_firstlineno + 3}"


@pytest.mark.usefixtures("impatient")
def test_a_loop_that_polls_in_vain_gets_a_warning_and_then_an_error(virtual):
    """Both name the thread and the line."""
    virtual.attach(ToyWorld(5))
    with (
        pytest.warns(EMRServerlessStuckWarning, match=f"while nothing is due.*MainThread at {line_of_poll()}"),
        pytest.raises(EMRServerlessStuckError, match=f"without end.*MainThread at {line_of_poll()}"),
    ):
        poll(30)


@pytest.mark.usefixtures("impatient")
def test_real_time_counts_and_not_the_number_of_polls(virtual, monkeypatch):
    """A hundred thousand polls that take no real time to speak of are none too many."""
    monkeypatch.setattr(idle_guard, "IDLE_WARNS", 3600)
    virtual.attach(ToyWorld())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(100_000):
            time.sleep(0.001)
    assert seconds_since_start(virtual) == pytest.approx(100)


@pytest.mark.usefixtures("impatient")
def test_a_thread_that_polls_for_one_that_sleeps_long_is_no_alarm(virtual):
    """Every millisecond, while the other sleeps 120 s: its deadline is what is polled for."""
    virtual.attach(ToyWorld())
    sleeper = threading.Thread(target=time.sleep, args=(120,))
    sleeper.start()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        poll(0.001, lambda: seconds_since_start(virtual) >= 119)
    sleeper.join()
    assert seconds_since_start(virtual) == 120


def test_no_other_thread_moves_time_before_the_wait_that_it_was_moved_for_is_over(virtual):
    """A thread that looks in between would move it once more, and be taken for the one that polls."""
    turns = virtual._process.turns
    lock, movers = turns.lock, []

    class Watched:
        """The lock, which tells who moves time when it is taken back after a move."""

        __enter__, __exit__, release = lock.__enter__, lock.__exit__, lock.release

        def acquire(self):
            movers.append(turns.participants.mover)
            return lock.acquire()

    sleeper = threading.Thread(target=time.sleep, args=(3,))
    sleeper.start()
    turns.lock = Watched()
    time.sleep(1)
    turns.lock = lock
    sleeper.join()
    assert movers
    assert None not in movers


def test_twenty_workers_that_tick_are_no_alarm(virtual, monkeypatch):
    """Each 10 ms; together they need twenty times the real time of one."""
    monkeypatch.setattr(idle_guard, "IDLE_MOVES", 20)
    # Twenty shares are six seconds, in which some thousands of ticks have long come to their end.
    monkeypatch.setattr(idle_guard, "IDLE_WARNS", 0.3)
    virtual.attach(ToyWorld())
    ticks = []

    def tick():
        for _ in range(300):
            time.sleep(0.01)
            ticks.append(1)

    workers = [threading.Thread(target=tick) for _ in range(20)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(ticks) == 6000
    assert seconds_since_start(virtual) == pytest.approx(3)


@pytest.mark.usefixtures("impatient")
@pytest.mark.filterwarnings("ignore::emrs_mock.EMRServerlessStuckWarning")
def test_the_error_is_raised_in_the_thread_that_polls_and_in_no_other(virtual, monkeypatch):
    """The one that waits for it goes on when it has ended."""
    virtual.attach(ToyWorld())
    raised = []
    monkeypatch.setattr(threading, "excepthook", lambda args: raised.append((args.thread.name, str(args.exc_value))))
    poller = threading.Thread(target=poll, args=(1,), name="the poller")
    poller.start()
    poller.join()
    assert [name for name, _ in raised] == ["the poller"]
    assert re.search(f"the poller at {line_of_poll()}", raised[0][1])
    time.sleep(30)


@pytest.mark.usefixtures("impatient")
@pytest.mark.filterwarnings("ignore::emrs_mock.EMRServerlessStuckWarning")
def test_a_task_that_polls_in_vain_is_found_too(virtual):
    """The error reaches the one who runs the loop."""
    virtual.attach(ToyWorld())

    async def main():
        while True:
            await asyncio.sleep(1)

    with pytest.raises(EMRServerlessStuckError, match=r"MainThread at .*test_idle_polls\.py"):
        asyncio.run(main())


def test_a_thread_that_is_blocked_unseen_does_not_slow_down_those_that_sleep(virtual):
    """Also where a third one waits without a deadline, and looks seldom as long as no thread sleeps."""
    lock, stop = threading.Lock(), threading.Event()
    lock.acquire()
    threads = [threading.Thread(target=lock.acquire), threading.Thread(target=stop.wait)]
    for thread in threads:
        thread.start()
    before = Real.monotonic()
    for _ in range(12):
        time.sleep(60)
    assert Real.monotonic() - before < 5  # it was a second and more for each sleep
    lock.release()
    stop.set()
    for thread in threads:
        thread.join()
    assert seconds_since_start(virtual) == 720
