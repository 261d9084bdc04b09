"""Arranging: records that are in a state now, checked as the API checks, without passing time."""

from __future__ import annotations

import re

import boto3
import pytest

from emrs_mock.sim.lifecycles import TABLES
from tests.service.requests import (
    DRIVERS,
    RUNNING_AFTER,
    SCHEDULED_AFTER,
    START,
    SUCCESS_AFTER,
    application,
    at,
    everything,
    job_run,
    start_job_run,
)

SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}
needs_sessions = pytest.mark.needs_model("StartSession")
KINDS = ["application", "job_run", pytest.param("session", marks=needs_sessions)]
EVERY_STATE = [
    pytest.param(kind, state, marks=[needs_sessions] if kind == "session" else [])
    for kind, table in TABLES.items()
    for state in table
]


def arrange(emr, kind, *args, **members):
    """Add a record of a kind, where it needs one to a new application that is STARTED."""
    parents = [] if kind == "application" else [emr.add_application(**(SESSIONS if kind == "session" else {}))]
    return getattr(emr, f"add_{kind}")(*parents, *args, **members)


def records(emr, kind):
    """All of a kind."""
    return getattr(emr, f"{kind}s")


@pytest.mark.parametrize(("kind", "state"), EVERY_STATE)
def test_a_record_can_be_arranged_in_every_state(emr, kind, state):
    """It is in it at once, since now, and no time has passed."""
    record = arrange(emr, kind, state)
    assert (record.state, record.created_at, record.updated_at, emr.clock.now()) == (state, START, START, START)
    assert list(records(emr, kind)) == [record]


@pytest.mark.parametrize(
    ("kind", "default"),
    [("application", "STARTED"), ("job_run", "RUNNING"), pytest.param("session", "STARTED", marks=needs_sessions)],
)
def test_a_record_is_where_tests_begin_unless_a_state_is_said(emr, kind, default):
    """Ready for work, or at it."""
    assert arrange(emr, kind).state == default


def test_clients_see_what_was_arranged(emr, client):
    """As if they had made it."""
    run = arrange(emr, "job_run", "FAILED", name="etl", tags={"team": "data"})
    assert application(client, run.application_id)["state"] == "STARTED"
    shown = job_run(client, run.application_id, run.id)
    assert (shown["state"], shown["name"], shown["tags"]) == ("FAILED", "etl", {"team": "data"})
    assert client.list_job_runs(applicationId=run.application_id)["jobRuns"][0]["arn"] == run.arn


LIFE = [("PENDING", 1), ("SCHEDULED", SCHEDULED_AFTER), ("RUNNING", RUNNING_AFTER), ("SUCCESS", SUCCESS_AFTER)]
"""When a job run is in each state."""


@pytest.mark.parametrize(
    ("kind", "state", "moves"),
    [
        ("application", "CREATING", [("CREATED", 10)]),
        ("application", "STARTING", [("STARTED", 20), ("STOPPING", 920), ("STOPPED", 940)]),
        ("application", "STARTED", [("STOPPING", 900), ("STOPPED", 920)]),
        ("application", "STOPPING", [("STOPPED", 20)]),
        ("application", "CREATED", []),
        ("job_run", "SUBMITTED", LIFE),
        ("job_run", "SCHEDULED", [(state, seconds - SCHEDULED_AFTER) for state, seconds in LIFE[2:]]),
        ("job_run", "RUNNING", [("SUCCESS", 120)]),
        ("job_run", "CANCELLING", [("CANCELLED", 5)]),
        ("job_run", "SUCCESS", []),
        pytest.param(
            "session", "STARTING", [("STARTED", 75), ("TERMINATING", 3675), ("TERMINATED", 3680)], marks=needs_sessions
        ),
        pytest.param("session", "TERMINATING", [("TERMINATED", 5)], marks=needs_sessions),
    ],
)
def test_what_was_arranged_lives_on(emr, kind, state, moves):
    """From now, as if it had just come into that state."""
    record = arrange(emr, kind, state)
    emr.clock.advance(days=1)
    changes = [(c.after, (c.at - START).total_seconds()) for c in emr._simulation.changes if c.id == record.id]
    assert changes == [(state, 0), *moves]


@pytest.mark.needs_model("CreateApplication.schedulerConfiguration")
def test_a_queued_job_run_gets_in_when_there_is_room(emr):
    """Behind one that is active."""
    app = emr.add_application(scheduler_configuration={"maxConcurrentRuns": 1})
    first, queued = emr.add_job_run(app), emr.add_job_run(app, "QUEUED")
    emr.run_until(first)
    assert emr.run_until(queued).state == "SUCCESS"


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_of_ones_own_choice(emr, kind):
    """The one in the settings file: ARNs have it, clients find it."""
    record = arrange(emr, kind, id="00f1cbsc6anuij25")
    assert (record.id, record.arn.rsplit("/", 1)[-1]) == ("00f1cbsc6anuij25", "00f1cbsc6anuij25")
    assert records(emr, kind)["00f1cbsc6anuij25"] == record


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ("00F1CBSC6ANUIJ25", "is not a valid id: Member must satisfy regular expression pattern"),
        ("", "Member must have length greater than or equal to 1"),
        ("a" * 65, "Member must have length less than or equal to 64"),
        ("my-app", "is not a valid id"),
    ],
)
def test_an_id_that_aws_could_not_give_is_refused(emr, kind, wrong, text):
    """Nothing was added."""
    with pytest.raises(ValueError, match=re.escape(text)):
        arrange(emr, kind, id=wrong)
    assert len(records(emr, kind)) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_that_is_taken_is_refused(emr, kind):
    """The id may belong to any kind of record, which does not change."""
    run = arrange(emr, "job_run", id="00taken")
    with pytest.raises(ValueError, match="The id '00taken' is already in use"):
        arrange(emr, kind, id="00taken")
    assert (emr.job_runs["00taken"], len(emr.job_runs)) == (run, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_that_there_is_not_is_refused(emr, kind):
    """Those that there are, are listed."""
    with pytest.raises(ValueError, match=f"No {kind} can be in state 'READY'.*{', '.join(TABLES[kind])}"):
        arrange(emr, kind, "READY")
    assert len(records(emr, kind)) == 0


@pytest.mark.parametrize("members", [{"release_label": "emr-6.9.0"}, {"releaseLabel": "emr-6.9.0"}])
def test_members_are_written_either_way(emr, members):
    """As Python or as AWS writes them."""
    assert emr.add_application(**members).release_label == "emr-6.9.0"


@pytest.mark.parametrize("engine", DRIVERS)
def test_a_job_run_has_a_driver_of_the_engine_unless_it_is_given_one(emr, engine):
    """A test need not give one."""
    app = emr.add_application(type=engine)
    assert emr.add_job_run(app).job_driver.keys() == DRIVERS[engine].keys()
    assert emr.add_job_run(app, job_driver=DRIVERS[engine]).job_driver == DRIVERS[engine]


@pytest.mark.parametrize(
    ("kind", "members", "text"),
    [
        ("application", {"name": "n" * 65}, "Value at 'name' failed to satisfy constraint"),
        ("application", {"name": 5}, "Invalid type for parameter name, value: 5"),
        ("application", {"colour": "red"}, 'Unknown parameter in input: "colour", must be one of: name, releaseLabel'),
        ("application", {"release_label": "emr-5.0.0"}, "is not supported for release label 'emr-5.0.0'"),
        ("application", {"type": "FLINK"}, "Unsupported engine FLINK"),
        ("application", {"tags": {"aws:x": ""}}, "Tag keys that begin with aws: are reserved."),
        ("job_run", {"name": "n" * 257}, "Value at 'name' failed to satisfy constraint"),
        ("job_run", {"execution_timeout_minutes": 1}, "AWS would refuse this: RunTimeout must be at least 5 minutes."),
        ("job_run", {"job_driver": DRIVERS["Hive"]}, "Job driver hive is not supported for application type Spark."),
        (
            "job_run",
            {"execution_role_arn": "arn:aws:iam::210987654321:role/job"},
            "Cross-account pass role is not allowed.",
        ),
        pytest.param("session", {"idle_timeout_minutes": -1}, "idleTimeoutMinutes", marks=needs_sessions),
    ],
)
@pytest.mark.parametrize("state", ["SUBMITTED", "default"])
def test_members_that_the_api_would_refuse_are_refused(emr, kind, members, text, state):
    """In its words, in whatever state the record shall be; nothing was added."""
    given = [] if state == "default" or kind == "application" else [state]
    with pytest.raises(ValueError, match=re.escape(text)):
        arrange(emr, kind, *given, **members)
    assert len(records(emr, kind)) == 0


def test_a_refused_arrangement_changes_nothing(emr, app, submit):
    """Whatever was wrong."""
    submit()
    before = everything(emr)
    for wrong in ({"state": "READY"}, {"id": app}, {"id": "NO"}, {"name": ""}, {"colour": "red"}):
        with pytest.raises(ValueError, match=r"READY|already in use|NO|name|colour"):
            emr.add_application(**wrong)
        with pytest.raises(ValueError, match=r"READY|already in use|NO|name|colour"):
            emr.add_job_run(app, **wrong)
    assert everything(emr) == before


def test_what_was_given_can_be_changed_afterwards(emr):
    """The record has its own copy."""
    tags = {"team": "data"}
    app = emr.add_application(tags=tags)
    tags["team"] = "web"
    assert app.tags == {"team": "data"}


@pytest.mark.parametrize("name", ["record", "id", "arn", "response"])
def test_the_application_of_a_job_run_is_named_as_one_likes(emr, client, name):
    """By the record, its id, its ARN or a response that has one."""
    app = emr.add_application()
    target = {
        "record": app,
        "id": app.id,
        "arn": app.arn,
        "response": client.get_application(applicationId=app.id),
    }[name]
    assert emr.add_job_run(target).application_id == app.id


def test_a_job_run_needs_an_application_that_there_is(emr, app):
    """Those that there are, are listed."""
    with pytest.raises(ValueError, match=f"No application '00abcdefabcdef01'. There are: {app}"):
        emr.add_job_run("00abcdefabcdef01")


@pytest.mark.parametrize("state", ["PENDING", "SCHEDULED", "RUNNING", "CANCELLING"])
def test_nothing_can_be_under_way_where_nothing_is_started(emr, state):
    """A STOPPED application has no such job run."""
    app = emr.add_application("STOPPED")
    with pytest.raises(ValueError, match=f"No record can be {state} in an application that is STOPPED"):
        emr.add_job_run(app, state)
    assert len(emr.job_runs) == 0


@pytest.mark.parametrize("state", ["SUCCESS", "FAILED", "CANCELLED"])
@pytest.mark.parametrize("parent", ["STOPPED", "TERMINATED"])
def test_what_has_ended_can_be_in_an_application_that_has(emr, parent, state):
    """Its history."""
    app = emr.add_application(parent)
    assert emr.add_job_run(app, state).state == state
    assert app.state == parent


def test_a_submitted_job_run_starts_its_application(emr):
    """As one that was submitted does."""
    app = emr.add_application("STOPPED")
    run = emr.add_job_run(app, "SUBMITTED")
    assert app.state == "STARTING"
    assert emr.run_until(run).state == "SUCCESS"


def test_an_application_can_be_arranged_in_another_region(emr):
    """Its job runs are there too."""
    app = emr.add_application(region_name="eu-west-1", state="STARTED")
    assert app.arn.split(":")[3] == "eu-west-1"
    run = start_job_run(emr.client("eu-west-1"), app.id)
    assert emr.job_runs[run].arn.startswith(app.arn)


def test_an_application_is_arranged_where_clients_look_for_it(emr, monkeypatch):
    """In the environment's region, or in that of the session which `boto3.client` takes."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    assert emr.add_application().arn.split(":")[3] == "eu-north-1"
    boto3.setup_default_session(region_name="eu-west-1")
    app = emr.add_application()
    assert boto3.client("emr-serverless").get_application(applicationId=app.id)["application"]["arn"] == app.arn


def test_an_application_is_arranged_in_the_region_of_the_config_file(emr, monkeypatch, tmp_path):
    """If the environment has no region."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    config = tmp_path / "config"
    config.write_text("[default]\nregion = ap-south-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert emr.add_application().arn.split(":")[3] == "ap-south-1"


def test_arranged_work_keeps_its_application_from_stopping_by_itself(emr):
    """A RUNNING job run is activity."""
    app = emr.add_application()
    emr.when().hang()
    emr.add_job_run(app)
    emr.clock.advance(hours=1)
    assert app.state == "STARTED"


def test_the_order_of_arrangement_is_the_order_of_creation(emr, client, app):
    """Also if the author chose the ids."""
    for name in ("00c", "00a", "00b"):
        emr.add_job_run(app, "SUCCESS", id=name)
    rows = client.list_job_runs(applicationId=app)["jobRuns"]
    assert [row["id"] for row in rows] == ["00b", "00a", "00c"]
    assert [run.id for run in emr.job_runs] == ["00c", "00a", "00b"]
    assert {row["createdAt"] for row in rows} == {at()}


def test_what_the_installed_botocore_lacks_cannot_be_arranged(emr, monkeypatch):
    """A service model that is too old is named as the reason."""
    from emrs_mock.wire.codec import installed

    application = emr.add_application()
    monkeypatch.setattr(type(installed()), "codec", lambda service, name: None)
    monkeypatch.setattr(installed(), "_codecs", {})
    with pytest.raises(
        NotImplementedError, match=r"StartJobRun .*is not an operation of EMR Serverless in the installed"
    ):
        emr.add_job_run(application)
