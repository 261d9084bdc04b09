"""The warning for code that waits in vain, or for real."""

from __future__ import annotations

from functools import partial

import pytest

from emrs_mock import EMRServerlessWaitWarning, mock_emr_serverless
from emrs_mock.handle.backend import compose
from emrs_mock.observation.poll_watch import PollWatch
from tests.service.requests import application, at, job_run, start_job_run

SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}


def ask(times, *looks):
    """Poll without sleeping: each of these looks so many times."""
    for look in looks:
        for _ in range(times):
            look()


@pytest.fixture
def look(client, app):
    """How to look at a job run of `app`."""
    return lambda run: partial(job_run, client, app, run)


def test_a_loop_that_asks_a_hundred_times_on_a_standing_clock_is_told(look, submit):
    """The warning has the operation, the record, its state, the next due event, and what to do."""
    run = submit()
    ask(99, look(run))
    with pytest.warns(EMRServerlessWaitWarning) as caught:
        ask(1, look(run))
    message = str(caught[0].message)
    assert f"GetJobRun was called 100 times while the clock stood at {at().isoformat()}" in message
    assert f"for job_run {run}, which is SUBMITTED; 'validate' is due at {at(seconds=1).isoformat()}" in message
    for advice in ('clock="virtual"', "emr.clock.advance(...)", "emr.run_until(...)"):
        assert advice in message


def test_a_mock_warns_once(look, submit):
    """Further polls of any record give no second warning."""
    run, other = submit(), submit()
    with pytest.warns(EMRServerlessWaitWarning) as caught:
        ask(150, look(run), look(other))
    assert len(caught) == 1


def test_where_nothing_is_due_the_warning_says_so(emr, client):
    """No event is due for this application."""
    held = emr.add_application("CREATED", auto_start_configuration={"enabled": False}).id
    client.start_application(applicationId=held)
    run = start_job_run(client, held)
    emr.run_until(run, "PENDING")
    emr._simulation.agenda.keep(run, ())
    with pytest.warns(EMRServerlessWaitWarning, match="which is PENDING; nothing is due for it"):
        ask(100, partial(job_run, client, held, run))


def test_an_application_that_moves_is_waited_for_too(client, create):
    """CREATING, STARTING and STOPPING pass."""
    app = create()
    with pytest.warns(EMRServerlessWaitWarning, match="GetApplication was called 100 times"):
        ask(100, partial(application, client, app))


@pytest.mark.needs_model("GetSession")
def test_a_session_is_waited_for_too(emr, client):
    """As a job run is."""
    session = emr.add_session(emr.add_application(**SESSIONS), "STARTING")
    with pytest.warns(EMRServerlessWaitWarning, match="GetSession was called 100 times"):
        ask(100, partial(client.get_session, applicationId=session.application_id, sessionId=session.id))


@pytest.mark.parametrize("state", ["CREATED", "STARTED", "STOPPED", "TERMINATED"])
def test_nobody_waits_for_an_application_that_rests(emr, client, state):
    """To ask it often is no mistake."""
    app = emr.add_application(state).id
    ask(150, partial(application, client, app))


@pytest.mark.parametrize("state", ["SUCCESS", "FAILED", "CANCELLED"])
def test_nobody_waits_for_a_job_run_that_has_ended(emr, app, look, state):
    """To ask it often is no mistake."""
    ask(150, look(emr.add_job_run(app, state).id))


def test_different_records_are_counted_apart(look, submit):
    """Sixty looks at each of three job runs are no loop."""
    for run in [submit() for _ in range(3)]:
        ask(60, look(run))


def test_a_clock_that_moves_is_no_standing_clock(emr, look, submit):
    """The looks are counted at one instant."""
    run = submit()
    for _ in range(3):
        ask(90, look(run))
        emr.clock.advance(0.1)


class Watched:
    """A mock with a system clock, whose real time the test controls."""

    def __init__(self, emr):
        self.real, self.emr, self.client = 0.0, emr, emr.client("us-east-1")
        emr._backend.answer = compose([PollWatch(emr._simulation, lambda: self.real)], emr._backend._core)
        self.app = emr.add_application().id

    def ask(self, run, *moments):
        """Poll at these moments of real time."""
        for self.real in moments:
            job_run(self.client, self.app, run)


@pytest.fixture
def watched():
    """A mock with a system clock, whose real time the test controls."""
    with mock_emr_serverless() as emr:
        yield Watched(emr)


def test_a_loop_that_really_waits_is_told_after_three_seconds(watched):
    """Counted from its first look."""
    run = start_job_run(watched.client, watched.app)
    watched.ask(run, 100, 101, 102.9)
    with pytest.warns(EMRServerlessWaitWarning, match=rf"GetJobRun was called for 3 real seconds for job_run {run}"):
        watched.ask(run, 103)


def test_three_seconds_of_several_records_are_no_three_seconds_of_one(watched):
    """A long test with many job runs does not wait for one of them."""
    for begin in (0, 2, 4):
        run = start_job_run(watched.client, watched.app)
        watched.ask(run, begin, begin + 2)
        watched.emr.run_until(run)
        watched.ask(run, begin + 2)


def test_a_loop_that_went_on_after_the_end_begins_anew(watched):
    """An application that rests in between is waited for from its next move on."""
    app, client = watched.app, watched.client
    for watched.real in (0, 2.9):
        client.stop_application(applicationId=app)
        application(client, app)
        watched.emr.run_until(app, "STOPPED")
        application(client, app)
        client.start_application(applicationId=app)
        watched.emr.run_until(app, "STARTED")
    client.stop_application(applicationId=app)
    watched.real = 5.8
    application(client, app)
