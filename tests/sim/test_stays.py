"""How long a record is in a state where its author says so: `World.stay`, while time goes on."""

from __future__ import annotations

import pytest

from tests.sim.arranged import a_job_run, a_simulation, a_world, an_application, history, seconds


@pytest.fixture
def simulation():
    """A simulation on a standing clock."""
    return a_simulation()


@pytest.fixture
def world(simulation):
    """Its one world."""
    return a_world(simulation)


@pytest.fixture
def run(simulation, world):
    """A job run that is SCHEDULED from 35 s on, and would be RUNNING at 68 s."""
    application = an_application(world)
    world.fire(application, "start")
    simulation.advance(seconds(30))
    run = a_job_run(world, application)
    simulation.advance(seconds(10))
    assert run.state == "SCHEDULED"
    return run


def running_at(simulation, run):
    """When a job run was RUNNING, in seconds from the start; None: it never was."""
    return dict(history(simulation, run.id)).get("RUNNING")


@pytest.mark.parametrize(("length", "running"), [(60, 95), (5.5, 40.5), (5, 40), (2, 40), (0, 40)])
def test_a_stay_counts_from_when_the_record_got_there(simulation, world, run, length, running):
    """Said at 40 s of a state that began at 35 s; what would be over already ends now."""
    world.stay(run, "SCHEDULED", seconds(length))
    simulation.advance(seconds(1000))
    assert running_at(simulation, run) == running


def test_a_stay_without_a_length_lasts_until_another_one_is_said(simulation, world, run):
    """Nothing is due for the record until then."""
    world.stay(run, "SCHEDULED", None)
    assert world.agenda.of(run.id) == []
    simulation.advance(seconds(1000))
    assert run.state == "SCHEDULED"
    world.stay(run, "SCHEDULED", seconds(1100))
    simulation.advance(seconds(1000))
    assert running_at(simulation, run) == 1135


def test_the_last_stay_that_was_said_holds(simulation, world, run):
    """One thing is due, not two."""
    world.stay(run, "SCHEDULED", seconds(60))
    world.stay(run, "SCHEDULED", seconds(90))
    assert len(world.agenda.of(run.id)) == 1
    simulation.advance(seconds(1000))
    assert running_at(simulation, run) == 125


def test_a_stay_in_a_later_state_changes_nothing_now(simulation, world, run):
    """It counts when the record gets there."""
    due = list(world.agenda.of(run.id))
    world.stay(run, "CANCELLING", seconds(100))
    assert world.agenda.of(run.id) == due
    world.fire(run, "cancel")
    simulation.advance(seconds(1000))
    assert history(simulation, run.id)[-2:] == [("CANCELLING", 40), ("CANCELLED", 140)]


def test_a_job_run_that_waited_for_its_application_waits_no_longer_when_its_stay_is_said(simulation, world):
    """Its turn comes at the end of its stay, not when the application is STARTED."""
    application = an_application(world)
    simulation.advance(seconds(60))
    run = a_job_run(world, application)
    simulation.advance(seconds(6))
    assert (run.state, run.held) == ("PENDING", "schedule")
    world.stay(run, "PENDING", seconds(300))
    assert run.held is None
    simulation.advance(seconds(1000))
    assert history(simulation, run.id)[1:3] == [("PENDING", 61), ("SCHEDULED", 361)]
