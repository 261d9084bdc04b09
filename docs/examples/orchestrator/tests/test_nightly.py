"""Every way in which a night can end. Each test takes milliseconds, and hours of simulated time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from orchestrator.jobs import Job, cancel, run_job
from orchestrator.nightly import run_night

from emrs_mock import Fail, Succeed

DAY = date(2026, 1, 31)
JOB = Job(name="orders", entry_point="s3://code/orders.py", role="arn:aws:iam::123456789012:role/etl")


def outcomes(report):
    return [ending.outcome for ending in report.endings]


def test_success(emr_serverless):
    emr_serverless.when(entry_point="s3://code/orders.py").succeed(after=3600)

    report = run_night(JOB, DAY)

    assert outcomes(report) == ["SUCCESS"]
    # A driver and three executors of 4 vCPU and 16 GB for an hour; 20 GB of storage for each are free.
    assert report.dollars == pytest.approx(16 * 0.052624 + 64 * 0.0057785)


def test_failed_then_submitted_again(emr_serverless):
    emr_serverless.when().fail(Fail.out_of_memory(), after=600, times=1)

    report = run_night(JOB, DAY)

    assert outcomes(report) == ["FAILED", "SUCCESS"]
    assert "ExitCode: 137" in report.endings[0].job_run["stateDetails"]


def test_failed_for_good(emr_serverless):
    emr_serverless.when().fail("ExitCode: 1")

    assert outcomes(run_night(JOB, DAY)) == ["FAILED", "FAILED", "FAILED"]


def test_retried_attempts(emr_serverless):
    """AWS itself tries again: that is one submission with two attempts."""
    emr_serverless.when().attempts(Fail("Connection reset", after=60), Succeed(after=600))

    report = run_night(replace(JOB, attempts=2), DAY)

    assert outcomes(report) == ["SUCCESS"]
    assert report.endings[0].job_run["attempt"] == 2


def test_cancelled_by_a_colleague(emr_serverless):
    emr_serverless.when().cancel(after=300)

    assert outcomes(run_night(JOB, DAY)) == ["CANCELLED"]


def test_hanging_until_our_deadline(emr_serverless):
    emr_serverless.when().hang(times=1)
    began = emr_serverless.clock.now()

    report = run_night(JOB, DAY)

    assert outcomes(report) == ["LATE", "SUCCESS"]
    assert emr_serverless.clock.now() - began < timedelta(hours=2, minutes=10)


def test_timed_out_before_our_deadline(emr_serverless):
    emr_serverless.when().time_out(after=timedelta(hours=1))

    report = run_night(JOB, DAY)

    assert outcomes(report) == ["CANCELLED"]
    assert "execution timeout" in report.endings[0].job_run["stateDetails"]


def test_too_late_to_cancel(emr_serverless):
    """The job run has ended between the last look and the cancel: its own state counts."""
    run = emr_serverless.add_job_run(emr_serverless.add_application(), state="SUCCESS")

    ended = cancel(boto3.client("emr-serverless"), {"applicationId": run.application_id, "jobRunId": run.id})

    assert ended["state"] == "SUCCESS"


def test_queued_behind_others(emr_serverless):
    application = emr_serverless.add_application(schedulerConfiguration={"maxConcurrentRuns": 1})
    emr_serverless.add_job_run(application, state="RUNNING")
    client = emr_serverless.client()

    (ending,) = run_job(client, application.id, JOB, DAY)

    assert ending.outcome == "SUCCESS"
    assert ending.job_run["queuedDurationMilliseconds"] > 60_000


def test_queued_until_our_deadline(emr_serverless):
    emr_serverless.when().time_out_in_queue(after=timedelta(hours=5))

    assert outcomes(run_night(JOB, DAY)) == ["LATE", "LATE", "LATE"]


def test_throttled(emr_serverless):
    emr_serverless.fault("*", every=2).error("ThrottlingException")

    assert outcomes(run_night(JOB, DAY)) == ["SUCCESS"]


def test_lost_reply(emr_serverless):
    """AWS has started the job run, but its answer is lost: botocore asks again with the same token."""
    emr_serverless.fault("StartJobRun").lose_reply(times=1)

    assert outcomes(run_night(JOB, DAY)) == ["SUCCESS"]
    assert len(emr_serverless.job_runs) == 1


def test_started_again_after_a_crash(emr_serverless):
    """All replies are lost, the process dies, another one takes over: still one job run."""
    application = emr_serverless.add_application()
    client = boto3.client("emr-serverless")
    with emr_serverless.fault("StartJobRun").lose_reply(), pytest.raises(ReadTimeoutError):
        run_job(client, application.id, JOB, DAY)

    (ending,) = run_job(client, application.id, JOB, DAY)

    assert ending.outcome == "SUCCESS"
    assert len(emr_serverless.job_runs) == 1


def test_out_of_reach_in_the_middle(emr_serverless):
    """The error reaches the caller, and the job run does not go on without it."""
    emr_serverless.fault("GetJobRun").unreachable(times=8)

    with pytest.raises(EndpointConnectionError):
        run_night(JOB, DAY)

    assert [run.state for run in emr_serverless.job_runs] == ["CANCELLED"]


@pytest.mark.emr_serverless_endings
def test_whatever_happens_nothing_is_left(emr_serverless, emr_serverless_ending):
    report = run_night(JOB, DAY)

    assert report.endings[-1].job_run["state"] == emr_serverless_ending.state
    assert len(report.endings) == len(emr_serverless.job_runs)
    assert [application.state for application in emr_serverless.applications] == ["TERMINATED"]
