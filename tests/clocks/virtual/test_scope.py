"""Whose time is simulated: threads of the test. Tools, other processes and threads from before keep real time."""

from __future__ import annotations

import multiprocessing
import queue
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import emrs_mock
from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.clocks.virtual.scope import keeps_real_time
from emrs_mock.clocks.virtual.thread_activity import PortableThreadActivity
from tests.clocks.virtual.conftest import START, real_time, seconds_since_start


class OldThread:
    """A thread from before, which does what it is told and tells what came of it."""

    def __init__(self):
        self.orders, self.answers = queue.Queue(), queue.Queue()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        """Do one order after the other, until there is none."""
        while (order := self.orders.get()) is not None:
            self.answers.put(order())


@pytest.fixture
def old_thread():
    """A thread that is older than the virtual time of the test."""
    old = OldThread()
    yield old
    old.orders.put(None)
    old.thread.join()


def test_a_thread_from_before_keeps_real_time(old_thread, virtual):
    """It sees the real clocks and really sleeps; the test hears from it all the same."""

    def look():
        before = time.monotonic()
        time.sleep(0.002)
        return time.time(), datetime.now(timezone.utc), time.monotonic() - before

    old_thread.orders.put(look)
    seconds, now, slept = old_thread.answers.get()
    real = real_time()
    assert abs(seconds - real) < 60
    assert abs(now.timestamp() - real) < 60
    assert slept >= 0.002
    assert virtual.now() == START


def test_who_is_not_of_the_test_may_read_and_move_the_clock(old_thread, virtual):
    """And wakes those whose time has come."""
    woken = []
    sleeper = threading.Thread(target=lambda: time.sleep(3600) or woken.append(seconds_since_start(virtual)))
    sleeper.start()
    time.sleep(0)
    with virtual.hold():
        old_thread.orders.put(lambda: virtual.move(timedelta(hours=2)) or virtual.now())
        told = old_thread.answers.get()
    sleeper.join()
    assert (told - START).total_seconds() == 7200
    assert woken == [7200]


def test_threads_that_a_test_starts_are_of_the_test(virtual):
    """And those that they start."""

    def start(depth):
        if depth:
            child = threading.Thread(target=start, args=(depth - 1,))
            child.start()
            child.join()
        time.sleep(30)

    start(3)
    assert seconds_since_start(virtual) == 120


@pytest.mark.parametrize("module", ["_pytest.runner", "subprocess", "pydevd_tracing", "concurrent.futures.process"])
def test_tools_keep_real_time(module):
    """By the module from which they ask."""
    assert keeps_real_time(module)


def test_a_tool_in_a_thread_of_the_test_is_told_real_time(virtual):
    """By every clock, whatever called it; its caller goes on in simulated time."""
    names = {"__name__": "pluggy._callers", "time": time, "datetime": datetime}
    exec("def look(): return time.time(), datetime.now().timestamp(), time.monotonic(), time.ctime()", names)
    seconds, now, monotonic, ctime = names["look"]()
    assert abs(seconds - real_time()) < 60
    assert abs(now - real_time()) < 60
    assert abs(monotonic - Real.monotonic()) < 60
    assert ctime != time.ctime()
    assert time.time() == START.timestamp()


@pytest.mark.parametrize("module", [None, "tests.test_etl", "multiprocessing.dummy", "pytester", "tenacity.nap"])
def test_all_others_do_not(module):
    """Also where a name only begins like a tool's."""
    assert not keeps_real_time(module)


def test_other_processes_are_waited_for_in_real_time(virtual):
    """Their time-outs are real, and do not end a wait too early; no simulated time passes."""
    done = subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "1\n"
    child = multiprocessing.get_context("spawn").Process(target=print)
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert virtual.now() == START


def test_a_pool_of_processes_is_waited_for(virtual):
    """Though the wait for its result has a deadline in simulated time."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(sum, [1, 2]).result(timeout=1) == 3
    assert virtual.now() == START


def test_a_pool_of_others_is_left_alone(old_thread, virtual):
    """Items that a thread from before submits run in real time."""
    with ThreadPoolExecutor(1) as pool:
        old_thread.orders.put(lambda: pool.submit(time.time).result())
        assert abs(old_thread.answers.get(timeout=3600) - real_time()) < 60


def test_time_stands_still_between_the_cells_of_a_notebook(virtual):
    """The main thread is real then, other threads of the test sleep on; in the next cell all goes on."""
    woken = []
    sleeper = threading.Thread(target=lambda: time.sleep(30) or woken.append(seconds_since_start(virtual)))
    sleeper.start()
    virtual.suspend()
    time.sleep(0.03)
    assert abs(time.time() - real_time()) < 60
    assert (woken, virtual.now()) == ([], START)
    virtual.resume()
    time.sleep(60)
    assert (woken, seconds_since_start(virtual)) == ([30], 60)
    sleeper.join()


def test_without_a_kernel_that_tells_the_activity_is_seen_by_what_the_process_uses(monkeypatch):
    """A thread that stands where it stood does not beat, unless the process uses the processor."""
    used, go = [0.0], threading.Event()
    monkeypatch.setattr(time, "process_time", lambda: used[0])
    worker = threading.Thread(target=go.wait)
    worker.start()
    activity = PortableThreadActivity(worker.ident, worker.native_id)
    while activity.has_run():
        pass
    used[0] += 1000
    assert activity.has_run()
    assert not activity.has_run()
    go.set()
    worker.join()


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_a_time_limit_of_the_test_run_is_real(pytester, monkeypatch, method):
    """pytest-timeout spares hours that are slept in simulated time."""
    monkeypatch.setenv("PYTHONPATH", str(Path(emrs_mock.__file__).parent.parent))
    pytester.makepyfile(
        """
        import threading, time
        from emrs_mock.clocks.virtual.virtual_time import VirtualTime

        def test_waits():
            virtual = VirtualTime()
            virtual.enter()
            for _ in range(100):
                threading.Event().wait(3600)
            virtual.leave()
        """
    )
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--timeout=20", f"--timeout-method={method}")
    run.assert_outcomes(passed=1)


def test_a_time_limit_of_the_test_run_ends_a_real_hang(pytester, monkeypatch):
    """One that cannot be known as one: a lock that will never be released."""
    monkeypatch.setenv("PYTHONPATH", str(Path(emrs_mock.__file__).parent.parent))
    pytester.makepyfile(
        """
        import threading, time
        from emrs_mock.clocks.virtual.virtual_time import VirtualTime

        def test_hangs():
            virtual = VirtualTime()
            virtual.enter()
            lock = threading.Lock()
            lock.acquire()
            try:
                lock.acquire()
            finally:
                virtual.leave()

        def test_next():
            assert time.sleep.__module__ == "time"
        """
    )
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--timeout=0.3", "--timeout-method=signal")
    run.assert_outcomes(failed=1, passed=1)
    assert "Timeout" in run.stdout.str()


def test_tools_of_the_test_run_measure_real_time(pytester, monkeypatch):
    """pytest's durations and the report are those of a run that took no hours."""
    monkeypatch.setenv("PYTHONPATH", str(Path(emrs_mock.__file__).parent.parent))
    pytester.makepyfile(
        textwrap.dedent(
            """
            import time
            from emrs_mock.clocks.virtual.virtual_time import VirtualTime

            def test_waits():
                virtual = VirtualTime()
                virtual.enter()
                time.sleep(8 * 3600)
                virtual.leave()
            """
        )
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--durations=1", "-vv", "--junitxml=report.xml")
    result.assert_outcomes(passed=1)
    report = (pytester.path / "report.xml").read_text()
    assert 'time="28' not in report
    assert "8800" not in result.stdout.str()
