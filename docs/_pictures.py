"""Draws the pictures of the pages: `python docs/_pictures.py`. A test fails when one is not what this would draw."""

from __future__ import annotations

from pathlib import Path

import boto3

from emrs_mock import mock_emr_serverless

PICTURES = Path(__file__).parent / "pictures"


@mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z", as_kwarg="emr")
def timeline(emr):
    """A night's work: one job run succeeds, one is tried twice, one waits in the queue, hangs and is cancelled."""
    client = boto3.client("emr-serverless", "eu-west-1")
    application = client.create_application(
        name="etl",
        type="SPARK",
        releaseLabel="emr-7.2.0",
        autoStopConfiguration={"idleTimeoutMinutes": 1},
        schedulerConfiguration={"maxConcurrentRuns": 2},
    )
    emr.run_until(application, "CREATED")

    def submit(name, **more):
        return client.start_job_run(
            applicationId=application["applicationId"],
            executionRoleArn="arn:aws:iam::123456789012:role/etl",
            name=name,
            jobDriver={"sparkSubmit": {"entryPoint": f"s3://code/{name}.py"}},
            **more,
        )

    emr.when(name="load-orders").fail("Job failed, please check complete logs. ExitCode: 137.", after=45, times=1)
    emr.when(name="endless").hang()
    submit("load-customers")
    submit("load-orders", retryPolicy={"maxAttempts": 2})
    endless = submit("endless")
    stuck = {name: endless[name] for name in ("applicationId", "jobRunId")}
    while client.get_job_run(**stuck)["jobRun"]["state"] != "RUNNING":
        emr.clock.advance(15)
    emr.clock.advance(60)
    client.cancel_job_run(**stuck)
    emr.run_until(application, "STOPPED")
    return emr.timeline().to_svg()


DRAWN = {"timeline.svg": timeline}

if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for name, draw in DRAWN.items():
        (PICTURES / name).write_text(draw(), encoding="utf-8")
