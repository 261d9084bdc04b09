"""Application, JobRun, Attempt, Session: data with a state. They name each other by id.

A record keeps the validated request (`spec`) and does not read it. The parts of the request that have an effect in time
are kept beside it as `settings`, as numbers and durations. Records decide nothing: the tables and `World.fire` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from emrs_mock.sim.billing import NOTHING, Taken, taken
from emrs_mock.sim.clock import NO_TIME
from emrs_mock.sim.copies import Shown, copied
from emrs_mock.sim.details import details_of
from emrs_mock.sim.lifecycles import FINAL, FIRST, IDLE, RENEWING
from emrs_mock.sim.outcomes import Outcome, Plan, Streams
from emrs_mock.sim.settings import ApplicationSettings, JobRunSettings
from emrs_mock.sim.stints import Workers
from emrs_mock.sim.worker_pool import WorkerPool
from emrs_mock.sim.workers import Workload

LIMITS: Mapping[str, timedelta] = {"time_out": timedelta(minutes=720), "queue_time_out": timedelta(minutes=360)}
"""The limit that a job run is planned to exceed, where its configuration has none (facts §2.4, §3.3)."""

STAMPS: Mapping[str, Mapping[str, str]] = {
    "application": {"STARTED": "started_at"},
    "job_run": {"RUNNING": "started_at", "SUCCESS": "ended_at", "FAILED": "ended_at", "CANCELLED": "ended_at"},
    "session": {"STARTED": "started_at", "TERMINATED": "ended_at", "FAILED": "ended_at"},
}
"""Which member gets the time of a state: of a session, or of a job run's newest attempt."""


class Change(NamedTuple):
    """One move of one record. Events, logs, metrics and timelines are derived from these."""

    at: datetime
    kind: str
    id: str
    attempt: int | None
    event: str
    before: str | None
    after: str
    details: str


@dataclass(slots=True, eq=False, kw_only=True)
class Record(Shown):
    """The members that every kind of record has."""

    kind: ClassVar[str]
    __deepcopy__ = copied

    id: str
    arn: str
    seq: int
    created_at: datetime
    created_by: str
    spec: Mapping[str, Any]
    tags: Mapping[str, str]
    state: str = ""
    state_details: str = ""
    updated_at: datetime = field(init=False)
    held: str | None = None
    """The event that was due and has to wait until another record changes."""
    held_since: datetime | None = None
    """Since when it has been held."""
    waited: timedelta = NO_TIME
    """How long it was held before it came to its state."""
    stays: dict[str, timedelta | None] = field(default_factory=dict)
    """How long it stays in a state, where the test's author said so; None: for ever."""

    if TYPE_CHECKING:  # what is a property of an application is an attribute of the others

        @property
        def application_id(self) -> str: ...

    def __post_init__(self) -> None:
        self.state = FIRST[self.kind]
        self.updated_at = self.created_at

    @property
    def drawer(self) -> tuple[str, ...]:
        """The labels that lists filter by; the state comes first."""
        return (self.state,)

    @property
    def is_final(self) -> bool:
        """Whether no event leads out of its state."""
        return self.state in FINAL[self.kind]

    def enter(self, event: str, state: str, at: datetime, details: str) -> None:
        """Note that it is in `state` from `at` on."""
        self.waited = NO_TIME if self.held_since is None else at - self.held_since
        self.state, self.state_details, self.updated_at = state, details, at
        self.held = self.held_since = None

    def hold(self, event: str, at: datetime) -> None:
        """Note that `event` was due and has to wait."""
        if self.held != event:
            self.held, self.held_since = event, at

    @property
    def attempt_number(self) -> int | None:
        """The attempt that a change of this record belongs to."""
        return None


class Configuration(NamedTuple):
    """What an application is configured with from `since` on."""

    since: datetime
    spec: Mapping[str, Any]
    settings: ApplicationSettings


@dataclass(slots=True, eq=False, kw_only=True)
class Application(Record):
    """An application; `spec` is its configuration, with all updates."""

    kind = "application"
    settings: ApplicationSettings = ApplicationSettings()
    started_at: datetime | None = None
    """When it was STARTED for the first time."""
    pool: WorkerPool = field(default_factory=WorkerPool)
    configurations: list[Configuration] = field(default_factory=list)
    """All that it had, the newest last."""

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        self.configure(self.spec, self.settings, self.created_at)

    @property
    def application_id(self) -> str:
        return self.id

    def configure(self, spec: Mapping[str, Any], settings: ApplicationSettings, at: datetime) -> None:
        """Have this configuration from `at` on."""
        self.spec, self.settings, self.updated_at = spec, settings, at
        self.configurations.append(Configuration(at, spec, settings))

    def enter(self, event: str, state: str, at: datetime, details: str) -> None:
        Record.enter(self, event, state, at, details)
        stamp(self, self.kind, state, at)


@dataclass(slots=True, eq=False, kw_only=True)
class Attempt:
    """One attempt of the service to run a job run, counted from 1."""

    __deepcopy__ = copied

    number: int
    created_at: datetime
    updated_at: datetime
    state: str
    state_details: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    workers: Workers = field(default_factory=Workers)
    outcome: Outcome | None = None
    """How it ends, where only a handler could say so."""
    logs: dict[int, Streams] = field(default_factory=dict)
    earlier: Taken = NOTHING
    """What the workers of earlier attempts took."""

    @property
    def seq(self) -> int:
        """The number that lists are ordered by."""
        return self.number

    def enter(self, state: str, at: datetime, details: str) -> None:
        """Note that it is in `state` from `at` on."""
        self.state, self.state_details, self.updated_at = state, details, at
        stamp(self, JobRun.kind, state, at)


@dataclass(slots=True, eq=False, kw_only=True)
class JobRun(Record):
    """A job run; it shows the state of its newest attempt."""

    kind = "job_run"
    application_id: str
    inherited: Mapping[str, Any]
    """The application's configuration at submission."""
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
        return self.attempts[-1].number

    @property
    def outcome(self) -> Outcome:
        """How the newest attempt ends."""
        attempt = self.attempts[-1]
        return attempt.outcome or self.plan.of(attempt.number)

    @property
    def limits(self) -> Mapping[str, timedelta]:
        """How long it may last, by the event that ends it."""
        event = self.outcome.event
        if event is not None and event in LIMITS and event not in self.settings.limits:
            return {**self.settings.limits, event: LIMITS[event]}
        return self.settings.limits

    @property
    def workload(self) -> Workload | None:
        """The workers that it asks for."""
        return self.settings.workload

    @property
    def workers(self) -> Workers:
        """Those of its newest attempt."""
        return self.attempt.workers

    def follow(self, plan: Plan) -> None:
        """Keep what was decided about it."""
        self.plan = plan
        self.stays.update(plan.stays)

    def enter(self, event: str, state: str, at: datetime, details: str) -> None:
        if event in RENEWING:
            failed = self.attempt
            failed.enter("FAILED", at, details)
            earlier = taken_by(failed, at)
            again = Attempt(number=failed.number + 1, created_at=at, updated_at=at, state=state, earlier=earlier)
            self.attempts.append(again)
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
    workload: Workload | None
    workers: Workers = field(default_factory=Workers)
    started_at: datetime | None = None
    idle_since: datetime | None = None
    ended_at: datetime | None = None

    def enter(self, event: str, state: str, at: datetime, details: str) -> None:
        Record.enter(self, event, state, at, details)
        stamp(self, self.kind, state, at)
        self.idle_since = at if state in IDLE else None


def stamp(record: Application | Attempt | Session, kind: str, state: str, at: datetime) -> None:
    """Note the time of a state in the member that is for it, when the state is reached for the first time."""
    name = STAMPS[kind].get(state)
    if name is not None and getattr(record, name) is None:
        setattr(record, name, at)


def worked(record: JobRun | Session) -> list[Attempt] | list[Session]:
    """The parts of its life that have workers of their own: its attempts, or a session itself."""
    return record.attempts if isinstance(record, JobRun) else [record]


def taken_by(part: Attempt | Session, at: datetime | None) -> Taken:
    """What the workers of a part and of earlier attempts took until `at`; None: those of the part that have left."""
    return taken(part.workers.usage(at), part.earlier if isinstance(part, Attempt) else NOTHING)
