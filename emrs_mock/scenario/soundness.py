"""Whether what a document says can be a simulated service: asked once, before anything is restored.

Each attribute is of its type already (`serialization`). Here is what has to hold between objects.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from types import NoneType
from typing import Any

from emrs_mock._annotations import described, fits
from emrs_mock.operations.value_checks import ENGINES
from emrs_mock.scenario.serialization import Outside
from emrs_mock.sim.agenda import Agenda
from emrs_mock.sim.demand import Sampled, Steps
from emrs_mock.sim.identifiers import Identifiers
from emrs_mock.sim.lifecycles import TABLES
from emrs_mock.sim.records import Application, Change, JobRun, Record, worked
from emrs_mock.sim.registers import Register
from emrs_mock.sim.stints import Workers
from emrs_mock.sim.timers import STAYS
from emrs_mock.sim.world import World

_MADE_BY: Mapping[str, str] = {"application": "CreateApplication", "job_run": "StartJobRun", "session": "StartSession"}

Kept = Mapping[str, Any]

_PARTS: Mapping[str, Any] = {
    "agenda": Agenda,
    "identifiers": Identifiers,
    "worlds": dict[tuple[str, str], World],
    "owners": dict[str, tuple[World, Record]],
    "changes": list[Change],
    "time": datetime,
}


def sound(kept: Kept, at: datetime) -> Kept:
    """What a document holds. Raises ValueError, naming what does not fit, where it could not be restored to."""
    for name, hint in _PARTS.items():
        if not fits(kept[name], hint):
            raise ValueError(f"{name} is not {described(hint)}")
    _refuse_if(kept["time"] != at, "its time is not that of the world")
    for problem in (text for check in _CHECKS for text in check(kept)):
        raise ValueError(problem)
    return kept


def _refuse_if(is_wrong: bool, problem: str) -> None:
    if is_wrong:
        raise ValueError(problem)


def _records_have_their_place(kept: Kept) -> Iterator[str]:
    """Each record is under its id, in its world and register, in a state that there is."""
    worlds = {id(world) for world in kept["worlds"].values()}
    registers = [register for world in kept["worlds"].values() for register in world.registers]
    in_order = {id(register) for register in registers if register.is_in_order}
    for record_id, (world, record) in kept["owners"].items():
        if record.id != record_id or id(world) not in worlds or type(record).kind not in TABLES:
            yield f"{record_id} is not where it belongs"
        elif record.state not in TABLES[record.kind] or not record.stays.keys() <= STAYS[record.kind].keys():
            yield f"{record_id} is in a state that no {record.kind} has"
        elif id(register := world.register_of(record)) not in in_order or register.get(record_id) is not record:
            yield f"{record_id} is not in its register"


def _worlds_are_whole(kept: Kept) -> Iterator[str]:
    """Each is under its account and region, and makes a register, or a queue, where there is none yet."""
    for key, world in kept["worlds"].items():
        makers = (world.job_runs.default_factory, world.sessions.default_factory, world._held.default_factory)
        is_whole = isinstance(world.simulation, Outside) and makers == (Register, Register, deque)
        if key != (world.account_id, world.region) or not is_whole:
            yield f"{key} is no world"
        elif world.queued != sum(register.count(("QUEUED",)) for register in world.job_runs.values()):
            yield f"{key} has another number of queued job runs than it says"


def _requests_are_those_of_the_service(kept: Kept) -> Iterator[str]:
    """What records keep of requests is what the service model lets in, and what tokens answer can be answered."""
    from emrs_mock.wire.codec import installed
    from emrs_mock.wire.model_checks import checked

    for _, record in kept["owners"].values():
        for spec in _specs(record):
            checked(_MADE_BY[record.kind], _known(_MADE_BY[record.kind], spec))
        if not isinstance(record, Application):
            checked("CreateApplication", {"type": ENGINES[0], **_known("CreateApplication", record.inherited)})
        if isinstance(record, JobRun) and not (record.spec["mode"] == record.mode and record.spec.get("jobDriver")):
            yield f"{record.id} has another mode than was asked for, or nothing to do"
    for world in kept["worlds"].values():
        for (operation, *_), (request, answer) in world.tokens.items():
            installed().known(operation).encode(answer)
            if not isinstance(request, Mapping):
                yield f"a token of {operation} is for no request"


def _specs(record: Record) -> Iterator[Mapping[str, Any]]:
    """The requests that it keeps: of an application, all that it was configured with."""
    yield record.spec
    if isinstance(record, Application):
        yield from (configuration.spec for configuration in record.configurations)


def _applications_have_their_configurations(kept: Kept) -> Iterator[str]:
    """From its creation on, one after the other, up to the present one; each has an engine."""
    for record_id, (_, record) in kept["owners"].items():
        if isinstance(record, Application):
            if any(spec.get("type") not in ENGINES for spec in _specs(record)):
                yield f"{record_id} has an engine that there is not"
            since = [configuration.since for configuration in record.configurations]
            is_whole = since[:1] == [record.created_at] and since == sorted(since)
            if not is_whole or record.configurations[-1][1:] != (record.spec, record.settings):
                yield f"{record_id} has other configurations than it had"


def _job_runs_have_an_engine(kept: Kept) -> Iterator[str]:
    """What a job run has inherited says which engine of which release runs it."""
    for record_id, (_, record) in kept["owners"].items():
        if isinstance(record, JobRun):
            inherited = record.inherited
            if inherited.get("type") not in ENGINES or not isinstance(inherited.get("releaseLabel"), str):
                yield f"{record_id} is of no engine, or of no release"


def _known(operation: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The members that the installed service model has: defaults that the service adds may be newer."""
    from emrs_mock.wire.codec import installed

    members = installed().model.operation_model(operation).input_shape.members
    return {name: value for name, value in spec.items() if name in members}


def _records_know_each_other(kept: Kept) -> Iterator[str]:
    """What belongs to an application has one; a job run shows its newest attempt."""
    for record_id, (world, record) in kept["owners"].items():
        if not isinstance(record, Application) and world.applications.get(record.application_id) is None:
            yield f"{record_id} has no application"
        if isinstance(record, JobRun) and not _has_its_attempts(record):
            yield f"{record_id} has other attempts than its state says"


def _has_its_attempts(run: JobRun) -> bool:
    numbers = [attempt.number for attempt in run.attempts]
    is_counted = bool(numbers) and numbers == list(range(1, len(numbers) + 1))
    return is_counted and run.attempts[-1].state == run.state and bool(run.plan.outcomes)


def _changes_lead_to_states(kept: Kept) -> Iterator[str]:
    """The changes are in order of time, each of a record that there is; the last one of each led to its state."""
    changes, last = kept["changes"], {change.id: change for change in kept["changes"]}
    if any(later.at < earlier.at for earlier, later in pairwise(changes)) or last.keys() != kept["owners"].keys():
        yield "its changes are not those of its records"
        return
    for change in changes:
        record = kept["owners"][change.id][1]
        attempts = len(record.attempts) if isinstance(record, JobRun) else 0
        if change.kind != record.kind or change.after not in TABLES[record.kind] or (change.attempt or 0) > attempts:
            yield f"{change.id} cannot have changed so"
    for record_id, change in last.items():
        record = kept["owners"][record_id][1]
        if change.after != record.state:
            yield f"{record_id} is not where its changes led"


def _what_is_due_is_of_records(kept: Kept) -> Iterator[str]:
    """What is due is still to come, for records that there are, of events that they have."""
    if not kept["agenda"].is_in_order:
        yield "what is due is in no order"
    for due in kept["agenda"].all():
        record = kept["owners"].get(due.record_id, (None, None))[1]
        events = {event for row in TABLES.get(getattr(record, "kind", ""), {}).values() for event in row}
        if due.event not in events or due.at < kept["time"]:
            yield f"{due.event} is due for {due.record_id}, which cannot be"


def _workers_came_and_left(kept: Kept) -> Iterator[str]:
    """The workers of each attempt and session are those that it counts; a driver came before executors were wanted."""
    for record_id, (_, record) in kept["owners"].items():
        parts = [] if isinstance(record, Application) else worked(record)
        if not all(_are_whole(part.workers, kept["time"]) for part in parts):
            yield f"{record_id} has other workers than it counts"


def _what_is_wanted_is_a_demand(kept: Kept) -> Iterator[str]:
    """What a rule decided about executors is of a kind that there is: their type names only what they can do."""
    for record_id, (_, record) in kept["owners"].items():
        if isinstance(record, JobRun) and not isinstance(record.plan.executors, Steps | Sampled | NoneType):
            yield f"{record_id} wants executors as nothing says"


def _are_whole(workers: Workers, now: datetime) -> bool:
    present, stints, wishes = workers.present, workers.stints, [wish.at for wish in workers.wishes]
    executors = [stint for stint in stints if not stint.is_driver]
    return (
        all(stint.until is None for stint in present)
        and all(stint.until is not None for stint in workers.past)
        and all(stint.number > 0 and stint.since <= (stint.until or now) <= now for stint in stints)
        and sum(stint.number for stint in executors) == workers.launched
        and sum(stint.number for stint in present if not stint.is_driver) == workers.executors
        and wishes == sorted(wishes)
        and (workers.began is not None or not (wishes or executors))
    )


_CHECKS: tuple[Callable[[Kept], Iterator[str]], ...] = (
    _worlds_are_whole,
    _records_have_their_place,
    _requests_are_those_of_the_service,
    _applications_have_their_configurations,
    _job_runs_have_an_engine,
    _records_know_each_other,
    _changes_lead_to_states,
    _what_is_due_is_of_records,
    _workers_came_and_left,
    _what_is_wanted_is_a_demand,
)
