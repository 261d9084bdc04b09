"""Retries through a client: attempts, their numbers and moments, and what is not retried (facts §3.6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.service.requests import HIVE, ROLE, RUNNING_AFTER, SPARK, at, job_run, start_job_run, taken

pytestmark = pytest.mark.needs_model("StartJobRun.retryPolicy", "ListJobRunAttempts")

TO_RUN = taken("pending", "scheduled")
"""How long a further attempt takes to be RUNNING."""
SECOND = RUNNING_AFTER + 10
"""When the second attempt begins, after one that failed within ten seconds."""
THRICE = {"retryPolicy": {"maxAttempts": 3}}


@pytest.fixture
def show(client, app):
    """GetJobRun of a job run of `app`."""
    return lambda run, **members: job_run(client, app, run, **members)


@pytest.fixture
def attempts(client, app):
    """ListJobRunAttempts of a job run of `app`."""
    return lambda run: client.list_job_run_attempts(applicationId=app, jobRunId=run)["jobRunAttempts"]


def test_3_6_the_next_attempt_starts_at_once_in_pending(emr, submit, show):
    """The job run shows its newest attempt's state, and never FAILED in between (facts §16)."""
    emr.when().fail(after=10)
    run = submit(**THRICE)
    seen = []
    while not seen or seen[-1][0] != "FAILED":
        answer = show(run)
        if seen[-1:] != [now := (answer["state"], answer["attempt"])]:
            seen.append(now)
        emr.clock.advance(1)
    road = ("PENDING", "SCHEDULED", "RUNNING")
    assert seen == [("SUBMITTED", 1), *((state, n) for n in (1, 2, 3) for state in road), ("FAILED", 3)]


def test_3_6_attempts_are_listed_newest_first_each_with_its_own_moments(emr, submit, attempts):
    """A second attempt needs no validation, so it runs a second sooner after the end of the first."""
    emr.when().fail("no luck", after=10)
    run = submit(**THRICE)
    emr.run_until(run)
    ended = [SECOND + n * (TO_RUN + 10) for n in range(3)]
    began = [0, *ended]
    assert [
        (row["attempt"], row["state"], row["stateDetails"], row["createdAt"], row["updatedAt"])
        for row in reversed(attempts(run))
    ] == [(n + 1, "FAILED", "no luck", at(seconds=began[n]), at(seconds=ended[n])) for n in range(3)]


def test_3_7_a_row_of_the_attempts_belongs_to_its_job_run(emr, client, app, submit, attempts):
    """Id, ARN and the rest are the job run's, with its creation as jobCreatedAt."""
    emr.clock.advance(60)
    run = submit(name="etl")
    expected = {
        "applicationId": app,
        "id": run,
        "name": "etl",
        "mode": "BATCH",
        "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{app}/jobruns/{run}",
        "createdBy": "arn:aws:iam::123456789012:user/emrs-mock",
        "jobCreatedAt": at(seconds=60),
        "createdAt": at(seconds=60),
        "updatedAt": at(seconds=60),
        "executionRole": ROLE,
        "state": "SUBMITTED",
        "stateDetails": "SUBMITTED",
        "releaseLabel": "emr-7.10.0",
        "type": "Spark",
        "attempt": 1,
    }
    assert attempts(run) == [expected]


def test_3_7_an_attempt_that_is_asked_for_shows_its_own_state_and_moments(emr, submit, show):
    """While the job run itself is in its second one."""
    emr.when().fail("no luck", after=10)
    run = submit(**THRICE)
    emr.clock.advance(SECOND + TO_RUN + 1)
    first = {
        "attempt": 1,
        "state": "FAILED",
        "stateDetails": "no luck",
        "attemptCreatedAt": at(),
        "attemptUpdatedAt": at(seconds=SECOND),
        "startedAt": at(seconds=RUNNING_AFTER),
        "endedAt": at(seconds=SECOND),
    }
    second = {
        "attempt": 2,
        "state": "RUNNING",
        "stateDetails": "",
        "attemptCreatedAt": at(seconds=SECOND),
        "attemptUpdatedAt": at(seconds=SECOND + TO_RUN),
        "startedAt": at(seconds=SECOND + TO_RUN),
    }
    assert first.items() <= show(run, attempt=1).items()
    assert second.items() <= show(run, attempt=2).items()
    assert show(run, attempt=2) == show(run)
    assert "endedAt" not in show(run)


@pytest.mark.parametrize("call", ["get_job_run", "get_dashboard_for_job_run"])
def test_3_6_an_attempt_that_has_not_been_made_is_a_404(client, app, submit, refuses, call):
    """Attempts count from 1."""
    run = submit(**THRICE)
    refusal = refuses(getattr(client, call), applicationId=app, jobRunId=run, attempt=2)
    assert refusal == ("ResourceNotFoundException", f"Attempt 2 of JobRun {run} does not exist", 404)


def test_3_6_the_attempts_of_an_unknown_job_run_are_a_404(client, app, refuses):
    """Not an empty list."""
    refusal = refuses(client.list_job_run_attempts, applicationId=app, jobRunId="00abcdefabcdef0b")
    assert refusal == ("ResourceNotFoundException", "JobRun 00abcdefabcdef0b does not exist", 404)


@pytest.mark.parametrize("members", [{}, {"retryPolicy": {"maxAttempts": 1}}, {"retryPolicy": {}}])
def test_3_6_a_batch_job_run_is_tried_once_unless_it_says_more(emr, submit, show, members):
    """The default is one attempt."""
    emr.when().fail()
    run = submit(**members)
    emr.run_until(run)
    assert (show(run)["state"], show(run)["attempt"]) == ("FAILED", 1)


def test_3_6_a_job_run_that_succeeds_is_not_tried_again(emr, submit, attempts):
    """However many attempts it may have."""
    run = submit(**THRICE)
    emr.run_until(run)
    assert [row["state"] for row in attempts(run)] == ["SUCCESS"]


def test_3_6_a_cancelled_job_run_is_not_tried_again(emr, client, app, submit, attempts):
    """Its first attempt is its last (facts §16)."""
    run = submit(**THRICE)
    emr.run_until(run, "RUNNING")
    client.cancel_job_run(applicationId=app, jobRunId=run)
    emr.run_until(run)
    assert [row["state"] for row in attempts(run)] == ["CANCELLED"]


def test_3_6_a_time_out_counts_from_the_first_start_and_is_not_tried_again(emr, submit, show):
    """Over all attempts (facts §16): five minutes hold a first attempt of 150 seconds, not a second."""
    emr.when().fail(after=150)
    run = submit(executionTimeoutMinutes=5, retryPolicy={"maxAttempts": 10})
    emr.run_until(run, "CANCELLING")
    assert (show(run)["updatedAt"], show(run)["attempt"]) == (at(seconds=RUNNING_AFTER + 300), 2)
    emr.run_until(run)
    assert (show(run)["state"], show(run)["attempt"]) == ("CANCELLED", 2)


def test_3_6_the_totals_of_a_job_run_are_sums_over_its_attempts(emr, submit, show):
    """Three times 100 seconds of the default Spark job: 16 vCPU, 64 GB (facts §4.2, §16)."""
    emr.when().fail(after=100)
    run = submit(**THRICE)
    emr.run_until(run)
    assert show(run)["totalExecutionDurationSeconds"] == 300
    assert show(run)["totalResourceUtilization"] == {"vCPUHour": 1.333, "memoryGBHour": 5.333, "storageGBHour": 6.667}


STREAMING = {"mode": "STREAMING"}


@pytest.mark.parametrize(
    ("retries", "attempts"),
    [({}, 5), ({"maxFailedAttemptsPerHour": 1}, 1), ({"maxFailedAttemptsPerHour": 10}, 10)],
)
def test_3_6_a_streaming_job_run_fails_when_it_fails_too_often_within_an_hour(emr, submit, show, retries, attempts):
    """Five times, unless it says something else; 1 means no retry."""
    emr.when().fail(after=60)
    run = submit(**STREAMING, retryPolicy=retries)
    emr.run_until(run)
    assert (show(run)["state"], show(run)["attempt"]) == ("FAILED", attempts)


def test_3_6_a_streaming_job_run_that_fails_now_and_then_goes_on(emr, submit, show):
    """The hour slides: failures that are longer ago no longer count."""
    emr.when().fail(after=3600)
    run = submit(**STREAMING, retryPolicy={"maxFailedAttemptsPerHour": 2})
    emr.clock.advance(days=10)
    assert show(run)["state"] in ("PENDING", "SCHEDULED", "RUNNING")
    assert show(run)["attempt"] == 1 + timedelta(days=10) // timedelta(seconds=3600 + TO_RUN)


@pytest.mark.parametrize(
    "members",
    [
        {"retryPolicy": {"maxAttempts": 11}},
        {"retryPolicy": {"maxFailedAttemptsPerHour": 2}},
        {"retryPolicy": {"maxAttempts": 2}, **STREAMING},
        {"retryPolicy": {"maxFailedAttemptsPerHour": 11}, **STREAMING},
    ],
)
def test_3_6_a_retry_policy_fits_its_mode_and_has_bounds(client, app, refuses, members):
    """1 to 10 attempts for BATCH, 1 to 10 failures an hour for STREAMING."""
    refusal = refuses(client.start_job_run, applicationId=app, executionRoleArn=ROLE, jobDriver=SPARK, **members)
    assert (refusal.code, refusal.status) == ("ValidationException", 400)
    assert f"retryPolicy.{next(iter(members['retryPolicy']))}" in refusal.message


def test_3_6_only_spark_streams(emr, client, refuses):
    """A Hive application takes BATCH job runs only."""
    app = emr.add_application(type="Hive").id
    refusal = refuses(client.start_job_run, applicationId=app, executionRoleArn=ROLE, jobDriver=HIVE, **STREAMING)
    assert (refusal.code, refusal.status) == ("ValidationException", 400)


def test_3_6_a_list_shows_the_attempt_that_a_job_run_is_in(emr, client, app):
    """And when that began."""
    emr.when().fail(after=10)
    run = start_job_run(client, app, **THRICE)
    emr.clock.advance(SECOND + 1)
    (row,) = client.list_job_runs(applicationId=app)["jobRuns"]
    assert (row["id"], row["attempt"], row["attemptCreatedAt"]) == (run, 2, at(seconds=SECOND))
