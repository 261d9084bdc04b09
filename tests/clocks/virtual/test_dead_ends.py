"""Dead ends: after some real seconds a warning or an error names the threads and the lines at which they wait."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.thread import BrokenThreadPool

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.clocks.virtual import process_time, spins, stall_guard
from emrs_mock.clocks.virtual.alarms import EMRServerlessStuckError, EMRServerlessStuckWarning
from emrs_mock.clocks.virtual.real_clock import REAL_SLEEP
from emrs_mock.clocks.virtual.spins import SPINS
from tests.clocks.virtual.conftest import START, ToyWorld, seconds_since_start


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(stall_guard, "PATIENCE", 0.05)


@pytest.fixture
def warned(monkeypatch):
    """The texts of the warnings, and what is called when one comes: it mends the test that is stuck."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        caught = Warned()
        monkeypatch.setattr(warnings, "showwarning", caught)
        yield caught


class Warned:
    def __init__(self):
        self.texts, self.mend = [], lambda: None

    def __call__(self, message, category, *_args, **_kwargs):
        assert category is EMRServerlessStuckWarning
        self.texts.append(str(message))
        self.mend()


def takes(first, second):
    """Take one lock, sleep, take the other."""
    first.acquire()
    time.sleep(1)
    second.acquire()
    first.release()


LINE = rf"{re.escape(__file__)}:{takes.__code__.co_firstlineno + 4}"


def test_two_threads_in_a_deadlock_are_named_to_one_that_waits(virtual, warned):
    """The main thread joins them, and monitors."""
    locks = threading.Lock(), threading.Lock()
    warned.mend = locks[0].release
    pair = [
        threading.Thread(target=takes, args=args, name=name) for name, args in (("left", locks), ("right", locks[::-1]))
    ]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert len(warned.texts) == 1
    assert re.search(f"left at {LINE}", warned.texts[0])
    assert re.search(f"right at {LINE}", warned.texts[0])


def test_a_deadlock_with_the_main_thread_is_named_too(virtual, warned):
    """All threads are blocked, none waits: a thread of our own looks after them."""
    mine, theirs = threading.Lock(), threading.Lock()
    warned.mend = mine.release
    other = threading.Thread(target=takes, args=(theirs, mine), name="other")
    other.start()
    takes(mine, theirs)
    assert len(warned.texts) == 1
    assert re.search(f"MainThread at {LINE}", warned.texts[0])
    assert re.search(f"other at {LINE}", warned.texts[0])
    other.join()


def test_a_lock_that_is_only_held_for_long_is_no_deadlock(virtual, warned):
    """Its holder sleeps, in simulated time; or works, really."""
    lock, order = threading.Lock(), []

    def hold():
        with lock:
            time.sleep(3600)
            until = time.process_time() + 0.2
            while time.process_time() < until:
                pass
            order.append("held")

    holder = threading.Thread(target=hold)
    holder.start()
    time.sleep(1)
    with lock:
        order.append("taken")
    holder.join()
    assert order == ["held", "taken"]
    assert [text for text in warned.texts if "blocked" in text] == []


def test_a_loop_that_waits_for_ever_beside_an_open_socket_is_named(virtual, warned):
    """With the line of the task that waits; something might still come through the socket, so it is a warning."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    async def never():
        await asyncio.Event().wait()

    async def main():
        loop = asyncio.get_running_loop()
        waiting = asyncio.ensure_future(never())
        await loop.sock_recv(ours, 1)
        waiting.cancel()

    warned.mend = lambda: theirs.send(b"x")
    asyncio.run(main())
    assert len(warned.texts) == 1
    assert re.search(rf"MainThread at {re.escape(__file__)}:\d+", warned.texts[0])
    assert re.search(rf"task \S+ at {re.escape(__file__)}:{never.__code__.co_firstlineno + 1}", warned.texts[0])
    ours.close()
    theirs.close()


def test_each_kind_of_dead_end_gets_its_own_word(virtual, warned):
    """An earlier warning of another kind does not silence it."""
    event = threading.Event()
    with virtual.hold():
        foreign = threading.Thread(target=lambda: REAL_SLEEP(0.3) or event.set())
        # From before, for what the clock knows.
        foreign.start()
    virtual_thread = threading.Thread(target=time.sleep, args=(30,))
    virtual_thread.start()
    done = []

    def spin():
        while not done:
            done.extend([1] if seconds_since_start(virtual) >= 30 else [])

    spin()
    virtual_thread.join()
    event.wait()
    foreign.join()
    assert [text.partition(", at ")[0].split(" and ")[-1] for text in warned.texts] == [
        "go on without",
        "nothing is due",
    ]


def test_a_lone_thread_that_asks_for_the_time_without_sleeping_comes_to_its_end(virtual):
    """The clock creeps, as it does for `sleep(0)`; what is due on the way happens."""
    world = ToyWorld(0.5)
    virtual.attach(world)
    for clock in (time.monotonic, time.perf_counter):
        end = clock() + 0.3
        while clock() < end:
            pass
    assert 0.6 <= seconds_since_start(virtual) < 0.7
    assert len(world.happened) == 1


def test_a_thread_that_asks_for_the_time_lets_others_go_on(virtual, monkeypatch):
    """Their deadlines come on the way."""
    monkeypatch.setattr(stall_guard, "PATIENCE", 60)
    woken = []
    sleeper = threading.Thread(target=lambda: time.sleep(0.1) or woken.append(seconds_since_start(virtual)))
    sleeper.start()
    while not woken:
        time.monotonic()
    assert woken == [0.1]
    sleeper.join()


@pytest.mark.parametrize("look", [lambda emr, run: run, lambda emr, run: emr.job_runs[run.id]], ids=["view", "handle"])
def test_a_loop_that_only_looks_at_a_record_comes_to_its_end(look, monkeypatch):
    """As one that asks a client: many looks in a row at the same record take time in the end."""
    monkeypatch.setattr(spins, "SPINS", 100)
    with mock_emr_serverless(clock="virtual", start="2026-01-31T04:00:00Z") as emr:
        run = emr.add_job_run(emr.add_application())
        while look(emr, run).state != "SUCCESS":
            pass
        assert (emr.clock.now() - START).total_seconds() == pytest.approx(120, abs=1)


def test_looks_at_many_records_take_no_time(monkeypatch):
    """Nor do very many at one, as long as another one is looked at in between."""
    monkeypatch.setattr(spins, "SPINS", 100)
    with mock_emr_serverless(clock="virtual", start="2026-01-31T04:00:00Z") as emr:
        application = emr.add_application()
        runs = [emr.add_job_run(application) for _ in range(2)]
        for _ in range(102):
            assert {run.state for run in runs} == {"RUNNING"}
        assert emr.clock.now() == START


def test_questions_for_the_time_take_none_while_the_program_does_something(virtual):
    """Nor do very many, as ten thousand tasks ask them that begin to sleep at one instant."""
    for _ in range(process_time.SPIN_ASKS // 2):
        time.monotonic()
    time.sleep(1)
    for _ in range(process_time.SPIN_ASKS // 2):
        time.monotonic()
    assert seconds_since_start(virtual) == 1


@pytest.mark.parametrize("ask", [lambda event: event.wait(0), lambda event: not event.wait(0) or time.sleep(0)])
def test_a_loop_that_waits_for_no_time_comes_to_its_end(virtual, ask):
    """`while not event.wait(0)` takes time too, after many rounds: what is due sets the event."""
    world, event = ToyWorld(0.05), threading.Event()
    world.on_due = event.set
    virtual.attach(world)
    rounds = 0
    while not event.wait(0):
        rounds += 1
    assert SPINS <= rounds <= SPINS + 60


def test_a_pool_whose_initializer_raises_is_broken_and_ends(virtual, caplog):
    """Its items fail at the instant, whatever time-out the one that waits has; shutting down returns."""

    def initialize():
        raise LookupError

    pool = ThreadPoolExecutor(2, initializer=initialize)
    items = [pool.submit(time.sleep, 30)]
    with pytest.raises(BrokenThreadPool):
        items[0].result(1)
    with pytest.raises(BrokenThreadPool):
        pool.submit(time.sleep, 30)
    pool.shutdown()
    assert seconds_since_start(virtual) == 0
    time.sleep(30)
    assert seconds_since_start(virtual) == 30


def test_an_initializer_that_raises_after_a_sleep_breaks_the_items_that_wait(virtual, caplog):
    """Several of them, submitted meanwhile."""

    def initialize():
        time.sleep(5)
        raise LookupError

    with ThreadPoolExecutor(2, initializer=initialize) as pool:
        items = [pool.submit(time.sleep, 30) for _ in range(4)]
        for item in items:
            with pytest.raises(BrokenThreadPool):
                item.result(60)
    assert seconds_since_start(virtual) == 5


def test_a_loop_with_a_signal_handler_waits_for_its_signal(virtual, warned):
    """Though nothing is due and no socket is open: it is not stuck, only warned of after a while."""
    warned.mend = lambda: os.kill(os.getpid(), signal.SIGUSR1)

    async def main():
        rung = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, rung.set)
        await rung.wait()

    asyncio.run(main())
    assert len(warned.texts) == 1


def test_a_loop_without_a_signal_handler_is_stuck_at_once(virtual):
    """Also where it had one before."""

    async def main():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, int)
        loop.remove_signal_handler(signal.SIGUSR1)
        await asyncio.Event().wait()

    with pytest.raises(EMRServerlessStuckError, match="task"):
        asyncio.run(main())
