"""From a job run's request to its workers: the properties in effect, read as sizes, numbers and limits (facts §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from emrs_mock.operations.properties import (
    UNLIMITED,
    Properties,
    Said,
    effective_properties,
    said_of,
    said_of_job_run,
    stores_serverless,
)
from emrs_mock.sim.workers import Scaling, Size, Unfit, Workload, fitted

Params = Mapping[str, Any]

_EXECUTORS = "3"  # facts §4.2, without dynamic allocation
_MOST = "spark.dynamicAllocation.maxExecutors"
_LEAST = "spark.dynamicAllocation.minExecutors"
_INSTANCES = "spark.executor.instances"
_INITIAL = "spark.dynamicAllocation.initialExecutors"
_IDLE = "spark.dynamicAllocation.executorIdleTimeout"
_BATCH = "spark.emr-serverless.allocation.batch.size"
_TEZ_TASKS = 1  # assumed: how many tasks a query needs is not known; a rule can say it, within the limits of Spark's

_LEAST_OVERHEAD_GB = Fraction(384, 1024)  # facts §4.1
# the units that Spark reads, in GB
_GB: Mapping[str, Fraction] = {
    "b": Fraction(1, 1024**3),
    **{unit + b: Fraction(1024) ** power for power, unit in enumerate("kmgtp", -2) for b in ("", "b")},
}
_AMOUNT = re.compile(r"(\d+)([a-z]*)", re.ASCII)
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


def workload_of(application: Params, request: Params) -> Workload:
    """The workers that a job run asks for, in an application that is configured so. Raises Unfit."""
    return _workload(said_of_job_run(application, request))


def spark_workload(application: Params, overrides: Sequence[Params]) -> Workload:
    """The workers that a session asks for. Raises Unfit."""
    return _workload(said_of(application, overrides))


@lru_cache(maxsize=256)
def _workload(said: Said) -> Workload:
    return _WORKLOADS[said.engine](effective_properties(said))


def gigabytes(text: str, unit: str = "m") -> Fraction:
    """What `14g`, `4096m` or `4096` (in `unit`) is in GB, as Spark reads it. Raises Unfit."""
    match = _AMOUNT.fullmatch(text.strip().lower())
    per_unit = _GB.get(match[2] or unit) if match else None
    if match is None or per_unit is None:
        raise Unfit(f"{text!r} is not a size.")  # assumed: the text
    return int(match[1]) * per_unit


def _count(properties: Properties, name: str) -> int:
    return int(_number(properties, name, r"\d+"))


def _number(properties: Properties, name: str, pattern: str) -> Fraction:
    text = properties[name].strip()
    if re.fullmatch(pattern, text, re.ASCII) is None:
        raise Unfit(f"{name}: {text!r} is not a number.")  # assumed: the text
    return Fraction(text)


def _spark(properties: Properties) -> Workload:
    executors, least, most = _executors(properties)
    return Workload(
        _spark_worker(properties, "driver"),
        _spark_worker(properties, "executor"),
        executors,
        Scaling(least, most, _batch(properties), _duration(properties, _IDLE)),
        uses_initial=not stores_serverless(properties),  # facts §4.6
    )


def _spark_worker(properties: Properties, role: str) -> Size:
    memory = gigabytes(properties[f"spark.{role}.memory"])
    disk = f"spark.emr-serverless.{role}.disk"
    return fitted(
        _count(properties, f"spark.{role}.cores"),
        memory + _overhead(properties, role, memory),
        gigabytes(properties[disk], "g"),
        properties[f"{disk}.type"].strip().upper(),
    )


def _overhead(properties: Properties, role: str, memory: Fraction) -> Fraction:
    """10 % unless another factor or amount is said, at least 384 MB (facts §4.1)."""
    said = properties.get(f"spark.{role}.memoryOverhead")
    factor = _number(properties, "spark.emr-serverless.memoryOverheadFactor", r"\d*\.?\d+")
    return gigabytes(said) if said else max(_LEAST_OVERHEAD_GB, memory * factor)


def _executors(properties: Properties) -> tuple[int, int, int | None]:
    """How many executors are wanted at first, at least, and at most (facts §3.2, §4.2)."""
    if properties["spark.dynamicAllocation.enabled"].strip().lower() != "true":
        fixed = _count({_INSTANCES: _EXECUTORS, **properties}, _INSTANCES)
        return fixed, fixed, fixed
    least = _count(properties, _LEAST)
    most = None if properties[_MOST].strip() == UNLIMITED else _count(properties, _MOST)
    initial = max(least, _count(properties, _INITIAL))
    if most is not None and initial > most:
        raise Unfit(
            f"Maximum value of {_INITIAL}: {initial} must be between "
            f"spark.dynamicAllocation.minExecutor {properties[_LEAST]} and {_MOST} {properties[_MOST]}."
        )
    wanted = max(initial, _count({_INSTANCES: "0", **properties}, _INSTANCES))
    return wanted if most is None else min(most, wanted), least, most


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
        raise Unfit(f"{name}: {properties[name]!r} is not a duration.")  # assumed: the text
    seconds = min(int(match[1]) * per_unit, Fraction(_LONGEST_SECONDS))
    return timedelta(microseconds=int(seconds * 10**6))


def _hive(properties: Properties) -> Workload:
    driver = fitted(
        _count(properties, "hive.driver.cores"),
        gigabytes(properties["hive.driver.memory"], "g"),
        gigabytes(properties["hive.driver.disk"], "g"),
    )
    task = fitted(
        _count(properties, "hive.tez.cpu.vcores"),
        gigabytes(properties["hive.tez.container.size"]),
        gigabytes(properties["hive.tez.disk.size"], "g"),
    )
    return Workload(driver, task, _TEZ_TASKS)


_WORKLOADS: Mapping[str, Callable[[Properties], Workload]] = {"Spark": _spark, "Hive": _hive}
