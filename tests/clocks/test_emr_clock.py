"""The clock as an author holds it: both kinds of source, moved forward, never back."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import datetime, timedelta, timezone

import pytest
import time_machine
from freezegun import freeze_time

from emrs_mock import EMRServerlessClockWarning, Timing, UnreachableState, mock_emr_serverless
from tests.service.requests import (
    RUNNING_AFTER,
    SCHEDULED_AFTER,
    START,
    SUCCESS_AFTER,
    at,
    everything,
    job_run,
    start_job_run,
)

MINUTE = timedelta(minutes=1)
THEN = datetime(2020, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def system():
    """A mock that follows the process's own time."""
    with mock_emr_serverless() as emr:
        yield emr


@pytest.fixture
def frozen():
    """A freeze of freezegun, which stands at THEN."""
    with freeze_time(THEN) as frozen:
        yield frozen


# clock="manual"


def test_a_manual_clock_stands_still(emr, client, submit, app):
    """However often it is looked at or called."""
    run = submit()
    assert {emr.clock.now() for _ in range(3)} == {START}
    assert job_run(client, app, run)["state"] == "SUBMITTED"


def test_a_manual_clock_begins_with_the_second():
    """The time of day, cut, where no start is given."""
    with mock_emr_serverless(clock="manual") as emr:
        before = datetime.now(timezone.utc).replace(microsecond=0)
        now = emr.clock.now()
    assert now.microsecond == 0
    assert before <= now <= datetime.now(timezone.utc)


def test_a_manual_clock_is_first_read_at_the_first_look(frozen):
    """So that a freeze which begins after the mock is the start."""
    with mock_emr_serverless(clock="manual") as emr, freeze_time("2030-05-05"):
        assert emr.clock.now() == datetime(2030, 5, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("positional", "named", "step"),
    [
        ((30,), {}, timedelta(seconds=30)),
        ((0.5,), {}, timedelta(milliseconds=500)),
        ((timedelta(hours=2),), {}, timedelta(hours=2)),
        ((), {"days": 1}, timedelta(days=1)),
        ((), {"days": 1, "hours": 2, "minutes": 3, "seconds": 4.5}, timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ((), {"seconds": 0}, timedelta(0)),
    ],
)
def test_the_clock_is_advanced_by_seconds_a_timedelta_or_units(emr, positional, named, step):
    """And answers with the new now."""
    assert emr.clock.advance(*positional, **named) == START + step == emr.clock.now()


def test_steps_of_seconds_add_up_exactly(emr):
    """Time is no float inside."""
    for _ in range(10):
        emr.clock.advance(0.1)
    assert emr.clock.now() == at(seconds=1)


def test_an_empty_step_lets_happen_what_is_due_now():
    """It happens without a look."""
    with mock_emr_serverless(clock="manual", start=START, timing=Timing.instant()) as emr:
        run = start_job_run(emr.client("us-east-1"), emr.add_application().id)
        before = len(emr._simulation.changes)
        assert emr.clock.advance(0) == START
        assert len(emr._simulation.changes) > before
        assert emr.job_runs[run].state == "SUCCESS"


@pytest.mark.parametrize(
    ("step", "named", "error"),
    [
        (-1, {}, ValueError),
        (timedelta(microseconds=-1), {}, ValueError),
        (None, {"minutes": -1}, ValueError),
        (None, {"hours": 1, "minutes": -61}, ValueError),
        (30, {"minutes": 1}, TypeError),
        (None, {}, TypeError),
        ("30", {}, TypeError),
        (True, {}, TypeError),
    ],
)
def test_a_step_that_is_none_is_refused_and_moves_nothing(emr, submit, step, named, error):
    """The clock never runs backwards."""
    submit()
    before = everything(emr)
    with pytest.raises(error, match=r"advance|negative"):
        emr.clock.advance(step, **named)
    assert (emr.clock.now(), everything(emr)) == (START, before)


@pytest.mark.parametrize(
    "moment",
    [
        at(hours=1),
        datetime(2024, 1, 1, 1),
        datetime(2024, 1, 1, 3, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_the_clock_is_moved_to_a_moment(emr, moment):
    """Naive moments are UTC, others are converted; the answer is the new now."""
    assert emr.clock.move_to(moment) == at(hours=1) == emr.clock.now()


def test_the_clock_is_not_moved_to_the_past(emr):
    """To now it is."""
    emr.clock.advance(60)
    with pytest.raises(ValueError, match=re.escape(f"it is {at(minutes=1).isoformat()} already")):
        emr.clock.move_to(at(seconds=59))
    assert emr.clock.move_to(at(minutes=1)) == at(minutes=1)


def test_what_is_due_on_the_way_happens_at_its_own_moment(emr, client, app, submit):
    """However often and whenever it is looked at."""
    run = submit()
    emr.clock.advance(days=1)
    shown = job_run(client, app, run)
    assert (shown["state"], shown["updatedAt"]) == ("SUCCESS", at(seconds=SUCCESS_AFTER))


def test_next_due_tells_when_something_happens_next(emr, client, app, submit):
    """If no call is made; None if nothing does, after the application has stopped by itself."""
    emr.add_application("CREATED")
    submit()
    moments = []
    while due := emr.clock.next_due():
        assert due >= emr.clock.now()
        moments.append((emr.clock.move_to(due) - START).total_seconds())
    moves = [1, SCHEDULED_AFTER, RUNNING_AFTER, SUCCESS_AFTER]
    assert moments == [*moves, SUCCESS_AFTER + 900, SUCCESS_AFTER + 920]


def test_nothing_is_due_where_nothing_was_asked_for(emr):
    """An empty service has no future."""
    assert emr.clock.next_due() is None


def test_a_clock_tells_where_its_time_comes_from(emr):
    """And what it is; to print it is no look, at which a clock would start."""
    assert repr(emr.clock) == "<manual clock: not yet started>"
    emr.clock.now()
    assert repr(emr.clock) == "<manual clock: 2024-01-01T00:00:00+00:00>"


# clock="system"


def test_a_block_in_which_time_is_held_tells_how_long_it_lasted(system):
    """With clocks that need no holding too; after its end that stays."""
    with system.clock.hold() as held:
        pass
    lasted = held.elapsed
    assert timedelta(0) < lasted
    assert held.elapsed == lasted


@pytest.mark.parametrize("target", [lambda run: run, lambda run: {"jobRunId": run.id}], ids=["record", "response"])
def test_what_has_passed_meanwhile_is_not_run_to(frozen, system, target):
    """The clock has moved by itself since the last look."""
    run = system.add_job_run(system.add_application(), "SUBMITTED")
    named = target(run)
    frozen.tick(3600)
    with pytest.raises(UnreachableState, match="is SUCCESS and cannot become RUNNING"):
        system.run_until(named, "RUNNING")


def test_what_is_due_next_is_never_past(frozen, system):
    """What was due before this look has happened."""
    system.add_job_run(system.add_application(), "SUBMITTED")
    frozen.tick(1.5)
    assert system.clock.next_due() > THEN + timedelta(seconds=1.5)
    assert system.job_runs[-1].state == "PENDING"


def test_a_system_clock_tells_the_time_of_day(system):
    """As it is at each look."""
    before = datetime.now(timezone.utc)
    assert before <= system.clock.now() <= system.clock.now() <= datetime.now(timezone.utc)


def test_a_system_clock_can_be_advanced(system):
    """What is added stays added; the process's own time is left alone."""
    begin = system.clock.now()
    system.clock.advance(hours=1)
    system.clock.move_to(system.clock.now() + timedelta(hours=1))
    assert system.clock.now() - begin >= timedelta(hours=2)
    assert datetime.now(timezone.utc) - begin < timedelta(hours=1)


def test_a_job_run_ends_on_a_system_clock(system):
    """When it has been advanced far enough."""
    client, app = system.client("us-east-1"), system.add_application().id
    run = start_job_run(client, app)
    assert job_run(client, app, run)["state"] == "SUBMITTED"
    system.clock.advance(SUCCESS_AFTER)
    assert job_run(client, app, run)["state"] == "SUCCESS"


def test_a_freeze_is_followed(frozen, system):
    """What happens is dated by it."""
    client, app = system.client("us-east-1"), system.add_application().id
    run = start_job_run(client, app)
    assert job_run(client, app, run)["createdAt"] == THEN
    frozen.tick(timedelta(seconds=RUNNING_AFTER))
    shown = job_run(client, app, run)
    assert (shown["state"], shown["updatedAt"]) == ("RUNNING", THEN + timedelta(seconds=RUNNING_AFTER))


def test_a_freeze_is_ticked(frozen, system):
    """So that one time remains, at every moment on the way as well."""
    client, app, seen = system.client("us-east-1"), system.add_application().id, []
    system._simulation.observers.append(lambda change: seen.append(change.at == datetime.now(timezone.utc)))
    start_job_run(client, app)
    system.clock.advance(SUCCESS_AFTER)
    system.run_until(app, "STOPPED")
    assert system.clock.now() == datetime.now(timezone.utc) == THEN + timedelta(seconds=SUCCESS_AFTER + 920)
    assert (all(seen), len(seen)) == (True, 7)


def test_a_freeze_that_begins_after_the_mock_was_entered_is_the_start(system):
    """The clock is first read at the first call, and there is no warning."""
    with freeze_time(THEN):
        app = system.add_application()
        assert app.created_at == THEN


def test_after_a_jump_back_the_world_goes_on_by_the_sources_steps(system):
    """With one warning that names both times."""
    app = system.add_application()
    stood = system.clock.now()
    with freeze_time(THEN) as frozen:
        with pytest.warns(EMRServerlessClockWarning) as caught:
            went_on = system.clock.now()
        (warning,) = caught
        assert f"jumped back from {went_on.isoformat()} to {THEN.isoformat()}" in str(warning.message)
        frozen.tick(timedelta(seconds=300))
        assert system.clock.now() - went_on == timedelta(seconds=300)
        frozen.move_to(THEN)
        assert system.clock.now() - went_on == timedelta(seconds=300)
        assert app.state == "STARTED"
    assert stood <= went_on


def test_after_a_jump_back_a_virtual_clock_reaches_each_event_in_the_process_s_time(frozen):
    """The process sleeps as long as before until the next event is due, and stands at its instant."""
    with mock_emr_serverless(clock="virtual") as emr:
        app = emr.add_application()
        frozen.move_to(THEN - 60 * MINUTE)
        with pytest.warns(EMRServerlessClockWarning):
            assert emr.clock.now() == THEN
        emr.add_job_run(app, "SUBMITTED")
        seen = []
        emr._simulation.observers.append(lambda change: seen.append((change.at - THEN, datetime.now(timezone.utc))))
        time.sleep(SUCCESS_AFTER)
        assert emr.clock.now() == THEN + timedelta(seconds=SUCCESS_AFTER)
    assert [told - THEN + 60 * MINUTE for _, told in seen] == [after for after, _ in seen]
    assert [after.total_seconds() for after, _ in seen] == [1, SCHEDULED_AFTER, RUNNING_AFTER, SUCCESS_AFTER]


@pytest.mark.parametrize("clock", ["system", "manual", "virtual"])
def test_the_delay_of_an_awaited_reply_moves_every_clock(clock):
    """By as much as the reply is late."""
    with mock_emr_serverless(clock=clock, start=None if clock == "system" else START) as emr:
        before = emr.clock.now()
        asyncio.run(emr._backend.pause_async(timedelta(hours=1)))
        assert timedelta(hours=1) <= emr.clock.now() - before < timedelta(hours=1, minutes=1)


@pytest.mark.parametrize("clock", ["system", "manual", "virtual"])
def test_every_clock_follows_and_ticks_a_freeze(frozen, clock):
    """One time remains: what the one is moved by the other is, and the records see it."""
    with mock_emr_serverless(clock=clock) as emr:
        app = emr.add_application()
        emr.clock.advance(60)
        frozen.tick(timedelta(seconds=30))
        assert emr.clock.now() == datetime.now(timezone.utc) == THEN + timedelta(seconds=90)
        run = emr.run_until(emr.add_job_run(app, state="SUBMITTED"), "RUNNING")
        assert emr.clock.now() == datetime.now(timezone.utc) == run.updated_at
    assert datetime.now(timezone.utc) == run.updated_at
    assert app.created_at == THEN


@pytest.mark.parametrize("clock", ["system", "manual", "virtual"])
def test_every_clock_follows_and_shifts_a_journey(clock):
    """As it ticks a freeze."""
    with time_machine.travel(THEN, tick=False) as journey, mock_emr_serverless(clock=clock) as emr:
        app = emr.add_application()
        emr.clock.advance(60)
        journey.shift(30)
        assert emr.clock.now() == datetime.now(timezone.utc) == THEN + timedelta(seconds=90)
        run = emr.run_until(emr.add_job_run(app, state="SUBMITTED"), "RUNNING")
        assert emr.clock.now() == datetime.now(timezone.utc) == run.updated_at
        assert app.created_at == THEN


def test_a_manual_clock_goes_on_from_where_its_freeze_ended():
    """It is not real time that follows."""
    with mock_emr_serverless(clock="manual") as emr:
        with freeze_time(THEN):
            emr.clock.advance(60)
        assert emr.clock.now() == THEN + MINUTE
        assert emr.clock.advance(60) == THEN + 2 * MINUTE


def test_a_manual_clock_with_a_start_goes_by_itself(frozen):
    """It neither follows a freeze nor ticks it."""
    with mock_emr_serverless(clock="manual", start=START) as emr, mock_emr_serverless(clock="manual") as other:
        emr.clock.advance(60)
        assert (emr.clock.now(), datetime.now(timezone.utc)) == (START + MINUTE, THEN)
        assert other.clock.now() == THEN


def test_a_reset_begins_again(emr, client, app, submit):
    """No records, no rules, the clock at its start: the same calls have the same ids again."""
    emr.when().fail()
    run = submit()
    emr.clock.advance(days=1)
    emr.reset()
    assert (emr.clock.now(), len(emr.applications), len(emr.job_runs)) == (START, 0, 0)
    assert emr.add_application().id == app
    again = start_job_run(client, app)
    assert (again, emr.run_until(again).state) == (run, "SUCCESS")


@pytest.mark.parametrize("moment", ["2024-01-01T01:00:00Z", "2024-01-01T03:00:00+02:00", " 2024-01-01 01:00 "])
def test_a_moment_may_be_an_iso_string(emr, moment):
    """As `start=` may be."""
    assert emr.clock.move_to(moment) == at(hours=1)


@pytest.mark.parametrize("moment", [THEN.date(), 1704070800, 1704070800.5, None, True, "tomorrow", "", "at 5"])
def test_a_moment_that_is_none_is_refused_and_moves_nothing(emr, submit, moment):
    """A date has no time of day, and a number could be seconds or milliseconds."""
    submit()
    before = everything(emr)
    with pytest.raises((TypeError, ValueError), match="expected a datetime"):
        emr.clock.move_to(moment)
    assert (emr.clock.now(), everything(emr)) == (START, before)


def test_a_loop_that_only_looks_at_a_virtual_clock_ends(monkeypatch):
    """As one that looks at `time.time()` does: looking takes time in the end."""
    monkeypatch.setattr("emrs_mock.clocks.virtual.process_time.SPIN_ASKS", 10)
    with mock_emr_serverless(clock="virtual") as emr:
        began = emr.clock.now()
        assert any(emr.clock.now() > began for _ in range(1000))
