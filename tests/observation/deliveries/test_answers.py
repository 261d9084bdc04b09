"""What a double of AWS answers to a delivery: a refusal inside of an answer is an error too."""

from __future__ import annotations

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.observation.deliveries import DeliveryError, listeners

pytestmark = pytest.mark.needs_model("CreateApplication.monitoringConfiguration")

CLOUDWATCH = {"cloudWatchLoggingConfiguration": {"enabled": True}}


class Double:
    """Answers every request of one operation alike, and all others with nothing."""

    def __init__(self, operation, answer):
        self.operation, self.answer, self.asked = operation, answer, []

    def __call__(self, service, region, operation, parameters, tolerated):
        self.asked.append(operation)
        return self.answer if operation == self.operation else {}


def deliver(wanted, double):
    """Let a job run go its whole way, and hand each of its events to the double as `deliver={wanted}` would."""
    with mock_emr_serverless(clock="manual") as emr:
        for listener in listeners(emr._simulation, {wanted}, double):
            emr.subscribe(listener)
        emr.when().logs("out")
        app = emr.add_application(monitoring_configuration=CLOUDWATCH)
        emr.run_until(emr.add_job_run(app, "SUBMITTED"))


def test_events_that_the_bus_refuses_are_an_error_with_its_words():
    """All that it says, of entries that have something to say."""
    refusals = [{"ErrorCode": "A", "ErrorMessage": "too large"}, {"EventId": "1"}, {"ErrorMessage": "no bus"}]
    with pytest.raises(DeliveryError) as caught:
        deliver("events", Double("put_events", {"FailedEntryCount": 2, "Entries": refusals}))
    assert str(caught.value) == 'deliver={"events"}: too large; ; no bus (docs: events)'


def test_events_that_the_bus_takes_are_none():
    """Whatever else the answer has."""
    double = Double("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})
    deliver("events", double)
    assert set(double.asked) == {"put_events"}
    assert len(double.asked) >= 4


def test_log_events_that_cloudwatch_refuses_are_an_error_that_says_what_to_do():
    """Its own time and that of the simulation are too far apart."""
    with pytest.raises(DeliveryError) as caught:
        deliver("logs", Double("put_log_events", {"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}}))
    said = str(caught.value)
    assert said.startswith('deliver={"logs"}: CloudWatch Logs ')
    assert [word for word in ("14 days", "2 hours", 'clock="virtual"', "freezegun") if word not in said] == []
    assert said.endswith(" (docs: logs)")


def test_log_events_that_cloudwatch_takes_are_none():
    """The group comes first, then each stream and what is in it."""
    double = Double("put_log_events", {"nextSequenceToken": "1"})
    deliver("logs", double)
    assert double.asked[0] == "create_log_group"
    assert double.asked[1:] == ["create_log_stream", "put_log_events", "create_log_stream"]
