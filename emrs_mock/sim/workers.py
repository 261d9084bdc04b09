"""Worker sizes and how much capacity workers take: AWS's tables as data, exact arithmetic (facts §4).

Where the figures of a job run come from is the operations' business.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

# facts §4.1: the memory sizes, in GB, that a worker of so many vCPUs can have
SIZES: Mapping[int, Sequence[int]] = {
    1: range(2, 9),
    2: range(4, 17),
    4: range(8, 31),
    8: range(16, 61, 4),
    16: range(32, 121, 8),
    32: (60, 120, 244),
}
LEFT_OVER_GB: Mapping[int, int] = {32: 8}  # facts §4.1: the most memory that may be left over in such a worker
DISKS: Mapping[str, range] = {"STANDARD": range(20, 201), "SHUFFLE_OPTIMIZED": range(20, 2001)}  # facts §4.1, in GB


class Unfit(Exception):
    """No worker has that size; the text names what there is."""


class Capacity(NamedTuple):
    """So much of each at a time; None is not limited."""

    vcpu: int
    memory_gb: int
    disk_gb: int | None = None

    def holds(self, other: Capacity) -> bool:
        """Whether `other` fits into this."""
        disk = self.disk_gb is None or (other.disk_gb or 0) <= self.disk_gb
        return other.vcpu <= self.vcpu and other.memory_gb <= self.memory_gb and disk


@dataclass(frozen=True, slots=True)
class Size:
    """What one worker has."""

    vcpu: int
    memory_gb: int
    disk_gb: int = 20
    disk_type: str = "STANDARD"


def fitted(vcpu: int, memory_gb: Fraction | int, disk_gb: Fraction | int = 20, disk_type: str = "STANDARD") -> Size:
    """The smallest worker of so many vCPUs that has the memory (facts §4.1, §16). Raises Unfit."""
    if vcpu not in SIZES:
        raise _unfit(f"with {vcpu} vCPU", SIZES, "vCPU")
    if disk_type not in DISKS:
        raise _unfit(f"disk of type {disk_type}", DISKS)
    needed, disk = math.ceil(memory_gb), math.ceil(disk_gb)
    fitting = (size for size in SIZES[vcpu] if needed <= size <= needed + LEFT_OVER_GB.get(vcpu, size))
    memory = next(fitting, None)
    if memory is None:
        raise _unfit(f"memory of {needed} GB", SIZES[vcpu], f"GB for {vcpu} vCPU")
    if disk not in DISKS[disk_type]:
        raise _unfit(f"disk of {disk} GB", DISKS[disk_type], f"GB for {disk_type} disks")
    return Size(vcpu, memory, disk, disk_type)


def _unfit(what: str, row: Iterable[object], unit: str = "") -> Unfit:
    """The refusal of a worker, which names what there is."""
    steps = f"{row[0]} to {row[-1]} in steps of {row.step}" if isinstance(row, range) else ", ".join(map(str, row))
    return Unfit(f"Worker {what} is not supported. Supported: {steps} {unit}".rstrip() + ".")  # assumed: the text


@dataclass(frozen=True, slots=True)
class Workload:
    """The workers of one job run: a driver, and executors (of Hive: tasks) beside it."""

    driver: Size
    executor: Size
    executors: int

    @property
    def workers(self) -> Counter[Size]:
        """How many workers of each size there are."""
        return Counter({self.driver: 1}) + Counter({self.executor: self.executors})

    @property
    def capacity(self) -> Capacity:
        """What all workers take together."""
        return taken(self.workers)

    def reduced(self, fits: Callable[[Workload], bool]) -> Workload | None:
        """The workload with as many of its executors as fit; None where not even the driver does (facts §16)."""

        def is_too_much(executors: int) -> bool:
            return not fits(replace(self, executors=executors))

        fitting = bisect_left(range(self.executors + 1), True, key=is_too_much)
        return replace(self, executors=fitting - 1) if fitting else None


def taken(workers: Mapping[Size, int]) -> Capacity:
    """What so many workers of each size take together."""
    return Capacity(
        sum(size.vcpu * count for size, count in workers.items()),
        sum(size.memory_gb * count for size, count in workers.items()),
        sum(size.disk_gb * count for size, count in workers.items()),
    )
