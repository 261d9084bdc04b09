"""What of a mock is steered over HTTP. How a request becomes a response is in `steering`.

ROUTES is the one list of what there is: requests are dispatched by it, and `openapi` describes it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.observation.calls import CallRecord
from emrs_mock.scenario.faults import Fault
from emrs_mock.scenario.revocable import Revocable
from emrs_mock.scenario.rules import Rule
from emrs_mock.scenario.snapshots import Snapshot
from emrs_mock.server.page import PAGE
from emrs_mock.server.remote import PREFIX
from emrs_mock.server.verbs import FAULT_VERBS, RULE_VERBS, said_with

JSON = "application/json"

Body = dict[str, Any]


class Route(NamedTuple):
    """One thing that can be asked of a mock: `act` gets the handle and the body, and returns what is answered."""

    method: str
    path: str
    summary: str
    act: Callable[[EMRServerless, Body], Any]
    takes: Mapping[str, Any] | None = None
    """The JSON schema of the body; None where there is none."""
    media: str = JSON


def _clock(emr: EMRServerless, body: Body) -> Any:
    return {"now": emr.clock.now(), "next_due": emr.clock.next_due()}


SHOWN_METRICS = (
    "RunningWorkerCount",
    "IdleWorkerCount",
    "PendingCreationWorkerCount",
    "CPUAllocated",
    "MemoryAllocated",
)
MOST_CALLS = 50


def _calls(calls: Iterable[CallRecord]) -> list[Any]:
    return [call.masked() for call in calls]


def _state(emr: EMRServerless, body: Body) -> Any:
    metrics = emr.metrics
    return {
        **_clock(emr, body),
        "job_runs": dict(Counter(run.state for run in emr.job_runs)),
        "capacity": {name: metrics[name].values[-1] for name in SHOWN_METRICS},
        "calls": _calls(list(emr.calls)[: -MOST_CALLS - 1 : -1]),
    }


def _advance(emr: EMRServerless, body: Body) -> Any:
    emr.clock.advance(**body)
    return _clock(emr, body)


def _move_to(emr: EMRServerless, body: Body) -> Any:
    emr.clock.move_to(body["moment"])
    return _clock(emr, body)


def _run_until(emr: EMRServerless, body: Body) -> Any:
    return emr.run_until(body["target"], body.get("state"))


def _rule(emr: EMRServerless, body: Body) -> Any:
    return _shown_rule(said_with(emr.when(**body.get("when", {})), RULE_VERBS, body.get("then", {})))


def _fault(emr: EMRServerless, body: Body) -> Any:
    then = body.pop("then", {})
    return _shown_fault(said_with(emr.fault(**body), FAULT_VERBS, then))


def _shown_rule(rule: Rule) -> Any:
    return {"id": rule._number, "rule": repr(rule), "matched": rule.matched}


def _shown_fault(fault: Fault) -> Any:
    return {"id": fault._number, "fault": repr(fault), "matched": fault.matched}


def _remove(entries: Sequence[Revocable], body: Body) -> Any:
    """Remove a rule or a fault. One that is not there any more is no error, as in Python."""
    for entry in entries:
        if entry._number == body["id"]:
            entry.remove()
    return {}


def _all_matched(emr: EMRServerless, body: Body) -> Any:
    emr.assert_all_matched()
    return {}


def _logs(emr: EMRServerless, body: Body) -> Any:
    logs = emr.logs[body["job_run"]]
    logs = logs.attempt(body["attempt"]) if "attempt" in body else logs
    executors = {number: logs.executor(number)._asdict() for number in logs.executors}
    return {"number": logs.number, "stdout": logs.stdout, "stderr": logs.stderr, "executors": executors}


def _reset(emr: EMRServerless, body: Body) -> Any:
    emr.reset()
    return _clock(emr, body)


def _restore(emr: EMRServerless, body: Body) -> Any:
    emr.restore(Snapshot.from_json(json.dumps(body)))
    return _clock(emr, body)


def _add_job_run(emr: EMRServerless, body: Body) -> Any:
    return emr.add_job_run(body.pop("application"), **body)


def _add_session(emr: EMRServerless, body: Body) -> Any:
    return emr.add_session(body.pop("application"), **body)


_STRING, _NUMBER, _ANY = {"type": "string"}, {"type": "number"}, {"type": "object"}
_INTEGER = {"type": "integer"}


def _takes(properties: Mapping[str, Any], *required: str, more: bool = False) -> Mapping[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": more}


_ARRANGED = {"state": _STRING, "id": _STRING, "region_name": _STRING}
_BELONGS = {"application": _STRING, "state": _STRING, "id": _STRING}
_MATCHERS = dict.fromkeys(("name", "entry_point", "query", "argument", "application", "role", "mode"), _STRING)


def _then(verbs: tuple[str, ...]) -> Mapping[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(verbs, _ANY), "additionalProperties": False}


_FAULT = {
    "operation": _STRING,
    "every": _INTEGER,
    "probability": _NUMBER,
    "then": _then(FAULT_VERBS),
}
_UNITS = dict.fromkeys(("days", "hours", "minutes", "seconds"), _NUMBER)

ROUTES: tuple[Route, ...] = (
    Route("GET", "/", "The page that shows all this.", lambda emr, body: PAGE, media="text/html"),
    Route("GET", "/state", "What the page shows: job runs by state, capacity, the last calls.", _state),
    Route("GET", "/clock", "The simulated time, and when something is due next.", _clock),
    Route("POST", "/clock/advance", "Move time forward by so much.", _advance, _takes(_UNITS)),
    Route("POST", "/clock/move-to", "Move time forward to a moment.", _move_to, _takes({"moment": _STRING}, "moment")),
    Route(
        "POST",
        "/run-until",
        "Move time until a record is in a state; returns the record.",
        _run_until,
        _takes({"target": _STRING, "state": _STRING}, "target"),
    ),
    Route(
        "POST",
        "/rules",
        "Decide what becomes of the job runs that match.",
        _rule,
        _takes({"when": _takes({**_MATCHERS, "tags": _ANY}), "then": _then(RULE_VERBS)}, "then"),
    ),
    Route(
        "POST",
        "/faults",
        "Let calls of an operation go wrong.",
        _fault,
        _takes(_FAULT, "operation", "then"),
    ),
    Route("GET", "/rules", "All rules.", lambda emr, body: list(map(_shown_rule, emr._rules.entries))),
    Route(
        "POST",
        "/rules/remove",
        "Remove a rule.",
        lambda emr, body: _remove(emr._rules.entries, body),
        _takes({"id": _INTEGER}, "id"),
    ),
    Route("GET", "/faults", "All faults.", lambda emr, body: list(map(_shown_fault, emr._backend.faults.entries))),
    Route(
        "POST",
        "/faults/remove",
        "Remove a fault.",
        lambda emr, body: _remove(emr._backend.faults.entries, body),
        _takes({"id": _INTEGER}, "id"),
    ),
    Route(
        "POST",
        "/assert-all-matched",
        "Be refused if a rule or fault had no effect.",
        _all_matched,
        _takes({}),
    ),
    Route(
        "POST",
        "/logs",
        "The logs of a job run's last attempt, or of another one.",
        _logs,
        _takes({"job_run": _STRING, "attempt": _INTEGER}, "job_run"),
    ),
    Route("GET", "/applications", "All applications.", lambda emr, body: list(emr.applications)),
    Route(
        "POST",
        "/applications",
        "Arrange an application that is in a state now; members are CreateApplication's.",
        lambda emr, body: emr.add_application(**body),
        _takes(_ARRANGED, more=True),
    ),
    Route("GET", "/job-runs", "All job runs.", lambda emr, body: list(emr.job_runs)),
    Route(
        "POST",
        "/job-runs",
        "Arrange a job run that is in a state now; members are StartJobRun's.",
        _add_job_run,
        _takes(_BELONGS, "application", more=True),
    ),
    Route("GET", "/sessions", "All interactive sessions.", lambda emr, body: list(emr.sessions)),
    Route(
        "POST",
        "/sessions",
        "Arrange a session that is in a state now; members are StartSession's.",
        _add_session,
        _takes(_BELONGS, "application", more=True),
    ),
    Route("GET", "/calls", "Every try of every call.", lambda emr, body: _calls(emr.calls)),
    Route("GET", "/events", "What EventBridge would have got.", lambda emr, body: list(emr.events)),
    Route("POST", "/reset", "Be as at the start: no records, rules, faults or calls.", _reset, _takes({})),
    Route("GET", "/snapshot", "The simulated service as JSON.", lambda emr, body: emr.snapshot().to_json()),
    Route("POST", "/restore", "Be as at a snapshot.", _restore, _takes({}, more=True)),
    Route("GET", "/timeline.json", "What happened, as data.", lambda emr, body: emr.timeline().to_json()),
    Route(
        "GET",
        "/timeline.svg",
        "What happened, drawn.",
        lambda emr, body: emr.timeline().to_svg(),
        None,
        "image/svg+xml",
    ),
    Route(
        "GET", "/timeline.html", "The same as a page.", lambda emr, body: emr.timeline().to_html(), None, "text/html"
    ),
)


def openapi() -> Mapping[str, Any]:
    """What can be steered, as an OpenAPI 3.0 document."""
    paths: dict[str, Any] = {}
    for route in ROUTES:
        answer = {"description": "done", "content": {route.media: {"schema": {}}}}
        responses: dict[str, Any] = {"200": answer}
        described: dict[str, Any] = {"summary": route.summary, "responses": responses}
        if route.takes is not None:
            described["requestBody"] = {"required": True, "content": {JSON: {"schema": route.takes}}}
            responses["400"] = {
                "description": "what the author of the test did wrong",
                "content": {JSON: {"schema": {"$ref": "#/components/schemas/Wrong"}}},
            }
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = described
    wrong = {"type": "object", "properties": {"error": _STRING, "message": _STRING}, "required": ["error", "message"]}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Steering emrs-mock", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Wrong": wrong}},
    }


ROUTES += (Route("GET", "/openapi.json", "This description.", lambda emr, body: openapi()),)
