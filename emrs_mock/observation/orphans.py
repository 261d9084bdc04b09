"""`on_orphans=`: reports the records that a test leaves active. In a real account they would keep costing money."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal

from emrs_mock._shortened import shortened

if TYPE_CHECKING:  # as `options` imports this module
    from emrs_mock.sim.records import Record
    from emrs_mock.sim.simulation import Simulation

OnOrphans = Literal["ignore", "warn", "error"]


class EMRServerlessOrphanWarning(UserWarning):
    """A test left job runs or sessions active, or applications STARTED."""


class OrphanError(AssertionError):
    """A test left job runs or sessions active, or applications STARTED."""


def orphans(simulation: Simulation) -> list[str]:
    """The orphans, one line each. An arranged record that has not changed since is not an orphan."""
    last = {change.id: change.event for change in simulation.changes}
    records = (record for _, record in simulation.owners.values() if last[record.id] != "arrange")
    return [
        f"  {record.kind.replace('_', ' ')} {record.id} is {record.state}" for record in records if _is_active(record)
    ]


def _is_active(record: Record) -> bool:
    return record.state == "STARTED" if record.kind == "application" else not record.is_final


def check_orphans(simulation: Simulation, on_orphans: str) -> None:
    """Warn about orphans or raise OrphanError, as the option says."""
    if on_orphans == "ignore":
        return
    simulation.catch_up()
    with simulation.lock:
        left = orphans(simulation)
    if not left:
        return
    text = "\n".join(
        [
            "At the end of the test these records are still active:",
            *shortened(left, indent="  "),
            'Cancel job runs or wait for them, and stop the application; or set on_orphans="ignore" (docs: orphans)',
        ]
    )
    if on_orphans == "error":
        raise OrphanError(text)
    warnings.warn(text, EMRServerlessOrphanWarning, stacklevel=2)
