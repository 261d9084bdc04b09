"""Others who steer time: one time remains, or it is said what to do instead."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from time import monotonic

import pytest
import time_machine
from freezegun import freeze_time

from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.clocks.virtual.conftest import START, ToyWorld, real_time, seconds_since_start

_ENTERED = []


def entered(start=None):
    """A virtual time that is entered. A test that fails before it leaves it spoils no other one."""
    virtual = VirtualTime(start)
    _ENTERED.append(virtual)
    virtual.enter()
    return virtual


@pytest.fixture(autouse=True)
def _left(_nothing_stays_patched):
    yield
    while _ENTERED:
        _ENTERED.pop().leave()


def test_a_freeze_that_is_active_is_steered():
    """Sleeps tick it, its own ticks are seen, and it is where we left it."""
    with freeze_time("2030-01-01") as freeze:
        virtual = entered()
        assert repr(virtual) == "virtual clock, steering freezegun's freeze"
        time.sleep(30)
        freeze.tick(30)
        assert virtual.now() == datetime.now(timezone.utc) == datetime(2030, 1, 1, 0, 1, tzinfo=timezone.utc)
        virtual.leave()
        assert datetime.now() == datetime(2030, 1, 1, 0, 1)
        assert time.sleep is not freeze


def test_a_start_of_our_own_goes_before_an_active_freeze():
    """As a freeze within a freeze does; the outer one stands where it stood."""
    with freeze_time("2030-01-01"):
        virtual = entered(START)
        assert datetime.now(timezone.utc) == START
        time.sleep(30)
        virtual.leave()
        assert datetime.now() == datetime(2030, 1, 1)


def test_a_ticking_freeze_goes_on_ticking():
    """Real time passes in it as well as slept time."""
    with freeze_time("2030-01-01", tick=True) as freeze:
        virtual = entered()
        freeze.start -= timedelta(seconds=100)
        time.sleep(30)
        assert timedelta(seconds=130) <= virtual.now() - datetime(2030, 1, 1, tzinfo=timezone.utc)
        assert virtual.now() - datetime(2030, 1, 1, tzinfo=timezone.utc) < timedelta(seconds=190)
        virtual.leave()


STEPPING = """
import time
from datetime import datetime, timezone
from freezegun import freeze_time
from emrs_mock.clocks.virtual.virtual_time import VirtualTime

with freeze_time("2030-01-01", auto_tick_seconds=15):
    virtual = VirtualTime(None)
    virtual.enter()
    time.sleep(30)
    assert datetime.now() == datetime(2030, 1, 1, 0, 0, 30)
    assert datetime.now() == datetime(2030, 1, 1, 0, 0, 45)
    assert virtual.now() == virtual.now() == datetime(2030, 1, 1, 0, 1, tzinfo=timezone.utc)
    virtual.leave()
"""


def test_a_stepping_freeze_steps_only_when_the_test_looks():
    """Our looks are free. In a process of its own, where no thread of another test looks."""
    subprocess.run([sys.executable, "-c", STEPPING], check=True, timeout=60)


def test_a_freeze_inside_leaves_freezegun_as_it_was(virtual):
    """What it remembers of a module is not what the module holds while the mock lasts."""
    with freeze_time("2030-01-01"):
        pass
    virtual.leave()
    with freeze_time("2030-01-01"):
        assert monotonic() == time.monotonic() == datetime(2030, 1, 1, tzinfo=timezone.utc).timestamp()
    assert monotonic() < 1e9


def test_names_that_an_outer_freeze_gives_back_are_simulated():
    """Its end comes before the mock's, and puts the interpreter's own functions back."""
    outer = freeze_time("2030-01-01")
    outer.start()
    virtual = entered()
    outer.stop()
    before = monotonic()
    time.sleep(30)
    assert monotonic() == time.monotonic() == before + 30
    virtual.leave()


def test_an_offset_of_the_freeze_stays():
    """Naive times are those of its place."""
    with freeze_time("2030-01-01", tz_offset=-4):
        virtual = entered()
        time.sleep(30)
        assert datetime.now() == datetime(2029, 12, 31, 20, 0, 30)
        virtual.leave()


def test_a_freeze_inside_is_followed_until_it_ends(virtual):
    """Sleeps move it; waits that began before keep their remaining time."""
    sleeper = threading.Thread(target=time.sleep, args=(60,))
    sleeper.start()
    before = time.monotonic()
    with freeze_time("2030-01-01"):
        time.sleep(30)
        assert virtual.now() == datetime(2030, 1, 1, 0, 0, 30, tzinfo=timezone.utc)
    assert virtual.now() == START
    sleeper.join()
    assert time.monotonic() - before == pytest.approx(60)


def test_a_freeze_inside_starts_from_simulated_time(virtual):
    """Where it is given no time, or a distance."""
    time.sleep(30)
    with freeze_time():
        assert datetime.now(timezone.utc) == virtual.now() == START + timedelta(seconds=30)
    with freeze_time(timedelta(hours=1)):
        assert datetime.now(timezone.utc) == virtual.now() == START + timedelta(hours=1, seconds=30)


def test_a_freeze_inside_leaves_the_monotonic_clocks_to_us(virtual):
    """However a module holds one, during the freeze and after it; what keeps the real class sees the freeze too."""
    now, before = dt.datetime.now, time.monotonic()
    with freeze_time("2030-01-01"):
        time.sleep(30)
        assert time.monotonic() == monotonic() == time.perf_counter() == before + 30
        assert time.monotonic_ns() == round((before + 30) * 1e9)
        assert now(timezone.utc) == datetime(2030, 1, 1, 0, 0, 30, tzinfo=timezone.utc)
        assert time.ctime()[-4:] == time.strftime("%Y") == "2030"
    time.sleep(30)
    assert time.monotonic() == monotonic() == time.perf_counter() == before + 60


@pytest.mark.parametrize(
    "steer",
    [
        lambda: freeze_time("2030-01-01", tick=True),
        lambda: time_machine.travel(datetime(2030, 1, 1, tzinfo=timezone.utc)),
    ],
    ids=["freeze", "journey"],
)
@pytest.mark.parametrize("when", ["active on entry", "begun inside"])
def test_what_ticks_goes_on_ticking(steer, when):
    """Real time passes in it as well as what is slept, in threads and loops too."""
    then = datetime(2030, 1, 1, tzinfo=timezone.utc)
    first, second = (steer, entered) if when == "active on entry" else (entered, steer)
    outer = first()
    begun = None if outer.__class__ is VirtualTime else outer.start()
    inner = second()
    begun = begun or inner.start()
    virtual, steering = (outer, inner) if when == "begun inside" else (inner, outer)
    assert begun is not None
    before = time.monotonic()
    sleeper = threading.Thread(target=time.sleep, args=(30,))
    sleeper.start()
    sleeper.join()
    asyncio.run(asyncio.sleep(30))
    assert timedelta(seconds=60) < virtual.now() - then < timedelta(seconds=200)
    assert timedelta(seconds=60) < datetime.now(timezone.utc) - then < timedelta(seconds=200)
    assert 60 < time.monotonic() - before < 200
    if when == "begun inside":
        steering.stop()
    virtual.leave()
    if when == "active on entry":
        steering.stop()


def test_a_freeze_inside_may_end_after_us():
    """Stops in the wrong order leave nothing behind either; only names captured before are real too early."""
    virtual = entered(START)
    inner = freeze_time("2030-01-01")
    inner.start()
    virtual.leave()
    assert dt.datetime.now() == dt.datetime(2030, 1, 1)
    inner.stop()


def test_an_outer_freeze_may_end_before_us():
    """One time remains: its own, which goes on for us."""
    outer = freeze_time("2030-01-01")
    outer.start()
    virtual = entered()
    outer.stop()
    time.sleep(30)
    assert datetime.now() == datetime(2030, 1, 1, 0, 0, 30)
    virtual.leave()


@pytest.mark.parametrize("tick", [False, True])
def test_a_journey_that_is_under_way_is_followed_and_shifted(tick):
    """Sleeps shift it, its own shifts are seen."""
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=timezone.utc), tick=tick) as journey:
        virtual = entered()
        assert repr(virtual) == "virtual clock, steering time-machine's travel"
        before = time.monotonic()
        time.sleep(30)
        journey.shift(30)
        asyncio.run(asyncio.sleep(30))
        assert 90 <= (datetime.now(timezone.utc) - datetime(2030, 1, 1, tzinfo=timezone.utc)).total_seconds() < 95
        assert 90 <= time.monotonic() - before < 95
        virtual.leave()
        assert datetime.now(timezone.utc) >= datetime(2030, 1, 1, 0, 1, 30, tzinfo=timezone.utc)


def test_a_journey_inside_is_followed_until_it_ends(virtual):
    """Sleeps shift it, its own shifts are seen; waits that began before keep their remaining time."""
    sleeper = threading.Thread(target=time.sleep, args=(60,))
    sleeper.start()
    before = time.monotonic()
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=timezone.utc), tick=False) as journey:
        time.sleep(10)
        journey.shift(20)
        assert virtual.now() == datetime.now(timezone.utc) == datetime(2030, 1, 1, 0, 0, 30, tzinfo=timezone.utc)
        assert time.monotonic() - before == 30
    assert virtual.now() == datetime.now(timezone.utc) == START
    sleeper.join()
    assert time.monotonic() - before == 60


def test_a_journey_inside_may_end_after_us():
    """It goes on in real time."""
    virtual = entered(START)
    inner = time_machine.travel(datetime(2030, 1, 1, tzinfo=timezone.utc), tick=False)
    inner.start()
    virtual.leave()
    assert datetime.now(timezone.utc) == datetime(2030, 1, 1, tzinfo=timezone.utc)
    inner.stop()


def test_an_outer_journey_may_end_before_us():
    """One time remains: its own, which goes on for us."""
    outer = time_machine.travel(datetime(2030, 1, 1, tzinfo=timezone.utc), tick=False)
    outer.start()
    virtual = entered()
    outer.stop()
    time.sleep(30)
    assert virtual.now() == datetime.now(timezone.utc) == datetime(2030, 1, 1, 0, 0, 30, tzinfo=timezone.utc)
    virtual.leave()


def test_a_start_of_our_own_goes_before_an_active_journey():
    """As a journey within a journey does; the outer one stands where it stood."""
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=timezone.utc), tick=False):
        virtual = entered(START)
        assert datetime.now(timezone.utc) == START
        time.sleep(30)
        virtual.leave()
        assert datetime.now(timezone.utc) == datetime(2030, 1, 1, tzinfo=timezone.utc)


def test_the_time_of_day_is_followed_where_it_is_not_steered():
    """From now on, cut to the second."""
    virtual = entered()
    assert abs(virtual.now().timestamp() - real_time()) < 60
    assert virtual.now().microsecond == 0
    virtual.leave()
    assert repr(virtual) == "virtual clock"


class Loop:
    """Passes for a loop of uvloop."""

    __module__ = "uvloop.loop"


def test_uvloop_is_refused_with_what_to_do(monkeypatch):
    """Its timers are out of reach; nothing is left half done."""
    monkeypatch.setattr(asyncio, "_get_running_loop", Loop)
    with pytest.raises(RuntimeError, match="asyncio's own loop"):
        entered()


def test_one_virtual_time_inside_another_shares_it(virtual):
    """Whatever start it asks for; they may end in any order."""
    inner = entered(START + timedelta(days=1))
    time.sleep(30)
    assert inner.now() == virtual.now() == START + timedelta(seconds=30)
    virtual.leave()
    time.sleep(30)
    assert seconds_since_start(inner) == 60
    inner.leave()
    assert seconds_since_start(inner) == 60
    assert seconds_since_start(virtual) == 30


def test_worlds_stand_still_once_their_own_mock_has_ended(virtual):
    """While an inner one goes on."""
    inner, world = entered(), ToyWorld(5)
    inner.attach(world)
    inner.leave()
    time.sleep(30)
    assert world.happened == []


def test_a_second_virtual_time_in_an_unrelated_thread_is_refused():
    """A process has one time."""
    refused = []

    def enter():
        try:
            entered()
        except RuntimeError as error:
            refused.append(str(error))

    unrelated, go = threading.Thread(target=lambda: go.wait() and enter()), threading.Event()
    unrelated.start()
    virtual = entered()
    go.set()
    with virtual.hold():
        unrelated.join()
    virtual.leave()
    assert len(refused) == 1
    assert 'clock="manual"' in refused[0]


def test_entering_twice_is_refused_and_leaving_twice_is_nothing(virtual):
    """The first entry stays as it was."""
    with pytest.raises(RuntimeError, match="entered already"):
        virtual.enter()
    time.sleep(30)
    virtual.leave()
    virtual.leave()
    with pytest.raises(RuntimeError, match="not entered"):
        virtual.move(timedelta(1))


def test_a_child_process_goes_on_in_simulated_time(virtual):
    """A fork has the one thread that forked, whatever other threads slept."""
    sleeper = threading.Thread(target=time.sleep, args=(10,))
    sleeper.start()
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of every fork with threads
        child = os.fork()
    if not child:
        time.sleep(30)
        os._exit(int(seconds_since_start(virtual)))
    with virtual.hold():
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 30
    sleeper.join()
    assert seconds_since_start(virtual) == 10


WITHOUT_FREEZEGUN = """
import sys, time
from datetime import datetime, timezone
sys.modules["freezegun"] = None
from emrs_mock import mock_emr_serverless
with mock_emr_serverless(clock="virtual", start="2026-01-31T04:00:00Z") as emr:
    before = time.monotonic()
    time.sleep(30)
    assert emr.clock.now() == datetime.now(timezone.utc) == datetime(2026, 1, 31, 4, 0, 30, tzinfo=timezone.utc)
    assert time.monotonic() == before + 30
assert datetime.now(timezone.utc) > datetime(2026, 2, 1, tzinfo=timezone.utc)
"""


def test_freezegun_need_not_be_installed():
    """It is no dependency; only a test that uses it has it."""
    subprocess.run([sys.executable, "-c", WITHOUT_FREEZEGUN], check=True, timeout=60)
