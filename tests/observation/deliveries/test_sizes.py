"""How much is sent at a time: what PutLogEvents takes, however much was written."""

from __future__ import annotations

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.observation.deliveries import listeners
from tests.observation.deliveries.arrived import TO_LOGS, needs_cloudwatch, overrides

pytestmark = needs_cloudwatch


def batches(text):
    """The events of each PutLogEvents call of a job run that writes this text, without a double of the service."""
    sent = []

    def send(service, region, operation, parameters, tolerated):
        if operation == "put_log_events":
            sent.append([event["message"] for event in parameters["logEvents"]])
        return {}

    with mock_emr_serverless(clock="manual") as emr:
        emr.when().logs(text)
        emr.run_until(emr.add_job_run(emr.add_application(), "SUBMITTED", **overrides(TO_LOGS)))
        (deliver,) = listeners(emr._simulation, {"logs"}, send)
        for event in emr.events:
            deliver(event)
    return sent


def in_bytes(message):
    """The size that the service counts."""
    return len(message.encode()) + 26


@pytest.mark.parametrize("line", ["x", "😀" * 60_000, "😀" * 150_000], ids=["short", "long", "too long for an event"])
def test_no_call_is_larger_than_the_service_takes(line):
    """At most 10,000 events and 1 MiB a call, and 256 KiB an event; nothing is lost."""
    text = "\n".join([line] * (25_000 if line == "x" else 9))
    sent = batches(text)
    assert max(map(len, sent)) <= 10_000
    assert max(sum(map(in_bytes, events)) for events in sent) <= 1_048_576
    assert max(in_bytes(message) for events in sent for message in events) <= 262_144
    assert "".join(message for events in sent for message in events) == text.replace("\n", "")


def test_short_lines_are_sent_together():
    """In as few calls as possible."""
    assert list(map(len, batches("\n".join("x" * 25_000)))) == [10_000, 10_000, 5_000]


def test_as_many_long_lines_are_sent_together_as_fit_for_certain():
    """A character may have four bytes, and an event has 26 bytes more: of lines of 60,000 characters it is four."""
    assert list(map(len, batches("\n".join(["x" * 60_000] * 9)))) == [4, 4, 1]
    assert list(map(len, batches("\n".join(["x" * 26_207] * 21)))) == [10, 10, 1]
    assert list(map(len, batches("\n".join(["x" * 26_209] * 19)))) == [9, 9, 1]
