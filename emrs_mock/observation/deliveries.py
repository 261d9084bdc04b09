"""`deliver=`: who is told of every event, so that logs and events reach S3, CloudWatch Logs and EventBridge.

What of the logs goes where is in `delivered_logs`; who sends it is `_aws`. When is the broker's to say: after the move
that caused it and outside of the lock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any, Literal, get_args

from emrs_mock.observation.event_payloads import JOB_RUN, RETRY
from emrs_mock.observation.events import Event
from emrs_mock.observation.log_deliveries import Ended, Request, to_cloudwatch, to_s3
from emrs_mock.sim.lifecycles import FINAL
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.simulation import Simulation

Delivery = Literal["s3", "logs", "events"]
DELIVERIES: tuple[str, ...] = get_args(Delivery)

Answer = Mapping[str, Any]
Send = Callable[..., Answer]
Listener = Callable[[Event], None]
Requests = Callable[[Simulation, Event], Iterator[Request]]


class DeliveryError(RuntimeError):
    """What `deliver=` asks for did not arrive: no double of the service was active, or the double refused it."""


def listeners(simulation: Simulation, wanted: Collection[str], send: Send) -> list[Listener]:
    """Who is to be told of every event: one for each delivery that is wanted, the logs' before the events'.

    So whoever learns from an event that a job run has ended finds its logs. Each raises DeliveryError for what did not
    arrive. `send` gets the members of a `Request`, and returns the answer.
    """
    return [partial(_deliver, simulation, name, send) for name in _REQUESTS if name in wanted]


def _deliver(simulation: Simulation, name: str, send: Send, event: Event) -> None:
    try:
        with simulation.lock:
            requests = list(_REQUESTS[name](simulation, event))
        for request in requests:
            answer = send(*request)
            _CHECKS.get(request.operation, _accept)(answer)
    except Exception as error:
        page = "events" if name == "events" else "logs"
        raise DeliveryError(f'deliver={{"{name}"}}: {error} (docs: {page})') from error


# --- what is sent because of an event -------------------------------------------------------------------------------


def _of_logs(
    requests_of: Callable[[Ended], Iterator[Request]], simulation: Simulation, event: Event
) -> Iterator[Request]:
    """What is sent where an event tells of the end of an attempt that had workers."""
    # assumed: all of an attempt's logs arrive at its end, where AWS brings them bit by bit
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


# --- what an answer says, besides that it is one --------------------------------------------------------------------


def _accept(answer: Answer) -> None:
    """Be content with any answer."""


def _check_log_events(answer: Answer) -> None:
    if answer.get("rejectedLogEventsInfo"):
        raise RuntimeError(
            "CloudWatch Logs takes what is at most 14 days old and 2 hours ahead of its own time, and the simulated "
            'time of these logs is not. Let both live in one time: clock="virtual", or freezegun around the test'
        )


def _check_events(answer: Answer) -> None:
    if answer.get("FailedEntryCount"):
        raise RuntimeError("; ".join(entry.get("ErrorMessage", "") for entry in answer["Entries"]))


_CHECKS: Mapping[str, Callable[[Answer], None]] = {"put_log_events": _check_log_events, "put_events": _check_events}
