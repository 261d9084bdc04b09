"""Moving time until a record is in a state, and saying why it cannot get there."""

from __future__ import annotations

from emrs_mock.observation.record_history import happened, still_due
from emrs_mock.observation.targets import Target, id_of
from emrs_mock.sim.lifecycles import FINAL, TABLES, reachable
from emrs_mock.sim.records import Application, Record
from emrs_mock.sim.simulation import Simulation

LOOKS_EVERY = 0.05
"""Real seconds between looks at code that really runs."""


class UnreachableState(RuntimeError):
    """The record can no longer get into the state that was waited for."""


def run_until(simulation: Simulation, target: Target, state: str | None) -> str:
    """Move time from one due event to the next until the record is in `state`; returns the record's id.

    Raises UnreachableState, with the record's history and what is due, as soon as that cannot happen any more.
    """
    record_id = id_of(target)
    simulation.catch_up()
    if record_id not in simulation.owners:
        raise KeyError(f"No record {record_id!r}. There are: {', '.join(simulation.owners) or 'none'}")
    wanted = _wanted(simulation.owners[record_id][1], state)
    while (record := simulation.owners[record_id][1]).state not in wanted:
        if waits_for_code(simulation, record):
            simulation.works.wait(LOOKS_EVERY)
            simulation.catch_up()
            continue
        if not wanted & possible(simulation, record):
            raise UnreachableState(_why(simulation, record, wanted))
        simulation.step_to_next()
    return record_id


def _wanted(record: Record, state: str | None) -> frozenset[str]:
    table = TABLES[record.kind]
    if state is None:
        if record.kind == "application":
            raise TypeError(f"Say which state the application shall reach: {', '.join(table)} (docs: clocks)")
        return FINAL[record.kind]
    if state not in table:
        raise ValueError(f"No {record.kind} can be in state {state!r}. There are: {', '.join(table)} (docs: states)")
    return frozenset({state})


def waits_for_code(simulation: Simulation, record: Record) -> bool:
    """Whether what comes next for the record depends on code that really runs; its end has no time in the agenda."""
    waits_for_others = isinstance(record, Application) or record.held is not None
    return bool(simulation.works) if waits_for_others else record.id in simulation.works


def possible(simulation: Simulation, record: Record) -> set[str]:
    """The states that the record can still get to if nobody calls."""
    world, _ = simulation.owners[record.id]
    waits_for_others = record.held is not None or (isinstance(record, Application) and world.has_work(record))
    if waits_for_others:
        return reachable(record.kind, record.state) if simulation.agenda.next() else set()
    due = [due.event for due in simulation.agenda.of(record.id)]
    gated = {"validate", "fail", "no_executors"} & set(due)
    return reachable(record.kind, record.state, None if gated else due)


def _why(simulation: Simulation, record: Record, wanted: frozenset[str]) -> str:
    return "\n".join(
        [
            f"{record.kind} {record.id} is {record.state} and cannot become {' or '.join(sorted(wanted))} any more.",
            "What happened to it:",
            *happened(simulation, record),
            "What is still due:",
            *still_due(simulation),
        ]
    )
