"""What workers cost: vCPU, memory and storage hours, used and billed (facts §5).

This module does not know which workers a job run had: that is in `stints`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from emrs_mock.sim.workers import Size

LEAST_SECONDS = 60  # facts §5: billed for each worker
FREE_DISK_GB = 20  # facts §5: of each worker
_HOUR = 3600
_MOST = 10**12
_THREE_DECIMALS = Decimal("0.001")


class Usage(NamedTuple):
    """Workers of one size that existed for the same number of whole seconds."""

    size: Size
    seconds: int
    number: int = 1


class Utilization(NamedTuple):
    """Hours of vCPUs, of GB of memory and of GB of storage, to three decimals."""

    vcpu_hours: Decimal
    memory_gb_hours: Decimal
    storage_gb_hours: Decimal

    @classmethod
    def of(cls, *hours: float) -> Utilization:
        """The figures that a test's author chose. Raises ValueError for negative and absurd ones."""
        if len(hours) != len(cls._fields) or not all(0 <= figure <= _MOST for figure in hours):
            raise ValueError(
                f"utilization{hours!r}: expected hours of vCPUs, of GB of memory and of GB of storage, each from 0 to "
                f"{_MOST:,} (docs: rules)"
            )
        return cls(*(Decimal(str(figure)).quantize(_THREE_DECIMALS, ROUND_HALF_EVEN) for figure in hours))


Seconds = tuple[int, int, int]
"""Seconds of vCPUs, of GB of memory and of GB of storage."""


class Taken(NamedTuple):
    """What workers took, in seconds: used, and billed."""

    used_seconds: Seconds
    billed_seconds: Seconds

    @property
    def total(self) -> Utilization:
        """What the workers used."""
        return Utilization(*map(_rounded, self.used_seconds))

    @property
    def billed(self) -> Utilization:
        """What is paid for."""
        return Utilization(*map(_rounded, self.billed_seconds))


NOTHING = Taken((0, 0, 0), (0, 0, 0))


def taken(usages: Iterable[Usage], before: Taken = NOTHING) -> Taken:
    """What workers took, and what others took before them.

    Billed are at least a minute for each worker, and only the storage that is not free.
    """
    vcpu, memory, storage = before.used_seconds
    billed_vcpu, billed_memory, billed_storage = before.billed_seconds
    for size, each, number in usages:
        seconds, paid = each * number, max(each, LEAST_SECONDS) * number
        vcpu += size.vcpu * seconds
        memory += size.memory_gb * seconds
        storage += size.disk_gb * seconds
        billed_vcpu += size.vcpu * paid
        billed_memory += size.memory_gb * paid
        billed_storage += max(0, size.disk_gb - FREE_DISK_GB) * paid
    return Taken((vcpu, memory, storage), (billed_vcpu, billed_memory, billed_storage))


def _rounded(per_second: int) -> Decimal:
    return (Decimal(per_second) / _HOUR).quantize(_THREE_DECIMALS, ROUND_HALF_EVEN)
