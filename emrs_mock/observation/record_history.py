"""What happened to a record, and what is still to come, for a person to read in a message."""

from __future__ import annotations

from emrs_mock.sim.records import Record
from emrs_mock.sim.simulation import Simulation


def happened(simulation: Simulation, record: Record) -> list[str]:
    """The record's states, a line each."""
    return [f"  {c.at.isoformat()} {c.after} {c.details}".rstrip() for c in simulation.changes if c.id == record.id]


def unfinished(simulation: Simulation) -> list[str]:
    """The records that have not ended, a line each."""
    records = (record for _, record in simulation.owners.values() if not record.is_final)
    return [f"  {record.kind} {record.id} is {record.state}" for record in records]


def still_due(simulation: Simulation) -> list[str]:
    """What is due, a line each."""
    return [f"  {due.at.isoformat()} {due.event} of {due.record_id}" for due in simulation.agenda.all()] or [
        "  nothing"
    ]
