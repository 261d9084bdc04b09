"""Below `threading`: raw threads and simple queues live in simulated time; what is over leaves nothing behind."""

from __future__ import annotations

import _thread
import asyncio
import gc
import queue
import threading
import time
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest

from emrs_mock.clocks.virtual.deadlines import Deadlines
from emrs_mock.clocks.virtual.participants import Participant, Wait
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.clocks.virtual.conftest import START, ToyWorld, seconds_since_start


def test_a_simple_queue_is_waited_for_in_simulated_time(virtual):
    """A producer that sleeps hands over at its own instants."""
    channel, taken = queue.SimpleQueue(), []

    def produce():
        for number in range(3):
            time.sleep(10)
            channel.put(number)

    producer = threading.Thread(target=produce)
    producer.start()
    for _ in range(3):
        taken.append((channel.get(), seconds_since_start(virtual)))
    producer.join()
    assert taken == [(0, 10), (1, 20), (2, 30)]


def test_the_time_out_of_a_simple_queue_is_simulated(virtual):
    """Nothing comes for an hour."""
    channel = queue.SimpleQueue()
    with pytest.raises(queue.Empty):
        channel.get(timeout=3600)
    with pytest.raises(queue.Empty):
        channel.get_nowait()
    with pytest.raises(ValueError, match="non-negative"):
        channel.get(timeout=-1)
    assert seconds_since_start(virtual) == 3600


def test_several_takers_of_a_simple_queue_are_served_in_order(virtual):
    """First come, first served; each item wakes one."""
    channel, served = queue.SimpleQueue(), []
    takers = [
        threading.Thread(target=lambda number=number: served.append((number, channel.get(timeout=60))))
        for number in range(3)
    ]
    for taker in takers:
        taker.start()
    time.sleep(1)
    for item in "abc":
        channel.put(item)
        time.sleep(1)
    assert served == [(0, "a"), (1, "b"), (2, "c")]
    for taker in takers:
        taker.join()


def test_a_simple_queue_goes_on_after_the_mock():
    """For real, with what is in it."""
    virtual = VirtualTime(START)
    virtual.enter()
    channel = queue.SimpleQueue()
    channel.put("before")
    virtual.leave()
    foreign = threading.Timer(0.01, channel.put, ("after",))
    foreign.start()
    assert [channel.get(), channel.get(timeout=60)] == ["before", "after"]
    assert type(queue.SimpleQueue()) is not type(channel)
    foreign.join()


def test_a_raw_thread_sleeps_in_simulated_time(virtual):
    """Beside the others, in its turn."""
    done = queue.SimpleQueue()
    _thread.start_new_thread(lambda seconds: done.put((time.sleep(seconds), seconds_since_start(virtual))), (30,))
    time.sleep(10)
    assert seconds_since_start(virtual) == 10
    assert done.get() == (None, 30)


def test_a_raw_thread_is_refused_as_ever_with_arguments_that_are_none(virtual):
    """And leaves no thread waiting for it."""
    with pytest.raises(TypeError):
        _thread.start_new_thread(None, ())
    with pytest.raises(TypeError):
        _thread.start_new_thread(print, [])
    time.sleep(30)
    assert seconds_since_start(virtual) == 30


@pytest.mark.parametrize("wait", [
    lambda: threading.Event().wait(60),
    lambda: queue.Queue().get(timeout=60),
    lambda: asyncio.run(asyncio.sleep(60)),
], ids=["event", "queue", "loop"])  # fmt: skip
def test_a_raw_thread_may_wait_for_anything(virtual, wait):
    """Its time-outs are simulated."""
    done = []

    def run():
        with pytest.raises(queue.Empty) if "Queue" in wait.__code__.co_names else mock.MagicMock():
            wait()
        done.append(seconds_since_start(virtual))

    _thread.start_new_thread(run, ())
    time.sleep(61)
    assert done == [pytest.approx(60)]


def test_what_was_answered_leaves_nothing_behind(virtual):
    """Thousands of waits of an hour that are answered at once."""
    channel, answers = queue.Queue(), queue.Queue()

    def answer():
        while (item := channel.get(timeout=3600)) is not None:
            answers.put(item)

    answerer = threading.Thread(target=answer)
    answerer.start()
    turns = virtual._process.turns
    for number in range(2000):
        channel.put(number)
        assert answers.get(timeout=3600) == number
        assert len(turns.asleep) <= 2
        assert len(turns.asleep._heap) <= 4
    channel.put(None)
    answerer.join()
    assert (len(turns.asleep), len(turns.asleep._heap), len(turns.waiting)) == (0, 0, 0)
    assert seconds_since_start(virtual) == 0


def test_a_thread_that_waited_is_forgotten_when_it_has_ended(virtual):
    """Long before the deadline that it had."""
    channel = queue.Queue()
    thread = threading.Thread(target=channel.get, kwargs={"timeout": 3600})
    thread.start()
    time.sleep(1)
    channel.put(1)
    thread.join()
    known = weakref.ref(thread)
    del thread
    gc.collect()
    assert known() is None


def test_deadlines_come_in_order_whatever_was_taken_away():
    """Equal ones in the order in which they were added."""
    from datetime import timedelta

    deadlines, participant = Deadlines(), Participant("one")
    waits = [Wait(None, participant, timedelta(seconds=number // 2 % 50)) for number in range(200)]
    for wait in waits:
        deadlines.add(wait, wait.deadline)
    for wait in waits[::3]:
        deadlines.discard(wait)
        deadlines.discard(wait)
    left = []
    while wait := deadlines.first():
        left.append(wait)
        deadlines.discard(wait)
    kept = [wait for number, wait in enumerate(waits) if number % 3]
    assert left == sorted(kept, key=lambda wait: wait.deadline)
    assert not deadlines


def test_a_sleep_that_the_test_has_replaced_is_called():
    """Whether before the mock or inside; the mock's own delays pass all the same."""
    from emrs_mock import mock_emr_serverless

    real = time.sleep
    with mock.patch("time.sleep") as sleep:
        with mock_emr_serverless(clock="virtual") as emr:
            before = emr.clock.now()
            time.sleep(30)
            assert emr.clock.now() == before
            emr.client(region_name="eu-west-1").list_applications()
            assert emr.clock.now() > before
        sleep.assert_called_once_with(30)
        assert time.sleep is sleep
    with mock_emr_serverless(clock="virtual") as emr:
        ours = time.sleep
        with mock.patch("time.sleep") as sleep:
            time.sleep(30)
        sleep.assert_called_once_with(30)
        assert time.sleep is ours
    assert time.sleep is real


def test_the_real_sleep_is_known_though_it_was_replaced_at_first_use():
    """Also where the test's replacement was there before ours was imported."""
    import subprocess
    import sys

    program = """
import time
from unittest import mock
with mock.patch("time.sleep") as sleep, mock.patch("time.monotonic"):
    from emrs_mock import mock_emr_serverless
    from emrs_mock.clocks.virtual.real_clock import REAL_SLEEP, Real
    assert REAL_SLEEP is not sleep
    before = Real.monotonic()
    REAL_SLEEP(0.05)
    print(0.05 <= Real.monotonic() - before < 30)
"""
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert run.stdout == "True\n"


def initialized(virtual, workers, seconds):
    """A pool whose workers sleep before they begin, and when each has begun."""
    begun = []
    pool = ThreadPoolExecutor(workers, initializer=lambda: time.sleep(seconds) or begun.append(at(virtual)))
    return pool, begun


at = seconds_since_start


def test_the_sleeps_of_an_initializer_are_simulated(virtual):
    """The items wait for it, and two workers begin at once."""
    pool, begun = initialized(virtual, 2, 30)
    with pool:
        ended = list(pool.map(lambda number: time.sleep(5) or at(virtual), range(5)))
    assert begun == [30, 30]
    assert ended == [35, 35, 40, 40, 45]


def test_shutting_down_waits_for_an_initializer(virtual):
    """Also where no item has begun."""
    pool, begun = initialized(virtual, 1, 30)
    item = pool.submit(at, virtual)
    pool.shutdown()
    assert (begun, item.result()) == ([30], 30)


def test_an_item_is_cancelled_while_its_worker_begins(virtual):
    """The pool ends all the same, when the worker has begun, without a false alarm."""
    pool, begun = initialized(virtual, 1, 30)
    item = pool.submit(at, virtual)
    assert item.cancel()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pool.shutdown()
    assert begun == [30]


def test_a_pool_that_is_older_than_the_mock_has_its_initializer_back_after_it():
    """Its workers that had begun take items at once."""
    calls = []
    pool = ThreadPoolExecutor(2, initializer=lambda: calls.append(1))
    pool.submit(int).result()
    original = pool._initializer
    virtual = VirtualTime(START)
    virtual.enter()
    virtual.attach(ToyWorld())
    assert list(pool.map(lambda seconds: time.sleep(seconds) or at(virtual), [30, 30, 30])) == [30, 30, 60]
    virtual.leave()
    assert pool._initializer is original
    pool.shutdown()
    assert len(calls) == 2
