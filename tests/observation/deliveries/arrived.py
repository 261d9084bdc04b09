"""moto, whatever its release, and looks at what has arrived there."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import boto3
import pytest

from emrs_mock.observation.log_deliveries import LOG_GROUP
from tests.service.requests import start_job_run

REGION = "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:123456789012:key/logs"
TO_S3 = {"s3MonitoringConfiguration": {"logUri": "s3://job-logs/emr/"}}
TO_LOGS = {"cloudWatchLoggingConfiguration": {"enabled": True}}
ALL = {
    **TO_S3,
    **TO_LOGS,
    "managedPersistenceMonitoringConfiguration": {"enabled": True},
    "prometheusMonitoringConfiguration": {
        "remoteWriteUrl": "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/w/api/v1/remote_write"
    },
}

needs_cloudwatch = pytest.mark.needs_model("MonitoringConfiguration.cloudWatchLoggingConfiguration")
needs_defaults = pytest.mark.needs_model("CreateApplication.monitoringConfiguration")


@contextmanager
def moto_for(*services: str) -> Iterator[None]:
    """moto, active for these services: since moto 5 one decorator has all of them, before there was one for each."""
    import moto

    with ExitStack() as stack:
        for mock in [moto.mock_aws] if hasattr(moto, "mock_aws") else [getattr(moto, f"mock_{s}") for s in services]:
            stack.enter_context(mock())
        yield


def double(service: str):
    """A boto3 client for moto, as a test's own code would make one."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, region_name=REGION, **keys)


def overrides(monitoring):
    """The monitoring configuration of a job run."""
    return {"configurationOverrides": {"monitoringConfiguration": monitoring}}


def finish(emr, client, monitoring=None, app=None, **members):
    """A job run with this monitoring configuration that has come to its end."""
    app = app or emr.add_application(region_name=REGION, releaseLabel="emr-7.10.0").id
    members |= {} if monitoring is None else overrides(monitoring)
    return emr.run_until(start_job_run(client, app, **members))


def root(run):
    """Where the logs of a job run begin."""
    return f"applications/{run.application_id}/jobs/{run.job_run_id}"


def files(bucket="job-logs"):
    """The files in the bucket: text by key."""
    s3 = double("s3")
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).decode() for key in keys}


def groups():
    """The names of the log groups."""
    return [group["logGroupName"] for group in double("logs").describe_log_groups()["logGroups"]]


def streams(group=LOG_GROUP):
    """The events in a log group: lines by stream."""
    logs = double("logs")
    names = [found["logStreamName"] for found in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    return {name: [event["message"] for event in log_events(name, group)] for name in names}


def log_events(stream, group=LOG_GROUP):
    """The events of a stream, from the first on."""
    return double("logs").get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]


def workers(*names):
    """The streams of workers."""
    return {f"{name}/{stream}" for name in names for stream in ("stdout", "stderr")}


def received(url):
    """The messages in the queue."""
    messages = double("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]
