"""The records as an author sees them: looked up in many ways, always as of now."""

from __future__ import annotations

import re

import pytest

from tests.service.requests import (
    RUNNING_AFTER,
    SCHEDULED_AFTER,
    SPARK,
    START,
    SUCCESS_AFTER,
    at,
    job_run,
    start_job_run,
)

SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}
UNKNOWN = "00abcdefabcdef01"


@pytest.fixture
def runs(emr, app, submit):
    """The ids of three job runs, in order of creation."""
    return [submit(name=name) for name in "abc"]


def test_records_are_in_order_of_creation(emr, runs):
    """By position from either end, by slice, and when gone through."""
    assert [run.id for run in emr.job_runs] == runs
    assert [emr.job_runs[n].id for n in (0, 1, -1)] == [runs[0], runs[1], runs[2]]
    assert [run.id for run in emr.job_runs[1:]] == runs[1:]
    assert [run.id for run in reversed(emr.job_runs)] == runs[::-1]


def test_records_are_looked_up_by_id_and_arn(emr, runs):
    """Whichever is at hand."""
    run = emr.job_runs[1]
    assert emr.job_runs[run.id] == emr.job_runs[run.arn] == run
    assert (run.job_run_id, run.application_id, run.name) == (runs[1], emr.applications[0].id, "b")


def test_the_collections_know_what_they_have(emr, app, runs):
    """By record, id or ARN; each kind for itself."""
    run = emr.job_runs[0]
    for known in (run, run.id, run.arn):
        assert known in emr.job_runs
        assert known not in emr.applications
    for unknown in (UNKNOWN, app, run.arn.replace("us-east-1", "eu-west-1"), 5, None):
        assert unknown not in emr.job_runs
    assert (len(emr.applications), len(emr.job_runs), len(emr.sessions)) == (1, 3, 0)
    assert (bool(emr.job_runs), bool(emr.sessions)) == (True, False)


def test_what_there_is_not_is_told_with_what_there_is(emr, app, runs):
    """As dictionaries and lists do."""
    with pytest.raises(KeyError, match=re.escape(f"No job_run '{UNKNOWN}'. There are: {', '.join(runs)}")):
        emr.job_runs[UNKNOWN]
    with pytest.raises(KeyError, match=f"No job_run '{app}'"):
        emr.job_runs[app]
    with pytest.raises(KeyError, match="There are: none"):
        emr.sessions[UNKNOWN]
    with pytest.raises(IndexError):
        emr.job_runs[3]


def test_an_arn_of_elsewhere_is_not_found(emr, runs):
    """Although it ends with a known id."""
    elsewhere = emr.job_runs[0].arn.replace("123456789012", "210987654321")
    with pytest.raises(KeyError, match=elsewhere):
        emr.job_runs[elsewhere]


def test_attributes_are_awss_members_in_snake_case(emr, client, app, submit):
    """The same values as GetJobRun shows."""
    run = submit(name="etl", tags={"team": "data"})
    emr.run_until(run)
    shown, record = job_run(client, app, run), emr.job_runs[run]
    assert record.state == shown["state"] == "SUCCESS"
    assert record.total_execution_duration_seconds == shown["totalExecutionDurationSeconds"] == 120
    assert (record.job_driver, record.tags, record.created_by) == (SPARK, {"team": "data"}, shown["createdBy"])
    assert (record.created_at, record.started_at, record.ended_at) == (
        START,
        at(seconds=RUNNING_AFTER),
        at(seconds=SUCCESS_AFTER),
    )
    assert record.total_resource_utilization["vCPUHour"] == shown["totalResourceUtilization"]["vCPUHour"]


def test_a_record_that_is_held_is_live(emr, submit):
    """Its attributes have their present values."""
    record = emr.job_runs[submit()]
    seen = [record.state]
    for since in (1, SCHEDULED_AFTER, RUNNING_AFTER, SUCCESS_AFTER):
        emr.clock.move_to(at(seconds=since))
        seen.append(record.state)
    assert seen == ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS"]


def test_moments_that_have_not_come_are_none(emr, submit):
    """They can be compared with None."""
    record = emr.job_runs[submit()]
    assert (record.started_at, record.ended_at, record.queued_duration_milliseconds) == (None, None, None)


def test_a_member_that_is_not_there_is_told_with_those_that_are(emr, submit):
    """With the record and its state: the one that is near, or all in alphabetical order."""
    record = emr.job_runs[submit()]
    shown = f"<JobRun {record.id} SUBMITTED> has no"
    with pytest.raises(AttributeError, match=f"{shown} 'stat' now; did you mean .state[?]"):
        record.stat  # noqa: B018 - the look is what is tested
    with pytest.raises(AttributeError, match=f"{shown} 'xyz' now; it has: .*application_id.*state"):
        record.xyz  # noqa: B018 - as above
    assert not hasattr(record, "total_execution_duration_seconds")
    assert not hasattr(record, "_private")


def test_dir_lists_what_can_be_asked(emr, submit):
    """For notebooks: members and methods."""
    record = emr.job_runs[submit()]
    assert {"state", "application_id", "job_driver", "started_at", "kind"} <= set(dir(record))


def test_records_tell_what_they_are(emr, app, submit):
    """Kind, id and state."""
    run = submit()
    assert repr(emr.job_runs) == f"[<JobRun {run} SUBMITTED>]"
    assert repr(emr.applications[app]) == f"<Application {app} STARTED>"


def test_records_are_the_same_if_their_ids_are(emr, app, runs):
    """They can be in sets and dictionaries; a record is no id."""
    assert emr.job_runs[0] == emr.job_runs[runs[0]] != emr.job_runs[1]
    assert len({emr.job_runs[0], emr.job_runs[runs[0]], emr.job_runs[1]}) == 2
    assert emr.job_runs[0] != runs[0]


def test_what_a_look_gives_is_no_way_to_change_a_record(emr, app):
    """Tags are changed by TagResource."""
    emr.applications[app].tags["team"] = "data"
    assert emr.applications[app].tags == {}


def test_records_of_all_regions_are_there(emr, app):
    """The mock's author sees every account and region."""
    elsewhere = emr.add_application(region_name="eu-west-1")
    assert list(emr.applications) == [emr.applications[app], elsewhere]


def test_the_handle_tells_how_much_there_is(emr, runs):
    """Its repr is readable in a notebook."""
    assert repr(emr) == "<EMRServerless <manual clock: 2024-01-01T00:00:00+00:00> applications=1 job_runs=3>"


@pytest.mark.needs_model("GetSession")
def test_sessions_are_looked_up_as_the_others(emr):
    """By position, id and ARN."""
    session = emr.add_session(emr.add_application(**SESSIONS))
    assert emr.sessions[0] == emr.sessions[session.id] == emr.sessions[session.arn] == session
    assert (session.idle_timeout_minutes, session.idle_since, session.ended_at) == (60, START, None)


@pytest.mark.needs_model("GetSession")
@pytest.mark.parametrize(("verb", "state"), [("busy", "BUSY"), ("idle", "IDLE")])
def test_a_session_can_be_steered(emr, verb, state):
    """`busy()` and `idle()` change its state."""
    session = emr.add_session(emr.add_application(**SESSIONS))
    getattr(session, verb)()
    assert session.state == state


@pytest.mark.needs_model("GetSession")
@pytest.mark.parametrize("verb", ["busy", "idle"])
@pytest.mark.parametrize("state", ["SUBMITTED", "STARTING", "TERMINATING", "TERMINATED", "FAILED"])
def test_a_session_that_is_not_usable_can_not(emr, verb, state):
    """It says in which state it is."""
    session = emr.add_session(emr.add_application(**SESSIONS), state)
    with pytest.raises(ValueError, match=f"session {session.id} is {state}: '{verb}' is not possible"):
        getattr(session, verb)()
    assert session.state == state


def test_runs_of_several_applications_are_in_one_collection(emr, client):
    """In the order in which they were made."""
    one, other = emr.add_application().id, emr.add_application().id
    made = [start_job_run(client, app) for app in (one, other, one)]
    assert [run.id for run in emr.job_runs] == made


def test_a_collection_is_asked_for_a_record_itself(emr, app, submit):
    """Of its own kind."""
    run = emr.job_runs[submit()]
    assert emr.job_runs[run] == run
    with pytest.raises(KeyError, match="No application"):
        emr.applications[run]


@pytest.mark.needs_model("GetSession")
def test_a_state_that_a_session_cannot_stay_in_has_no_advice_for_job_runs(emr):
    """Sessions have no rules."""
    session = emr.add_session(emr.add_application(**SESSIONS))
    with pytest.raises(ValueError, match=r"TERMINATING \(docs: rules\)$"):
        session.stay("RUNNING")


def test_a_member_that_aws_does_not_return_now_is_no_misspelt_one(emr, app, submit):
    """The type of the record has it, and the message says when it is there."""
    run = emr.job_runs[submit()]
    with pytest.raises(AttributeError, match="has no 'network_configuration' now; AWS returns this member only when"):
        _ = run.network_configuration
    with pytest.raises(AttributeError, match=r"did you mean \.network_configuration|it has: "):
        _ = run.networks
