"""Sleeping moves the clock, however the sleep was come by, and the process sees one time everywhere."""

from __future__ import annotations

import datetime as dt
import queue
import sched
import sys
import threading
import time
import types
import uuid
from concurrent.futures import ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as FutureTimeoutError
from datetime import date, datetime, timedelta, timezone
from time import monotonic, sleep

import botocore.retryhandler
import botocore.utils
import pytest
from freezegun import freeze_time

from emrs_mock.clocks.virtual import threads
from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.clocks.virtual.conftest import START, ToyWorld, seconds_since_start


def pause(seconds, *, how=time.sleep):
    """A default argument, captured when this module was imported."""
    how(seconds)


class Poller:
    """A sleep captured as a class attribute, and one as a default argument of a method."""

    sleep = time.sleep
    wait = staticmethod(time.sleep)

    def poll(self, seconds, sleep=time.sleep):
        """Poll once."""
        sleep(seconds)


@pytest.mark.parametrize(
    "nap",
    [
        lambda: time.sleep(30),
        lambda: sleep(30),
        lambda: pause(30),
        lambda: Poller.sleep(30),
        lambda: Poller().sleep(30),
        lambda: Poller().wait(30),
        lambda: Poller().poll(30),
        lambda: threading.Event().wait(30),
        lambda: threading.Semaphore(0).acquire(timeout=30),
        lambda: threading.Thread(target=time.sleep, args=(60,), daemon=True).start() or threading.Event().wait(30),
        lambda: sched.scheduler().run() or sched.scheduler(time.monotonic, time.sleep).delayfunc(30),
    ],
)
def test_a_sleep_moves_the_clock(virtual, nap):
    """By exactly what was slept, for every clock of the process."""
    before = time.monotonic(), time.perf_counter(), time.time(), monotonic(), datetime.now(), dt.datetime.now()
    nap()
    after = time.monotonic(), time.perf_counter(), time.time(), monotonic(), datetime.now(), dt.datetime.now()
    passed = [now - then for now, then in zip(after, before, strict=True)]
    assert passed[:4] == pytest.approx([30] * 4)
    assert passed[4:] == [timedelta(seconds=30)] * 2
    assert virtual.now() == START + timedelta(seconds=30)


def test_the_process_sees_the_simulated_time(virtual):
    """Whatever it asks, aware and naive, as numbers and as structures."""
    assert datetime.now(timezone.utc) == START
    assert date.today() == START.date()
    assert time.time() == START.timestamp()
    assert time.time_ns() == int(START.timestamp() * 1e9)
    assert time.gmtime()[:6] == START.timetuple()[:6]
    assert time.strftime("%Y-%m-%d") == "2026-01-31"
    assert uuid.uuid1().time == (START - datetime(1582, 10, 15, tzinfo=timezone.utc)) // timedelta(microseconds=1) * 10


def test_monotonic_clocks_begin_at_a_million_seconds(virtual):
    """All of them, in every process: what floats make of a difference is the same in every run."""
    assert time.monotonic() == time.perf_counter() == 1_000_000
    assert time.monotonic_ns() == pytest.approx(time.monotonic() * 1e9)
    assert time.perf_counter_ns() == pytest.approx(time.perf_counter() * 1e9)


def test_time_stands_still_while_no_thread_sleeps(virtual):
    """Real work costs no simulated time."""
    before = time.monotonic()
    threads.REAL_SLEEP(0.01)
    assert time.monotonic() == before


@pytest.mark.parametrize(("seconds", "error"), [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError)])
def test_a_sleep_of_no_length_is_refused_as_ever(virtual, seconds, error):
    """The interpreter's own errors."""
    with pytest.raises(error):
        time.sleep(seconds)
    assert virtual.now() == START


@pytest.mark.parametrize("seconds", [2.3e11, 1e12, 1e15, float("inf")])
@pytest.mark.parametrize(
    "wait",
    [lambda seconds: time.sleep(seconds), lambda seconds: threading.Event().wait(seconds)],
    ids=["sleep", "event"],
)
def test_a_wait_beyond_the_reach_of_a_clock_is_refused(virtual, wait, seconds):
    """Before time has moved, and another sleep goes on as ever."""
    with pytest.raises(OverflowError, match="ends after 9000-01-01, the last day of a simulated clock"):
        wait(seconds)
    assert virtual.now() == START
    time.sleep(1)
    assert seconds_since_start(virtual) == 1


def test_many_waits_do_not_go_beyond_the_reach_of_a_clock():
    """The one that would is refused, and the mock ends as any other."""
    virtual = VirtualTime(datetime(8999, 1, 1, tzinfo=timezone.utc))
    virtual.enter()
    try:
        for _ in range(12):
            time.sleep(30 * 86400)
        with pytest.raises(OverflowError, match="9000-01-01"):
            time.sleep(30 * 86400)
        assert virtual.now() == datetime(8999, 12, 27, tzinfo=timezone.utc)
    finally:
        virtual.leave()


def test_a_deadline_loop_ends_by_its_own_deadline(virtual):
    """Also where floats leave less than a microsecond over, which must neither be lost nor waited for."""
    deadline = time.monotonic() + 28_800.1
    polls = 0
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, 0.7 * 30))
        polls += 1
    assert polls == 1372
    assert virtual.now() == pytest.approx(START + timedelta(seconds=28_800.1), abs=timedelta(microseconds=1))


def test_a_loop_that_only_yields_ends_too(virtual):
    """A sleep of nothing takes time in the end, or the loop would spin for ever."""
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        time.sleep(0)
    assert seconds_since_start(virtual) == pytest.approx(1, abs=0.01)


def test_what_is_due_happens_on_the_way_and_in_order(virtual):
    """Each at its own instant, which is the time that the process sees then; at the end of the sleep first of all."""
    world = ToyWorld(5, 10, 10, 29, 31)
    seen = []
    world.on_due = lambda: seen.append(time.time() - START.timestamp())
    virtual.attach(world)
    time.sleep(29)
    assert seen == [5, 10, 10, 29]
    assert world.happened == [START + timedelta(seconds=each) for each in seen]


def test_a_detached_world_stands_still(virtual):
    """Time passes without it."""
    world = ToyWorld(5)
    virtual.attach(world)
    virtual.detach(world)
    time.sleep(10)
    assert world.happened == []


def test_what_befalls_a_world_may_sleep_and_start_threads(virtual):
    """An observer that retries takes its time; a thread that it starts runs at that instant."""
    world = ToyWorld(5)
    ran = []
    thread = threading.Thread(target=lambda: ran.append(seconds_since_start(virtual)))
    world.on_due = lambda: time.sleep(2) or thread.start()
    virtual.attach(world)
    time.sleep(30)
    thread.join()
    assert ran == [7]
    assert seconds_since_start(virtual) == 30


def test_a_failure_of_a_world_reaches_who_sleeps(virtual):
    """And leaves the clock in order."""
    world = ToyWorld(5)
    world.on_due = lambda: 1 / 0
    virtual.attach(world)
    with pytest.raises(ZeroDivisionError):
        time.sleep(30)
    time.sleep(30)
    assert seconds_since_start(virtual) == 35


def test_the_library_of_threads_waits_in_simulated_time(virtual):
    """Queues, conditions, barriers, timers, joins and futures keep their time-outs."""
    with pytest.raises(queue.Empty):
        queue.Queue().get(timeout=1)
    full = queue.Queue(1)
    full.put(1)
    with pytest.raises(queue.Full):
        full.put(2, timeout=1)
    condition = threading.Condition()
    with condition:
        assert not condition.wait_for(lambda: False, timeout=1)
    with pytest.raises(threading.BrokenBarrierError):
        threading.Barrier(2).wait(1)
    sleeper = threading.Thread(target=time.sleep, args=(2,))
    sleeper.start()
    sleeper.join(1)
    assert sleeper.is_alive()
    sleeper.join()
    with ThreadPoolExecutor() as pool:
        late = pool.submit(time.sleep, 3)
        with pytest.raises(FutureTimeoutError):
            late.result(1)
    rung = threading.Event()
    threading.Timer(1, rung.set).start()
    assert rung.wait()
    assert seconds_since_start(virtual) == pytest.approx(10)


def test_an_ended_wait_costs_no_time(virtual):
    """No rest of a sleep that was ended is slept."""
    event = threading.Event()
    setter = threading.Thread(target=event.set)
    setter.start()
    assert event.wait(3600)
    setter.join()
    assert virtual.now() == START


def test_results_that_are_late_are_given_up_at_the_time_out(virtual):
    """`as_completed` looks until its time is past, and time that has come must pass for it."""
    came = []
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(time.sleep, seconds) for seconds in (5, 10, 40)]
        late = as_completed(futures, timeout=15)
        with pytest.raises(FutureTimeoutError):
            came.extend(seconds_since_start(virtual) for _ in late)
        assert (came, seconds_since_start(virtual)) == ([5, 10], 15)
    assert seconds_since_start(virtual) == 40


def test_looking_without_waiting_costs_no_time(virtual):
    """A monotonic clock goes on telling whole seconds to a loop that also asks whether to stop."""
    stop, before = threading.Event(), time.monotonic()
    for _ in range(3):
        assert not stop.wait(0)
        time.sleep(30)
    assert time.monotonic() == before + 90


def test_a_wait_without_the_lock_is_refused_as_ever(virtual):
    """The standard library's own error."""
    with pytest.raises(RuntimeError, match="un-acquired lock"):
        threading.Condition().wait(1)


def test_botocore_backs_off_in_simulated_time(virtual):
    """Its retries hold the sleep in default arguments, which only a look at functions finds."""
    fetcher = botocore.utils.ContainerMetadataFetcher(session=object())
    fetcher._sleep(5)
    assert seconds_since_start(virtual) == 5


class Lazy(types.ModuleType):
    """A module, or a proxy in one, that loads when anything of it is asked for."""

    def __getattribute__(self, name):
        raise AssertionError(f"{name} was asked for")


def test_what_is_lazy_stays_asleep(monkeypatch):
    """Neither a lazy module nor what stands for something else is asked for anything."""
    monkeypatch.setitem(sys.modules, "lazy", Lazy("lazy"))
    monkeypatch.setattr(sys.modules[__name__], "a_proxy", Lazy("proxy"), raising=False)
    monkeypatch.setattr(Poller, "a_proxy", Lazy("proxy"), raising=False)
    virtual = VirtualTime(START)
    virtual.enter()
    virtual.leave()
    monkeypatch.undo()  # before the fixtures look whether all is clean


def test_a_module_that_takes_the_place_of_another_is_looked_through(monkeypatch):
    """Under a name, and with as many names, as one that was looked through before; inside the mock and outside."""
    kept = []
    for virtual in VirtualTime(START), VirtualTime(START):
        kept.append(module := types.ModuleType("in_its_place"))
        module.nap = time.sleep
        monkeypatch.setitem(sys.modules, "in_its_place", module)
        virtual.enter()
        module.nap(3600)
        kept.append(module := types.ModuleType("in_its_place"))
        module.nap = time.sleep
        monkeypatch.setitem(sys.modules, "in_its_place", module)
        virtual.leave()
    assert [module.nap for module in kept] == [threads.REAL_SLEEP] * 4


def test_a_module_imported_under_two_is_known_to_the_next(monkeypatch):
    """What a mock leaves to the freeze around it, the next mock finds all the same."""
    module = types.ModuleType("imported_under_two")
    with freeze_time(START):
        first = VirtualTime()
        first.enter()
        monkeypatch.setitem(sys.modules, "imported_under_two", module)
        module.clock = time.monotonic
        first.leave()
    module.clock = Real.monotonic
    second = VirtualTime(START)
    second.enter()
    before = module.clock()
    time.sleep(3600)
    assert module.clock() - before == 3600
    second.leave()


def test_modules_imported_inside_are_clean_afterwards():
    """What they captured of ours is given back for the interpreter's own."""
    virtual = VirtualTime(START)
    virtual.enter()
    module = types.ModuleType("imported_inside")
    sys.modules["imported_inside"] = module
    exec(
        "import time\nfrom time import sleep, monotonic\nfrom datetime import datetime\n"
        "def wait(how=time.sleep): return how\nclass Job:\n    pause = time.sleep\n",
        vars(module),
    )
    virtual.leave()
    del sys.modules["imported_inside"]
    assert (module.sleep, module.monotonic, module.datetime) == (time.sleep, time.monotonic, datetime)
    assert module.wait() is module.Job().pause is threads.REAL_SLEEP


def test_everything_is_undone_when_the_body_raises():
    """Whatever it raises; the fixture around every test of this folder looks through the whole process."""
    virtual = VirtualTime(START)
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        virtual.enter()
        try:
            raise KeyboardInterrupt
        finally:
            virtual.leave()
    assert time.sleep is threads.REAL_SLEEP


def test_what_another_library_patched_meanwhile_stays(monkeypatch):
    """Undoing is by identity: a wrapper put around ours stays, and falls through to the real one."""
    monkeypatch.setattr(time, "sleep", time.sleep)
    virtual = VirtualTime(START)
    virtual.enter()
    ours, naps = time.sleep, []
    time.sleep = lambda seconds: naps.append(seconds) or ours(seconds)
    virtual.leave()
    time.sleep(0.001)
    assert naps == [0.001]
