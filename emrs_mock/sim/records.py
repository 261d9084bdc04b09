"""Application, JobRun, Attempt, Session: data with a state. They name each other by id.

A record keeps the validated request (`spec`) without looking into it; what of it has an effect in time stands beside
it as `settings`, already understood. Records do not decide anything: the tables and `World.fire` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from emrs_mock.sim.billing import Usage
from emrs_mock.sim.details import details_of
from emrs_mock.sim.lifecycles import FINAL, FIRST, IDLE, RENEWING
from emrs_mock.sim.outcomes import Outcome, Plan, Streams
from emrs_mock.sim.workers import Capacity, Size, Workload

NO_TIME = timedelta(0)

LIMITS: Mapping[str, timedelta] = {"time_out": timedelta(minutes=720), "queue_time_out": timedelta(minutes=360)}
"""The limit that a job run is planned to exceed, where its configuration has none (facts §2.4, §3.3)."""

STAMPS: Mapping[str, Mapping[str, str]] = {
    "application": {"STARTED": "started_at"},
    "job_run": {"RUNNING": "started_at", "SUCCESS": "ended_at", "FAILED": "ended_at", "CANCELLED": "ended_at"},
    "session": {"STARTED": "started_at", "TERMINATED": "ended_at", "FAILED": "ended_at"},
}
"""Which moment a state marks: of a session, or of a job run's newest attempt."""


class Change(NamedTuple):
    """One move of one record. Events, logs, metrics and timelines are views of these."""

    at: datetime
    kind: str
    id: str
    attempt: int | None
    event: str
    before: str | None
    after: str
    details: str


@dataclass(slots=True, eq=False, kw_only=True)
class Record:
    """What all kinds of record have."""

    kind: ClassVar[str]

    id: str
    arn: str
    seq: int
    created_at: datetime
    created_by: str
    spec: Mapping[str, Any]
    tags: dict[str, str]
    state: str = ""
    state_details: str = ""
    updated_at: datetime = field(init=False)
    held: str | None = None
    """The event that was due, and waits for another record to change."""
    stays: dict[str, timedelta | None] = field(default_factory=dict)
    """How long it is in a state, where somebody said so; None: for ever."""

    def __post_init__(self) -> None:
        self.state = FIRST[self.kind]
        self.updated_at = self.created_at

    @property
    def drawer(self) -> tuple[str, ...]:
        """What lists filter by; the state comes first."""
        return (self.state,)

    @property
    def is_final(self) -> bool:
        """Whether no event leads away from here."""
        return self.state in FINAL[self.kind]

    def enter(self, event: str, state: str, at: datetime, details: str) -> None:
        """Be in `state` from `at` on."""
        self.state, self.state_details, self.updated_at, self.held = state, details, at, None

    @property
    def attempt_number(self) -> int | None:
        """The attempt that a change of this record belongs to."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSettings:
    """What of an application's configuration has an effect in time."""

    auto_start: bool = True
    auto_stop_after: timedelta | None = timedelta(minutes=15)
    initial: Mapping[Size, int] = field(default_factory=dict)
    """The workers that are there from the start."""
    maximum: Capacity | None = None
    max_concurrent_runs: int | None = None
    queue_timeout: timedelta | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Application(Record):
    """An application; `spec` is what it is configured to be, updates included."""

    kind = "application"
    settings: ApplicationSettings = ApplicationSettings()
    started_at: datetime | None = None
    """When it was STARTED for the first time."""

    def enter(self, event: str, state: str, at: datetime, details: str) -> None:
        Record.enter(self, event, state, at, details)
        stamp(self, self.kind, state, at)


class JobRunSettings(NamedTuple):
    """What of a job run's request, and of its application's configuration, has an effect in time."""

    limits: Mapping[str, timedelta] = {}
    """How long the job run may last, by the event that ends it: `time_out`, `queue_time_out`."""
    workload: Workload | None = None
    problem: str | None = None
    """Why it fails as soon as it is looked at."""
    max_attempts: int = 1
    max_failed_per_hour: int | None = None
    grace: timedelta = NO_TIME


@dataclass(slots=True, eq=False, kw_only=True)
class Attempt:
    """One try of the service to run a job run, counted from 1."""

    number: int
    created_at: datetime
    updated_at: datetime
    state: str
    state_details: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    workload: Workload | None = None
    """The workers it got."""
    outcome: Outcome | None = None
    """How it ends, where that was not known before it ran."""
    logs: dict[int, Streams] = field(default_factory=dict)

    @property
    def seq(self) -> int:
        """What lists order by."""
        return self.number

    def enter(self, state: str, at: datetime, details: str) -> None:
        """Be in `state` from `at` on."""
        self.state, self.state_details, self.updated_at = state, details, at
        stamp(self, JobRun.kind, state, at)


@dataclass(slots=True, eq=False, kw_only=True)
class JobRun(Record):
    """A job run; it shows the state of its newest attempt."""

    kind = "job_run"
    application_id: str
    inherited: Mapping[str, Any]
    """What the application was configured to be at submission."""
    mode: str
    settings: JobRunSettings
    plan: Plan = Plan()
    attempts: list[Attempt] = field(default_factory=list)
    queued_at: datetime | None = None
    queued_for: timedelta | None = None
    shutdown: timedelta = NO_TIME
    """How long its work may take at most to shut down, once it is CANCELLING."""

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        at, self.state_details = self.created_at, details_of(self, "submit")
        first = Attempt(number=1, created_at=at, updated_at=at, state=self.state, state_details=self.state_details)
        self.attempts.append(first)

    @property
    def drawer(self) -> tuple[str, ...]:
        return (self.state, self.mode)

    @property
    def attempt(self) -> Attempt:
        """The newest attempt."""
        return self.attempts[-1]

    @property
    def attempt_number(self) -> int:
        return self.attempt.number

    @property
    def outcome(self) -> Outcome:
        """How the newest attempt ends."""
        return self.attempt.outcome or self.plan.of(self.attempt_number)

    @property
    def limits(self) -> Mapping[str, timedelta]:
        """How long it may last, by the event that ends it."""
        event = self.outcome.event
        if event is not None and event in LIMITS and event not in self.settings.limits:
            return {**self.settings.limits, event: LIMITS[event]}
        return self.settings.limits

    def follow(self, plan: Plan) -> None:
        """Go the way that was decided."""
        self.plan = plan
        self.stays.update(plan.stays)

    def enter(self, event: str, state: str, at: datetime, details: str) -> None:
        if event in RENEWING:
            self.attempt.enter("FAILED", at, details)
            number = self.attempt_number + 1
            self.attempts.append(Attempt(number=number, created_at=at, updated_at=at, state=state))
            details = details_of(self, "validate")
        Record.enter(self, event, state, at, details)
        self.attempt.enter(state, at, details)
        self._count_queueing(state, at)

    def _count_queueing(self, state: str, at: datetime) -> None:
        if self.queued_at is not None:
            self.queued_for, self.queued_at = (self.queued_for or NO_TIME) + (at - self.queued_at), None
        if state == "QUEUED":
            self.queued_at = at


@dataclass(slots=True, eq=False, kw_only=True)
class Session(Record):
    """An interactive session."""

    kind = "session"
    application_id: str
    inherited: Mapping[str, Any]
    limits: Mapping[str, timedelta]
    """How long it may last, by the event that ends it: `time_out`, `idle_time_out`."""
    workload: Workload | None = None
    started_at: datetime | None = None
    idle_since: datetime | None = None
    ended_at: datetime | None = None

    def enter(self, event: str, state: str, at: datetime, details: str) -> None:
        Record.enter(self, event, state, at, details)
        stamp(self, self.kind, state, at)
        self.idle_since = at if state in IDLE else None


def stamp(record: Application | Attempt | Session, kind: str, state: str, at: datetime) -> None:
    """Mark the moment that a state stands for, the first time it is reached."""
    name = STAMPS[kind].get(state)
    if name is not None and getattr(record, name) is None:
        setattr(record, name, at)


def seconds_of(worked: Attempt | Session) -> int:
    """For how long an attempt or a session ran, rounded up (facts §5); 0 if it never did."""
    if worked.started_at is None or worked.ended_at is None:
        return 0
    return -((worked.started_at - worked.ended_at) // timedelta(seconds=1))


def usage_of(worked: Attempt | Session) -> list[Usage]:
    """Its workers, each for as long as it ran: all from start to end (facts §16)."""
    seconds = seconds_of(worked)
    if worked.workload is None or not seconds:
        return []
    return [(size, seconds) for size in worked.workload.workers.elements()]
