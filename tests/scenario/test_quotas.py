"""Quotas: how often an account may call, and how many vCPUs it may use at a time (facts §6, §16)."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from emrs_mock import Quotas, mock_emr_serverless
from emrs_mock.operations.dispatch import OPERATIONS
from tests.service.model import MODEL
from tests.service.requests import START, job_run, refused, start_job_run

THROTTLED = ("ThrottlingException", "Rate exceeded", 400)
RATES = {
    **dict.fromkeys(("ListApplications", "GetApplication", "GetJobRun"), (10, 50)),
    **dict.fromkeys(("CreateApplication", "DeleteApplication", "UpdateApplication", "ListJobRuns"), (1, 25)),
    **dict.fromkeys(("StartJobRun", "CancelJobRun", "StartApplication", "StopApplication"), (1, 25)),
    "GetDashboardForJobRun": (1, 2),
}
NO_VCPUS = "Job failed as account has reached the service limit on the maximum vCPU it can use concurrently."


@pytest.fixture
def emr():
    """A mock with AWS's quotas."""
    with mock_emr_serverless(clock="manual", start=START, quotas=Quotas.aws()) as emr:
        yield emr


def impatient(region="us-east-1", key="test"):
    """A client that does not try again."""
    credentials = {"aws_access_key_id": key, "aws_secret_access_key": "x"}
    return boto3.client("emr-serverless", region, config=Config(retries={"max_attempts": 0}), **credentials)


def test_6_the_rates_are_awss():
    """Of every operation that has a published figure; the others are unlimited (facts §16)."""
    assert dict(Quotas.aws().rates) == RATES
    assert set(RATES) <= set(OPERATIONS)


def calls(client, app, run, operation):
    """Call an operation with its required members; return whether it was throttled."""
    known = {"applicationId": app, "jobRunId": run, "releaseLabel": "emr-7.10.0", "type": "SPARK"}
    known["executionRoleArn"] = "arn:aws:iam::123456789012:role/job"
    shape = MODEL.operation_model(operation).input_shape
    method = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation)[1:]
    try:
        getattr(client, method)(**{name: known[name] for name in shape.required_members if name in known})
    except client.exceptions.ClientError as error:
        return error.response["Error"]["Code"] == THROTTLED[0]
    return False


@pytest.mark.parametrize(
    "operation",
    [pytest.param(operation, marks=pytest.mark.needs_model(operation)) for operation in RATES],
)
def test_6_an_account_may_call_in_bursts_and_then_at_its_rate(emr, operation):
    """A burst at one instant, whatever comes of the calls; then as many a second as the rate says."""
    client, app = impatient(), emr.add_application().id
    run = emr.add_job_run(app).id
    rate, burst = RATES[operation]
    throttled = [calls(client, app, run, operation) for _ in range(burst + 1)]
    assert throttled == [False] * burst + [True]
    emr.clock.advance(1)
    assert [calls(client, app, run, operation) for _ in range(rate + 1)] == [False] * rate + [True]


def test_6_a_pause_fills_no_more_than_a_burst(emr):
    """The length of the pause does not matter."""
    client, app = impatient(), emr.add_application().id
    assert not calls(client, app, app, "StopApplication")
    emr.clock.advance(days=1)
    throttled = [calls(client, app, app, "StopApplication") for _ in range(26)]
    assert throttled == [False] * 25 + [True]


def test_6_rates_are_of_an_account_in_a_region():
    """Throttling one account does not affect another."""
    rates, keys = {"ListApplications": (1, 1)}, {"AKIAAAAAAAAAAAAAAAAA": "111111111111"}
    with mock_emr_serverless(clock="manual", start=START, quotas=Quotas(rates=rates), accounts=keys):
        here = impatient()
        here.list_applications()
        assert refused(here.list_applications) == THROTTLED
        for other in (impatient("eu-west-1"), impatient(key=next(iter(keys)))):
            assert other.list_applications()["applications"] == []


def test_6_operations_without_a_figure_are_unlimited(emr):
    """Those on tags are not listed."""
    client, app = impatient(), emr.add_application()
    for _ in range(200):
        client.list_tags_for_resource(resourceArn=app.arn)


def test_16_rates_are_off_unless_they_are_asked_for():
    """A test that polls would be throttled."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        client, app = impatient(), emr.add_application().id
        assert not any(calls(client, app, app, "GetApplication") for _ in range(200))


def test_6_botocore_tries_a_throttled_call_again(emr, monkeypatch):
    """The retry succeeds if time passes meanwhile; botocore's random pauses are a second each here."""
    monkeypatch.setattr("time.sleep", lambda _: emr.clock.advance(1))
    client = emr.client("us-east-1")
    for _ in range(30):
        client.list_job_runs(applicationId=emr.add_application().id)
    assert emr.clock.now() > START


def test_6_a_job_run_that_would_exceed_the_accounts_vcpus_fails(emr, client):
    """One default Spark job is the whole default quota: 4 + 3 × 4 = 16 vCPU."""
    app = emr.add_application().id
    first, second = start_job_run(client, app), start_job_run(client, app)
    assert emr.run_until(second).state == "FAILED"
    assert job_run(client, app, second)["stateDetails"] == NO_VCPUS
    assert emr.run_until(first).state == "SUCCESS"
    assert emr.run_until(start_job_run(client, app)).state == "SUCCESS"


def test_6_vcpus_are_counted_over_all_applications_of_an_account_in_a_region(emr, client):
    """Another region has its own."""
    here, there, elsewhere = (emr.add_application(region_name=r).id for r in ("us-east-1", "us-east-1", "eu-west-1"))
    start_job_run(client, here)
    second = start_job_run(client, there)
    third = start_job_run(emr.client("eu-west-1"), elsewhere)
    assert [emr.run_until(run).state for run in (second, third)] == ["FAILED", "SUCCESS"]


def test_16_vcpus_are_off_unless_they_are_asked_for():
    """A second default job would always fail."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        app = emr.add_application().id
        runs = [start_job_run(impatient(), app) for _ in range(5)]
        assert {emr.run_until(run).state for run in runs} == {"SUCCESS"}


def test_a_quota_of_ones_own():
    """With twice the quota, a second job runs."""
    with mock_emr_serverless(clock="manual", start=START, quotas=Quotas(vcpus=32)) as emr:
        app = emr.add_application().id
        runs = [start_job_run(impatient(), app) for _ in range(3)]
        assert [emr.run_until(run).state for run in runs] == ["SUCCESS", "SUCCESS", "FAILED"]


def test_a_rate_for_an_operation_that_does_not_exist_is_refused():
    """It would never apply; boto3's names are those of operations too."""
    with pytest.raises(ValueError, match=r"no operation 'StartJob'. There are: CancelJobRun, .*\(docs: quotas\)"):
        mock_emr_serverless(quotas=Quotas(rates={"StartJob": (1, 1)})).start()
    with mock_emr_serverless(clock="manual", quotas=Quotas(rates={"list_applications": (1, 1)})):
        client = impatient()
        client.list_applications()
        assert refused(client.list_applications) == THROTTLED
