"""From a job run's request to its workers: the properties in effect, read as sizes and numbers (facts §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
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
)
from emrs_mock.sim.workers import Size, Unfit, Workload, fitted

Params = Mapping[str, Any]

_EXECUTORS = "3"  # facts §4.2, without dynamic allocation
_MOST = "spark.dynamicAllocation.maxExecutors"
_LEAST = "spark.dynamicAllocation.minExecutors"
_INSTANCES = "spark.executor.instances"
# assumed: as in Spark the largest counts, which the captured text calls the "maximum value" (facts §3.2)
_AT_FIRST = (_LEAST, "spark.dynamicAllocation.initialExecutors", _INSTANCES)
_TEZ_TASKS = 1  # assumed: how many tasks a query needs is not known

_LEAST_OVERHEAD_GB = Fraction(384, 1024)  # facts §4.1
# the units that Spark reads, in GB
_GB: Mapping[str, Fraction] = {
    "b": Fraction(1, 1024**3),
    **{unit + b: Fraction(1024) ** power for power, unit in enumerate("kmgtp", -2) for b in ("", "b")},
}
_AMOUNT = re.compile(r"(\d+)([a-z]*)", re.ASCII)


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
    return Workload(_spark_worker(properties, "driver"), _spark_worker(properties, "executor"), _executors(properties))


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


def _executors(properties: Properties) -> int:
    """How many executors there are to begin with (facts §3.2, §4.2)."""
    if properties["spark.dynamicAllocation.enabled"].strip().lower() != "true":
        return _count({_INSTANCES: _EXECUTORS, **properties}, _INSTANCES)
    initial = max(_count(properties, name) for name in _AT_FIRST if name in properties)
    if properties[_MOST] != UNLIMITED and initial > _count(properties, _MOST):
        raise Unfit(
            f"Maximum value of spark.dynamicAllocation.initialExecutors: {initial} must be between "
            f"spark.dynamicAllocation.minExecutor {properties[_LEAST]} and {_MOST} {properties[_MOST]}."
        )
    return initial


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
