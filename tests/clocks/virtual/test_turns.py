"""One turn: of the test's threads one runs at a time, sleeps overlap, and the history is the same every time."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta

import pytest

from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.clocks.virtual.conftest import START, ToyWorld, seconds_since_start
from tests.clocks.virtual.programs import Run, draw


def run_all(*targets):
    """Run each in a thread of its own, and wait for all."""
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_ten_threads_sleep_at_once(virtual):
    """Time moves by one sleep, not by ten, and they wake in the order in which they fell asleep."""
    woken = []
    run_all(*[lambda number=number: time.sleep(30) or woken.append(number) for number in range(10)])
    assert seconds_since_start(virtual) == 30
    assert woken == list(range(10))


def test_who_sleeps_less_wakes_first(virtual):
    """In whatever order they fell asleep."""
    woken = []
    run_all(*[lambda each=each: time.sleep(each) or woken.append((each, time.monotonic())) for each in (30, 5, 17.5)])
    assert [each for each, _ in woken] == [5, 17.5, 30]
    assert seconds_since_start(virtual) == 30


@pytest.mark.parametrize("old", [True, False], ids=["made before", "made inside"])
def test_a_pool_sleeps_as_many_at_once_as_it_has_workers(old):
    """Ten items of 30 s on four workers take three rounds, first in first out, also where the pool is older."""
    pool = ThreadPoolExecutor(4)
    if old:
        pool.submit(int).result()
    virtual = VirtualTime(START)
    virtual.enter()
    pool = pool if old else ThreadPoolExecutor(4)
    order = []
    with pool:
        list(pool.map(lambda number: time.sleep(30) or order.append((number, seconds_since_start(virtual))), range(10)))
    virtual.leave()
    assert order == [(number, 30 * (1 + number // 4)) for number in range(10)]


def test_a_cancelled_item_takes_no_worker(virtual):
    """The items behind it go on as if it had never been."""
    with ThreadPoolExecutor(1) as pool:
        futures = [pool.submit(time.sleep, 30) for _ in range(4)]
        assert futures[1].cancel()
        assert futures[2].cancel()
        assert len(list(as_completed(futures))) == 4
        assert seconds_since_start(virtual) == 60


def test_shutting_a_pool_down_waits_for_its_items_in_simulated_time(virtual):
    """Or for none of those that have not begun, if they are cancelled."""
    pool = ThreadPoolExecutor(1)
    futures = [pool.submit(time.sleep, 30) for _ in range(3)]
    time.sleep(1)
    pool.shutdown(cancel_futures=True)
    assert seconds_since_start(virtual) == 30
    assert [future.cancelled() for future in futures] == [False, True, True]


def test_what_is_due_happens_between_the_wake_ups(virtual):
    """In order with them, whichever thread moves the clock; at one instant the world comes first."""
    world, history = ToyWorld(5, 10, 15), []
    world.on_due = lambda: history.append(("due", seconds_since_start(virtual)))
    virtual.attach(world)
    run_all(*[lambda each=each: time.sleep(each) or history.append(("woke", each)) for each in (10, 12)])
    time.sleep(10)
    assert history == [("due", 5), ("due", 10), ("woke", 10), ("woke", 12), ("due", 15)]


def test_an_event_of_a_world_wakes_who_waits_for_it_at_its_instant(virtual):
    """A wait with a deadline, and one with none, which moves time for the world alone."""
    for deadline in (60, None):
        world, rung = ToyWorld(seconds_since_start(virtual) + 5), threading.Event()
        world.on_due = rung.set
        virtual.attach(world)
        before = time.monotonic()
        assert rung.wait(deadline)
        assert time.monotonic() - before == pytest.approx(5)


def test_real_work_is_not_overtaken(virtual):
    """A sleeper does not wake while another thread computes."""
    order = []

    def compute():
        until = Real.monotonic() + 0.1
        while Real.monotonic() < until:
            pass
        order.append("computed")

    run_all(lambda: time.sleep(30) or order.append("woke"), compute)
    assert order == ["computed", "woke"]


def test_a_lock_held_by_a_sleeper_costs_only_a_grace(virtual):
    """The one who waits for it cannot be seen to wait, so after a short real time the sleeper wakes."""
    lock, order = threading.Lock(), []

    def hold():
        with lock:
            time.sleep(30)
            order.append(("holder", seconds_since_start(virtual)))

    def want():
        with lock:
            order.append(("wanter", seconds_since_start(virtual)))

    run_all(hold, want)
    assert order == [("holder", 30), ("wanter", 30)]


def test_work_that_cannot_be_seen_can_be_held_for(virtual):
    """A real wait of the holder is not overtaken, and its own sleeps are real."""
    order = []

    def work():
        with virtual.hold():
            time.sleep(0.05)
            order.append(("worked", seconds_since_start(virtual)))

    run_all(lambda: time.sleep(30) or order.append(("woke", seconds_since_start(virtual))), work)
    assert order == [("worked", 0), ("woke", 30)]


def test_a_grace_of_ones_own_choice_waits_longer_for_what_cannot_be_seen():
    """A thread blocked in a pipe for a while is not overtaken within it."""
    virtual = VirtualTime(START, grace=timedelta(seconds=30))
    virtual.enter()
    reader, writer = os.pipe()
    order = []
    foreign = threading.Timer(0.05, os.write, (writer, b"x"))
    with virtual.hold():
        foreign.start()
    run_all(lambda: time.sleep(30) or order.append("woke"), lambda: os.read(reader, 1) and order.append("read"))
    virtual.leave()
    os.close(reader)
    os.close(writer)
    assert order == ["read", "woke"]


class TenJobs:
    """Ten jobs of different lengths, each polled every 30 s until it is done, and the list of what each poll saw."""

    def __init__(self, virtual):
        self.virtual, self.calls = virtual, []
        self.world = ToyWorld(*range(33, 333, 30))
        virtual.attach(self.world)

    def is_done(self, number):
        """Poll once."""
        self.calls.append((number, seconds_since_start(self.virtual), len(self.world.happened)))
        return len(self.world.happened) > number

    def poll(self, number):
        """Poll in a thread."""
        while not self.is_done(number):
            time.sleep(30)

    async def poll_in_task(self, number):
        """Poll in a task."""
        while not self.is_done(number):
            await asyncio.sleep(30)

    def in_threads(self):
        """A thread for each."""
        run_all(*[lambda number=number: self.poll(number) for number in range(10)])

    def in_pool(self):
        """Four workers for all."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self.poll, range(10)))

    def in_tasks(self):
        """A task for each."""

        async def gather():
            await asyncio.gather(*map(self.poll_in_task, range(10)))

        asyncio.run(gather())


@pytest.mark.parametrize("how", [TenJobs.in_threads, TenJobs.in_pool, TenJobs.in_tasks])
def test_ten_jobs_give_the_same_history_every_time(how):
    """Two hundred times, however they are polled."""
    histories = []
    for _ in range(200):
        virtual = VirtualTime(START)
        virtual.enter()
        jobs = TenJobs(virtual)
        how(jobs)
        virtual.leave()
        histories.append((jobs.calls, jobs.world.happened))
    assert all(history == histories[0] for history in histories)
    assert len(histories[0][1]) == 10


@pytest.mark.parametrize("hundred", range(3))
def test_random_programs_give_the_same_history_every_time(hundred):
    """Whatever they use of threads, events, queues, conditions, semaphores, pools, timers and loops."""
    for seed in range(100 * hundred, 100 * (hundred + 1)):
        program, histories = draw(seed), []
        for _ in range(2):
            virtual = VirtualTime(START)
            virtual.enter()
            try:
                histories.append(Run(program).all())
            finally:
                virtual.leave()
        assert histories[0] == histories[1], f"seed {seed}"


def test_a_producer_and_a_consumer_hand_over_in_simulated_time(virtual):
    """A bounded queue, whose ends are seen to wait."""
    channel, taken = queue.Queue(1), []

    def produce():
        for number in range(5):
            channel.put(number)
        channel.put(None)

    def consume():
        while (item := channel.get()) is not None:
            time.sleep(10)
            taken.append((item, seconds_since_start(virtual)))

    run_all(produce, consume)
    assert taken == [(number, 10 * (number + 1)) for number in range(5)]


def test_a_thread_that_cannot_be_started_leaves_nothing_behind(virtual, monkeypatch):
    """No thread waits for its turn."""
    monkeypatch.setattr(threading, "_start_new_thread", _refuse, raising=False)
    monkeypatch.setattr(threading, "_start_joinable_thread", _refuse, raising=False)
    thread = threading.Thread(target=time.sleep, args=(30,))
    with pytest.raises(RuntimeError, match="can't start"):
        thread.start()
    assert "run" not in vars(thread)
    time.sleep(5)
    assert seconds_since_start(virtual) == 5


def _refuse(*args, **kwargs):
    raise RuntimeError("can't start new thread")


def test_moving_the_clock_steps_through_the_deadlines_of_others(virtual):
    """An hour forward is an hour slept."""
    woken = []
    sleeper = threading.Thread(target=lambda: time.sleep(30) or woken.append(seconds_since_start(virtual)))
    sleeper.start()
    virtual.move(timedelta(hours=1))
    assert woken == [30]
    assert seconds_since_start(virtual) == 3600
    sleeper.join()


@pytest.mark.usefixtures("ctrl_c")
def test_a_signal_ends_a_wait(virtual):
    """Ctrl-C reaches a thread that waits, and the clock goes on."""

    def work():
        with virtual.hold():
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)
        time.sleep(3600)

    worker = threading.Thread(target=work)
    worker.start()
    with pytest.raises(KeyboardInterrupt):
        worker.join()
    worker.join()
    assert seconds_since_start(virtual) == 3600
