"""The workers that job runs and sessions of one application have now, and which of these wait for executors.

The pool counts; it decides nothing. How many more workers there can be is decided in `allocation`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from emrs_mock.sim.stints import Stint
from emrs_mock.sim.workers import Size


@dataclass(slots=True, eq=False)
class WorkerPool:
    """How many workers of each size are in use: created on demand, and pre-initialised (warm)."""

    on_demand: dict[Size, int] = field(default_factory=dict)
    warm: dict[Size, int] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)
    """The ids of what wants more executors than it has, what waited longest first."""

    @property
    def vcpu(self) -> int:
        """How many vCPUs are in use."""
        return sum(size.vcpu * number for part in (self.on_demand, self.warm) for size, number in part.items())

    def take(self, size: Size, number: int, *, is_warm: bool) -> None:
        """Count workers that are used from now on."""
        part = self.warm if is_warm else self.on_demand
        part[size] = part.get(size, 0) + number

    def give_back(self, stints: Iterable[Stint]) -> None:
        """Count workers no longer."""
        for stint in stints:
            part = self.warm if stint.is_warm else self.on_demand
            part[stint.size] -= stint.number
            if not part[stint.size]:
                del part[stint.size]
