"""Worker sizes and how much capacity workers take: AWS's tables as data, exact arithmetic (facts §4).

Where the figures of a job run come from is the operations' business.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

# facts §4.1: the memory sizes, in GB, that a worker of so many vCPUs can have
SIZES: Mapping[int, tuple[int, ...]] = {
    1: tuple(range(2, 9)),
    2: tuple(range(4, 17)),
    4: tuple(range(8, 31)),
    8: tuple(range(16, 61, 4)),
    16: tuple(range(32, 121, 8)),
    32: (60, 120, 244),
}
DISKS: Mapping[str, range] = {"STANDARD": range(20, 201), "SHUFFLE_OPTIMIZED": range(20, 2001)}  # facts §4.1


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


def fitted(vcpu: int, memory_gb: Fraction | int, disk_gb: int = 20, disk_type: str = "STANDARD") -> Size:
    """The smallest worker of so many vCPUs that has the memory (facts §4.1, §16). Raises Unfit."""
    sizes = SIZES.get(vcpu)
    if sizes is None:
        raise Unfit(f"Worker with {vcpu} vCPU is not supported. Supported are {_listed(SIZES)} vCPU.")
    memory = next((size for size in sizes if size >= memory_gb), None)
    if memory is None:
        raise Unfit(
            f"Worker memory of {math.ceil(memory_gb)} GB is not supported for {vcpu} vCPU. "
            f"Supported are {sizes[0]} GB to {sizes[-1]} GB."
        )
    disks = DISKS[disk_type]
    if disk_gb not in disks:
        raise Unfit(f"Worker disk of {disk_gb} GB is not supported. Supported are {disks[0]} GB to {disks[-1]} GB.")
    return Size(vcpu, memory, disk_gb, disk_type)


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


@dataclass(frozen=True, slots=True)
class Workload:
    """The workers of one job run: a driver, and executors (of Hive: tasks) beside it."""

    driver: Size
    executor: Size
    executors: int

    @property
    def workers(self) -> tuple[Size, ...]:
        """Every worker."""
        return (self.driver, *[self.executor] * self.executors)

    @property
    def capacity(self) -> Capacity:
        """What all workers take together."""
        return taken(self.workers)

    def reductions(self) -> Iterator[Workload]:
        """The workload itself, then with fewer and fewer executors."""
        return (replace(self, executors=count) for count in range(self.executors, -1, -1))


def taken(workers: Iterable[Size]) -> Capacity:
    """What these workers take together."""
    sizes = list(workers)
    return Capacity(
        sum(size.vcpu for size in sizes), sum(size.memory_gb for size in sizes), sum(size.disk_gb for size in sizes)
    )
