"""Real work is not overtaken: children, input from outside, a debugger's prompt; each for a reasonable real time."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from multiprocessing.pool import ThreadPool

import pytest

from emrs_mock import Succeed, mock_emr_serverless
from emrs_mock.clocks.virtual import child_processes, real_io, stall_guard
from emrs_mock.clocks.virtual.alarms import EMRServerlessStuckWarning
from emrs_mock.clocks.virtual.real_clock import REAL_SLEEP, Real
from tests.clocks.virtual.conftest import START, seconds_since_start

CHILD = [sys.executable, "-S", "-c", "import time; time.sleep(0.3); print('done')"]

WRITER = [sys.executable, "-S", "-c", "import sys; sys.stdout.write('x' * (1 << 20))"]


def real_nap():
    """What another process does."""
    import time

    time.sleep(0.3)


def real_nap_of(_):
    """For one item."""
    real_nap()


@pytest.fixture
def nothing_held(monkeypatch, recwarn):
    """No child is taken for a server, and none is waited for until there is a warning."""
    monkeypatch.setattr(child_processes, "UNASKED", 3600.0)
    yield
    assert [str(each.message) for each in recwarn if each.category is EMRServerlessStuckWarning] == []


@pytest.fixture
def sleeper(virtual):
    """A thread that would move the clock by an hour, if time were not held."""
    thread = threading.Thread(target=time.sleep, args=(3600,))
    thread.start()
    yield thread
    thread.join()


def test_a_child_of_asyncio_ends_before_a_time_out(virtual):
    """`wait_for(proc.communicate(), 60)` on a child of 0.3 s."""

    async def main():
        child = await asyncio.create_subprocess_exec(*CHILD, stdout=subprocess.PIPE)
        return await asyncio.wait_for(child.communicate(), 60)

    assert asyncio.run(main()) == (b"done\n", None)
    assert seconds_since_start(virtual) < 1


def test_the_end_of_a_child_of_asyncio_comes_before_a_time_out(virtual):
    """Without any pipe."""

    async def main():
        child = await asyncio.create_subprocess_exec(*CHILD, stdout=subprocess.DEVNULL)
        return await asyncio.wait_for(child.wait(), 60)

    assert asyncio.run(main()) == 0
    assert seconds_since_start(virtual) < 1


@pytest.mark.usefixtures("sleeper")
def test_a_loop_that_polls_a_child_lasts_as_long_as_the_child(virtual):
    """One sleep lasts until it has ended: a loop of ten rounds is none too short."""
    with subprocess.Popen(CHILD, stdout=subprocess.DEVNULL) as child:
        rounds = 0
        while child.poll() is None:
            time.sleep(0.1)
            rounds += 1
            assert rounds < 10
    assert child.returncode == 0


@pytest.mark.parametrize("run", [
    lambda: subprocess.run(CHILD, check=True, capture_output=True),
    lambda: subprocess.run(CHILD, check=True, timeout=60, stdout=subprocess.DEVNULL),
    lambda: os.system(f"{sys.executable} -S -c 'import time; time.sleep(0.3)'"),
    lambda: os.waitpid(os.posix_spawn(sys.executable, CHILD, {}, file_actions=[(os.POSIX_SPAWN_CLOSE, 1)]), 0),
], ids=["run", "run with a time-out", "system", "waitpid"])  # fmt: skip
@pytest.mark.usefixtures("sleeper")
def test_a_thread_that_waits_for_a_child_is_not_overtaken(virtual, run):
    """However it waits."""
    run()
    assert seconds_since_start(virtual) == 0


@pytest.mark.usefixtures("sleeper")
@pytest.mark.parametrize("wait", [lambda process: process.join(60), lambda process: _poll(process.is_alive)])
def test_a_process_of_multiprocessing_is_not_overtaken(virtual, wait):
    """Joined, or asked whether it lives."""
    process = multiprocessing.get_context("spawn").Process(target=real_nap)
    process.start()
    wait(process)
    assert process.exitcode == 0
    process.join()
    assert seconds_since_start(virtual) < 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.usefixtures("sleeper")
def test_a_forked_child_is_not_overtaken(virtual):
    """A loop that polls for its end, as CPython's own tests do, sees it end in time."""
    if (pid := os.fork()) == 0:
        REAL_SLEEP(0.3)
        os._exit(10)
    ended = 0
    while not ended and seconds_since_start(virtual) < 300:
        ended, status = os.waitpid(pid, os.WNOHANG)
        time.sleep(0.1)
    assert ended == pid
    assert os.waitstatus_to_exitcode(status) == 10
    assert seconds_since_start(virtual) < 10


@pytest.mark.usefixtures("sleeper")
def test_what_follows_a_long_wait_for_real_work_has_its_own_time(virtual, monkeypatch):
    """A thread that works on what a child took long for is not overtaken at once."""
    monkeypatch.setattr(stall_guard, "PATIENCE", 0.3)
    with subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(0.5)"]) as child:
        child.wait()
        end = Real.monotonic() + 0.12
        while Real.monotonic() < end:
            pass
    assert seconds_since_start(virtual) == 0


@pytest.mark.parametrize(
    "give",
    [
        lambda pool: [pool.apply_async(real_nap).get(timeout=60)],
        lambda pool: pool.map(real_nap_of, [1, 2]),
        lambda pool: list(pool.imap_unordered(real_nap_of, [1, 2])),
    ],
    ids=["apply_async", "map", "imap_unordered"],
)
@pytest.mark.usefixtures("sleeper")
def test_a_pool_of_multiprocessing_is_not_overtaken(virtual, give):
    """Another thread of the test would else sleep an hour meanwhile."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert not any(give(pool))
    assert seconds_since_start(virtual) == 0


def test_a_pool_of_multiprocessing_that_is_terminated_holds_time_no_longer(virtual, nothing_held):
    """What it was given will never end."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply_async(real_nap_of, [600])
    time.sleep(60)


@pytest.mark.parametrize("nap", [lambda seconds: time.sleep(seconds), None], ids=["called", "itself"])
@pytest.mark.parametrize(
    "give",
    [
        lambda pool, nap: pool.map(nap, [60, 60]),
        lambda pool, nap: pool.starmap(nap, [(60,), (60,)]),
        lambda pool, nap: list(pool.imap_unordered(nap, [60, 60])),
        lambda pool, nap: [each.get() for each in [pool.apply_async(nap, (60,)), pool.apply_async(nap, (60,))]],
    ],
    ids=["map", "starmap", "imap", "apply"],
)
def test_a_pool_of_threads_sleeps_in_simulated_time(virtual, give, nap):
    """It is no work of another process, also where the pool itself calls `time.sleep`."""
    with ThreadPool(2) as pool:
        give(pool, nap or time.sleep)
    assert seconds_since_start(virtual) == 60


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_worker_of_a_pool_of_processes_lives_in_simulated_time(virtual):
    """As any other forked child: it compares its clock with times that it was given."""
    time.sleep(3600)
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        assert pool.submit(slept_from, 60).result() == (
            START + timedelta(hours=1),
            START + timedelta(hours=1, minutes=1),
        )
    assert seconds_since_start(virtual) == 3600


def slept_from(seconds):
    """When a sleep began and ended."""
    began = datetime.now(timezone.utc)
    time.sleep(seconds)
    return began, datetime.now(timezone.utc)


def test_what_an_item_refers_to_is_free_before_time_goes_on(virtual):
    """A worker that is done keeps nothing alive."""

    class Thing:
        def method(self):
            pass

    gone = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        thing = Thing()
        watching = weakref.ref(thing, lambda _: gone.set())
        pool.submit(thing.method)
        del thing
        assert gone.wait(30)
    assert watching() is None
    assert seconds_since_start(virtual) == 0


def _poll(is_alive):
    for _ in range(20):
        if not is_alive():
            return
        time.sleep(0.1)


def test_a_pool_of_processes_imported_inside_is_waited_for():
    """In a program that has imported none before."""
    program = """
import sys, time
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
assert "concurrent.futures.process" not in sys.modules
virtual = VirtualTime()
virtual.enter()
start = virtual.now()
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(1) as pool:
    assert pool.submit(pow, 2, 3).result(60) == 8
    pool.submit(time.sleep, 0.01).result(60)
print((virtual.now() - start).total_seconds())
virtual.leave()
assert type(pool).submit.__module__ == "concurrent.futures.process", type(pool).submit
assert not [finder for finder in sys.meta_path if "emrs_mock" in type(finder).__module__]
"""
    command = [sys.executable, "-W", "ignore", "-c", program]
    assert subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout == "0.0\n"


def test_a_server_that_no_thread_waits_for_holds_time_only_for_a_while(virtual, monkeypatch):
    """Else no test could sleep beside one."""
    monkeypatch.setattr(child_processes, "UNASKED", 0.1)
    with subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"]) as server:
        time.sleep(30)
        before = time.perf_counter()
        time.sleep(30)
        assert time.perf_counter() - before == 30
        server.kill()
    assert seconds_since_start(virtual) == 60


@pytest.mark.parametrize("watcher", ["PidfdChildWatcher", "ThreadedChildWatcher"])
def test_a_child_of_asyncio_that_writes_more_than_a_pipe_holds_is_read(virtual, watcher, nothing_held):
    """A thread may wait for its end meanwhile, and the program sleep between two reads for which the child waits."""
    policy = asyncio.get_event_loop_policy()
    policy.set_child_watcher(getattr(asyncio, watcher)())

    async def main():
        child = await asyncio.create_subprocess_exec(*WRITER, stdout=subprocess.PIPE)
        size = 0
        while data := await asyncio.wait_for(child.stdout.read(65536), 60):
            size += len(data)
            await asyncio.sleep(30)
        return size, await child.wait()

    try:
        assert asyncio.run(main()) == (1 << 20, 0)
    finally:
        policy.set_child_watcher(None)


@pytest.mark.skipif(not real_io.KERNEL_TELLS, reason="this system does not tell what a child waits for")
def test_a_child_that_waits_for_input_or_for_its_reader_holds_nothing(virtual, nothing_held):
    """Only the test can let it go on, and the test sleeps."""
    for program in ("import sys; sys.stdin.read()", WRITER[-1]):
        command = [sys.executable, "-S", "-c", program]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            time.sleep(3600)
            child.kill()
            child.communicate()


def test_a_child_that_was_begun_in_a_hold_holds_nothing(virtual):
    """Its author has said how long time stands."""
    with virtual.hold():
        child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    time.sleep(30)
    assert seconds_since_start(virtual) == 30
    child.kill()
    with virtual.hold():
        child.wait()


@pytest.fixture
def outside():
    """A socket whose other end is in another process, which answers after 0.3 s."""
    program = (
        "import socket, sys, time; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
        "time.sleep(0.3); s.send(b'hello'); time.sleep(600)"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-S", "-c", program, str(server.getsockname()[1])]
        with subprocess.Popen(command) as child:
            ours, _ = server.accept()
            with ours:
                yield ours
            child.kill()


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("timeout", [None, 60])
@pytest.mark.skipif(not real_io.KERNEL_TELLS, reason="the kernel does not tell in which call a thread waits")
def test_an_answer_from_another_process_is_not_overtaken(outside, virtual, timeout):
    """Though the thread that waits for it does not run, and another one has a deadline."""
    outside.settimeout(timeout)
    sleeper = threading.Thread(target=time.sleep, args=(3600,))
    sleeper.start()
    assert outside.recv(5) == b"hello"
    assert seconds_since_start(virtual) == 0
    sleeper.join()


@pytest.mark.skipif(not real_io.KERNEL_TELLS, reason="the kernel does not tell in which call a thread waits")
def test_an_answer_that_does_not_come_is_left_behind_with_a_word(virtual, monkeypatch):
    """After a reasonable real time, and only once while the thread has the turn."""
    monkeypatch.setattr(stall_guard, "PATIENCE", 0.1)
    reader, writer = os.pipe()
    outside = subprocess.Popen(["sleep", "600"], pass_fds=[writer])
    os.close(writer)
    monkeypatch.setattr(child_processes, "UNASKED", 0)
    woken = []

    def sleep():
        for _ in range(100):
            time.sleep(30)
        woken.append(seconds_since_start(virtual))
        outside.kill()

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    with pytest.warns(EMRServerlessStuckWarning, match=r"go on without.*MainThread at .*test_real_work.py"):
        os.read(reader, 1)
    sleeper.join()
    os.close(reader)
    outside.wait()
    assert woken == [3000]


@pytest.mark.parametrize("end", [0, 1])
def test_what_comes_from_the_same_process_is_not_from_outside(end):
    """A pipe, a pair of sockets, a connection over TCP, a server's socket."""
    pipe = os.pipe()
    pair = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        assert not real_io.is_outside(pipe[end])
        assert not real_io.is_outside(pair[end].fileno())
        assert not real_io.is_outside((client, accepted)[end].fileno())
        assert not real_io.is_outside(server.fileno())
    for each in (*pair, client, accepted):
        each.close()
    for each in pipe:
        os.close(each)


def test_a_thread_in_the_same_process_answers_after_its_sleep(virtual):
    """Time is not held for it: a server that sleeps an hour before it answers costs no real time to speak of."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            time.sleep(3600)
            connection.send(b"hello")
            connection.close()

        serving = threading.Thread(target=serve)
        serving.start()
        with socket.create_connection(server.getsockname()) as client:
            assert client.recv(5) == b"hello"
        serving.join()
    assert seconds_since_start(virtual) == 3600


def test_elsewhere_the_module_in_which_a_thread_waits_tells(monkeypatch):
    """Where the kernel does not tell the call."""
    monkeypatch.setattr(real_io, "KERNEL_TELLS", False)
    reader, writer = socket.socketpair()
    participants = []

    def read(how):
        from emrs_mock.clocks.virtual.participants import Participant

        participants.append(Participant("reader"))
        participants[-1].begin()
        how()

    lock = threading.Lock()
    lock.acquire()
    file = reader.makefile("rb")
    threads = [threading.Thread(target=read, args=(how,)) for how in (lambda: file.read(1), lock.acquire)]
    for thread in threads:
        thread.start()
    REAL_SLEEP(0.1)
    assert [real_io.is_in_real_io(participant) for participant in participants] == [True, False]
    writer.send(b"x")
    lock.release()
    for thread in threads:
        thread.join()
    for each in (file, reader, writer):
        each.close()


def test_time_is_held_at_the_prompt_of_pdb():
    """For as long as a person looks: longer than the others would wait for any work."""
    program = """
import threading, time
from emrs_mock.clocks.virtual import stall_guard
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
stall_guard.PATIENCE = 0.05
virtual = VirtualTime()
virtual.enter()
start = virtual.now()
sleeper = threading.Thread(target=time.sleep, args=(3600,))
sleeper.start()
breakpoint()
print("held", (virtual.now() - start).total_seconds())
sleeper.join()
print("after", (virtual.now() - start).total_seconds())
virtual.leave()
"""
    command = [sys.executable, "-W", "error", "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        REAL_SLEEP(0.7)
        told, _ = child.communicate("continue\n", timeout=60)
    assert "held 0.0\n" in told
    assert "after 3600.0\n" in told


@pytest.mark.parametrize("module", ["pdb", "_pydevd_bundle.pydevd_comm", "IPython.terminal.debugger"])
def test_debuggers_are_known_by_their_modules(module):
    """Also where they wait in the standard library."""
    from emrs_mock.clocks.virtual.participants import Participant

    prompt, participant = threading.Event(), Participant("at a prompt")

    def stop():
        participant.begin()
        exec("prompt.wait()", {"__name__": module, "prompt": prompt})

    thread = threading.Thread(target=stop)
    thread.start()
    while participant.ident is None:
        REAL_SLEEP(0.001)
    REAL_SLEEP(0.05)
    assert real_io.is_at_prompt(participant)
    prompt.set()
    thread.join()
    assert not real_io.is_at_prompt(participant)


@pytest.mark.parametrize("clock", ["system", "manual", "virtual"])
def test_a_hold_tells_how_long_it_lasts_really(clock):
    """Whatever the clock; and the clock itself stands."""
    with mock_emr_serverless(clock=clock, start=None if clock == "system" else "2026-01-31T04:00:00Z") as emr:
        with emr.clock.hold() as held:
            REAL_SLEEP(0.05)
            assert held.elapsed >= timedelta(seconds=0.05)
        assert timedelta(seconds=0.05) <= held.elapsed < timedelta(seconds=20)
        took = held.elapsed
        REAL_SLEEP(0.01)
        assert held.elapsed == took


@pytest.mark.parametrize("moved_by", ["a sleep", "the clock", "another thread's sleep"])
def test_a_handler_makes_the_real_duration_of_a_process_the_runs(moved_by):
    """It holds time, and may wait and sleep really in that."""

    def job(run):
        with emr.clock.hold() as held:
            subprocess.run([sys.executable, "-S", "-c", "import time; time.sleep(0.2)"], check=True, timeout=60)
            time.sleep(0.05)
        return Succeed(after=held.elapsed + timedelta(minutes=10))

    with mock_emr_serverless(clock="virtual") as emr:
        emr.when().run(job)
        run = emr.add_job_run(emr.add_application(), "SUBMITTED")
        if moved_by == "a sleep":
            time.sleep(3600)
        elif moved_by == "the clock":
            emr.clock.advance(hours=1)
        else:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(time.sleep, [3600, 1800]))
        assert run.state == "SUCCESS"
        assert 600 <= emr.job_runs[run.id].total_execution_duration_seconds < 620


def test_a_sleep_in_a_handler_outside_of_a_hold_is_refused_as_before():
    """Only what is said to be real is."""

    def job(run):
        time.sleep(1)

    with mock_emr_serverless(clock="virtual") as emr:
        emr.when().run(job)
        emr.add_job_run(emr.add_application(), "SUBMITTED")
        with pytest.raises(RuntimeError, match="cannot sleep"):
            time.sleep(3600)


def test_the_replaced_sleep_is_pickled_by_name(virtual):
    """As a pool of processes does with what is submitted."""
    assert pickle.loads(pickle.dumps(time.sleep)) is time.sleep
    assert b"emrs_mock" not in pickle.dumps(time.sleep)
