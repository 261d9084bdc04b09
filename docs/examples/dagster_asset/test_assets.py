"""Dagster, its Pipes client and the job's script are real; the log goes through moto's CloudWatch."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import boto3
import dagster as dg
import pytest
from assets import LOG_GROUP, orders
from dagster_aws.pipes import PipesCloudWatchMessageReader, PipesEMRServerlessClient
from moto import mock_aws

from emrs_mock import mock_emr_serverless
from emrs_mock.engines import local_python

JOBS = Path(__file__).parent / "jobs"


@pytest.fixture
def emr(monkeypatch):
    """moto around the mock, which delivers the logs of job runs to it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws(), mock_emr_serverless(clock="virtual", deliver={"logs"}) as emr:
        boto3.client("logs").create_log_group(logGroupName=LOG_GROUP)
        yield emr


def materialize(emr):
    """Run the asset in this process, as Dagster's own documentation tests assets."""
    return dg.materialize(
        [orders],
        resources={
            "emr": PipesEMRServerlessClient(
                client=boto3.client("emr-serverless"),
                message_reader=PipesCloudWatchMessageReader(client=boto3.client("logs")),
                poll_interval=30,
            )
        },
        run_config=dg.RunConfig({"orders": {"config": {"application_id": emr.add_application().id}}}),
        raise_on_error=False,
    )


def test_the_job_reports_its_rows(emr):
    emr.when(entry_point="s3://code/orders.py").run(local_python(paths={"s3://code": JOBS}))

    (event,) = materialize(emr).asset_materializations_for_node("orders")

    assert event.metadata["rows"].value == 3


def test_a_failed_job_is_no_asset(emr):
    emr.when().fail("ExitCode: 137", after=600)

    result = materialize(emr)

    assert not result.success
    assert result.asset_materializations_for_node("orders") == []


def test_a_hanging_job_fails_after_two_hours(emr):
    """Dagster waits as long as the job run lasts: its time-out is that of EMR Serverless."""
    emr.when().hang()
    began = emr.clock.now()

    assert not materialize(emr).success

    assert timedelta(hours=2) < emr.clock.now() - began < timedelta(hours=2, minutes=5)
    assert [run.state for run in emr.job_runs] == ["CANCELLED"]
