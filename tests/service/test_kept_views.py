"""What is shown of a record is made once until the record changes; answers, pages and recorded calls share it."""

from __future__ import annotations

import time
from copy import deepcopy

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.operations import responses
from tests.service.model import has
from tests.service.requests import ROLE, SPARK, START


@pytest.fixture
def emr():
    """The handle of a mock with a job run that is RUNNING."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        emr.add_job_run(emr.add_application(name="etl"), name="nightly", tags={"team": "data"})
        yield emr


@pytest.fixture
def client(emr):
    """A client that belongs to the mock."""
    return emr.client("us-east-1")


@pytest.fixture
def run(emr):
    """How the job run is named in requests."""
    return {"applicationId": emr.applications[0].id, "jobRunId": emr.job_runs[0].id}


@pytest.fixture
def made(monkeypatch):
    """The ids of the records that a view was made of since, one for each view."""
    seen = []
    for name in ("_application", "_job_run"):
        real = getattr(responses, name)

        def make(record, *rest, real=real):
            seen.append(record.id)
            return real(record, *rest)

        monkeypatch.setattr(responses, name, make)
    return seen


def answers(emr):
    """What the mock keeps of the answers of all calls."""
    return [reply.outcome for _, _, reply in emr._backend.recorder._notes]


def spoilt(value):
    """Put something else into every mapping and list of a value, however deep."""
    for item in list(value.values() if isinstance(value, dict) else value):
        if isinstance(item, dict | list):
            spoilt(item)
    value.clear()
    if isinstance(value, dict):
        value["spoilt"] = True


def test_polls_of_a_job_run_that_does_not_change_share_one_view(emr, client, run, made):
    """The second poll makes nothing, and all that is kept of it is that it was."""
    client.cancel_job_run(**run)
    for _ in range(3):
        client.get_job_run(**run)
    client.list_job_runs(applicationId=run["applicationId"])
    assert made == [run["jobRunId"]]
    _, *polls, page = answers(emr)
    assert all(poll["jobRun"] is polls[0]["jobRun"] for poll in polls)
    assert page["jobRuns"][0] is polls[0]["jobRun"]


def test_polls_of_an_application_share_one_view(emr, client, run, made):
    """Of GetApplication and of ListApplications."""
    client.update_application(applicationId=run["applicationId"], maximumCapacity={"cpu": "9 vCPU", "memory": "99 GB"})
    client.list_applications()
    client.get_application(applicationId=run["applicationId"])
    assert made == [run["applicationId"]]


def test_a_changed_job_run_is_shown_as_it_is(emr, client, run, made):
    """By time, by a call and by the test's author."""
    seen = [client.get_job_run(**run)["jobRun"]["state"]]
    emr.clock.advance(1)
    seen.append(client.get_job_run(**run)["jobRun"]["state"])
    client.cancel_job_run(**run)
    seen.append(client.get_job_run(**run)["jobRun"]["state"])
    emr.clock.advance(minutes=5)
    seen.append(client.get_job_run(**run)["jobRun"]["state"])
    assert seen == ["RUNNING", "RUNNING", "CANCELLING", "CANCELLED"]
    assert len(made) == 2  # the first had been made when the test looked up its id


def test_changed_tags_are_shown_and_old_answers_keep_the_old_ones(emr, client, run):
    """Tags change without a change of state or time."""
    arn = client.get_job_run(**run)["jobRun"]["arn"]
    client.tag_resource(resourceArn=arn, tags={"stage": "prod"})
    assert client.get_job_run(**run)["jobRun"]["tags"] == {"team": "data", "stage": "prod"}
    client.untag_resource(resourceArn=arn, tagKeys=["team", "nothing"])
    assert client.get_job_run(**run)["jobRun"]["tags"] == {"stage": "prod"}
    polls = emr.calls.of("GetJobRun")
    assert [poll.answer["jobRun"]["tags"].get("team") for poll in polls] == ["data", "data", None]


@pytest.mark.skipif(not has("SchedulerConfiguration"), reason="needs a newer botocore")
def test_the_time_in_the_queue_goes_on_while_a_job_run_is_queued(emr, client):
    """It is the one member that time changes by itself."""
    application = emr.add_application(schedulerConfiguration={"maxConcurrentRuns": 1}).id
    for _ in range(2):
        run = client.start_job_run(applicationId=application, executionRoleArn=ROLE, jobDriver=SPARK)["jobRunId"]
    queued = []
    for _ in range(3):
        emr.clock.advance(10)
        queued.append(client.get_job_run(applicationId=application, jobRunId=run)["jobRun"])
    assert {each["state"] for each in queued} == {"QUEUED"}
    first, second, third = (each["queuedDurationMilliseconds"] for each in queued)
    assert (second - first, third - second) == (10_000, 10_000)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client, run: client.get_job_run(**run)["jobRun"],
        lambda client, run: client.get_application(applicationId=run["applicationId"])["application"],
        lambda client, run: client.list_job_runs(applicationId=run["applicationId"])["jobRuns"],
        lambda client, run: client.list_applications()["applications"],
        lambda client, run: client.list_tags_for_resource(resourceArn=client.get_job_run(**run)["jobRun"]["arn"])[
            "tags"
        ],
    ],
    ids=["GetJobRun", "GetApplication", "ListJobRuns", "ListApplications", "ListTagsForResource"],
)
def test_what_a_test_does_to_an_answer_is_in_no_other_answer(emr, client, run, ask):
    """Nor in the calls that were recorded."""
    answer = ask(client, run)
    as_it_was = deepcopy(answer)
    spoilt(answer)
    assert ask(client, run) == as_it_was
    spoilt(emr.calls[-1].answer)
    assert ask(client, run) == as_it_was


def test_what_a_test_does_to_a_member_is_not_in_the_mock(emr, client, run):
    """What the handle's records show can be changed by the test, without effect."""
    answer = client.get_job_run(**run)["jobRun"]
    for members in (emr.job_runs[0].tags, emr.job_runs[0].job_driver, emr.job_runs[0].configuration_overrides):
        spoilt(members)
    spoilt(emr.applications[0].auto_stop_configuration)
    assert client.get_job_run(**run)["jobRun"] == answer
    assert emr.applications[0].auto_stop_configuration == {"enabled": True, "idleTimeoutMinutes": 15}


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of the process cannot be changed")
def test_what_is_kept_of_an_answer_is_in_the_zone_of_the_process(client, run, monkeypatch):
    """As botocore's parser has it, with which the suite compares each answer."""
    monkeypatch.setenv("TZ", "America/New_York")
    try:
        time.tzset()
        first = client.get_job_run(**run)["jobRun"]["createdAt"]
        monkeypatch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        second = client.get_job_run(**run)["jobRun"]["createdAt"]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert first == second
    assert first.utcoffset() != second.utcoffset()


def test_a_copy_of_a_mock_has_views_of_its_own(emr, client, run):
    """What was shown is no part of a record: neither forks nor snapshots have it."""
    shown = client.get_job_run(**run)["jobRun"]
    snapshot = emr.snapshot()
    with emr.fork() as fork:
        fork.job_runs[0].succeed()
        assert fork.client("us-east-1").get_job_run(**run)["jobRun"]["state"] == "SUCCESS"
    emr.restore(type(snapshot).from_json(snapshot.to_json()))
    assert client.get_job_run(**run)["jobRun"] == shown
