"""From the properties in effect to workers: sizes and numbers of driver and executors (facts §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from emrs_mock.operations.properties import (
    UNLIMITED,
    Properties,
    Said,
    effective_properties,
    said_of_job_run,
)
from emrs_mock.sim.workers import Size, Unfit, Workload, fitted

Params = Mapping[str, Any]

_EXECUTORS = "3"  # facts §4.2, without dynamic allocation
_MOST = "spark.dynamicAllocation.maxExecutors"
_LEAST = "spark.dynamicAllocation.minExecutors"
_INSTANCES = "spark.executor.instances"
_AT_FIRST = (_LEAST, "spark.dynamicAllocation.initialExecutors")
_TEZ_TASKS = 1  # assumed: how many tasks a query needs is not known

_LONGEST_QUOTE = 64
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
    """More executors to begin with than there may ever be: AWS accepts the job run, which fails (facts §3.2)."""


def workload_of(application: Params, request: Params) -> Workload:
    """The workers that a job run asks for in its application. Raises Unfit for workers that do not exist."""
    return workload_said(said_of_job_run(application, request))


@lru_cache(maxsize=256)
def workload_said(said: Said) -> Workload:
    """The workers that a job run or session asks for. Raises Unfit."""
    return _WORKLOADS[said.engine](effective_properties(said))


def gigabytes(text: str, unit: str = "m") -> Fraction:
    """What `14g`, `4096m` or `4096` (in `unit`) is in GB, as Spark reads it. Raises Unfit."""
    match = _AMOUNT.fullmatch(text.strip().lower())
    per_unit = _GB.get(match[2] or unit) if match else None
    if match is None or per_unit is None:
        raise Unfit(f"{_quoted(text)} is not a size.")  # assumed: the text
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
    return Unfit(f"{name}: {_quoted(text.strip())} is not a number.")  # assumed: the text


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}...")


def _spark(properties: Properties) -> Workload:
    return Workload(_spark_worker(properties, "driver"), _spark_worker(properties, "executor"), _executors(properties))


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
    return gigabytes(said) if said else max(_LEAST_OVERHEAD_GB, memory * factor)


def _executors(properties: Properties) -> int:
    """How many executors there are to begin with (facts §3.2, §4.2)."""
    initial = _initial_executors(properties)
    if initial > _MOST_AT_FIRST:
        # assumed: the text
        raise Unfit(f"{initial} executors are too many. A job run can begin with {_MOST_AT_FIRST} executors at most.")
    return initial


def _initial_executors(properties: Properties) -> int:
    """All instances without dynamic allocation; with it, at most `maxExecutors` of what is asked for (facts §4.2)."""
    instances = {_INSTANCES: _EXECUTORS, **properties}
    if properties["spark.dynamicAllocation.enabled"].strip().lower() != "true":
        return _count(instances, _INSTANCES)
    initial = max(_count(properties, name) for name in _AT_FIRST)
    asked = max(initial, _count(properties, _INSTANCES) if _INSTANCES in properties else 0)
    if properties[_MOST].strip() == UNLIMITED:
        return asked
    most = _count(properties, _MOST)
    if initial > most:
        raise TooFewAllowed(
            f"Maximum value of spark.dynamicAllocation.initialExecutors: {initial} must be between "
            f"spark.dynamicAllocation.minExecutor {properties[_LEAST]} and {_MOST} {properties[_MOST]}."
        )
    return min(asked, most)


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
