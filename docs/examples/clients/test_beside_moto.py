"""EMR Serverless here; EventBridge, SQS and the rest from moto's server: pip install 'moto[server,events]'."""

import json

import boto3
import pytest
from moto.server import ThreadedMotoServer

from emrs_mock import mock_emr_serverless

ROLE = "arn:aws:iam::123456789012:role/etl"


@pytest.fixture
def aws(monkeypatch):
    """All services of AWS are moto's server, but for EMR Serverless. Programs that a test starts get the same URLs."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    moto = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    with mock_emr_serverless(clock="manual", deliver={"events"}) as emr, emr.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_EMR_SERVERLESS", url)
        yield emr
    moto.stop()


def start_etl(event, context):
    """A Lambda function: starts a job run of the application that the event names."""
    emr_serverless = boto3.client("emr-serverless")
    return emr_serverless.start_job_run(
        applicationId=event["applicationId"],
        executionRoleArn=ROLE,
        jobDriver={"sparkSubmit": {"entryPoint": "s3://code/job.py"}},
    )


def wait_for_etl(started, sleep):
    """What a state machine with a Wait state does: asks until the job run has ended."""
    emr_serverless = boto3.client("emr-serverless")
    which = {"applicationId": started["applicationId"], "jobRunId": started["jobRunId"]}
    while True:
        state = emr_serverless.get_job_run(**which)["jobRun"]["state"]
        if state in ("SUCCESS", "FAILED", "CANCELLED"):
            return state
        sleep(30)


def test_a_failed_job_run_is_told_to_a_queue(aws):
    events, sqs = boto3.client("events"), boto3.client("sqs")
    queue = sqs.create_queue(QueueName="failed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    wanted = {"detail-type": ["EMR Serverless Job Run State Change"], "detail": {"state": ["FAILED"]}}
    events.put_rule(Name="failed", EventPattern=json.dumps(wanted))
    events.put_targets(Rule="failed", Targets=[{"Id": "queue", "Arn": arn}])

    aws.when(entry_point="*.py").fail("ExitCode: 137", after=600)
    application = aws.add_application(region_name="eu-west-1")
    started = start_etl({"applicationId": application.id}, None)
    assert wait_for_etl(started, sleep=aws.clock.advance) == "FAILED"

    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["detail"]["jobRunId"] == started["jobRunId"]
