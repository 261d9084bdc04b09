"""Lines of text for messages: the history of a record, unfinished records, due events; of many the first and last."""

from __future__ import annotations

from emrs_mock._shortened import shortened
from emrs_mock.observation.harmless_text import printable
from emrs_mock.sim.records import Record
from emrs_mock.sim.simulation import Simulation


def happened(simulation: Simulation, record: Record) -> list[str]:
    """The states that a record has had, one line each."""
    own = [change for change in simulation.changes if change.id == record.id]
    return shortened(own, lambda c: f"  {c.at.isoformat()} {c.after} {printable(c.details)}".rstrip(), "  ")


def unfinished(simulation: Simulation) -> list[str]:
    """The records that have not ended, one line each."""
    records = [record for _, record in simulation.owners.values() if not record.is_final]
    return shortened(records, lambda record: f"  {record.kind} {record.id} is {record.state}", "  ")


def still_due(simulation: Simulation) -> list[str]:
    """The due events, one line each."""
    due = shortened(simulation.agenda.all(), lambda due: f"  {due.at.isoformat()} {due.event} of {due.record_id}", "  ")
    return due or ["  nothing"]
