"""From the properties in effect to workers: sizes, numbers and limits of driver and executors (facts §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache

from emrs_mock.operations.properties import (
    UNLIMITED,
    Properties,
    Said,
    effective_properties,
    flag,
    quoted,
    stores_serverless,
)
from emrs_mock.sim.workers import Scaling, Size, Unfit, Workload, fitted

_EXECUTORS = "3"  # facts §4.2, without dynamic allocation
_DYNAMIC = "spark.dynamicAllocation.enabled"
_MOST = "spark.dynamicAllocation.maxExecutors"
_LEAST = "spark.dynamicAllocation.minExecutors"
_INSTANCES = "spark.executor.instances"
_INITIAL = "spark.dynamicAllocation.initialExecutors"
_IDLE = "spark.dynamicAllocation.executorIdleTimeout"
_BATCH = "spark.emr-serverless.allocation.batch.size"
_TEZ_TASKS = 1  # assumed: how many tasks a query needs is not known; a rule can say it, within the limits of Spark's

_LONGEST_NUMBER = 19  # digits of the largest number that Spark and Hive read at all
_LARGEST_COUNT = 2**31 - 1  # Spark reads cores and numbers of executors as Java's int
_MOST_AT_FIRST = 10_000  # assumed: no account gets more executors for one job run, so more is refused

_LEAST_OVERHEAD_GB = Fraction(384, 1024)  # facts §4.1
# the units that Spark reads, in GB
_GB: Mapping[str, Fraction] = {
    "b": Fraction(1, 1024**3),
    **{unit + b: Fraction(1024) ** power for power, unit in enumerate("kmgtp", -2) for b in ("", "b")},
}
_AMOUNT = re.compile(rf"(\d{{1,{_LONGEST_NUMBER}}})([a-z]*)", re.ASCII)


class TooFewAllowed(Unfit):
    """More executors to begin with than there may ever be: AWS accepts the job run, which fails (facts §3.2).

    All else has been read: `workload` has the sizes of the workers.
    """

    def __init__(self, text: str, workload: Workload) -> None:
        super().__init__(text)
        self.workload = workload


# the units of time that Spark reads, in seconds
_SECONDS: Mapping[str, Fraction] = {
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    **dict.fromkeys(("", "s"), Fraction(1)),
    **dict.fromkeys(("m", "min"), Fraction(60)),
    "h": Fraction(3600),
    "d": Fraction(86400),
}
_LONGEST_SECONDS = 7 * 86400
"""No executor is idle for longer: no BATCH job run lasts longer (facts §3.3)."""


@lru_cache(maxsize=256)
def workload_said(said: Said) -> Workload:
    """The workers that a job run or session asks for. Raises Unfit for workers that do not exist."""
    return _WORKLOADS[said.engine](effective_properties(said))


def gigabytes(text: str, unit: str = "m") -> Fraction:
    """What `14g`, `4096m` or `4096` (in `unit`) is in GB, as Spark reads it. Raises Unfit."""
    match = _AMOUNT.fullmatch(text.strip().lower())
    per_unit = _GB.get(match[2] or unit) if match else None
    if match is None or per_unit is None:
        raise Unfit(f"{quoted(text)} is not a size.")  # assumed: the text
    return int(match[1]) * per_unit


def _count(properties: Properties, name: str) -> int:
    number = int(_number(properties, name, r"\d+"))
    if number > _LARGEST_COUNT:
        raise _not_a_number(name, properties[name])
    return number


def _number(properties: Properties, name: str, pattern: str) -> Fraction:
    text = properties[name].strip()
    if len(text) > _LONGEST_NUMBER or re.fullmatch(pattern, text, re.ASCII) is None:
        raise _not_a_number(name, text)
    return Fraction(text)


def _not_a_number(name: str, text: str) -> Unfit:
    return Unfit(f"{name}: {quoted(text.strip())} is not a number.")  # assumed: the text


def _spark(properties: Properties) -> Workload:
    executors, least, most = _executors(properties)
    workload = Workload(
        _spark_worker(properties, "driver"),
        _spark_worker(properties, "executor"),
        executors,
        Scaling(least, most, _batch(properties), _duration(properties, _IDLE)),
        uses_initial=not stores_serverless(properties),  # facts §4.6
    )
    _refuse_too_few_allowed(properties, workload)
    return workload


def _spark_worker(properties: Properties, role: str) -> Size:
    memory = gigabytes(properties[f"spark.{role}.memory"])
    disk = f"spark.emr-serverless.{role}.disk"
    return fitted(
        _count(properties, f"spark.{role}.cores"),
        memory + _overhead(properties, role, memory),
        gigabytes(properties[disk], "g"),
        _disk_type(properties, f"{disk}.type"),
    )


def _overhead(properties: Properties, role: str, memory: Fraction) -> Fraction:
    """10 % unless another factor or amount is said, at least 384 MB (facts §4.1)."""
    said = properties.get(f"spark.{role}.memoryOverhead")
    factor = _number(properties, "spark.emr-serverless.memoryOverheadFactor", r"\d*\.?\d+")
    return gigabytes(said) if said is not None else max(_LEAST_OVERHEAD_GB, memory * factor)


def _executors(properties: Properties) -> tuple[int, int, int | None]:
    """How many executors are wanted at first, at least, and at most (facts §3.2, §4.2)."""
    if not flag(properties, _DYNAMIC):
        fixed = _at_first(_count({_INSTANCES: _EXECUTORS, **properties}, _INSTANCES))
        return fixed, fixed, fixed
    least = _count(properties, _LEAST)
    most = None if properties[_MOST].strip() == UNLIMITED else _count(properties, _MOST)
    wanted = max(least, *(_count({_INSTANCES: "0", **properties}, name) for name in (_INITIAL, _INSTANCES)))
    return _at_first(wanted if most is None else min(most, wanted)), least, most


def _refuse_too_few_allowed(properties: Properties, workload: Workload) -> None:
    """Raise TooFewAllowed where dynamic allocation begins with more executors than its maximum."""
    if not flag(properties, _DYNAMIC):
        return
    initial, most = max(_count(properties, _LEAST), _count(properties, _INITIAL)), workload.scaling.most
    if most is not None and initial > most:
        raise TooFewAllowed(
            f"Maximum value of {_INITIAL}: {initial} must be between "
            f"spark.dynamicAllocation.minExecutor {properties[_LEAST]} and {_MOST} {properties[_MOST]}.",
            workload,
        )


def _at_first(executors: int) -> int:
    """A number of executors that a job run can begin with. Raises Unfit for one that no account gets."""
    if executors > _MOST_AT_FIRST:
        # assumed: the text
        raise Unfit(f"{executors} executors are too many. A job run can begin with {_MOST_AT_FIRST} executors at most.")
    return executors


def _batch(properties: Properties) -> int:
    batch = _count(properties, _BATCH)
    if batch < 1:
        raise Unfit(f"{_BATCH}: {properties[_BATCH]} is not a positive number.")  # assumed: the text
    return batch


def _duration(properties: Properties, name: str) -> timedelta:
    """A duration as Spark reads it: `60s`, `2min`, or seconds."""
    match = _AMOUNT.fullmatch(properties[name].strip().lower())
    per_unit = _SECONDS.get(match[2]) if match else None
    if match is None or per_unit is None:
        raise Unfit(f"{name}: {quoted(properties[name])} is not a duration.")  # assumed: the text
    seconds = min(int(match[1]) * per_unit, Fraction(_LONGEST_SECONDS))
    return timedelta(microseconds=int(seconds * 10**6))


def _hive(properties: Properties) -> Workload:
    driver = fitted(
        _count(properties, "hive.driver.cores"),
        gigabytes(properties["hive.driver.memory"], "g"),
        gigabytes(properties["hive.driver.disk"], "g"),
        _disk_type(properties, "hive.driver.disk.type"),
    )
    task = fitted(
        _count(properties, "hive.tez.cpu.vcores"),
        gigabytes(properties["hive.tez.container.size"]),
        gigabytes(properties["hive.tez.disk.size"], "g"),
        _disk_type(properties, "hive.tez.disk.type"),
    )
    return Workload(driver, task, _TEZ_TASKS)


def _disk_type(properties: Properties, name: str) -> str:
    return properties.get(name, "standard").strip().upper()


_WORKLOADS: Mapping[str, Callable[[Properties], Workload]] = {"Spark": _spark, "Hive": _hive}
