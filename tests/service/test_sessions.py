"""Interactive sessions through a client (facts §10, §15.13, §16)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emrs_mock.sim.lifecycles import TABLES
from tests.service.requests import ROLE, application, at, nothing_changes

pytestmark = pytest.mark.needs_model("StartSession")

SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}
STATES = list(TABLES["session"])
LIVE = ["SUBMITTED", "STARTING", "STARTED", "IDLE", "BUSY"]
ENDED = ["TERMINATED", "FAILED"]
UNKNOWN = "00abcdefabcdef08"


@pytest.fixture
def app(emr):
    """The id of an application that is STARTED and takes sessions."""
    return emr.add_application(**SESSIONS).id


@pytest.fixture
def begin(client, app):
    """StartSession with these members; returns the id."""
    return lambda **members: client.start_session(**{"applicationId": app, "executionRoleArn": ROLE, **members})[
        "sessionId"
    ]


@pytest.fixture
def show(client, app):
    """GetSession."""
    return lambda session: client.get_session(applicationId=app, sessionId=session)["session"]


@pytest.fixture
def terminate(client, app):
    """TerminateSession."""
    return lambda session: client.terminate_session(applicationId=app, sessionId=session)


def test_10_starting_answers_with_application_id_and_arn(client, app):
    """These, and nothing else."""
    answer = client.start_session(applicationId=app, executionRoleArn=ROLE)
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    session = answer["sessionId"]
    assert answer == {
        "applicationId": app,
        "sessionId": session,
        "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{app}/sessions/{session}",
    }


@pytest.mark.parametrize(
    ("since", "state"),
    [(0, "SUBMITTED"), (0.9, "SUBMITTED"), (1, "STARTING"), (75.9, "STARTING"), (76, "STARTED")],
)
def test_10_a_session_is_usable_after_a_minute_or_so(emr, begin, show, since, state):
    """61 to 90 seconds were captured."""
    session = begin()
    emr.clock.advance(since)
    assert show(session)["state"] == state


@pytest.mark.parametrize("state", ["CREATING", "CREATED", "STOPPED", "STARTING", "STOPPING"])
def test_10_a_session_starts_its_application(emr, client, state):
    """And waits in SUBMITTED until it is STARTED; that counts toward the 61 to 90 seconds."""
    app = emr.add_application(state, **SESSIONS).id
    session = client.start_session(applicationId=app, executionRoleArn=ROLE)["sessionId"]
    assert emr.run_until(session, "STARTING").updated_at == emr.run_until(app, "STARTED").updated_at
    assert emr.run_until(session, "STARTED").updated_at == at(seconds=76)


def test_10_without_auto_start_an_application_that_is_not_started_takes_no_sessions(emr, client, refuses):
    """In the words for job runs."""
    app = emr.add_application("CREATED", auto_start_configuration={"enabled": False}, **SESSIONS).id
    refusal = refuses(client.start_session, applicationId=app, executionRoleArn=ROLE)
    assert refusal == (
        "ValidationException",
        f"Application {app} must be in one of the following statuses [STARTING, STARTED]. Current status: CREATED",
        400,
    )


@pytest.mark.parametrize("members", [{}, {"interactive_configuration": {"studioEnabled": True}}])
def test_16_sessions_have_to_be_enabled(emr, client, refuses, members):
    """A typed error, not AccessDenied."""
    app = emr.add_application(release_label="emr-7.13.0", **members).id
    assert refuses(client.start_session, applicationId=app, executionRoleArn=ROLE) == (
        "ValidationException",
        f"Interactive sessions are not enabled for application {app}.",
        400,
    )


def test_10_sessions_are_for_spark_only(client, refuses):
    """As everything interactive: no Hive application can be made that has them."""
    refusal = refuses(
        client.create_application,
        type="HIVE",
        releaseLabel="emr-7.13.0",
        interactiveConfiguration={"sessionEnabled": True},
    )
    assert refusal.code == "ValidationException"


def test_10_a_role_of_another_account_is_refused(client, app, refuses):
    """As for job runs (facts §3.3)."""
    refusal = refuses(client.start_session, applicationId=app, executionRoleArn="arn:aws:iam::210987654321:role/job")
    assert refusal == ("AccessDeniedException", "Cross-account pass role is not allowed.", 403)


@pytest.mark.parametrize("given", [{}, {"idleTimeoutMinutes": 30}])
def test_10_a_session_shows_what_it_was_started_with(client, app, begin, show, given):
    """What was not given is the default: an hour of idling."""
    overrides = {"runtimeConfiguration": [{"classification": "spark-defaults", "properties": {"a": "b"}}]}
    request = {"name": "notebook", "tags": {"team": "data"}, "configurationOverrides": overrides, **given}
    session = begin(**request, clientToken="t")
    shown = show(session)
    expected = {"idleTimeoutMinutes": 60, **request}
    assert shown == {
        **expected,
        "applicationId": app,
        "sessionId": session,
        "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{app}/sessions/{session}",
        "state": "SUBMITTED",
        "stateDetails": "",
        "releaseLabel": "emr-7.13.0",
        "executionRoleArn": ROLE,
        "createdBy": "arn:aws:iam::123456789012:user/emrs-mock",
        "createdAt": at(),
        "updatedAt": at(),
    }


def test_10_a_row_of_a_list_shows_a_part_of_the_session(client, app, begin, show):
    """The same values as GetSession shows."""
    session = begin(name="notebook", tags={"team": "data"})
    (row,) = client.list_sessions(applicationId=app)["sessions"]
    shown = show(session)
    assert {"sessionId", "name", "state", "arn"} <= row.keys()
    assert row == {name: shown[name] for name in row}


@pytest.mark.parametrize("minutes", [1, 60, 90])
def test_10_an_idle_session_is_terminated(emr, begin, show, minutes):
    """Idling counts from idleSince, which is set when it is STARTED (facts §16)."""
    session = begin(idleTimeoutMinutes=minutes)
    assert "idleSince" not in show(session)
    usable = emr.run_until(session, "STARTED").updated_at
    assert show(session)["idleSince"] == usable
    emr.run_until(session, "TERMINATING")
    assert show(session)["updatedAt"] - usable == timedelta(minutes=minutes)
    assert emr.run_until(session).state == "TERMINATED"


def test_10_a_session_that_works_does_not_idle(emr, begin, show):
    """Its idling counts from the end of the work."""
    session = begin()
    emr.run_until(session, "STARTED")
    emr.sessions[session].busy()
    emr.clock.advance(hours=2)
    assert (show(session)["state"], show(session).get("idleSince")) == ("BUSY", None)
    emr.sessions[session].busy()
    assert show(session)["state"] == "BUSY"
    emr.sessions[session].idle()
    assert (show(session)["state"], show(session)["idleSince"]) == ("IDLE", emr.clock.now())
    emr.clock.advance(minutes=59)
    assert show(session)["state"] == "IDLE"
    emr.clock.advance(minutes=1)
    assert show(session)["state"] == "TERMINATING"


def test_10_a_session_lasts_a_day_at_most(emr, begin, show):
    """However busy it is."""
    session = begin()
    usable = emr.run_until(session, "STARTED").updated_at
    emr.sessions[session].busy()
    emr.run_until(session, "TERMINATING")
    assert show(session)["updatedAt"] - usable == timedelta(hours=24)


@pytest.mark.parametrize("state", LIVE)
def test_10_a_live_session_is_terminated_by_way_of_terminating(emr, client, app, show, terminate, state):
    """The answer says whom it was about."""
    session = emr.add_session(app, state).id
    answer = terminate(session)
    assert {"applicationId": app, "sessionId": session}.items() <= answer.items()
    assert show(session)["state"] == "TERMINATING"
    emr.run_until(session)
    assert (show(session)["state"], show(session)["endedAt"]) == ("TERMINATED", at(seconds=5))


@pytest.mark.parametrize("state", ["TERMINATING", *ENDED])
def test_16_terminating_again_is_answered_and_changes_nothing(emr, app, terminate, state):
    """200, however the session ended."""
    session = emr.add_session(app, state).id
    with nothing_changes(emr):
        assert terminate(session)["sessionId"] == session


def test_10_a_session_keeps_its_application_from_stopping_by_itself(emr, client, app, begin, terminate):
    """Sessions are activity; the idle time of the application counts from their end."""
    session = begin()
    emr.clock.advance(minutes=30)
    assert application(client, app)["state"] == "STARTED"
    terminate(session)
    ended = emr.run_until(session).updated_at
    assert emr.run_until(app, "STOPPING").updated_at - ended == timedelta(minutes=15)


@pytest.mark.parametrize("state", STATES)
def test_10_moments_and_totals_are_there_when_they_are_known(emr, app, show, state):
    """As for job runs (facts §3.7): startedAt from STARTED on, the end and the totals at the end."""
    shown = show(emr.add_session(app, state).id)
    expected = {
        "startedAt": state not in ("SUBMITTED", "STARTING"),
        "endedAt": state in ENDED,
        "idleSince": state in ("STARTED", "IDLE"),
        "totalExecutionDurationSeconds": state in ENDED,
        "totalResourceUtilization": state in ENDED,
        "billedResourceUtilization": state in ENDED,
    }
    assert {name: name in shown for name in expected} == expected


def test_5_a_session_is_billed_for_its_workers(emr, begin, show, terminate):
    """A driver and three executors of 4 vCPU and 16 GB, from STARTED to the end."""
    session = begin()
    emr.run_until(session, "STARTED")
    emr.clock.advance(minutes=59, seconds=55)
    terminate(session)
    emr.run_until(session)
    shown = show(session)
    assert shown["totalExecutionDurationSeconds"] == 3600
    assert shown["totalResourceUtilization"] == {"vCPUHour": 16.0, "memoryGBHour": 64.0, "storageGBHour": 80.0}
    assert shown["billedResourceUtilization"] == {"vCPUHour": 16.0, "memoryGBHour": 64.0, "storageGBHour": 0.0}


@pytest.mark.parametrize("call", ["get_session", "terminate_session", "get_session_endpoint"])
def test_16_an_unknown_session_is_a_404(emr, client, app, refuses, call):
    """One of another application is unknown too."""
    strangers = emr.add_session(emr.add_application(**SESSIONS)).id
    for session in (UNKNOWN, strangers):
        refusal = refuses(getattr(client, call), applicationId=app, sessionId=session)
        assert refusal == ("ResourceNotFoundException", f"Session {session} does not exist", 404)


@pytest.mark.parametrize("state", ["STARTED", "IDLE", "BUSY"])
def test_1_6_a_session_that_works_has_an_endpoint_for_an_hour(emr, client, app, state):
    """The time is that of the mock's clock; each look has a fresh token."""
    session = emr.add_session(app, state).id
    request = {"applicationId": app, "sessionId": session}
    first = client.get_session_endpoint(**request)
    assert {**request, "endpoint": f"https://{session}.s.emr-serverless-services.us-east-1.amazonaws.com"}.items() <= (
        first.items()
    )
    assert (len(first["authToken"]) > 0, first["authTokenExpiresAt"]) == (True, at(hours=1))
    emr.clock.advance(minutes=10)
    second = client.get_session_endpoint(**request)
    assert second["authTokenExpiresAt"] == at(hours=1, minutes=10)
    assert second["authToken"] != first["authToken"]


@pytest.mark.parametrize("state", ["SUBMITTED", "STARTING"])
def test_16_a_session_that_is_not_started_has_no_endpoint_yet(emr, client, app, refuses, state):
    """A ValidationException, not a 404: a waiter goes on."""
    session = emr.add_session(app, state).id
    refusal = refuses(client.get_session_endpoint, applicationId=app, sessionId=session)
    assert (refusal.code, refusal.status) == ("ValidationException", 400)


@pytest.mark.parametrize("state", ["TERMINATING", *ENDED])
def test_15_13_a_session_that_ends_or_has_ended_has_no_endpoint(emr, client, app, refuses, state):
    """AWS's own client takes ResourceNotFoundException, and only that, as "terminated or expired"."""
    session = emr.add_session(app, state).id
    refusal = refuses(client.get_session_endpoint, applicationId=app, sessionId=session)
    assert refusal == ("ResourceNotFoundException", f"Session {session} does not exist", 404)
