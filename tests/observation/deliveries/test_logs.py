"""`deliver={"s3", "logs"}`: what the monitoring configuration has to say of an attempt's logs, member by member."""

from __future__ import annotations

import pytest

from emrs_mock import DeliveryError, mock_emr_serverless
from emrs_mock.observation.log_deliveries import LOG_GROUP
from tests.observation.deliveries.arrived import (
    KEY,
    REGION,
    TO_LOGS,
    TO_S3,
    double,
    files,
    finish,
    groups,
    log_events,
    needs_cloudwatch,
    needs_defaults,
    overrides,
    root,
    streams,
    workers,
)
from tests.service.requests import HIVE, start_job_run

# --- S3 -------------------------------------------------------------------------------------------------------------


def test_11_3_logs_of_a_spark_job_are_in_s3_as_aws_puts_them(emr, client):
    """A file for each stream of each worker, empty or not."""
    emr.when().logs("counted 3 rows\nπ\n", "WARN slow\n").logs(stderr="lost a block\n", executor=2)
    run = finish(emr, client, TO_S3)
    found = files()
    names = workers("SPARK_DRIVER", "SPARK_EXECUTOR/1", "SPARK_EXECUTOR/2", "SPARK_EXECUTOR/3")
    assert set(found) == {f"emr/{root(run)}/{name}.gz" for name in names}
    written = {key.removeprefix(f"emr/{root(run)}/"): text for key, text in found.items() if text}
    assert written == {
        "SPARK_DRIVER/stdout.gz": "counted 3 rows\nπ\n",
        "SPARK_DRIVER/stderr.gz": "WARN slow\n",
        "SPARK_EXECUTOR/2/stderr.gz": "lost a block\n",
    }
    assert groups() == []


def test_11_3_logs_of_a_hive_job_are_its_drivers_and_its_tasks(emr, client):
    """Under Hive's names for them."""
    app = emr.add_application(type="HIVE", region_name=REGION).id
    run = finish(emr, client, TO_S3, app, jobDriver=HIVE)
    assert set(files()) == {f"emr/{root(run)}/{name}.gz" for name in workers("HIVE_DRIVER", "TEZ_TASK/1")}


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        ("s3://job-logs", ""),
        ("s3://job-logs/", ""),
        ("s3://job-logs/emr", "emr/"),
        ("s3://job-logs/emr/dev/", "emr/dev/"),
        ("s3a://job-logs/emr/", "emr/"),
    ],
)
def test_a_log_uri_is_a_bucket_and_maybe_a_folder(emr, client, uri, folder):
    """With a slash at its end or without."""
    run = finish(emr, client, {"s3MonitoringConfiguration": {"logUri": uri}})
    assert f"{folder}{root(run)}/SPARK_DRIVER/stdout.gz" in files()


def test_a_log_uri_that_names_no_bucket_is_told(emr, client):
    """The error shows a valid address."""
    with pytest.raises(DeliveryError, match=r"logUri 'job-logs': an address as in s3://bucket/prefix/ is wanted"):
        finish(emr, client, {"s3MonitoringConfiguration": {"logUri": "job-logs"}})


def test_files_are_encrypted_with_the_key_that_is_asked_for(emr, client):
    """Without one, as the bucket is."""
    plain, secret = "s3://job-logs/plain", "s3://job-logs/secret"
    finish(emr, client, {"s3MonitoringConfiguration": {"logUri": plain}})
    finish(emr, client, {"s3MonitoringConfiguration": {"logUri": secret, "encryptionKeyArn": KEY}})
    s3 = double("s3")
    heads = {key.partition("/")[0]: s3.head_object(Bucket="job-logs", Key=key) for key in files()}
    assert (heads["secret"]["ServerSideEncryption"], heads["secret"]["SSEKMSKeyId"]) == ("aws:kms", KEY)
    assert "SSEKMSKeyId" not in heads["plain"]


@needs_defaults
@pytest.mark.parametrize(
    ("said", "folders"),
    [
        ({}, {"emr"}),
        ({"managedPersistenceMonitoringConfiguration": {"enabled": False}}, {"emr"}),
        ({"s3MonitoringConfiguration": {}}, set()),
        ({"s3MonitoringConfiguration": {"logUri": "s3://job-logs/mine/"}}, {"mine"}),
    ],
)
def test_3_8_the_job_runs_monitoring_is_merged_over_the_applications(emr, client, said, folders):
    """Member by member; an empty one takes the application's away (facts §3.8)."""
    app = emr.add_application(region_name=REGION, monitoringConfiguration=TO_S3).id
    finish(emr, client, said, app)
    assert {key.partition("/")[0] for key in files()} == folders


def test_without_a_monitoring_configuration_nothing_is_delivered(emr, client):
    """Managed logs, which are on, are in a bucket of AWS's own."""
    finish(emr, client)
    assert (files(), groups()) == ({}, [])


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_11_3_each_attempt_of_a_job_that_may_be_tried_again_has_a_folder(emr, client):
    """What an attempt wrote is there as soon as it has ended."""

    def handler(run):
        print("attempt", run.attempt)  # noqa: T201 - as jobs do
        assert run.attempt == 2

    emr.when().run(handler, after=60)
    app = emr.add_application(region_name=REGION).id
    run = start_job_run(client, app, retryPolicy={"maxAttempts": 2}, **overrides({**TO_S3, **TO_LOGS}))
    emr.run_until(run, "RUNNING")
    assert files() == {}
    emr.clock.advance(60)
    place = f"{root(emr.job_runs[run])}/attempts"
    assert {key.split("/")[6] for key in files()} == {"1"}
    emr.run_until(run)
    found = files()
    assert found[f"emr/{place}/1/SPARK_DRIVER/stdout.gz"] == "attempt 1\n"
    assert "AssertionError" in found[f"emr/{place}/1/SPARK_DRIVER/stderr.gz"]
    assert found[f"emr/{place}/2/SPARK_DRIVER/stdout.gz"] == "attempt 2\n"
    assert streams()[f"/{place}/2/SPARK_DRIVER/stdout"] == ["attempt 2"]


@pytest.mark.needs_model("StartJobRun.mode")
@pytest.mark.parametrize("policy", [{}, {"retryPolicy": {"maxFailedAttemptsPerHour": 1}}], ids=["default", "no retry"])
def test_11_3_a_streaming_job_has_a_folder_for_its_attempt(emr, client, policy):
    """Whatever its retry policy; its logs come when it is cancelled, as nothing else ends it."""
    app = emr.add_application(region_name=REGION).id
    run = start_job_run(client, app, mode="STREAMING", **policy, **overrides(TO_S3))
    emr.run_until(run, "RUNNING")
    client.cancel_job_run(applicationId=app, jobRunId=run)
    assert files() == {}
    emr.run_until(run)
    assert f"emr/{root(emr.job_runs[run])}/attempts/1/SPARK_DRIVER/stdout.gz" in files()


def test_a_job_that_never_ran_has_no_logs(emr, client):
    """There was no worker to write any."""
    app = emr.add_application(region_name=REGION).id
    run = start_job_run(client, app, **overrides(TO_S3))
    client.cancel_job_run(applicationId=app, jobRunId=run)
    assert emr.run_until(run).state == "CANCELLED"
    assert files() == {}


# --- CloudWatch Logs ------------------------------------------------------------------------------------------------


@needs_cloudwatch
def test_11_3_logs_of_the_driver_are_in_cloudwatch(emr, client):
    """In AWS's group, line by line, at the time at which they were written; no other worker's unless asked for."""
    emr.when().logs("counted\n\n3 rows", "").logs("much", executor=1)
    run = finish(emr, client, TO_LOGS)
    place = f"/{root(run)}/SPARK_DRIVER"
    assert streams() == {f"{place}/stdout": ["counted", "3 rows"], f"{place}/stderr": []}
    assert {event["timestamp"] for event in log_events(f"{place}/stdout")} == {int(run.started_at.timestamp() * 1000)}
    assert files() == {}


@needs_cloudwatch
@pytest.mark.parametrize(
    ("types", "wanted"),
    [
        ({"SPARK_DRIVER": ["STDERR"]}, ["SPARK_DRIVER/stderr"]),
        ({"SPARK_EXECUTOR": ["stdout"]}, ["SPARK_EXECUTOR/1/stdout", "SPARK_EXECUTOR/2/stdout"]),
        ({"SPARK_DRIVER": ["STDOUT", "STDERR"], "TEZ_TASK": ["SYSTEM_LOGS"]}, [*sorted(workers("SPARK_DRIVER"))]),
    ],
)
def test_11_3_log_types_say_whose_logs_are_wanted(emr, client, types, wanted):
    """By worker type; what of Hive's there is not is not delivered."""
    driver = {"entryPoint": "s3://code/etl.py", "sparkSubmitParameters": "--conf spark.dynamicAllocation.enabled=false"}
    driver["sparkSubmitParameters"] += " --num-executors 2"
    monitoring = {"cloudWatchLoggingConfiguration": {"enabled": True, "logTypes": types}}
    run = finish(emr, client, monitoring, jobDriver={"sparkSubmit": driver})
    assert sorted(streams()) == [f"/{root(run)}/{name}" for name in wanted]


@needs_cloudwatch
def test_group_prefix_and_key_are_the_configurations(emr, client):
    """The key is the group's, where delivering makes it."""
    names = {"logGroupName": "/acme/jobs", "logStreamNamePrefix": "dev", "encryptionKeyArn": KEY}
    run = finish(emr, client, {"cloudWatchLoggingConfiguration": {"enabled": True, **names}})
    assert set(streams("/acme/jobs")) == {f"dev/{root(run)}/{name}" for name in workers("SPARK_DRIVER")}
    (group,) = double("logs").describe_log_groups()["logGroups"]
    assert group["kmsKeyId"] == KEY


@needs_cloudwatch
def test_a_group_that_is_there_is_used(emr, client):
    """The next job run uses it too."""
    double("logs").create_log_group(logGroupName=LOG_GROUP)
    runs = [finish(emr, client, TO_LOGS) for _ in range(2)]
    assert set(streams()) == {f"/{root(run)}/{name}" for run in runs for name in workers("SPARK_DRIVER")}


@needs_cloudwatch
@needs_defaults
def test_cloudwatch_is_left_alone_where_it_is_not_enabled(emr, client):
    """The job run may turn off what the application has on."""
    app = emr.add_application(region_name=REGION, monitoringConfiguration=TO_LOGS).id
    finish(emr, client, {"cloudWatchLoggingConfiguration": {"enabled": False}}, app)
    assert groups() == []


@needs_cloudwatch
def test_many_and_long_lines_come_as_cloudwatch_takes_them(emr, client):
    """In several requests, in order; a line that is too long for one event becomes several."""
    lines = [f"row {number}" for number in range(12_345)]
    long = "x" * 150_000
    emr.when().logs("\n".join(lines), long)
    place = f"/{root(finish(emr, client, TO_LOGS))}/SPARK_DRIVER"
    assert "".join(event["message"] for event in log_events(f"{place}/stderr")) == long
    logs = double("logs").get_paginator("filter_log_events")
    pages = logs.paginate(logGroupName=LOG_GROUP, logStreamNames=[f"{place}/stdout"])
    assert [event["message"] for page in pages for event in page["events"]] == lines


@needs_cloudwatch
def test_a_time_that_cloudwatch_does_not_take_is_told(doubles):
    """Its double lives in another time than the mock: the logs would be missing without a word."""
    with mock_emr_serverless(clock="manual", start="2020-01-01", deliver={"logs"}) as emr:
        emr.when().logs("counted")
        with pytest.raises(DeliveryError, match='clock="virtual", or freezegun'):
            finish(emr, emr.client(REGION), TO_LOGS)
