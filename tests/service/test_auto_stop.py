"""Auto-stop through a client: from the last activity on, and only of what is idle (facts §2.1, §2.4)."""

from __future__ import annotations

import pytest

from tests.service.model import request
from tests.service.requests import application, at, start_job_run

IDLE = 15 * 60


def state(client, app) -> str:
    """The state that GetApplication shows."""
    return application(client, app)["state"]


@pytest.mark.parametrize(("members", "minutes"), [({}, 15), ({"idleTimeoutMinutes": 90}, 90)])
def test_2_1_an_idle_application_stops_by_itself(emr, client, members, minutes):
    """15 minutes after it was STARTED, unless another figure was given."""
    app = emr.add_application(autoStopConfiguration=members).id
    emr.clock.move_to(at(minutes=minutes, seconds=-1))
    assert state(client, app) == "STARTED"
    emr.clock.advance(1)
    assert state(client, app) == "STOPPING"
    assert emr.run_until(app, "STOPPED").updated_at == at(minutes=minutes, seconds=20)


def test_2_1_an_application_without_auto_stop_stays_started(emr, client):
    """For as long as anyone looks."""
    app = emr.add_application(autoStopConfiguration={"enabled": False}).id
    emr.clock.advance(days=365)
    assert state(client, app) == "STARTED"


def test_2_1_an_application_that_was_only_created_does_not_stop(emr, client, create):
    """Auto-stop is for applications that hold capacity (facts §15.1)."""
    app = create()
    emr.clock.advance(days=365)
    assert state(client, app) == "CREATED"


def test_2_1_a_job_run_keeps_its_application_started(emr, client, app):
    """However long it takes, and without a stop and a start in between."""
    emr.when().succeed(after=3600)
    before = application(client, app)
    start_job_run(client, app)
    emr.clock.advance(3600)
    assert application(client, app) == before


@pytest.mark.parametrize("how", ["succeed", "fail", "cancel"])
def test_2_1_idleness_counts_from_the_end_of_the_last_job_run(emr, client, app, how):
    """However it ended; one that ended earlier does not count."""
    if how != "cancel":
        getattr(emr.when(), how)(after=1000)
    run = start_job_run(client, app)
    emr.run_until(run, "RUNNING")
    if how == "cancel":
        client.cancel_job_run(applicationId=app, jobRunId=run)
    ended = emr.run_until(run).ended_at
    assert emr.run_until(app, "STOPPING").updated_at - ended == at(seconds=IDLE) - at()


def test_2_1_the_timer_of_a_first_start_does_not_stop_the_second(emr, client, app):
    """A timer belongs to one visit of a state."""
    emr.clock.advance(minutes=10)
    client.stop_application(applicationId=app)
    emr.run_until(app, "STOPPED")
    client.start_application(applicationId=app)
    started = emr.run_until(app, "STARTED").updated_at
    assert emr.run_until(app, "STOPPING").updated_at - started == at(seconds=IDLE) - at()


@pytest.mark.needs_model("StartSession")
def test_10_a_session_keeps_its_application_started(emr, client):
    """Auto-stop counts sessions as activity, and counts from their end."""
    app = emr.add_application(releaseLabel="emr-7.13.0", interactiveConfiguration={"sessionEnabled": True}).id
    before = application(client, app)
    session = client.start_session(**request("StartSession", applicationId=app))["sessionId"]
    emr.clock.advance(1800)
    assert application(client, app) == before
    client.terminate_session(applicationId=app, sessionId=session)
    emr.clock.advance(5)
    assert emr.run_until(app, "STOPPING").updated_at == at(seconds=1800 + 5 + IDLE)
