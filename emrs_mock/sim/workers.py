"""Worker sizes, the workers that a job run asks for, and how much capacity workers take (facts §4).

AWS's tables are data here, and arithmetic is exact. This module does not read requests: operations do that. It does not
know which workers exist at an instant: that is in `stints` and `worker_pool`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
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
    """No worker has the wanted size. The text names the sizes that exist."""


class Capacity(NamedTuple):
    """An amount of vCPUs, of GB of memory and of GB of disk at one time; None means unlimited."""

    vcpu: int
    memory_gb: int
    disk_gb: int | None = None

    def holds(self, other: Capacity) -> bool:
        """Whether `other` fits into this."""
        disk = self.disk_gb is None or (other.disk_gb or 0) <= self.disk_gb
        return other.vcpu <= self.vcpu and other.memory_gb <= self.memory_gb and disk

    def times(self, size: Size) -> int:
        """How many workers of a size fit into this; 0 where this is negative."""
        limits = [self.vcpu // size.vcpu, self.memory_gb // size.memory_gb]
        if self.disk_gb is not None:
            limits.append(self.disk_gb // size.disk_gb)
        return max(0, min(limits))

    def without(self, other: Capacity) -> Capacity:
        """What is left of this beside `other`; negative where `other` is more."""
        disk = None if self.disk_gb is None else self.disk_gb - (other.disk_gb or 0)
        return Capacity(self.vcpu - other.vcpu, self.memory_gb - other.memory_gb, disk)


class Size(NamedTuple):
    """The vCPUs, the memory and the disk of one worker."""

    vcpu: int
    memory_gb: int
    disk_gb: int = 20
    disk_type: str = "STANDARD"

    def serves(self, other: Size) -> bool:
        """Whether a worker of this size can be used where one of size `other` is asked for (facts §4.4)."""
        # assumed: the type of the disk must be the same
        return (
            self.disk_type == other.disk_type
            and self.vcpu >= other.vcpu
            and self.memory_gb >= other.memory_gb
            and self.disk_gb >= other.disk_gb
        )


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


class Scaling(NamedTuple):
    """The limits within which the executors of a job run come and go (facts §4.2)."""

    least: int = 0
    most: int | None = None
    batch: int = 20
    """How many executors can be requested in one cycle of allocation."""
    idle: timedelta = timedelta(seconds=60)
    """How long an executor is kept that the job run does not want any more."""

    def bounded(self, wanted: int) -> int:
        """The number between `least` and `most` that is nearest to `wanted`."""
        at_least = max(self.least, wanted)
        return at_least if self.most is None else min(self.most, at_least)


BY_DEFAULT = Scaling()


@dataclass(frozen=True, slots=True)
class Workload:
    """The workers that one job run asks for: a driver, and executors (of Hive: tasks) beside it."""

    driver: Size
    executor: Size
    executors: int
    """How many executors are wanted where no rule says another number."""
    scaling: Scaling = BY_DEFAULT
    uses_initial: bool = True
    """Whether pre-initialised workers can serve it (facts §4.4)."""

    @property
    def workers(self) -> Counter[Size]:
        """How many workers of each size there are at first."""
        return Counter({self.driver: 1}) + Counter({self.executor: self.executors})

    @property
    def capacity(self) -> Capacity:
        """What these workers take together."""
        return taken(self.workers)


def taken(workers: Mapping[Size, int]) -> Capacity:
    """What these numbers of workers take together, by their sizes."""
    return Capacity(
        sum(size.vcpu * count for size, count in workers.items()),
        sum(size.memory_gb * count for size, count in workers.items()),
        sum(size.disk_gb * count for size, count in workers.items()),
    )
