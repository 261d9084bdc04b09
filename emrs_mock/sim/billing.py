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


def total(usages: Iterable[Usage]) -> Utilization:
    """What the workers used."""
    return _hours((size.vcpu, size.memory_gb, size.disk_gb, seconds * number) for size, seconds, number in usages)


def billed(usages: Iterable[Usage]) -> Utilization:
    """What is paid for: at least a minute for each worker, and only the storage that is not free."""
    return _hours(
        (size.vcpu, size.memory_gb, max(0, size.disk_gb - FREE_DISK_GB), max(seconds, LEAST_SECONDS) * number)
        for size, seconds, number in usages
    )


def _hours(workers: Iterable[tuple[int, int, int, int]]) -> Utilization:
    """The sums of vCPU, memory and storage over seconds; a row is `(vCPU, memory, storage, seconds)`."""
    rows = list(workers)
    return Utilization(*(_rounded(sum(row[column] * row[3] for row in rows)) for column in range(3)))


def _rounded(per_second: int) -> Decimal:
    return (Decimal(per_second) / _HOUR).quantize(_THREE_DECIMALS, ROUND_HALF_EVEN)
