"""The time of day is simulated where the interpreter implements it: classes are the real ones, references see it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import functools
import importlib
import json
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import uuid
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

from emrs_mock import mock_emr_serverless
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.clocks.virtual.conftest import START

REAL_DATETIME, REAL_DATE = datetime, date
BERLIN = ZoneInfo("Europe/Berlin")


@dataclasses.dataclass
class Row:
    """Clocks kept as default factories, when this module was imported."""

    made: datetime = dataclasses.field(default_factory=datetime.now)
    at: float = dataclasses.field(default_factory=time.time)


class Moment(datetime):
    """A subclass of datetime."""


class Holder:
    """A clock kept as a static method."""

    clock = staticmethod(datetime.utcnow)
    seconds = staticmethod(time.time)


def stamped(now=datetime.now):
    """A clock kept as a default argument."""
    return now()


CLOCKS = {
    "a partial": functools.partial(datetime.now, timezone.utc),
    "a bound method": datetime.now,
    "today": date.today,
}
"""Clocks kept in a dict, when this module was imported."""


def naive(moment):
    """A naive local time as UTC."""
    return moment.astimezone(timezone.utc)


def test_the_classes_are_the_real_ones(virtual):
    """By identity, wherever they are looked up, and so are the instances."""
    assert dt.datetime is REAL_DATETIME
    assert dt.date is REAL_DATE
    assert type(dt.datetime.now()) is type(datetime.utcfromtimestamp(0) if sys.version_info < (3, 12) else START)
    assert type(date.today()) is REAL_DATE
    assert {datetime: "datetime"}[type(datetime.now())] == "datetime"


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
@pytest.mark.parametrize("when", ["kept before", "kept inside"])
def test_every_reference_to_a_clock_sees_the_time(virtual, when):
    """However it was kept, and whenever: a factory, default, partial, static method, dict entry, subclass."""
    row, holder, clocks, kept = Row, Holder, CLOCKS, stamped
    if when == "kept inside":
        row = dataclasses.make_dataclass(
            "Row",
            [
                ("made", datetime, dataclasses.field(default_factory=datetime.now)),
                ("at", float, dataclasses.field(default_factory=time.time)),
            ],
        )
        holder = type("Holder", (), {"clock": staticmethod(datetime.utcnow), "seconds": staticmethod(time.time)})
        clocks = {"a partial": functools.partial(datetime.now, timezone.utc), "today": date.today}
        clocks["a bound method"] = datetime.now
        kept = functools.partial(datetime.now)
    time.sleep(3600)
    later = START + timedelta(hours=1)
    assert naive(row().made) == naive(kept()) == naive(clocks["a bound method"]()) == later
    assert clocks["a partial"]() == holder.clock().replace(tzinfo=timezone.utc) == later
    assert row().at == holder.seconds() == later.timestamp()
    assert clocks["today"]() == naive(later).date()
    assert Moment.now(timezone.utc) == later
    assert type(Moment.now()) is Moment
    assert type(Moment.today()) is Moment


def test_functions_that_only_our_own_stand_in_for_follow_too(virtual):
    """`ctime` and `asctime`, and those that take a time still do."""
    time.sleep(30)
    expected = time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(START.timestamp() + 30))
    assert time.ctime() == time.ctime(None) == time.asctime() == expected
    assert time.ctime(0) == time.asctime(time.localtime(0))
    with pytest.raises(TypeError):
        time.asctime(None)
    assert time.clock_gettime(time.CLOCK_REALTIME) == START.timestamp() + 30
    assert time.clock_gettime_ns(time.CLOCK_REALTIME) == (int(START.timestamp()) + 30) * 10**9


def test_a_clock_that_was_kept_in_one_mock_serves_the_next():
    """And is the real one in between."""
    kept = []
    for _ in range(2):
        virtual = VirtualTime(START)
        virtual.enter()
        kept.append((time.monotonic, time.perf_counter, time.ctime))
        before = [monotonic() for monotonic, _, _ in kept]
        time.sleep(3600)
        assert [monotonic() for monotonic, _, _ in kept] == [each + 3600 for each in before]
        virtual.leave()
        monotonic, perf_counter, ctime = kept[0]
        assert time.monotonic() <= monotonic() <= time.monotonic()
        assert time.perf_counter() <= perf_counter() <= time.perf_counter()
        assert ctime()[-4:] == time.ctime()[-4:]
    assert pickle.loads(pickle.dumps(kept[0])) == kept[1]


def test_uuids_of_the_time_are_of_the_simulated_time(virtual):
    """Also after a freeze inside, which puts the operating system's function back at its end."""

    def made():
        return timedelta(microseconds=uuid.uuid1().time // 10) + datetime(1582, 10, 15, tzinfo=timezone.utc)

    assert made() == START
    with freeze_time("2030-01-01"):
        pass
    time.sleep(1)
    assert made() - START == timedelta(seconds=1)


# The time zone


@pytest.fixture
def new_york(monkeypatch):
    """A machine in New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("new_york")
def test_naive_times_are_local(virtual):
    """As in life; all that tell one agree."""
    local = datetime(2026, 1, 30, 23, 0)
    assert datetime.now() == datetime.today() == local
    assert date.today() == local.date()
    assert time.localtime()[:6] == local.timetuple()[:6]
    assert time.strftime("%Y-%m-%d %H:%M %Z") == "2026-01-30 23:00 EST"
    assert email.utils.localtime() == START
    assert email.utils.localtime().utcoffset() == timedelta(hours=-5)
    assert datetime.now().astimezone() == datetime.now(timezone.utc).astimezone() == START
    assert datetime.now().timestamp() == time.time() == START.timestamp()
    assert datetime.fromtimestamp(time.time()) == local
    assert time.ctime() == "Fri Jan 30 23:00:00 2026"


@pytest.mark.usefixtures("new_york")
def test_the_time_zone_stays_as_it_was():
    """Entering sets none, though time-machine would where it is given a datetime."""
    virtual = VirtualTime(START)
    virtual.enter()
    assert time.tzname == ("EST", "EDT")
    virtual.leave()
    assert time.tzname == ("EST", "EDT")


def test_the_second_autumn_hour_is_winter_time():
    """02:30 occurs twice; the offset says which one it is."""
    with mock_emr_serverless(clock="virtual", start="2026-10-25T01:30:00Z"):
        winter = datetime.now(BERLIN)
        assert (winter.utcoffset(), winter.fold) == (timedelta(hours=1), 1)
        assert datetime.now(timezone.utc).astimezone(BERLIN).utcoffset() == timedelta(hours=1)
        assert datetime.fromtimestamp(time.time(), BERLIN).utcoffset() == timedelta(hours=1)
        assert type(datetime.now(timezone.utc).astimezone(BERLIN)) is datetime


def test_a_cron_of_apscheduler_goes_over_the_autumn_hour():
    """Both half hours past two, each once."""
    background = pytest.importorskip("apscheduler.schedulers.background")
    cron = pytest.importorskip("apscheduler.triggers.cron")
    told = []
    with mock_emr_serverless(clock="virtual", start="2026-10-24T23:00:00Z"):
        scheduler = background.BackgroundScheduler(timezone=BERLIN)
        trigger = cron.CronTrigger(minute=30, timezone=BERLIN)
        scheduler.add_job(lambda: told.append(datetime.now(BERLIN)), trigger)
        scheduler.start()
        time.sleep(4 * 3600)
        scheduler.shutdown()
    assert [moment.isoformat(timespec="minutes") for moment in told] == [
        "2026-10-25T01:30+02:00",
        "2026-10-25T02:30+02:00",
        "2026-10-25T02:30+01:00",
        "2026-10-25T03:30+01:00",
    ]


# Libraries that look at classes, or keep clocks


@pytest.fixture
def answer():
    """What a client answered inside of a mock: its times are datetimes."""
    with mock_emr_serverless(clock="virtual", start=START, latency=0) as emr:
        client = emr.client("us-east-1")
        made = client.get_application(applicationId=emr.add_application().id)["application"]["createdAt"]
        assert made == START
        yield made, datetime.now(timezone.utc)


def test_what_a_client_answered_can_be_written_by_every_library(answer):
    """Inside of the mock, by libraries that know the exact class alone."""
    for moment in answer:
        wrote(moment)


def test_what_a_client_answered_can_be_written_after_the_mock():
    """It outlives the mock as an ordinary datetime."""
    with mock_emr_serverless(clock="virtual", start=START, latency=0) as emr:
        client = emr.client("us-east-1")
        made = client.get_application(applicationId=emr.add_application().id)["application"]["createdAt"]
        moments = made, datetime.now(timezone.utc)
    for moment in moments:
        wrote(moment)


def wrote(moment):
    """Write a moment that is START in each way, and see that it is one."""
    assert type(moment) is datetime
    assert {datetime: str}[type(moment)](moment) == str(START)
    assert (
        json.dumps(moment, default=lambda it: {datetime: datetime.isoformat}[type(it)](it)) == f'"{START.isoformat()}"'
    )
    loaded = pickle.loads(pickle.dumps(moment))
    assert (type(loaded), loaded) == (datetime, START)
    assert b"datetime" in pickle.dumps(moment)
    assert b"freezegun" not in pickle.dumps(moment)
    assert pytest.importorskip("orjson").dumps(moment) == b'"2026-01-31T04:00:00+00:00"'
    msgpack = pytest.importorskip("msgpack")
    assert msgpack.unpackb(msgpack.packb(moment.replace(tzinfo=timezone.utc), datetime=True), timestamp=3) == START


def test_a_default_of_sqlalchemy_tells_the_time(virtual):
    """Of a table that was made before, by a function kept in it."""
    sa = pytest.importorskip("sqlalchemy")
    virtual.leave()
    made = sa.Table(
        "runs",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("made", sa.DateTime, default=datetime.now),
    )
    inside = VirtualTime(START)
    inside.enter()
    try:
        engine = sa.create_engine("sqlite://")
        with engine.begin() as connection:
            made.create(connection)
            connection.execute(made.insert())
            (row,) = connection.execute(sa.select(made.c.made)).all()
        engine.dispose()
        assert naive(row.made) == START
    finally:
        inside.leave()


def inside_and_after(inside, *, before="", after=""):
    """Run code in a fresh process before a mock, inside of it, and after it; returns the words that it prints."""
    code = "\n".join(
        [
            "import time, datetime as dt",
            "from datetime import datetime, timezone",
            "from emrs_mock import mock_emr_serverless",
            textwrap.dedent(before),
            "with mock_emr_serverless(clock='virtual', start='2026-01-31T04:00:00Z') as emr:",
            textwrap.indent(textwrap.dedent(inside).strip(), "    "),
            textwrap.dedent(after),
        ]
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:] or done.returncode
    return done.stdout.split()


def needs(*names):
    """Skip a test where a library is missing, without importing one that is there."""
    return pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in names), reason=f"needs {' and '.join(names)}"
    )


@needs("pandas")
def test_pandas_is_imported_first_inside_of_a_mock():
    """Its compiled half looks at the class of datetime when it is loaded; then it tells the simulated time."""
    printed = inside_and_after(
        """
        import pandas
        time.sleep(3600)
        print(pandas.Timestamp.now("UTC").isoformat(), pandas.Timestamp(datetime.now(timezone.utc)).isoformat())
        print(pandas.to_datetime("now", utc=True).floor("s").isoformat())
        print(type(pandas.Timestamp.now().to_pydatetime()) is datetime)
        """,
        after="print(pandas.Timestamp.now().year > 2026 or pandas.Timestamp.now() > pandas.Timestamp('2026-02-01'))",
    )
    told = "2026-01-31T05:00:00+00:00"
    assert printed == [told, told, told, "True", "True"]


MODEL = """
class Job({base}):
    at: datetime
    days: dt.date
"""
USE = "Job(at=datetime.now(timezone.utc), days=dt.date.today()).at.isoformat()"


@needs("pydantic")
@pytest.mark.parametrize("used_before", [False, True])
def test_a_model_of_pydantic_is_made_inside_of_a_mock(used_before):
    """Whether pydantic was used before or not; and models that are made after the mock work as ever."""
    model = MODEL.format(base="pydantic.BaseModel")
    before = "import pydantic\n" + (model.replace("Job", "Earlier") if used_before else "")
    inside = f"{before if not used_before else ''}\n{model}\nprint({USE})\nprint(emr.clock.now().isoformat())"
    if used_before:
        inside += f"\nprint({USE.replace('Job', 'Earlier')})"
    after = f"{model.replace('Job', 'Later')}\nprint({USE.replace('Job', 'Later')} > '2026-02')"
    printed = inside_and_after(inside, before=before if used_before else "", after=after)
    told = "2026-01-31T04:00:00+00:00"
    assert printed == [*[told] * (3 if used_before else 2), "True"]


@needs("pydantic")
def test_the_old_api_of_pydantic_is_imported_inside_of_a_mock():
    """`pydantic.v1` derives from date classes."""
    model = MODEL.format(base="v1.BaseModel")
    printed = inside_and_after(f"from pydantic import v1\n{model}\nprint({USE})", after=f"print({USE} > '2026-02')")
    assert printed == ["2026-01-31T04:00:00+00:00", "True"]


# Callers that keep real time


def test_each_thread_is_told_its_own_time(virtual):
    """One from before keeps real time, however it asks; those of the test do not, whatever moves time."""
    told = []
    sleeper = threading.Thread(target=lambda: told.append((time.sleep(60), time.time(), datetime.now(timezone.utc))))
    sleeper.start()
    sleeper.join()
    assert told == [(None, START.timestamp() + 60, START + timedelta(seconds=60))]
