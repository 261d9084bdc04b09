"""EMR Serverless here, everything else from moto: EventBridge, SQS, DynamoDB and SNS."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from ledger import handler
from moto import mock_aws

from emrs_mock import mock_emr_serverless

PATTERN = (Path(__file__).parent / "event_pattern.json").read_text()


@pytest.fixture
def emr(monkeypatch):
    """Each event of EMR Serverless also goes to the event bus of moto."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws(), mock_emr_serverless(clock="manual", deliver={"events"}) as emr:
        yield emr


@pytest.fixture
def mailbox(emr, monkeypatch):
    """The queue that gets what is announced; a function that reads it."""
    topic = boto3.client("sns").create_topic(Name="failures")["TopicArn"]
    monkeypatch.setenv("FAILURES_TOPIC", topic)
    url, arn = make_queue("mailbox")
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return lambda: received(url)


@pytest.fixture
def table(emr, monkeypatch):
    """The ledger."""
    monkeypatch.setenv("LEDGER_TABLE", "ledger")
    return boto3.resource("dynamodb").create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "jobRunId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "jobRunId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def bus(emr):
    """The rule of production, with a queue as its target; a function that reads it."""
    url, arn = make_queue("bus")
    events = boto3.client("events")
    events.put_rule(Name="ended", EventPattern=PATTERN)
    events.put_targets(Rule="ended", Targets=[{"Id": "queue", "Arn": arn}])
    return lambda: received(url)


def make_queue(name):
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(url):
    messages = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def submitted(emr, application, name):
    return boto3.client("emr-serverless").start_job_run(
        applicationId=application.id,
        name=name,
        executionRoleArn="arn:aws:iam::123456789012:role/etl",
        jobDriver={"sparkSubmit": {"entryPoint": "s3://code/etl.py"}},
    )


def test_the_rule_lets_only_final_states_through(emr, bus):
    run = emr.run_until(submitted(emr, emr.add_application(), "orders"))

    (event,) = bus()

    assert (event["detail"]["jobRunId"], event["detail"]["state"]) == (run.id, "SUCCESS")


def test_what_has_ended_is_in_the_ledger(emr, bus, table, mailbox):
    emr.when(name="customers").fail("ExitCode: 137", after=600)
    application = emr.add_application()
    runs = [submitted(emr, application, name) for name in ("orders", "customers")]
    emr.clock.advance(hours=1)

    for event in bus():
        handler(event)

    ledger = {entry["jobRunId"]: entry for entry in table.scan()["Items"]}
    assert [ledger[run["jobRunId"]]["state"] for run in runs] == ["SUCCESS", "FAILED"]
    assert ledger[runs[1]["jobRunId"]]["seconds"] == 600
    assert [(mail["Subject"], mail["Message"]) for mail in mailbox()] == [("customers has failed", "ExitCode: 137")]


def test_an_event_that_comes_twice_is_announced_once(emr, bus, table, mailbox):
    emr.when().fail("ExitCode: 1")
    emr.run_until(submitted(emr, emr.add_application(), "orders"))
    (event,) = bus()

    handler(event)
    handler(event)

    assert len(mailbox()) == 1


def test_the_function_is_called_at_the_time_of_the_event(emr, table, mailbox):
    """Without a bus: the mock itself calls the function, inside of `advance`."""
    emr.subscribe(handler, where=lambda event: event["detail"].get("state") == "CANCELLED")
    emr.when().hang()
    run = emr.run_until(submitted(emr, emr.add_application(), "orders"), "RUNNING")

    boto3.client("emr-serverless").cancel_job_run(applicationId=run.application_id, jobRunId=run.id)
    emr.clock.advance(minutes=1)

    assert table.get_item(Key={"jobRunId": run.id})["Item"]["state"] == "CANCELLED"
