"""`deliver=`: what arrives when, what does not, and that nothing leaves the process where no double is."""

from __future__ import annotations

import asyncio
import time

import pytest

from emrs_mock import DeliveryError, mock_emr_serverless
from tests.observation.deliveries.arrived import (
    ALL,
    REGION,
    TO_LOGS,
    TO_S3,
    double,
    files,
    finish,
    groups,
    moto_for,
    needs_cloudwatch,
    overrides,
    received,
    root,
    streams,
)
from tests.service.requests import start_job_run

# --- events ---------------------------------------------------------------------------------------------------------


def test_rules_on_the_bus_fire(emr, client, queue):
    """The target gets the event that `emr.events` has."""
    run = finish(emr, client)
    (message,) = received(queue)
    (told,) = emr.events.of("*Job Run State Change", where=lambda event: event["detail"]["state"] == "SUCCESS")
    same = ("detail-type", "source", "time", "region", "resources", "detail")  # moto may leave out others
    assert {name: message[name] for name in same} == {name: told[name] for name in same}
    assert message["detail"]["jobRunId"] == run.job_run_id


def test_a_subscriber_who_is_told_of_the_end_finds_the_logs(emr, client):
    """As a function behind a rule would."""
    found = []
    emr.subscribe(
        lambda event: found.append(len(files())), where=lambda event: event["detail"].get("state") == "SUCCESS"
    )
    finish(emr, client, TO_S3)
    assert found == [8]


# --- clocks and clients ---------------------------------------------------------------------------------------------


@needs_cloudwatch
def test_under_a_virtual_clock_the_doubles_live_in_simulated_time_too(doubles):
    """CloudWatch Logs accepts the times of the logs, and files have simulated times."""
    with mock_emr_serverless(clock="virtual", start="2020-01-01", deliver={"s3", "logs"}) as emr:
        emr.when().logs("counted")
        client = emr.client(REGION)
        app = emr.add_application(region_name=REGION).id
        run = start_job_run(client, app, **overrides({**TO_S3, **TO_LOGS}))
        time.sleep(600)
        place = f"{root(emr.job_runs[run])}/SPARK_DRIVER/stdout"
        assert streams()[f"/{place}"] == ["counted"]
        written = double("s3").head_object(Bucket="job-logs", Key=f"emr/{place}.gz")["LastModified"]
        assert (written - emr.job_runs[run].ended_at).total_seconds() == pytest.approx(0, abs=1)


@pytest.mark.aiobotocore
def test_what_an_async_client_runs_is_delivered(emr):
    """By the same clients as ever."""
    from aiobotocore.session import get_session

    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    app = emr.add_application(region_name=REGION).id
    request = {"applicationId": app, "executionRoleArn": "arn:aws:iam::123456789012:role/job"}

    async def submit():
        async with get_session().create_client("emr-serverless", region_name=REGION, **keys) as client:
            driver = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}
            started = await client.start_job_run(**request, jobDriver=driver, **overrides(TO_S3))
            emr.clock.advance(600)
            return (await client.get_job_run(applicationId=app, jobRunId=started["jobRunId"]))["jobRun"]

    assert asyncio.run(submit())["state"] == "SUCCESS"
    assert len(files()) == 8


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["s3", pytest.param("logs", marks=needs_cloudwatch), "events"])
def test_without_a_double_nothing_leaves_the_process(service, network):
    """The first delivery raises, and names the fix; credentials and settings are not even needed."""
    with mock_emr_serverless(clock="manual", deliver={service}) as emr:
        with pytest.raises(DeliveryError, match=rf'deliver={{"{service}"}}: no double of AWS .* Put moto\'s @mock_aws'):
            finish(emr, emr.client(REGION), TO_LOGS if service == "logs" else TO_S3)
        assert network == []


@pytest.mark.skipif(not hasattr(__import__("moto"), "mock_aws"), reason="one decorator for each service, before moto 5")
def test_a_service_that_moto_passes_through_is_not_doubled():
    """moto would send the request to AWS."""
    from moto import mock_aws

    through = {"core": {"passthrough": {"services": ["s3"]}}}
    refused = pytest.raises(DeliveryError, match="no double of AWS is active")
    with mock_aws(config=through), mock_emr_serverless(clock="manual", deliver={"s3"}) as emr, refused:
        finish(emr, emr.client(REGION), TO_S3)


def test_a_double_that_comes_later_is_found():
    """The clients of a delivery that was refused are forgotten."""
    with mock_emr_serverless(clock="manual", deliver={"s3"}) as emr:
        client = emr.client(REGION)
        with pytest.raises(DeliveryError):
            finish(emr, client, TO_S3)
        with moto_for("s3"):
            double("s3").create_bucket(Bucket="job-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
            finish(emr, client, TO_S3)
            assert len(files()) == 8


def test_what_a_double_refuses_is_raised_once_where_the_clock_was_moved(emr, client, queue):
    """It is not an error of EMR Serverless; other deliveries, subscribers and later job runs are as ever."""
    told = []
    emr.subscribe(told.append, where=lambda event: event["detail"].get("state") == "SUCCESS")
    app = emr.add_application(region_name=REGION).id
    lost = start_job_run(client, app, **overrides({"s3MonitoringConfiguration": {"logUri": "s3://nowhere/"}}))
    with pytest.raises(DeliveryError, match=r'deliver={"s3"}: .*NoSuchBucket'):
        emr.clock.advance(600)
    assert client.get_job_run(applicationId=app, jobRunId=lost)["jobRun"]["state"] == "SUCCESS"
    assert len(told) == len(received(queue)) == 1
    finish(emr, client, TO_S3, app)
    assert len(told) == 2
    assert len(files()) == 8


@pytest.mark.needs_model("MonitoringConfiguration.prometheusMonitoringConfiguration")
def test_nothing_is_sent_unless_asked_for(doubles):
    """Whatever the monitoring configuration says."""
    with mock_emr_serverless(clock="manual") as emr:
        emr.when().logs("counted")
        app = emr.add_application(region_name=REGION, monitoringConfiguration=ALL, releaseLabel="emr-7.10.0").id
        finish(emr, emr.client(REGION), ALL, app)
    assert (files(), groups()) == ({}, [])


@pytest.mark.needs_model("MonitoringConfiguration.prometheusMonitoringConfiguration")
def test_no_request_is_made_unless_asked_for(network, monkeypatch):
    """No client is created either."""
    monkeypatch.setattr("emrs_mock.wire.doubles._client_for_doubles", lambda *what: pytest.fail(f"a client for {what}"))
    with mock_emr_serverless(clock="manual") as emr:
        app = emr.add_application(region_name=REGION, monitoringConfiguration=ALL, releaseLabel="emr-7.10.0").id
        finish(emr, emr.client(REGION), ALL, app)
        assert network == []


# --- forks, rewinds, ends -------------------------------------------------------------------------------------------


def test_a_fork_delivers_nothing(emr, client):
    """What happens there has not happened."""
    app = emr.add_application(region_name=REGION).id
    run = start_job_run(client, app, **overrides(TO_S3))
    with emr.fork() as what_if:
        what_if.run_until(run)
        assert files() == {}
    emr.run_until(run)
    assert len(files()) == 8


def test_what_happens_again_after_a_restore_is_delivered_again(emr, client, queue):
    """What had happened before is not."""
    finish(emr, client)
    app = emr.add_application(region_name=REGION).id
    run = start_job_run(client, app)
    before = emr.snapshot()
    emr.run_until(run)
    emr.restore(before)
    assert len(received(queue)) == 2
    emr.run_until(run)
    assert [message["detail"]["jobRunId"] for message in received(queue)] == [run]


def test_a_reset_mock_goes_on_delivering(emr, client):
    """It is as on entry."""
    emr.reset()
    finish(emr, client, TO_S3)
    assert len(files()) == 8


def test_nothing_is_delivered_when_the_mock_has_ended(doubles):
    """Reading a record afterwards may still move its state."""
    with mock_emr_serverless(clock="manual", deliver={"s3"}) as emr:
        run = start_job_run(emr.client(REGION), emr.add_application(region_name=REGION).id, **overrides(TO_S3))
    emr.run_until(run)
    assert files() == {}


def test_the_tests_of_a_class_deliver_once_each(doubles, queue):
    """Each from a copy of what the class's set-up left."""

    @mock_emr_serverless(clock="manual", deliver={"events"}, as_kwarg="emr")
    class TestJobs:
        def test_it(self, emr):
            finish(emr, emr.client(REGION))

    TestJobs.setup_class()
    for _ in range(2):
        test = TestJobs()
        test.setup_method()
        test.test_it()
        test.teardown_method()
        assert len(received(queue)) == 1
    TestJobs.teardown_class()
