"""World: one account in one region, with its records. Everything that happens to a record happens in `fire`.

A world applies tables. Which events are possible in a state is in `lifecycles`; how long a state lasts, what an event
depends on and what it does is in tables that the simulation passes in (`timers`, `gates`, `executors`).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from emrs_mock.sim.agenda import Agenda
from emrs_mock.sim.details import cut, details_of
from emrs_mock.sim.identifiers import Identifiers
from emrs_mock.sim.lifecycles import FINAL, LASTING, RENEWING, TABLES
from emrs_mock.sim.outcomes import Plan
from emrs_mock.sim.records import Application, Change, JobRun, Record, Session
from emrs_mock.sim.registers import Register
from emrs_mock.sim.timing import Timing


class Timer(NamedTuple):
    """In a state, `event` is due after `how_long`."""

    event: str
    how_long: Callable[[World, Any], timedelta]


class Verdict(NamedTuple):
    """The event that happens, and what `stateDetails` says (None: the event's own text)."""

    event: str
    details: str | None = None


Gate = Callable[["World", Any], "Verdict | None"]
"""Decides what a due event becomes when its time has come; None: the record is held."""

Effect = Callable[["World", Any], None]
"""What an event does that leaves a record in its state."""


class Tables(NamedTuple):
    """The tables that a world applies when time moves a record."""

    timers: Mapping[str, Mapping[str, Timer]]
    """By kind and state: which event is due in the state."""
    gates: Mapping[tuple[str, str], Gate]
    """By kind and event: what decides whether the event can happen."""
    effects: Mapping[tuple[str, str], Effect]
    """By kind and event: what the event does where it leaves the record in its state."""
    stays: Mapping[str, Mapping[str, str]]
    """By kind and state in which a test's author can make a record stay: the event that then comes later."""


class StopsWork(Protocol):
    """What a world needs of the code that really runs."""

    def stop(self, run: JobRun) -> None:
        """Stop the code that runs for a job run."""
        ...


class Shared(Protocol):
    """What all worlds of one mock share: the members of the simulation that a world uses."""

    agenda: Agenda
    timing: Timing
    identifiers: Identifiers
    tables: Tables
    vcpus: int | None
    owners: dict[str, tuple[World, Record]]
    changes: list[Change]
    to_handle: list[str]
    decide: Callable[[World, JobRun], Plan]

    @property
    def now(self) -> datetime:
        """The instant that is being simulated."""
        ...

    @property
    def works(self) -> StopsWork:
        """The code that really runs for job runs."""
        ...

    def changed(self, world: World, record: Record, change: Change) -> None:
        """Notify the observers of a change, then run its reactions."""
        ...


class Refused(Exception):
    """The record's table has no such event in its state; nothing was changed."""

    def __init__(self, record: Record, event: str) -> None:
        super().__init__(f"{record.kind} {record.id} is {record.state}: {event!r} is not possible")
        self.record = record
        self.event = event


class World:
    """The service, as one account sees it in one region."""

    simulation: Shared
    account_id: str
    region: str
    partition: str
    applications: Register[Application]
    job_runs: defaultdict[str, Register[JobRun]]
    sessions: defaultdict[str, Register[Session]]
    tokens: dict[tuple[str | None, ...], Any]
    queued: int
    """How many job runs are QUEUED, in all applications."""
    _held: defaultdict[tuple[str, str], deque[JobRun | Session]]

    def __init__(self, simulation: Shared, account_id: str, region: str, partition: str) -> None:
        self.simulation = simulation
        self.account_id = account_id
        self.region = region
        self.partition = partition
        self.applications = Register()
        self.job_runs = defaultdict(Register)
        self.sessions = defaultdict(Register)
        self.tokens = {}
        self.queued = 0
        self._held = defaultdict(deque)

    @property
    def now(self) -> datetime:
        """The instant that is being simulated."""
        return self.simulation.now

    @property
    def agenda(self) -> Agenda:
        """The events that are due, in all worlds of the mock."""
        return self.simulation.agenda

    @property
    def timing(self) -> Timing:
        """How long each timed move takes."""
        return self.simulation.timing

    def arn(self, application_id: str, *rest: str) -> str:
        """The ARN of an application, or of what belongs to it (facts §1.2)."""
        path = "/".join(("/applications", application_id, *rest))
        return f"arn:{self.partition}:emr-serverless:{self.region}:{self.account_id}:{path}"

    def application_of(self, record: Record) -> Application:
        """The application that a record belongs to; an application itself."""
        return self.applications[record.application_id]

    def has_work(self, application: Application) -> bool:
        """Whether a job run or a session of the application has not ended."""
        return any(
            len(register) > register.count(FINAL[kind])
            for kind, register in (
                ("job_run", self.job_runs[application.id]),
                ("session", self.sessions[application.id]),
            )
        )

    @property
    def registers(self) -> list[Register[Any]]:
        """All registers that there are."""
        return [self.applications, *self.job_runs.values(), *self.sessions.values()]

    def register_of(self, record: Record) -> Register[Any]:
        """The register that holds a record."""
        if isinstance(record, JobRun):
            return self.job_runs[record.application_id]
        return self.sessions[record.application_id] if isinstance(record, Session) else self.applications

    def take_in(self, record: Record, event: str) -> None:
        """Add a new record, which `event` made."""
        self.register_of(record).add(record)
        self.simulation.owners[record.id] = (self, record)
        self._after(record, event, None)

    def place(self, record: Record, events: Iterable[str]) -> None:
        """Add a record after these events, all of which happen now: for arranging a test."""
        for event in events:
            state = TABLES[record.kind][record.state][event]
            record.enter(event, state, self.now, details_of(record, event))
        self.take_in(record, "arrange")
        if self.has_work(self.application_of(record)):
            self.agenda.drop(self.application_of(record).id, "auto_stop")

    def fire(self, record: Record, event: str, details: str | None = None) -> None:
        """Apply `event` to the record, and everything that follows from it.

        An event that leaves the record in its state is no change: it only has its effect, if it has one.
        Raises Refused, before anything changed, where the record's table lacks the event.
        """
        before = record.state
        after = TABLES[record.kind][before].get(event)
        if after is None:
            raise Refused(record, event)
        if after == before and event not in RENEWING:
            if effect := self.simulation.tables.effects.get((record.kind, event)):
                effect(self, record)
            return
        drawer = record.drawer
        record.enter(event, after, self.now, details_of(record, event) if details is None else cut(details))
        self.register_of(record).moved(record, drawer)
        self._after(record, event, before)

    def come_due(self, record: Record, event: str) -> None:
        """Apply an event that was due, or what its gate makes of it; drop it where the state no longer allows it."""
        if event not in TABLES[record.kind][record.state]:
            return
        gate = self.simulation.tables.gates.get((record.kind, event))
        if gate is None:
            self.fire(record, event)
        elif verdict := gate(self, record):
            self.fire(record, *verdict)
        else:
            self.hold(record, event)

    def stay(self, record: Record, state: str, length: timedelta | None) -> None:
        """Make a record stay in `state` for `length`, counted from when it enters or entered it; None: for ever."""
        record.stays[state] = length
        if record.state == state:
            record.held = record.held_since = None
            self._put_off(record)

    def _put_off(self, record: Record) -> None:
        event, length = self.simulation.tables.stays[record.kind][record.state], record.stays[record.state]
        if length is None:
            self.agenda.drop(record.id, event)
        else:
            self.agenda.put(max(self.now, record.updated_at + length), record.id, event)

    def hold(self, record: Record, event: str) -> None:
        """Make a record wait until `release` asks its gate again."""
        assert isinstance(record, JobRun | Session)
        record.hold(event, self.now)
        self._held[record.application_id, event].append(record)

    def release(self, application: Application, event: str) -> None:
        """Ask the gate again for the records that wait for `event`, first in, first out, until one has to wait on."""
        waiting = self._held[application.id, event]
        for _ in range(len(waiting)):
            record = waiting.popleft()
            if record.held != event:
                continue
            self.come_due(record, event)
            if record.held == event:
                waiting.rotate(1)
                return

    def _after(self, record: Record, event: str, before: str | None) -> None:
        now, agenda, kind, state = self.now, self.agenda, record.kind, record.state
        self.queued += (state == "QUEUED") - (before == "QUEUED")
        agenda.keep(record.id, () if record.is_final else LASTING)
        if state in record.stays:
            self._put_off(record)
        elif timer := self.simulation.tables.timers[kind].get(state):
            agenda.put(now + timer.how_long(self, record), record.id, timer.event)
        change = Change(now, kind, record.id, record.attempt_number, event, before, state, record.state_details)
        self.simulation.changed(self, record, change)
