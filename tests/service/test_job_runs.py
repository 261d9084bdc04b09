"""Job runs through a client: states, their texts, submission, cancelling, time-outs (facts §3)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.service.model import MODEL
from tests.service.requests import (
    DRIVERS,
    HIVE,
    ROLE,
    RUNNING_AFTER,
    SCHEDULED_AFTER,
    SPARK,
    SUCCESS_AFTER,
    application,
    at,
    job_run,
    nothing_changes,
    start_job_run,
)

APPLICATION_STATES = MODEL.shape_for("ApplicationState").enum
ENDED = ["SUCCESS", "FAILED", "CANCELLED"]
UNFINISHED = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING"]
TEXTS = {
    "SUBMITTED": "SUBMITTED",
    "PENDING": "The JobRun is pending scheduling.",
    "SCHEDULED": "The job has been scheduled and is acquiring resources to run.",
    "RUNNING": "",
    "SUCCESS": "",
    "CANCELLING": "The JobRun was cancelled by the user.",
    "CANCELLED": "The JobRun was cancelled by the user.",
}
GRACEFUL = pytest.mark.needs_model("CancelJobRun.shutdownGracePeriodInSeconds")
STREAMING = pytest.mark.needs_model("StartJobRun.mode")


@pytest.fixture
def show(client, app):
    """GetJobRun of a job run of `app`."""
    return lambda run, **members: job_run(client, app, run, **members)


@pytest.fixture
def cancel(client, app):
    """CancelJobRun of a job run of `app`."""
    return lambda run, **members: client.cancel_job_run(applicationId=app, jobRunId=run, **members)


@pytest.mark.parametrize(
    ("since", "state"),
    [
        (0, "SUBMITTED"),
        (1, "PENDING"),
        (SCHEDULED_AFTER, "SCHEDULED"),
        (RUNNING_AFTER, "RUNNING"),
        (SUCCESS_AFTER, "SUCCESS"),
    ],
)
def test_3_1_a_job_run_is_in_each_state_from_its_moment_on(emr, submit, show, since, state):
    """RUNNING 84 to 91 seconds after creation, as most job runs seen; updatedAt is the move's."""
    run = submit()
    emr.clock.advance(since + 0.5)
    assert (show(run)["state"], show(run)["updatedAt"]) == (state, at(seconds=since))
    assert emr.clock.now() == at(seconds=since + 0.5)


@pytest.mark.parametrize(("state", "text"), TEXTS.items())
def test_3_2_each_state_has_its_text(emr, app, submit, show, cancel, state, text):
    """Those captured, and for the rest what is decided (facts §16)."""
    run = submit()
    if state.startswith("CANCEL"):
        cancel(run)
    emr.run_until(run, state)
    assert show(run)["stateDetails"] == text


def test_3_2_a_failed_job_run_says_why(emr, submit, show):
    """In AWS's words, unless the test says others."""
    emr.when(name="other").fail("S3 access is denied.")
    emr.when(name="one").fail()
    one, other = submit(name="one"), submit(name="other")
    emr.run_until(other)
    assert show(one)["stateDetails"].startswith(
        "Job failed, please check complete logs in configured logging destination. ExitCode: 1. Last few exceptions: "
    )
    assert show(other)["stateDetails"] == "S3 access is denied."


def test_3_2_what_a_failed_job_run_says_is_cut_to_256_characters(emr, submit, show):
    """As the service does."""
    emr.when().fail("x" * 300)
    run = submit()
    emr.run_until(run)
    assert show(run)["stateDetails"] == "x" * 256


def test_3_3_submission_answers_with_application_id_and_arn(client, app):
    """These, and nothing else."""
    answer = client.start_job_run(applicationId=app, executionRoleArn=ROLE, jobDriver=SPARK)
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    run = answer["jobRunId"]
    assert answer == {
        "applicationId": app,
        "jobRunId": run,
        "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{app}/jobruns/{run}",
    }


@pytest.mark.parametrize("state", [state for state in APPLICATION_STATES if state != "TERMINATED"])
def test_2_2_with_auto_start_any_application_but_a_terminated_one_takes_job_runs(emr, client, state):
    """And gets them to their end, without another call (facts §16)."""
    run = start_job_run(client, emr.add_application(state).id)
    assert emr.run_until(run).state == "SUCCESS"


@pytest.mark.parametrize("state", APPLICATION_STATES)
def test_2_2_without_auto_start_only_a_started_or_starting_application_takes_job_runs(emr, client, refuses, state):
    """Refused in any other state, in the words decided (facts §16)."""
    app = emr.add_application(state, autoStartConfiguration={"enabled": False}).id
    if state in ("STARTING", "STARTED"):
        assert emr.run_until(start_job_run(client, app)).state == "SUCCESS"
        return
    expected = {
        "TERMINATED": f"Application {app} is terminated. Cannot start job run.",
    }.get(
        state,
        f"Application {app} must be in one of the following statuses [STARTING, STARTED]. Current status: {state}",
    )
    refusal = refuses(client.start_job_run, applicationId=app, executionRoleArn=ROLE, jobDriver=SPARK)
    assert refusal == ("ValidationException", expected, 400)


def test_2_2_a_terminated_application_takes_no_job_runs_with_auto_start_either(emr, client, refuses):
    """What is deleted does not start again."""
    app = emr.add_application("TERMINATED").id
    refusal = refuses(client.start_job_run, applicationId=app, executionRoleArn=ROLE, jobDriver=SPARK)
    assert refusal == ("ValidationException", f"Application {app} is terminated. Cannot start job run.", 400)


def test_16_a_job_run_waits_in_pending_until_its_application_is_started(emr, client, create):
    """80 seconds of warm-up, one of them in SUBMITTED."""
    run = start_job_run(client, app := create(initialCapacity={"Driver": {"workerCount": 1}}))
    seen = []
    for since in (1, 79.9, 80):
        emr.clock.move_to(at(seconds=since))
        seen.append((application(client, app)["state"], job_run(client, app, run)["state"]))
    assert seen == [("STARTING", "PENDING"), ("STARTING", "PENDING"), ("STARTED", "SCHEDULED")]


COLD = pytest.mark.parametrize("state", ["CREATING", "CREATED", "STOPPED", "STARTING", "STOPPING", "STARTED"])


@COLD
def test_3_1_a_job_run_runs_as_soon_whatever_the_state_of_its_application(emr, client, state):
    """84 to 91 seconds after creation were captured: the start of the application counts toward them."""
    run = start_job_run(client, emr.add_application(state).id)
    assert emr.run_until(run, "RUNNING").started_at == at(seconds=RUNNING_AFTER)


@COLD
def test_3_1_an_initial_capacity_that_is_too_small_delays_no_job_run(emr, client, state):
    """The minute that it takes counts too."""
    app = emr.add_application(state, initialCapacity={"Driver": {"workerCount": 1}}).id
    run = start_job_run(client, app)
    expected = 100 if state == "STOPPING" else RUNNING_AFTER  # it takes 20 seconds to stop and 80 to start
    assert emr.run_until(run, "RUNNING").started_at == at(seconds=expected)


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_3_1_a_further_attempt_waits_for_no_application(emr, client):
    """What the first one waited is no time of the second one."""
    emr.when().fail(after=1)
    app = emr.add_application("CREATED").id
    run = start_job_run(client, app, retryPolicy={"maxAttempts": 2})
    emr.run_until(run)
    assert emr.job_runs[run].ended_at == at(seconds=RUNNING_AFTER + 1 + RUNNING_AFTER - 1 + 1)


def test_16_an_application_that_is_stopping_starts_again_for_a_job_run(emr, client):
    """Once it is STOPPED, 20 seconds after it was told to stop."""
    app = emr.add_application("STOPPING").id
    run = start_job_run(client, app)
    seen = {}
    for since in (0, 19, 20, 40):
        emr.clock.move_to(at(seconds=since))
        seen[since] = application(client, app)["state"], job_run(client, app, run)["state"]
    assert seen == {
        0: ("STOPPING", "SUBMITTED"),
        19: ("STOPPING", "PENDING"),
        20: ("STARTING", "PENDING"),
        40: ("STARTED", "SCHEDULED"),
    }


@pytest.mark.parametrize(("engine", "name", "driver"), [("Spark", "hive", HIVE), ("Hive", "sparkSubmit", SPARK)])
def test_16_a_driver_of_the_other_engine_is_refused(emr, client, refuses, engine, name, driver):
    """An application has one engine."""
    app = emr.add_application(type=engine).id
    assert refuses(client.start_job_run, applicationId=app, executionRoleArn=ROLE, jobDriver=driver) == (
        "ValidationException",
        f"Job driver {name} is not supported for application type {engine}.",
        400,
    )


@pytest.mark.parametrize("engine", DRIVERS)
def test_16_a_driver_of_the_applications_engine_is_taken(emr, client, engine):
    """Spark and Hive."""
    run = start_job_run(client, emr.add_application(type=engine).id, jobDriver=DRIVERS[engine])
    assert emr.run_until(run).job_driver == DRIVERS[engine]


def test_16_a_job_run_without_a_driver_is_refused(client, app, refuses):
    """Although the model does not require one."""
    assert refuses(client.start_job_run, applicationId=app, executionRoleArn=ROLE) == (
        "ValidationException",
        "1 validation error detected: Value at 'jobDriver' failed to satisfy constraint: Member must not be null",
        400,
    )


@pytest.mark.parametrize("state", UNFINISHED)
def test_3_5_an_unfinished_job_run_is_cancelled_by_way_of_cancelling(emr, app, submit, show, cancel, state):
    """The answer says whom it was about."""
    run = submit()
    emr.run_until(run, state)
    answer = cancel(run)
    assert {"applicationId": app, "jobRunId": run}.items() <= answer.items()
    assert show(run)["state"] == "CANCELLING"
    asked = emr.clock.now()
    ended = emr.run_until(run)
    assert (ended.state, ended.ended_at - asked) == ("CANCELLED", at(seconds=5) - at())


def test_3_5_cancelling_twice_changes_nothing(emr, submit, cancel):
    """While CANCELLING further requests are answered with 200 and ignored."""
    run = submit()
    cancel(run)
    emr.clock.advance(1)
    with nothing_changes(emr):
        assert cancel(run)["jobRunId"] == run


@pytest.mark.parametrize("state", ENDED)
def test_3_5_a_job_run_that_has_ended_cannot_be_cancelled(emr, client, app, refuses, state):
    """However it ended (facts §15.16, §16)."""
    run = emr.add_job_run(app, state).id
    assert refuses(client.cancel_job_run, applicationId=app, jobRunId=run) == (
        "ValidationException",
        f"JobRun {run} is not in a cancellable state and cannot be cancelled. Current state: {state}",
        400,
    )


@pytest.mark.parametrize("call", ["get_job_run", "cancel_job_run"])
def test_3_5_an_unknown_job_run_is_a_404(emr, client, app, refuses, call):
    """One of another application is unknown too (facts §16)."""
    strangers = emr.add_job_run(emr.add_application()).id
    for run in ("00abcdefabcdef0b", strangers):
        refusal = refuses(getattr(client, call), applicationId=app, jobRunId=run)
        assert refusal == ("ResourceNotFoundException", f"JobRun {run} does not exist", 404)


@GRACEFUL
@pytest.mark.parametrize(
    ("state", "members", "seconds"),
    [
        ("RUNNING", {"shutdownGracePeriodInSeconds": 60}, 60),
        ("RUNNING", {"shutdownGracePeriodInSeconds": 1800}, 90),
        ("RUNNING", {"shutdownGracePeriodInSeconds": 0}, 5),
        ("RUNNING", {}, 5),
        ("SCHEDULED", {"shutdownGracePeriodInSeconds": 60}, 5),
    ],
)
def test_3_5_a_running_job_run_may_take_its_time_to_shut_down(emr, submit, cancel, state, members, seconds):
    """90 seconds, at most its grace period, and only while RUNNING; else as long as cancelling takes."""
    emr.when().shut_down(after=90)
    run = submit()
    cancelled = emr.run_until(run, state).updated_at
    cancel(run, **members)
    assert (emr.run_until(run).ended_at - cancelled).seconds == seconds


@GRACEFUL
def test_3_5_a_job_run_ends_as_soon_as_its_work_has_shut_down(emr, submit, cancel):
    """The grace period is an upper limit; where no rule says how long it takes, cancelling takes its time."""
    run = submit()
    cancelled = emr.run_until(run, "RUNNING").updated_at
    cancel(run, shutdownGracePeriodInSeconds=1800)
    assert (emr.run_until(run).ended_at - cancelled).seconds == 5


@GRACEFUL
def test_3_5_work_that_shuts_down_at_once_ends_the_job_run_at_once(emr, submit, cancel):
    """Sooner than a cancel takes of which nothing was said."""
    emr.when().hang().shut_down(after=2)
    run = submit()
    emr.run_until(run, "RUNNING")
    cancel(run, shutdownGracePeriodInSeconds=15)
    began = emr.clock.now()
    assert (emr.run_until(run).ended_at - began).total_seconds() == 2


@STREAMING
def test_3_5_a_streaming_job_run_has_two_minutes_to_shut_down(emr, submit, cancel):
    """Unless the request says something else."""
    emr.when().shut_down(after=600)
    ends = []
    for members in ({}, {"shutdownGracePeriodInSeconds": 15}):
        run = submit(mode="STREAMING")
        began = emr.run_until(run, "RUNNING").updated_at
        cancel(run, **members)
        ends.append((emr.run_until(run).ended_at - began).seconds)
    assert ends == [120, 15]


@pytest.mark.parametrize(("members", "minutes"), [({}, 720), ({"executionTimeoutMinutes": 30}, 30)])
def test_3_1_a_job_run_that_lasts_too_long_is_cancelled(emr, submit, show, members, minutes):
    """By way of CANCELLING, 12 hours after it started to run unless another figure was given."""
    emr.when().hang()
    run = submit(**members)
    text = f"The JobRun exceeded its execution timeout of {minutes} minutes."
    emr.clock.move_to(at(seconds=RUNNING_AFTER, minutes=minutes) - datetime.resolution)
    assert show(run)["state"] == "RUNNING"
    emr.run_until(run, "CANCELLING")
    assert (show(run)["updatedAt"], show(run)["stateDetails"]) == (at(seconds=RUNNING_AFTER, minutes=minutes), text)
    emr.run_until(run)
    assert (show(run)["state"], show(run)["stateDetails"]) == ("CANCELLED", text)


@STREAMING
def test_3_3_a_streaming_job_run_lasts_as_long_as_it_likes(emr, submit, show):
    """It has no time-out."""
    emr.when().hang()
    run = submit(mode="STREAMING")
    emr.clock.advance(days=365)
    assert show(run)["state"] == "RUNNING"
    assert "executionTimeoutMinutes" not in show(run)
