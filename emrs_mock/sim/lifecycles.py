"""The state tables of application, job run, attempt and session, and what they say about where a record can get.

A table names, for each state, the events that are possible in it and the state that each leads to. An event that
leads to the same state is accepted and changes nothing; an event without an entry is refused; a state that no event
leads away from is final. Which events time brings, and what the change of one record means for another, is in `timers`
and `reactions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Table = Mapping[str, Mapping[str, str]]

# facts §2.1, §2.2, §15.2, §15.4, §16
APPLICATION: Table = {
    "CREATING": {"created": "CREATED", "start": "STARTING", "auto_start": "STARTING"},
    "CREATED": {"start": "STARTING", "auto_start": "STARTING", "update": "CREATED", "delete": "TERMINATED"},
    "STARTING": {
        "started": "STARTED",
        "auto_start": "STARTING",
        "submit": "STARTING",
        "stop": "STOPPING",
    },
    "STARTED": {
        "start": "STARTED",
        "auto_start": "STARTED",
        "submit": "STARTED",
        "update": "STARTED",
        "stop": "STOPPING",
        "auto_stop": "STOPPING",
    },
    "STOPPING": {"stopped": "STOPPED", "stop": "STOPPING", "auto_start": "STOPPING"},
    "STOPPED": {
        "start": "STARTING",
        "auto_start": "STARTING",
        "update": "STOPPED",
        "stop": "STOPPED",
        "delete": "TERMINATED",
    },
    "TERMINATED": {},
}

# facts §3.1, §3.2, §3.4, §3.5, §16. "show": a dashboard can be served (facts §1.5)
_ENDS_EARLY = {"retry": "PENDING", "fail": "FAILED", "cancel": "CANCELLING", "time_out": "CANCELLING"}
_SCALES = ("scale", "allocate")
_STAYS_RUNNING = dict.fromkeys((*_SCALES, "executors_idle", "show"), "RUNNING")
JOB_RUN: Table = {
    "SUBMITTED": {"validate": "PENDING", "queue": "QUEUED", **_ENDS_EARLY},
    "QUEUED": {"admit": "PENDING", "queue_time_out": "CANCELLING", "cancel": "CANCELLING"},
    "PENDING": {"schedule": "SCHEDULED", **_ENDS_EARLY},
    "SCHEDULED": {"run": "RUNNING", **_ENDS_EARLY, "show": "SCHEDULED"},
    "RUNNING": {"succeed": "SUCCESS", **_ENDS_EARLY, "no_executors": "FAILED", **_STAYS_RUNNING},
    "CANCELLING": {"cancelled": "CANCELLED", "cancel": "CANCELLING", "show": "CANCELLING"},
    "SUCCESS": {"show": "SUCCESS"},
    "FAILED": {"show": "FAILED"},
    "CANCELLED": {"show": "CANCELLED"},
}

# facts §10
_ENDS = {"terminate": "TERMINATING", "time_out": "TERMINATING", "fail": "FAILED"}
_LIVES = (*_SCALES, "connect")
_IDLES = {"busy": "BUSY", "idle": "IDLE", "idle_time_out": "TERMINATING", **_ENDS}
SESSION: Table = {
    "SUBMITTED": {"provision": "STARTING", **_ENDS},
    "STARTING": {"started": "STARTED", **_ENDS},
    "STARTED": {**dict.fromkeys(_LIVES, "STARTED"), **_IDLES},
    "IDLE": {**dict.fromkeys(_LIVES, "IDLE"), **_IDLES},
    "BUSY": {**dict.fromkeys(_LIVES, "BUSY"), "busy": "BUSY", "idle": "IDLE", **_ENDS},
    "TERMINATING": {"terminated": "TERMINATED", "terminate": "TERMINATING"},
    "TERMINATED": {"terminate": "TERMINATED"},
    "FAILED": {"terminate": "FAILED"},
}

TABLES: Mapping[str, Table] = {"application": APPLICATION, "job_run": JOB_RUN, "session": SESSION}
FIRST: Mapping[str, str] = {"application": "CREATING", "job_run": "SUBMITTED", "session": "SUBMITTED"}

RENEWING = frozenset({"retry"})
"""Events that are a move even where they lead to the state a record is in: a new attempt begins."""

IDLE = frozenset({"STARTED", "IDLE"})
"""The states in which a session waits for work."""

ACTIVE = ("PENDING", "SCHEDULED", "RUNNING", "CANCELLING")
"""The states in which a job run counts against its application's concurrency."""

LASTING = frozenset({"time_out"})
"""Events that stay due when the state changes: limits of a record's whole life, not of one state."""

CALLED = frozenset(
    {"start", "stop", "delete", "update", "submit", "cancel", "show", "terminate", "connect", "busy", "idle"}
)
"""Events that a call or the test's author brings; time does not."""


def is_final(kind: str, state: str) -> bool:
    """Whether no event leads away from the state."""
    return not set(TABLES[kind][state].values()) - {state}


def moves(kind: str, state: str, event: str) -> bool:
    """Whether the event is possible in the state and leads away from it."""
    return TABLES[kind][state].get(event, state) != state


def lives(kind: str, state: str) -> bool:
    """Whether a record has neither ended nor is about to end."""
    return any(after not in (state, *FINAL[kind]) for after in TABLES[kind][state].values())


FINAL: Mapping[str, frozenset[str]] = {
    kind: frozenset(s for s in table if is_final(kind, s)) for kind, table in TABLES.items()
}


def reachable(kind: str, state: str, events: Iterable[str] | None = None) -> set[str]:
    """The states that time can bring a record to from `state`; the first step is one of `events` (default: any).

    An event that leaves a record in its state brings it nowhere.
    """
    table = TABLES[kind]
    found: set[str] = set()
    first = table[state].keys() - CALLED if events is None else table[state].keys() & set(events)
    ahead = [table[state][event] for event in first if moves(kind, state, event) or event in RENEWING]
    while ahead:
        step = ahead.pop()
        if step not in found:
            found.add(step)
            ahead.extend(after for event, after in table[step].items() if event not in CALLED)
    return found


def path(kind: str, state: str) -> tuple[str, ...]:
    """The events that lead a new record to `state` on the ordinary way, for arranging a test."""
    return _PATHS[kind][state]


_STARTED = ("created", "start", "started")
_RUNNING = ("validate", "schedule", "run")
_SESSION = ("provision", "started")
_PATHS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "application": {
        "CREATING": (),
        "CREATED": ("created",),
        "STARTING": ("created", "start"),
        "STARTED": _STARTED,
        "STOPPING": (*_STARTED, "stop"),
        "STOPPED": (*_STARTED, "stop", "stopped"),
        "TERMINATED": ("created", "delete"),
    },
    "job_run": {
        "SUBMITTED": (),
        "QUEUED": ("queue",),
        "PENDING": _RUNNING[:1],
        "SCHEDULED": _RUNNING[:2],
        "RUNNING": _RUNNING,
        "SUCCESS": (*_RUNNING, "succeed"),
        "FAILED": (*_RUNNING, "fail"),
        "CANCELLING": (*_RUNNING, "cancel"),
        "CANCELLED": (*_RUNNING, "cancel", "cancelled"),
    },
    "session": {
        "SUBMITTED": (),
        "STARTING": _SESSION[:1],
        "STARTED": _SESSION,
        "IDLE": (*_SESSION, "idle"),
        "BUSY": (*_SESSION, "busy"),
        "TERMINATING": (*_SESSION, "terminate"),
        "TERMINATED": (*_SESSION, "terminate", "terminated"),
        "FAILED": (*_SESSION, "fail"),
    },
}
