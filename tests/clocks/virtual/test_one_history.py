"""The same program has the same history in every run: on any machine, in floats of any size, under any load."""

from __future__ import annotations

import _thread
import asyncio
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone

import boto3
import pytest
from botocore.config import Config
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emrs_mock import mock_emr_serverless
from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.clocks.virtual.conftest import START, seconds_since_start


def inside(body: Callable[[VirtualTime], object], start=START):
    """Run in a virtual time of its own, and return what came of it."""
    virtual = VirtualTime(start)
    virtual.enter()
    try:
        return body(virtual)
    finally:
        virtual.leave()


# The base of the monotonic clock


async def in_three_tasks():
    """Tasks whose timers meet again and again: 0.1, 0.2 and 0.30000000000000004 s."""
    history = []

    async def task(k):
        for _ in range(60 // (k + 1)):
            await asyncio.sleep(0.1 * (k + 1))
            history.append((k, time.monotonic()))

    await asyncio.gather(*map(task, range(3)))
    return history


def test_the_history_does_not_depend_on_the_uptime_of_the_machine(monkeypatch):
    """For a machine that has been up for a minute, and for one that has been up for 34 years."""
    real, histories = Real.monotonic, []
    for power in range(6, 31):
        uptime = 2.0**power + 0.7
        monkeypatch.setattr(Real, "monotonic", lambda uptime=uptime: uptime + real() % 1)
        histories.append(inside(lambda _: asyncio.run(in_three_tasks())))
    monkeypatch.undo()
    assert all(history == histories[0] for history in histories)


def test_floats_are_fine_enough_for_the_timers_of_asyncio(virtual):
    """Tasks that meet at an instant wake there, and not a microsecond later."""
    history = asyncio.run(in_three_tasks())
    assert {round(at * 10, 6) % 1 for _, at in history} == {0}
    assert seconds_since_start(virtual) == 6


# A wait lasts at least as long as asked

LENGTHS = st.floats(min_value=1e-9, max_value=1e6) | st.sampled_from([1 / 3, 0.1, 1e-7, 2.4e-7, 4e-7, 29.99, 28_800.1])
EARLIER = st.just(0) | st.floats(min_value=0, max_value=1e8)
STARTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))


def sleep(seconds):
    """In a thread."""
    time.sleep(seconds)


def wait_for_event(seconds):
    """For an event that is never set."""
    assert not threading.Event().wait(seconds)


def wait_for_condition(seconds):
    """For a condition that never holds."""
    with (condition := threading.Condition()):
        assert not condition.wait_for(lambda: False, seconds)


def sleep_in_loop(seconds):
    """In a task."""
    asyncio.run(asyncio.sleep(seconds))


def time_out_in_loop(seconds):
    """A time-out of a future that is never set."""

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.get_running_loop().create_future(), seconds)

    asyncio.run(main())


WAYS = [sleep, wait_for_event, wait_for_condition, sleep_in_loop, time_out_in_loop]


@pytest.mark.parametrize("wait", WAYS)
@pytest.mark.parametrize("clock", [lambda: time.time(), lambda: time.monotonic()], ids=["time", "monotonic"])
@given(start=STARTS, earlier=EARLIER, length=LENGTHS)
@example(start=datetime(2000, 1, 1, tzinfo=timezone.utc), earlier=0, length=1.3010350004769862)
@settings(max_examples=25, deadline=None)
def test_a_loop_that_waits_for_what_is_left_ends(wait, clock, start, earlier, length):
    """After one round or two, whatever floats make of the difference, and however long the mock has lasted."""

    def body(_):
        time.sleep(earlier)
        end, rounds = clock() + length, 0
        while (left := end - clock()) > 0:
            wait(left)
            rounds += 1
            assert rounds <= 2
        return rounds

    inside(body, start)


@given(start=STARTS, length=LENGTHS)
@settings(max_examples=50, deadline=None)
def test_a_sleep_lasts_as_long_as_asked_and_less_than_a_microsecond_longer(start, length):
    """As the mock's clock tells it, to the nanosecond."""

    def body(virtual):
        before = virtual.now()
        time.sleep(length)
        return (virtual.now() - before).total_seconds()

    assert length - 1e-9 <= inside(body, start) < length + 1.01e-6


@pytest.mark.parametrize("throttles", [2, 12])
@pytest.mark.parametrize("mode", ["adaptive", "standard", "legacy"])
def test_a_client_that_is_throttled_comes_back(mode, throttles):
    """Also one that waits for tokens, by the time of day, before each of its next calls."""
    for microsecond in (0, 123_457, 333_333):
        with mock_emr_serverless(clock="virtual", start=START.replace(microsecond=microsecond)) as emr:
            retries = Config(retries={"mode": mode, "max_attempts": 20})
            client = boto3.client("emr-serverless", region_name="us-east-1", config=retries)
            app = emr.add_application(region_name="us-east-1").id
            emr.fault("GetApplication").error("ThrottlingException", times=throttles)
            answers = [client.get_application(applicationId=app) for _ in range(5)]
            assert [each["ResponseMetadata"]["RetryAttempts"] for each in answers] == [throttles, 0, 0, 0, 0]
            assert (emr.clock.now() - START).total_seconds() < 3 * 3600


# Threads that end


@pytest.fixture
def busy_machine():
    """As many processes that compute as there are processors."""
    code = "while True: pass"
    busy = [subprocess.Popen([sys.executable, "-S", "-c", code]) for _ in range(os.cpu_count() or 1)]
    yield
    for process in busy:
        process.kill()
        process.wait()


@pytest.mark.usefixtures("busy_machine")
def test_a_thread_that_has_ended_is_not_alive():
    """Two hundred times beside busy processes, where the interpreter takes a real while to end a thread."""

    def body(virtual):
        thread = threading.Thread(target=time.sleep, args=(10,))
        thread.start()
        while thread.is_alive():
            time.sleep(1)
        return seconds_since_start(virtual)

    assert {inside(body) for _ in range(200)} == {10}


# Signals

SENDERS = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGINT),
    "pthread_kill": lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT),
    "raise_signal": lambda: signal.raise_signal(signal.SIGINT),
    "interrupt_main": lambda: _thread.interrupt_main(),
}


def get_from_queue(seconds):
    """From one that stays empty."""
    queue.Queue().get(timeout=seconds)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("wait", [sleep, wait_for_event, get_from_queue, sleep_in_loop])
@pytest.mark.parametrize("send", SENDERS.values(), ids=SENDERS)
def test_a_signal_from_a_thread_arrives_at_its_own_time(virtual, send, wait):
    """Not at the next deadline of the main thread."""
    sent = []

    def work():
        time.sleep(5)
        send()
        sent.append(seconds_since_start(virtual))
        time.sleep(100)

    worker = threading.Thread(target=work)
    worker.start()
    with pytest.raises(KeyboardInterrupt):
        wait(60)
    assert seconds_since_start(virtual) == 5
    worker.join()
    assert (sent, seconds_since_start(virtual)) == ([5], 105)


def test_a_handler_that_does_not_raise_leaves_the_wait_as_it_was(virtual):
    """It runs at the time of the signal, and what it wakes runs then too."""
    told, rung = [], threading.Event()
    before = signal.signal(signal.SIGUSR1, lambda *_: told.append(seconds_since_start(virtual)) or rung.set())
    try:
        waiter = threading.Thread(target=lambda: rung.wait() and told.append(seconds_since_start(virtual)))
        killer = threading.Thread(target=lambda: time.sleep(5) or os.kill(os.getpid(), signal.SIGUSR1))
        waiter.start()
        killer.start()
        time.sleep(60)
        assert (told, seconds_since_start(virtual)) == ([5, 5], 60)
    finally:
        signal.signal(signal.SIGUSR1, before)
    waiter.join()
    killer.join()


def test_a_handler_of_a_loop_runs_at_the_time_of_the_signal(virtual):
    """It comes through the socket by which the loop is woken."""

    async def main():
        rung = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, rung.set)
        killer = threading.Thread(target=lambda: time.sleep(5) or os.kill(os.getpid(), signal.SIGUSR1))
        killer.start()
        await asyncio.wait_for(rung.wait(), 60)
        killer.join()

    asyncio.run(main())
    assert seconds_since_start(virtual) == 5


def test_a_handler_that_sleeps_does_not_stop_the_clock(virtual):
    """It is not waited for by the thread that sent the signal."""
    told = []
    before = signal.signal(signal.SIGUSR1, lambda *_: time.sleep(10) or told.append(seconds_since_start(virtual)))
    try:
        killer = threading.Thread(target=lambda: time.sleep(5) or os.kill(os.getpid(), signal.SIGUSR1))
        killer.start()
        time.sleep(60)
        assert (told, seconds_since_start(virtual)) == ([15], 60)
    finally:
        signal.signal(signal.SIGUSR1, before)
    killer.join()
