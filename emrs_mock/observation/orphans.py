"""`on_orphans=`: what a test left running, told at its end: it would go on, and cost, in an account."""

from __future__ import annotations

import warnings
from typing import Literal, get_args

from emrs_mock.sim.records import Record
from emrs_mock.sim.simulation import Simulation

OnOrphans = Literal["ignore", "warn", "error"]
ON_ORPHANS: tuple[str, ...] = get_args(OnOrphans)


class EMRServerlessOrphanWarning(UserWarning):
    """A test left job runs or sessions active, or applications STARTED."""


class OrphanError(AssertionError):
    """A test left job runs or sessions active, or applications STARTED."""


def orphans(simulation: Simulation) -> list[str]:
    """What is left, a line each. What the author arranged and nobody has moved since is not."""
    last = {change.id: change.event for change in simulation.changes}
    records = (record for _, record in simulation.owners.values() if last[record.id] != "arrange")
    return [
        f"  {record.kind.replace('_', ' ')} {record.id} is {record.state}" for record in records if _goes_on(record)
    ]


def _goes_on(record: Record) -> bool:
    return record.state == "STARTED" if record.kind == "application" else not record.is_final


def check_orphans(simulation: Simulation, on_orphans: str) -> None:
    """Warn of what is left, or raise OrphanError, as the author wishes."""
    if on_orphans == "ignore":
        return
    simulation.catch_up()
    with simulation.lock:
        left = orphans(simulation)
    if not left:
        return
    told = "\n".join(
        [
            "At the end of the test there are still",
            *left,
            'Cancel or wait for what runs, and stop the application; or on_orphans="ignore" (docs: orphans)',
        ]
    )
    if on_orphans == "error":
        raise OrphanError(told)
    warnings.warn(told, EMRServerlessOrphanWarning, stacklevel=2)
