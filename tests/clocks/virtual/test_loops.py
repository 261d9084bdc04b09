"""asyncio in simulated time: sleeps and time-outs move the clock, sockets and threads are still heard."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.clocks.virtual.conftest import START, ToyWorld, seconds_since_start


async def nap(seconds):
    """Sleep, and tell when that was over."""
    await asyncio.sleep(seconds)
    return time.monotonic()


def test_tasks_sleep_at_once(virtual):
    """Ten of 30 s move the clock by 30 s."""

    async def main():
        await asyncio.gather(*(nap(30) for _ in range(10)))

    asyncio.run(main())
    assert seconds_since_start(virtual) == 30


@pytest.mark.parametrize("seconds", [1e-9, 0.1, 1 / 3, 28_800.1, 400 * 86_400])
def test_a_timer_of_any_length_fires_once_and_in_time(virtual, seconds):
    """Also where floats are so coarse that the clock cannot get past it by a nanosecond: no loop may spin."""

    async def main():
        await asyncio.sleep(400 * 86_400)
        before = virtual.now()
        await asyncio.sleep(seconds)
        return virtual.now() - before

    assert asyncio.run(main()) == pytest.approx(timedelta(seconds=seconds), abs=timedelta(microseconds=1))


def test_time_outs_end_what_hangs(virtual):
    """`wait_for`, `wait` and `call_later` keep theirs."""

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 3600)
        task = asyncio.ensure_future(nap(60))
        done, pending = await asyncio.wait({task}, timeout=30)
        assert (done, pending) == (set(), {task})
        await task
        rung = asyncio.Event()
        asyncio.get_running_loop().call_later(10, rung.set)
        await rung.wait()

    asyncio.run(main())
    assert seconds_since_start(virtual) == pytest.approx(3670)


def test_a_loop_that_only_yields_ends_too(virtual):
    """Another task's sleep comes to its end, though the loop is never idle."""

    async def main():
        sleeper = asyncio.ensure_future(nap(1))
        while not sleeper.done():
            await asyncio.sleep(0)

    asyncio.run(main())
    assert seconds_since_start(virtual) == pytest.approx(1, abs=0.01)


def test_what_is_due_happens_between_the_tasks(virtual):
    """A task that wakes at an instant finds what was due then already done."""
    world = ToyWorld(10, 20)
    virtual.attach(world)

    async def main():
        await asyncio.sleep(20)
        return len(world.happened)

    assert asyncio.run(main()) == 2


def test_threads_sleep_beside_a_loop(virtual):
    """`to_thread` and executors overlap with tasks; their results wake the loop."""

    async def main():
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(2) as pool:
            await asyncio.gather(
                asyncio.to_thread(time.sleep, 30), loop.run_in_executor(pool, time.sleep, 45), asyncio.sleep(40)
            )

    asyncio.run(main())
    assert seconds_since_start(virtual) == 45


def test_a_loop_that_listens_to_its_sockets_is_not_overtaken(virtual):
    """A loop waits a moment for its sockets before it sleeps: a thread that sleeps longer ends later, not before."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    async def main():
        thread = threading.Thread(target=time.sleep, args=(3600,))
        thread.start()
        before = time.monotonic()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, 1), 0.1)
        waited = time.monotonic() - before
        thread.join()
        return waited

    with ours, theirs:
        assert [asyncio.run(main()) for _ in range(8)] == [pytest.approx(0.1)] * 8


def test_a_handle_knows_its_caller_in_debug_mode(virtual):
    """As without the mock: the last line is the one that called `call_soon_threadsafe`."""

    async def main():
        return asyncio.get_running_loop().call_soon_threadsafe(print)._source_traceback[-1].name

    assert asyncio.run(main(), debug=True) == "main"


def test_loops_in_several_threads_share_one_time(virtual):
    """Five loops of 30 s, which is one sleep of 30 s."""
    threads = [threading.Thread(target=lambda: asyncio.run(nap(30))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seconds_since_start(virtual) == 30


def test_a_thread_hands_work_to_a_loop(virtual):
    """`run_coroutine_threadsafe`, to a loop that sleeps for ever meanwhile."""
    loop = asyncio.new_event_loop()
    runner = threading.Thread(target=loop.run_forever)
    runner.start()
    before = time.monotonic()
    woken = asyncio.run_coroutine_threadsafe(nap(30), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    runner.join()
    loop.close()
    assert woken - before == pytest.approx(30)
    assert seconds_since_start(virtual) == 30


def test_sockets_are_heard(virtual):
    """A server in the loop answers a client before any time passes, though both wait with time-outs."""

    async def answer(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        said = await asyncio.wait_for(reader.readline(), 60)
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return said

    assert asyncio.run(main()) == b"hello\n"
    assert virtual.now() == START


def test_a_foreign_thread_is_heard_through_a_socket(virtual):
    """A real answer that comes within the grace is not overtaken by a time-out."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with virtual.hold():
        threading.Timer(0.001, theirs.send, (b"hello",)).start()

    async def main():
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, 5), 3600)

    assert asyncio.run(main()) == b"hello"
    ours.close()
    theirs.close()


def test_a_loop_that_was_running_before_goes_on():
    """Entering and leaving inside of it: what was pending keeps its remaining time on both sides."""

    async def main():
        early = asyncio.ensure_future(nap(100))
        await asyncio.sleep(0)
        virtual = VirtualTime(START)
        virtual.enter()
        await early
        passed = seconds_since_start(virtual)
        late = asyncio.ensure_future(nap(20.02))
        await asyncio.sleep(20)
        virtual.leave()
        before = time.monotonic()
        await late
        return passed, time.monotonic() - before

    passed, left = asyncio.run(main())
    assert passed == pytest.approx(100, abs=0.5)
    assert 0 <= left < 5


NESTED = """
import asyncio, nest_asyncio
from emrs_mock.clocks.virtual.virtual_time import VirtualTime

async def main():
    asyncio.get_running_loop().run_until_complete(asyncio.sleep(30))
    await asyncio.sleep(30)

nest_asyncio.apply()
virtual = VirtualTime()
virtual.enter()
start = virtual.now()
asyncio.run(main())
print((virtual.now() - start).total_seconds())
virtual.leave()
"""


def test_a_nested_loop_sleeps_in_simulated_time():
    """nest_asyncio runs a loop of its own within the loop, on the same selector; it patches its process for ever."""
    command = [sys.executable, "-c", NESTED]
    assert subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout == "60.0\n"


@pytest.mark.asyncio
async def test_pytest_asyncio_sleeps_in_simulated_time(virtual):
    """Its loop is older than the mock, or not; the fixture is synchronous."""
    await asyncio.sleep(3600)
    assert seconds_since_start(virtual) == 3600


def test_an_asyncio_test_case_sleeps_in_simulated_time():
    """In its asynchronous set-up and in the test."""

    class Case(unittest.IsolatedAsyncioTestCase):
        def setUp(self):
            self.virtual = VirtualTime(START)
            self.virtual.enter()
            self.addCleanup(self.virtual.leave)

        async def asyncSetUp(self):
            await asyncio.sleep(30)

        async def test(self):
            await asyncio.sleep(30)
            assert seconds_since_start(self.virtual) == 60

    result = unittest.TestResult()
    unittest.TestLoader().loadTestsFromTestCase(Case).run(result)
    assert result.testsRun == 1
    assert (result.errors, result.failures) == ([], [])


def test_a_signal_handler_of_a_loop_is_run(virtual):
    """A signal comes through the socket by which the loop is woken, which we read now and then."""

    async def main():
        rung = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, rung.set)
        with virtual.hold():
            os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(rung.wait(), 3600)

    asyncio.run(main())
    assert virtual.now() == START
