"""Lines of text for messages: the history of a record, unfinished records, and due events."""

from __future__ import annotations

from emrs_mock.observation.harmless_text import printable
from emrs_mock.sim.records import Record
from emrs_mock.sim.simulation import Simulation

_FIRST, _LAST = 10, 20
"""How many lines of a long history are shown."""


def happened(simulation: Simulation, record: Record) -> list[str]:
    """The states that a record has had, one line each; of very many the first and the last ones."""
    own = [change for change in simulation.changes if change.id == record.id]
    lines = [f"  {c.at.isoformat()} {c.after} {printable(c.details)}".rstrip() for c in own]
    left_out = len(lines) - _FIRST - _LAST
    return lines if left_out <= 0 else [*lines[:_FIRST], f"  ... {left_out} more ...", *lines[-_LAST:]]


def unfinished(simulation: Simulation) -> list[str]:
    """The records that have not ended, one line each."""
    records = (record for _, record in simulation.owners.values() if not record.is_final)
    return [f"  {record.kind} {record.id} is {record.state}" for record in records]


def still_due(simulation: Simulation) -> list[str]:
    """The due events, one line each."""
    return [f"  {due.at.isoformat()} {due.event} of {due.record_id}" for due in simulation.agenda.all()] or [
        "  nothing"
    ]
