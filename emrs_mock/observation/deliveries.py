"""`deliver=`: the listeners that send logs and events to S3, CloudWatch Logs and EventBridge.

The destinations of logs are in `log_deliveries`; requests are sent by `wire.doubles`. The broker of `events` calls the
listeners after the transition that caused an event, outside of the lock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from emrs_mock.observation.event_log import Event
from emrs_mock.observation.event_payloads import JOB_RUN, RETRY
from emrs_mock.observation.log_deliveries import Ended, Request, to_cloudwatch, to_s3
from emrs_mock.sim.lifecycles import FINAL
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.simulation import Simulation

Response = Mapping[str, Any]
Send = Callable[..., Response]
Listener = Callable[[Event], None]
Requests = Callable[[Simulation, Event], Iterator[Request]]


class DeliveryError(RuntimeError):
    """A delivery of `deliver=` failed: no double of the service was active, or the double refused it."""


def listeners(simulation: Simulation, wanted: Collection[str], send: Send) -> list[Listener]:
    """Make a listener for each delivery that is wanted. The listeners for logs come before the one for events.

    In this order, a consumer of an event about the end of a job run finds its logs. A listener raises DeliveryError if
    a request fails. `send` takes the members of a `Request` and returns the response.
    """
    return [partial(_deliver, simulation, name, send) for name in _REQUESTS if name in wanted]


def _deliver(simulation: Simulation, name: str, send: Send, event: Event) -> None:
    try:
        with simulation.lock:
            requests = list(_REQUESTS[name](simulation, event))
        for request in requests:
            response = send(*request)
            _CHECKS.get(request.operation, _accept)(response)
    except Exception as error:
        page = "events" if name == "events" else "logs"
        raise DeliveryError(f'deliver={{"{name}"}}: {error} (docs: {page})') from error


# --- what is sent because of an event -------------------------------------------------------------------------------


def _of_logs(
    requests_of: Callable[[Ended], Iterator[Request]], simulation: Simulation, event: Event
) -> Iterator[Request]:
    """The requests for an event about the end of an attempt that had workers."""
    # assumed: all logs of an attempt arrive at its end, whereas AWS sends them in parts
    detail, kind = event["detail"], event["detail-type"]
    if kind == RETRY or (kind == JOB_RUN and detail["state"] in FINAL[JobRun.kind]):
        world, run = simulation.owners[detail["jobRunId"]]
        assert isinstance(run, JobRun)
        attempt = run.attempts[detail.get("previousAttempt", 0) - 1]
        if attempt.started_at is not None:
            yield from requests_of(Ended(world.region, run, attempt))


def _of_event(simulation: Simulation, event: Event) -> Iterator[Request]:
    entry = {
        "Time": event["time"],
        "Source": event["source"],
        "Resources": event["resources"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
    }
    yield Request("events", event["region"], "put_events", {"Entries": [entry]})


_REQUESTS: Mapping[str, Requests] = {
    "s3": partial(_of_logs, to_s3),
    "logs": partial(_of_logs, to_cloudwatch),
    "events": _of_event,
}


# --- failures that are reported in a response -----------------------------------------------------------------------


def _accept(response: Response) -> None:
    """Accept any response."""


def _check_log_events(response: Response) -> None:
    if response.get("rejectedLogEventsInfo"):
        raise RuntimeError(
            "CloudWatch Logs accepts times from 14 days before to 2 hours after its own time; the simulated time of "
            'these logs is outside of that. Give both the same time: clock="virtual", or freezegun around the test'
        )


def _check_events(response: Response) -> None:
    if response.get("FailedEntryCount"):
        raise RuntimeError("; ".join(entry.get("ErrorMessage", "") for entry in response["Entries"]))


_CHECKS: Mapping[str, Callable[[Response], None]] = {"put_log_events": _check_log_events, "put_events": _check_events}
