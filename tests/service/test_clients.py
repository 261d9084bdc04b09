"""What public clients rely on, each point driven as they do (facts §15)."""

from __future__ import annotations

import time

import pytest
from botocore.waiter import WaiterModel, create_waiter_with_client

from emrs_mock import Timing, mock_emr_serverless
from tests.service.model import request
from tests.service.requests import (
    DRIVERS,
    ROLE,
    SPARK,
    application,
    create_application,
    job_run,
    start_job_run,
)

needs_model = pytest.mark.needs_model
ENDED = ["SUCCESS", "FAILED", "CANCELLED"]
RUNNING = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING"]


@pytest.fixture(autouse=True)
def _sleeping_moves_the_clock(emr, monkeypatch):
    """Clients poll and sleep; the clock of these tests is moved by that."""
    monkeypatch.setattr(time, "sleep", lambda seconds: emr.clock.advance(seconds))


def wait(client, operation, success, failure=(), *, argument="application.state", **members):
    """Wait as Airflow does, with a waiter of its own: a minute between looks, 25 of them."""
    acceptors = [
        {"matcher": "path", "argument": argument, "expected": expected, "state": state}
        for state, values in (("success", [success]), ("failure", failure))
        for expected in values
    ]
    waiter = {"operation": operation, "delay": 60, "maxAttempts": 25, "acceptors": acceptors}
    model = WaiterModel({"version": 2, "waiters": {"wait": waiter}})
    create_waiter_with_client("wait", model, client).wait(**members)


def test_15_01_an_application_is_created_and_stays_so(emr, client, create):
    """Airflow, Terraform and the samples wait for exactly CREATED."""
    app = create()
    assert application(client, app)["state"] == "CREATING"
    wait(client, "GetApplication", "CREATED", ["STARTING", "STARTED"], applicationId=app)
    emr.clock.advance(days=1)
    assert application(client, app)["state"] == "CREATED"


@pytest.mark.parametrize("state", ["CREATING", "CREATED", "STOPPED", "STARTED"])
def test_15_02_an_application_can_be_started_blindly(emr, client, state):
    """The next look never shows the old state, and a cold start fits in 105 seconds."""
    app = emr.add_application(state).id
    client.start_application(applicationId=app)
    assert application(client, app)["state"] in ("STARTING", "STARTED")
    emr.clock.advance(105)
    assert application(client, app)["state"] == "STARTED"


@pytest.mark.parametrize("state", ["CREATED", "STOPPED"])
def test_15_03_a_job_run_starts_its_application(emr, client, state):
    """Where auto-start is on, which is the default."""
    app = emr.add_application(state).id
    run = start_job_run(client, app)
    assert application(client, app)["state"] == "STARTING"
    wait(client, "GetApplication", "STARTED", applicationId=app)
    wait(client, "GetJobRun", "SUCCESS", ENDED[1:], argument="jobRun.state", applicationId=app, jobRunId=run)


@pytest.mark.parametrize("state", ["STARTING", "STARTED"])
def test_15_04_an_application_is_stopped_and_stopped_again(emr, client, state):
    """Airflow's system test stops, and deletes with another stop: the second one answers 200 and does nothing."""
    app = emr.add_application(state).id
    for _ in range(2):
        client.stop_application(applicationId=app)
        wait(client, "GetApplication", "STOPPED", ["TERMINATED"], applicationId=app)
    client.delete_application(applicationId=app)
    assert application(client, app)["state"] == "TERMINATED"


@pytest.mark.parametrize("state", ["CREATING", "CREATED"])
def test_15_04_an_application_that_never_started_cannot_be_stopped(emr, client, refuses, state):
    """Clients take the ValidationException as the answer."""
    assert refuses(client.stop_application, applicationId=emr.add_application(state).id).code == "ValidationException"


def test_15_04_an_application_is_stopped_when_its_job_runs_are_finished(client, app, submit, refuses):
    """Refused before."""
    run = submit()
    assert refuses(client.stop_application, applicationId=app).code == "ValidationException"
    wait(client, "GetJobRun", "SUCCESS", argument="jobRun.state", applicationId=app, jobRunId=run)
    client.stop_application(applicationId=app)
    assert application(client, app)["state"] == "STOPPING"


@pytest.mark.parametrize("state", ["CREATED", "STOPPED"])
def test_15_05_a_deleted_application_is_terminated_at_once_and_for_as_long_as_anyone_polls(emr, client, state):
    """A STOPPED seen after a delete is an error to AWS's own samples."""
    app = emr.add_application(state).id
    client.delete_application(applicationId=app)
    assert application(client, app)["state"] == "TERMINATED"
    emr.clock.advance(days=365)
    assert application(client, app)["state"] == "TERMINATED"


def test_15_06_every_job_run_is_cancelled_although_pages_shrink_meanwhile(client, create):
    """Airflow cancels all of a page before it asks for the next one, and then waits until none is CANCELLING."""
    app = create(releaseLabel="emr-7.2.0")
    runs = {start_job_run(client, app) for _ in range(120)}
    cancelled = []
    for page in client.get_paginator("list_job_runs").paginate(applicationId=app, states=RUNNING):
        for row in page["jobRuns"]:
            client.cancel_job_run(applicationId=app, jobRunId=row["id"])
            cancelled.append(row["id"])
    assert (len(cancelled), set(cancelled)) == (120, runs)
    under_way = {"applicationId": app, "states": [*RUNNING, "CANCELLING"]}
    assert len(client.list_job_runs(**under_way)["jobRuns"]) == 50
    wait(client, "ListJobRuns", True, argument="length(jobRuns) == `0`", **under_way)
    assert {job_run(client, app, run)["state"] for run in runs} == {"CANCELLED"}


def test_15_07_an_application_without_job_runs_has_an_empty_list(client, app):
    """Whatever is filtered for."""
    assert client.list_job_runs(applicationId=app)["jobRuns"] == []
    assert client.list_job_runs(applicationId=app, states=["RUNNING"])["jobRuns"] == []


def test_15_08_a_token_that_is_sent_at_every_poll_starts_one_job_run(emr, client, create):
    """flytekit does so while an application starts."""
    app = create()
    answers = set()
    while application(client, app)["state"] != "STARTED":
        answers.add(start_job_run(client, app, clientToken="task-1"))
        time.sleep(5)
    assert [run.id for run in emr.job_runs] == list(answers)


def test_15_08_a_call_that_botocore_tries_again_starts_one_job_run(emr):
    """A retry sends the same token."""
    client = emr.client("us-east-1")
    app = create_application(client)
    client.meta.events.register(
        "needs-retry.emr-serverless.StartJobRun", lambda attempts, **_: 0 if attempts < 3 else None
    )
    answer = client.start_job_run(applicationId=app, executionRoleArn=ROLE, jobDriver=SPARK)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert [run.id for run in emr.job_runs] == [answer["jobRunId"]]


@pytest.mark.parametrize("given", ["hive", "Hive", "HIVE", "spark", "Spark", "SPARK"])
def test_15_09_engines_are_taken_in_any_case_and_shown_in_one(client, create, given):
    """In every answer that shows one."""
    app = create(type=given)
    run = start_job_run(client, app, jobDriver=DRIVERS[given.capitalize()])
    shown = [
        application(client, app)["type"],
        client.list_applications()["applications"][0]["type"],
        client.list_job_runs(applicationId=app)["jobRuns"][0]["type"],
    ]
    assert run
    assert shown == [given.capitalize()] * 3


@pytest.mark.parametrize("state", [*RUNNING, "CANCELLING", *ENDED])
def test_15_10_a_job_run_always_has_state_details(emr, client, app, state):
    """Clients index them, and show them as the whole message of a failure."""
    run = emr.add_job_run(app, state).id
    (row,) = client.list_job_runs(applicationId=app)["jobRuns"]
    details = job_run(client, app, run)["stateDetails"]
    assert details == row["stateDetails"]
    assert details or state != "FAILED"


@pytest.mark.parametrize("state", ["CREATING", "CREATED", "STARTING", "STARTED", "STOPPING", "STOPPED", "TERMINATED"])
def test_15_10_an_application_always_has_state_details(emr, client, state):
    """Airflow's sensor indexes them."""
    app = emr.add_application(state).id
    assert isinstance(application(client, app)["stateDetails"], str)


def test_15_11_empty_configuration_overrides_are_accepted(client, app, submit):
    """Airflow's operator sends them whenever nothing was said."""
    assert job_run(client, app, submit(configurationOverrides={}))["state"] == "SUBMITTED"


def test_15_11_a_job_runs_monitoring_is_echoed(client, app, submit):
    """Where clients look for its logs."""
    logs = {"s3MonitoringConfiguration": {"logUri": "s3://logs/"}}
    run = submit(configurationOverrides={"monitoringConfiguration": logs})
    shown = job_run(client, app, run)["configurationOverrides"]["monitoringConfiguration"]
    assert logs.items() <= shown.items()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        pytest.param(member, value, marks=needs_model(f"CreateApplication.{member}"), id=member)
        for member, value in {
            "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/"}},
            "runtimeConfiguration": [{"classification": "spark-defaults", "properties": {"spark.driver.cores": "4"}}],
            "interactiveConfiguration": {"studioEnabled": True, "livyEndpointEnabled": True},
            "architecture": "ARM64",
            "maximumCapacity": {"cpu": "400 vCPU", "memory": "1024 GB", "disk": "1000 GB"},
            "tags": {"team": "data"},
        }.items()
    ],
)
def test_15_11_what_an_application_was_created_with_is_echoed(client, create, member, value):
    """From CREATING on."""
    assert application(client, create(**{member: value}))[member] == value


@needs_model("GetDashboardForJobRun")
@pytest.mark.parametrize("state", ["RUNNING", "FAILED"])
def test_15_12_a_job_run_has_a_dashboard_while_it_runs_and_after_failure(emr, client, app, state):
    """Its address is that of the job run, with a token."""
    emr.when().fail()
    run = start_job_run(client, app)
    emr.run_until(run, state)
    url = client.get_dashboard_for_job_run(applicationId=app, jobRunId=run)["url"]
    assert url.startswith(f"https://j-{run}.dashboard.emr-serverless.us-east-1.amazonaws.com/?authToken=")


@needs_model("GetSessionEndpoint")
def test_15_13_the_endpoint_of_a_session_that_ended_is_not_found(emr, client):
    """AWS's own client takes this, and only this, as "terminated or expired"."""
    app = emr.add_application(releaseLabel="emr-7.13.0", interactiveConfiguration={"sessionEnabled": True}).id
    session = client.start_session(**request("StartSession", applicationId=app))["sessionId"]
    wait(client, "GetSession", "STARTED", argument="session.state", applicationId=app, sessionId=session)
    assert client.get_session_endpoint(applicationId=app, sessionId=session)["endpoint"]
    client.terminate_session(applicationId=app, sessionId=session)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_session_endpoint(applicationId=app, sessionId=session)


def test_15_15_a_job_run_ends_for_a_loop_that_polls_without_any_sleep():
    """The system clock goes on by itself."""
    moments = dict.fromkeys(("create", "start", "submitted", "pending", "scheduled", "run"), 0.01)
    with mock_emr_serverless(clock="system", timing=Timing(**moments)) as emr:
        client = emr.client("us-east-1")
        app = create_application(client)
        run = start_job_run(client, app)
        assert "SUCCESS" in (job_run(client, app, run)["state"] for _ in range(20_000))


@pytest.mark.parametrize("state", ENDED)
def test_15_16_a_cancel_that_comes_too_late_says_cannot_be_cancelled(emr, client, app, refuses, state):
    """flytekit takes a ValidationException with these words, and no other, as fine."""
    run = emr.add_job_run(app, state).id
    refusal = refuses(client.cancel_job_run, applicationId=app, jobRunId=run)
    assert refusal.code == "ValidationException"
    assert "cannot be cancelled" in refusal.message
