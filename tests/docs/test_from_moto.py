"""What `docs/from-moto.md` and `docs/comparison.md` say of moto is true of the installed moto, and so is our side."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from emrs_mock import mock_emr_serverless

moto = pytest.importorskip("moto", "5.0", reason="one decorator for all services since moto 5")

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ROLE = "arn:aws:iam::123456789012:role/etl"
JOB = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}


@contextlib.contextmanager
def in_moto() -> Iterator[tuple[object, str]]:
    """A client, and an application that can run jobs, as moto has them."""
    with moto.mock_aws():
        client = boto3.client("emr-serverless", region_name="us-east-1")
        yield client, client.create_application(name="etl", releaseLabel="emr-6.6.0", type="SPARK")["applicationId"]


@contextlib.contextmanager
def in_emrs_mock() -> Iterator[tuple[object, str]]:
    """A client, and an application that can run jobs, as we have them."""
    with mock_emr_serverless(clock="virtual") as emr:
        application = emr.add_application(state="STARTED", name="etl", region_name="us-east-1")
        yield boto3.client("emr-serverless", region_name="us-east-1"), application.application_id


@pytest.fixture(autouse=True)
def _credentials(monkeypatch):
    """Both sign requests."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def submitted(client, application, **members):
    """The id of a new job run."""
    return client.start_job_run(applicationId=application, executionRoleArn=ROLE, jobDriver=JOB, **members)["jobRunId"]


def job_run(client, application, run):
    """The job run as GetJobRun shows it."""
    return client.get_job_run(applicationId=application, jobRunId=run)["jobRun"]


def ended(client, application):
    """The id of a job run that ended with SUCCESS."""
    run = submitted(client, application)
    while job_run(client, application, run)["state"] != "SUCCESS":
        time.sleep(30)
    return run


def refused(function, **members):
    """Whether the service refuses a call."""
    try:
        function(**members)
    except ClientError:
        return True
    return False


@pytest.mark.parametrize(("mock", "ids"), [(in_moto, 2), (in_emrs_mock, 1)])
def test_a_client_token_that_is_sent_twice(mock, ids):
    """moto takes the token and makes a second job run of it."""
    with mock() as (client, application):
        assert len({submitted(client, application, clientToken="2026-01-31") for _ in range(2)}) == ids


@pytest.mark.parametrize(("mock", "state"), [(in_moto, "SUCCESS"), (in_emrs_mock, "SUBMITTED")])
def test_the_first_look_at_a_job_run(mock, state):
    """A loop that waits ends at its first poll, and shows nothing of its waiting."""
    with mock() as (client, application):
        assert job_run(client, application, submitted(client, application))["state"] == state


def test_an_application_is_ready_at_once_in_moto_only():
    """AWS creates an application in a while, and starts it in another."""
    with in_moto() as (client, application):
        assert client.get_application(applicationId=application)["application"]["state"] == "STARTED"
    with mock_emr_serverless(clock="manual"):
        client = boto3.client("emr-serverless", region_name="us-east-1")
        made = client.create_application(releaseLabel="emr-6.6.0", type="SPARK")["applicationId"]
        assert client.get_application(applicationId=made)["application"]["state"] == "CREATING"


@pytest.mark.parametrize(("mock", "answer"), [(in_moto, False), (in_emrs_mock, True)])
def test_a_job_run_that_ended_is_cancelled(mock, answer):
    """moto makes a cancelled run of a success."""
    with mock() as (client, application):
        run = ended(client, application)
        assert refused(client.cancel_job_run, applicationId=application, jobRunId=run) is answer
        assert job_run(client, application, run)["state"] == ("SUCCESS" if answer else "CANCELLED")


@pytest.mark.parametrize(("mock", "answer"), [(in_moto, False), (in_emrs_mock, True)])
def test_an_application_with_active_job_runs_is_stopped(mock, answer):
    """AWS refuses it: the code has to cancel first, or to wait."""
    with mock() as (client, application):
        submitted(client, application)
        assert refused(client.stop_application, applicationId=application) is answer


@pytest.mark.parametrize("mock", [in_moto, in_emrs_mock])
def test_an_application_that_runs_is_not_deleted(mock):
    """Both refuse."""
    with mock() as (client, application):
        assert refused(client.delete_application, applicationId=application)


@pytest.mark.parametrize(("mock", "costs"), [(in_moto, False), (in_emrs_mock, True)])
def test_a_job_run_that_ended_has_its_price(mock, costs):
    """In moto each job run was free."""
    with mock() as (client, application):
        shown = job_run(client, application, ended(client, application))
        assert (shown["billedResourceUtilization"]["vCPUHour"] > 0) is costs


def test_moto_creates_at_midnight_and_emrs_mock_now():
    """Code that sorts by time, or measures it, sees a difference."""
    with in_moto() as (client, application):
        made = client.get_application(applicationId=application)["application"]["createdAt"]
        assert made.astimezone(timezone.utc).time() == datetime.min.time()
    with mock_emr_serverless(clock="manual", start="2026-01-31T13:00:00Z") as emr:
        client = boto3.client("emr-serverless", region_name="us-east-1")
        record = emr.add_application(region_name="us-east-1")
        made = client.get_application(applicationId=record.application_id)["application"]["createdAt"]
        assert abs(made - datetime(2026, 1, 31, 13, tzinfo=timezone.utc)) < timedelta(hours=1)


@pytest.mark.parametrize("example", ["with_moto.py", "with_emrs_mock.py"])
def test_the_two_examples_of_the_page_pass(pytester, example):
    """A reader can copy both."""
    pytester.makepyfile((EXAMPLES / example).read_text(encoding="utf-8"))
    pytester.runpytest_inprocess("-o", "asyncio_default_fixture_loop_scope=function").assert_outcomes(passed=1)
