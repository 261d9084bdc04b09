"""What happens by itself: timed moves, reactions, gates, limits, and what a checkpoint keeps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.sim.clock import Clock, StandingSource
from emrs_mock.sim.lifecycles import TABLES
from emrs_mock.sim.outcomes import HANGS, Outcome, Plan
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.timing import Timing, duration
from emrs_mock.sim.world import Refused
from tests.sim.arranged import START, a_job_run, a_simulation, a_world, an_application, history, seconds

FAILS = Plan((Outcome("fail", "it broke", seconds(10)),))


@pytest.fixture
def simulation():
    """A simulation on a standing clock."""
    return a_simulation()


@pytest.fixture
def world(simulation):
    """Its one world."""
    return a_world(simulation)


@pytest.fixture
def started(world):
    """An application that is STARTED at 30 s."""
    application = an_application(world)
    world.fire(application, "start")
    world.simulation.advance(seconds(30))
    return application


def test_a_new_application_is_created_and_stays_so(simulation, world):
    """CREATED is where an application waits (facts §15.1)."""
    application = an_application(world)
    simulation.advance(seconds(100_000))
    assert history(simulation, application.id) == [("CREATING", 0), ("CREATED", 10)]


def test_a_job_run_goes_its_way_at_the_captured_pace(simulation, world, started):
    """RUNNING 87 s after submission (facts §3.1), however often it is looked at."""
    run = a_job_run(world, started)
    simulation.advance(seconds(1000))
    assert history(simulation, run.id) == [
        ("SUBMITTED", 30),
        ("PENDING", 31),
        ("SCHEDULED", 35),
        ("RUNNING", 117),
        ("SUCCESS", 237),
    ]
    assert run.updated_at == START + seconds(237)
    assert run.attempt.started_at == START + seconds(117)
    assert run.attempt.ended_at == START + seconds(237)


def test_a_submission_starts_the_application_and_waits_for_it(simulation, world):
    """The job run stays PENDING until its application is STARTED, and is RUNNING no later for that (facts §3.1)."""
    application = an_application(world)
    simulation.advance(seconds(60))
    run = a_job_run(world, application)
    simulation.advance(seconds(110))
    assert history(simulation, application.id)[2:] == [("STARTING", 60), ("STARTED", 80)]
    assert history(simulation, run.id)[:4] == [("SUBMITTED", 60), ("PENDING", 61), ("SCHEDULED", 80), ("RUNNING", 147)]


def test_an_application_that_is_stopping_restarts_for_a_job_run(simulation, world, started):
    """A submission in STOPPING is served after STOPPED (facts §16)."""
    world.fire(started, "stop")
    run = a_job_run(world, started)
    simulation.advance(seconds(60))
    assert [state for state, _ in history(simulation, started.id)][-4:] == [
        "STOPPING",
        "STOPPED",
        "STARTING",
        "STARTED",
    ]
    assert run.state == "SCHEDULED"


def test_an_idle_application_stops_fifteen_minutes_after_its_last_job_run(simulation, world, started):
    """Auto-stop counts from the last activity (facts §2.4)."""
    simulation.advance(seconds(600))
    run = a_job_run(world, started)
    simulation.advance(seconds(3600))
    ended = run.attempt.ended_at
    stopping = next(c for c in simulation.changes if c.after == "STOPPING")
    assert stopping.at - ended == seconds(15 * 60)
    assert (started.state, started.state_details) == ("STOPPED", "AUTO_STOPPING")


def test_a_timer_of_an_earlier_visit_does_not_stop_an_application(simulation, world, started):
    """Stopped at minute 5 and started again: the first start's timer is gone."""
    simulation.advance(seconds(300))
    world.fire(started, "stop")
    simulation.advance(seconds(30))
    world.fire(started, "start")
    simulation.advance(seconds(700))
    assert started.state == "STARTED"


def test_an_execution_timeout_cancels(simulation, world, started):
    """A job run that hangs ends CANCELLED, by its limit (facts §3.1)."""
    run = a_job_run(world, started, Plan((HANGS,)), limits={"time_out": seconds(3600)})
    simulation.advance(seconds(4000))
    assert history(simulation, run.id)[-2:] == [("CANCELLING", 3717), ("CANCELLED", 3722)]
    assert run.state_details == "The JobRun exceeded its execution timeout of 60 minutes."


def test_a_failure_says_what_its_author_said(simulation, world, started):
    """Details are kept, cut to 256 characters (facts §3.2)."""
    run = a_job_run(world, started, Plan((Outcome("fail", "x" * 300, seconds(1)),)))
    simulation.advance(seconds(100))
    assert (run.state, run.state_details) == ("FAILED", "x" * 256)


def test_a_failed_attempt_is_followed_by_the_next(simulation, world, started):
    """The job run shows its newest attempt, never FAILED in between (facts §3.6, §16)."""
    run = a_job_run(world, started, FAILS, max_attempts=2)
    simulation.advance(seconds(1000))
    assert [s for s, _ in history(simulation, run.id)] == [
        *("SUBMITTED", "PENDING", "SCHEDULED", "RUNNING"),
        *("PENDING", "SCHEDULED", "RUNNING", "FAILED"),
    ]
    first, second = run.attempts
    assert (first.number, first.state, first.state_details) == (1, "FAILED", "it broke")
    assert first.ended_at == second.created_at
    assert (second.number, second.state) == (2, "FAILED")


def test_more_runs_than_may_be_active_queue_first_in_first_out(simulation, world):
    """One at a time: the others wait in QUEUED, and their waiting is counted (facts §3.4)."""
    application = an_application(world, max_concurrent_runs=1)
    runs = [a_job_run(world, application) for _ in range(3)]
    simulation.advance(seconds(2))
    assert [run.state for run in runs] == ["PENDING", "QUEUED", "QUEUED"]
    simulation.advance(seconds(10_000))
    starts = [run.attempt.started_at for run in runs]
    assert starts == sorted(starts)
    assert [run.state for run in runs] == ["SUCCESS"] * 3
    assert runs[0].queued_for is None
    assert runs[1].queued_for == runs[0].attempt.ended_at - (START + seconds(1))


def test_a_cancelled_queue_entry_lets_others_pass(simulation, world):
    """Who leaves the queue is not asked again."""
    application = an_application(world, max_concurrent_runs=1)
    runs = [a_job_run(world, application) for _ in range(3)]
    simulation.advance(seconds(2))
    world.fire(runs[1], "cancel")
    simulation.advance(seconds(10_000))
    assert [run.state for run in runs] == ["SUCCESS", "CANCELLED", "SUCCESS"]


def test_a_queue_timeout_cancels(simulation, world):
    """Waiting is limited too (facts §3.4, §16)."""
    application = an_application(world, max_concurrent_runs=1)
    a_job_run(world, application, Plan((HANGS,)))
    run = a_job_run(world, application, limits={"queue_time_out": seconds(900)})
    simulation.advance(seconds(1000))
    assert run.state_details == "The JobRun exceeded its queue timeout of 15 minutes."
    assert run.state == "CANCELLED"


def test_a_refused_event_changes_nothing(simulation, world, started):
    """Cancelling what has ended is refused before anything moved."""
    run = a_job_run(world, started)
    simulation.advance(seconds(1000))
    before = (run.state, run.updated_at, len(simulation.changes), simulation.agenda.all())
    with pytest.raises(Refused):
        world.fire(run, "cancel")
    assert (run.state, run.updated_at, len(simulation.changes), simulation.agenda.all()) == before


def test_an_accepted_event_that_does_not_move_changes_nothing(simulation, world, started):
    """Starting what is STARTED leaves `updatedAt` alone."""
    before = started.updated_at
    simulation.advance(seconds(60))
    world.fire(started, "start")
    assert started.updated_at == before


def test_a_checkpoint_can_be_rewound_to_again_and_again(simulation, world, started):
    """Records, agenda, ids and time are as they were; what happened since is gone."""
    run_id = a_job_run(world, started).id
    checkpoint = simulation.checkpoint()
    for _ in range(2):
        simulation.advance(seconds(1000))
        assert simulation.owners[run_id][1].state == "SUCCESS"
        later = a_job_run(*simulation.owners[started.id])
        simulation.rewind(checkpoint)
        assert simulation.owners[run_id][1].state == "SUBMITTED"
        assert later.id not in simulation.owners
        assert simulation.catch_up() == START + seconds(30)


def test_where_time_cannot_be_set_back_the_world_stood_still_meanwhile():
    """What was due in 120 seconds is due 120 seconds after the rewind."""

    class SharedSource(StandingSource):
        def __deepcopy__(self, memo):
            return self

    simulation = Simulation(Clock(SharedSource(lambda: START)), Timing())
    world = a_world(simulation)
    run = a_job_run(world, an_application(world))
    simulation.advance(seconds(97))
    assert run.state == "RUNNING"
    checkpoint = simulation.checkpoint()
    simulation.advance(seconds(3600))
    simulation.rewind(checkpoint)
    assert simulation.catch_up() == START + seconds(3697)
    simulation.advance(seconds(109))
    assert simulation.owners[run.id][1].state == "RUNNING"
    simulation.advance(seconds(1))
    assert simulation.owners[run.id][1].state == "SUCCESS"


def test_durations_are_checked_at_the_door():
    """Seconds or timedelta; nothing negative, nothing else."""
    assert Timing(run=1.5).of("run") == duration(seconds(1.5))
    assert Timing.instant().of("scheduled") == seconds(0)
    with pytest.raises(ValueError, match=r"Timing\.run cannot be negative"):
        Timing(run=-1)
    for wrong in ("5", None, True):
        with pytest.raises(TypeError, match=r"Timing\.run is a timedelta or a number of seconds"):
            Timing(run=wrong)


STEP = st.one_of(
    st.tuples(st.just("advance"), st.integers(0, 2000)),
    st.tuples(st.just("submit"), st.sampled_from([Plan(), FAILS, Plan((HANGS,))])),
    st.tuples(st.sampled_from(["start", "stop", "delete", "cancel"]), st.integers(0, 3)),
)


@given(st.lists(STEP, max_size=30), st.integers(1, 3) | st.none())
def test_whatever_happens_the_tables_are_kept(steps, most):
    """Every change is a row of its table, in order of time; no record is lost; the same steps give the same changes."""
    assert _lived(steps, most) == _lived(steps, most)


def _lived(steps, most):
    simulation = a_simulation()
    world = a_world(simulation)
    application = an_application(world, max_concurrent_runs=most)
    runs = []
    for step, what in steps:
        simulation.catch_up()
        if step == "advance":
            simulation.advance(seconds(what))
        elif step == "submit":
            if application.state != "TERMINATED":
                runs.append(a_job_run(world, application, what, limits={"time_out": seconds(3600)}, max_attempts=2))
        else:
            record = application if step != "cancel" else runs[what] if what < len(runs) else None
            if record is not None and step in TABLES[record.kind][record.state]:
                world.fire(record, step)
    _check(simulation, [application, *runs])
    return [(c.at, c.id, c.event, c.after) for c in simulation.changes]


def _check(simulation, records):
    state = dict.fromkeys(r.id for r in records)
    for change in simulation.changes:
        assert change.before == state[change.id]
        if change.before is not None:
            assert TABLES[change.kind][change.before][change.event] == change.after
        state[change.id] = change.after
    assert {r.id: r.state for r in records} == state
    times = [change.at for change in simulation.changes]
    assert times == sorted(times)
    assert set(simulation.owners) == set(state)


def test_there_is_no_next_event_where_nothing_is_due(simulation):
    """The clock does not move."""
    with pytest.raises(LookupError, match=r"^nothing is due$"):
        simulation.step_to_next()
    assert simulation.clock.now() == START


def test_clock_and_simulation_show_the_same_time_at_each_event(simulation, world):
    """Code that watches changes may read the clock that the author froze."""
    seen = []
    simulation.observers.append(lambda change: seen.append((change.at, simulation.clock.now())))
    a_job_run(world, an_application(world), FAILS)
    simulation.advance(seconds(100))
    assert len(seen) > 5
    assert all(told == shown for told, shown in seen)


def test_the_last_outcome_is_that_of_all_further_attempts():
    """Attempts are counted from 1."""
    first, last = Outcome("fail"), Outcome("succeed")
    plan = Plan((first, last))
    assert [plan.of(attempt) for attempt in (1, 2, 3, 9)] == [first, last, last, last]
    assert Plan((first,)).of(2) is first
