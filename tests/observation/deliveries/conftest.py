"""A mock that delivers, moto as the double, and a network that fails the test if it is used."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.httpsession import URLLib3Session

from emrs_mock import mock_emr_serverless
from tests.observation.deliveries.arrived import REGION, double, moto_for


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The requests that would have left the process; there must be none."""
    sent: list[str] = []

    def send(self, request):
        sent.append(request.url)
        raise AssertionError(f"{request.url} left the process")

    monkeypatch.setattr(URLLib3Session, "send", send)
    yield sent
    assert sent == []


@pytest.fixture
def doubles():
    """moto, with a bucket for logs."""
    with moto_for("s3", "logs", "events", "sqs"):
        double("s3").create_bucket(Bucket="job-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
        yield


@pytest.fixture
def emr(doubles):
    """A mock that delivers everything."""
    with mock_emr_serverless(clock="manual", deliver={"s3", "logs", "events"}) as emr:
        yield emr


@pytest.fixture
def client(emr):
    """A client of the mock."""
    return emr.client(REGION)


@pytest.fixture
def queue():
    """The URL of a queue that a rule sends the ends of job runs to."""
    sqs, events = double("sqs"), double("events")
    url = sqs.create_queue(QueueName="ends")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.emr-serverless"], "detail": {"state": ["SUCCESS", "FAILED"]}}
    events.put_rule(Name="ends", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="ends", Targets=[{"Id": "queue", "Arn": arn}])
    return url
