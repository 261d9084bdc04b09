"""The events of a simulation in order, each computed once: a reader gets those that are new since it read last.

What an event says is in `event_payloads`; who gets to see it is in `events`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from emrs_mock.observation.event_payloads import UTILIZATION, Told, of_change, periodic
from emrs_mock.sim.copies import uncollected
from emrs_mock.sim.records import JobRun, Record
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.world import World

Event = Mapping[str, Any]


class Entry(NamedTuple):
    """An event that is not written out yet."""

    world: World
    record: Record
    number: int
    content: Told

    @property
    def event(self) -> dict[str, Any]:
        """The event as its receiver gets it: a new mapping each time, with values of its own."""
        record_id, content = self.record.id, self.content
        return {
            "version": "0",
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{record_id} {content.kind} {content.at} {self.number}")),
            "detail-type": content.kind,
            "source": "aws.emr-serverless",
            "account": self.world.account_id,
            "time": content.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self.world.region,
            "resources": [self.record.arn] if content.kind == UTILIZATION else [],
            "detail": {name: _own(value) for name, value in content.detail.items() if value is not None},
        }


def _own(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


class EventLog:
    """Reads a simulation's events piece by piece. Each method wants the simulation's lock."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.restart()

    def restart(self) -> None:
        """Read from the first event on."""
        self._changes = self._simulation.changes
        self._read = 0
        self._since: datetime | None = None
        self._lasting: dict[str, JobRun] = {}
        """The job runs of what was read that had not ended: these alone can have further periodic events."""

    def skip(self) -> None:
        """Read from the next event on."""
        self._changes = self._simulation.changes
        self._read, self._since = len(self._changes), self._simulation.time
        records = (record for _, record in self._simulation.owners.values())
        self._lasting = {run.id: run for run in records if isinstance(run, JobRun) and not run.is_final}

    @property
    def is_outdated(self) -> bool:
        """Whether what was read did not happen: the simulation was rewound since."""
        return self._changes is not self._simulation.changes

    @property
    def is_at_end(self) -> bool:
        """Whether nothing can be new."""
        return self._read == len(self._changes) and self._since == self._simulation.time

    def new(self) -> list[Entry]:
        """The events since the last reading, until now."""
        if self.is_at_end:
            return []
        now = self._simulation.now
        with uncollected():
            return self._read_until(now)

    def _read_until(self, now: datetime) -> list[Entry]:
        owners = self._simulation.owners
        new = self._changes[self._read :]
        records = [owners[change.id] for change in new]
        self._lasting.update((record.id, record) for _, record in records if isinstance(record, JobRun))
        # At one instant the periodic events come first, so that no new event sorts before one that was read already.
        regular = [
            Entry(*owners[run.id], 0, one) for run in self._lasting.values() for one in periodic(run, self._since, now)
        ]
        told = [
            Entry(*owner, number, one)
            for number, (owner, change) in enumerate(zip(records, new, strict=True), self._read)
            for one in of_change(owner[1], change)
        ]
        self._read, self._since = len(self._changes), now
        self._lasting = {run.id: run for run in self._lasting.values() if not run.is_final}
        return sorted([*regular, *told], key=lambda entry: entry.content.at)
