"""Serverless storage, and the job runs that cannot have it (facts §3.3, §4.6)."""

from __future__ import annotations

import pytest

from tests.service.requests import start_job_run

pytestmark = pytest.mark.needs_model("StartJobRun.mode")

ASKED = "--conf spark.aws.serverlessStorage.enabled=true"
TEXT = "Serverless storage for EMR Serverless is not supported for 1 and 2 vCPU workers (drivers or executors)."


def spark(parameters):
    """A job driver with these submit parameters."""
    return {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "sparkSubmitParameters": parameters}}


@pytest.fixture
def app(emr):
    """An application whose release has serverless storage."""
    return emr.add_application(releaseLabel="emr-7.12.0").id


@pytest.mark.parametrize("worker", ["driver", "executor"])
@pytest.mark.parametrize("vcpus", [1, 2])
def test_3_3_small_workers_cannot_have_it(client, app, refuses, worker, vcpus):
    """In AWS's words, be it the driver or the executors that are small."""
    small = f"{ASKED} --conf spark.{worker}.cores={vcpus} --conf spark.{worker}.memory=3g"
    refusal = refuses(client.start_job_run, **request(app, small))
    assert refusal == ("ValidationException", TEXT, 400)


@pytest.mark.parametrize(
    "members",
    [{"mode": "STREAMING"}, {"executionTimeoutMinutes": 1441}],
    ids=["streaming", "longer than a day"],
)
def test_4_6_streaming_and_long_job_runs_cannot_have_it(client, app, refuses, members):
    """It is for batches of at most a day."""
    assert refuses(client.start_job_run, **request(app, ASKED), **members).code == "ValidationException"


def test_4_6_it_needs_a_release_that_has_it(client, emr, refuses):
    """7.12 is the first one."""
    earlier = emr.add_application(releaseLabel="emr-7.11.0").id
    refusal = refuses(client.start_job_run, **request(earlier, ASKED))
    assert refusal.message == "spark.aws.serverlessStorage.enabled is not supported for release label emr-7.11.0."


@pytest.mark.parametrize("parameters", [ASKED, "--conf spark.driver.cores=1 --conf spark.driver.memory=3g"])
def test_4_6_others_can_have_it_or_do_without(client, app, parameters):
    """Large workers can have it, and small ones do without."""
    assert start_job_run(client, app, jobDriver=spark(parameters))


def request(application, parameters):
    """A StartJobRun request with these submit parameters."""
    role = "arn:aws:iam::123456789012:role/job"
    return {"applicationId": application, "executionRoleArn": role, "jobDriver": spark(parameters)}
