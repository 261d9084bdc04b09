"""From a job run's request to its workers: parameters, classifications, defaults (facts §3.8, §4.2, §4.3)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from emrs_mock.sim.releases import supports
from emrs_mock.sim.workers import Size, Unfit, Workload, fitted

Params = Mapping[str, Any]
Properties = Mapping[str, str]

# facts §4.2
_SPARK: Properties = {
    "spark.driver.cores": "4",
    "spark.driver.memory": "14G",
    "spark.executor.cores": "4",
    "spark.executor.memory": "14G",
    "spark.executor.instances": "3",
    "spark.emr-serverless.driver.disk": "20G",
    "spark.emr-serverless.executor.disk": "20G",
    "spark.emr-serverless.driver.disk.type": "standard",
    "spark.emr-serverless.executor.disk.type": "standard",
    "spark.emr-serverless.memoryOverheadFactor": "0.1",
    "spark.dynamicAllocation.enabled": "true",
    "spark.dynamicAllocation.initialExecutors": "3",
    "spark.dynamicAllocation.minExecutors": "0",
}
_MAX_EXECUTORS_BEFORE_6_10 = "100"  # facts §4.2; infinity since
_UNLIMITED = "infinity"
# facts §4.3
_HIVE: Properties = {
    "hive.driver.cores": "2",
    "hive.driver.memory": "6G",
    "hive.driver.disk": "20G",
    "hive.tez.container.size": "6144",
    "hive.tez.cpu.vcores": "2",
    "hive.tez.disk.size": "20G",
}
_TEZ_TASKS = 1  # assumed: how many tasks a query needs is not known

_FLAGS: Mapping[str, str] = {
    "--driver-cores": "spark.driver.cores",
    "--driver-memory": "spark.driver.memory",
    "--executor-cores": "spark.executor.cores",
    "--executor-memory": "spark.executor.memory",
    "--num-executors": "spark.executor.instances",
}
_PAIRS = ("--conf", "-c", "--hiveconf", "-hiveconf")

_LEAST_OVERHEAD_GB = Fraction(384, 1024)  # facts §4.1
_GB: Mapping[str, Fraction] = {"k": Fraction(1, 1024**2), "m": Fraction(1, 1024), "g": Fraction(1), "t": Fraction(1024)}
_MEMORY = re.compile(r"(\d+)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)


def workload_of(application: Params, request: Params) -> Workload:
    """The workers that a job run asks for, in an application that is configured so. Raises Unfit."""
    driver = request["jobDriver"]
    overrides = request.get("configurationOverrides", {}).get("applicationConfiguration", ())
    if "hive" not in driver:
        return spark_workload(application, overrides, driver.get("sparkSubmit", {}).get("sparkSubmitParameters", ""))
    configured = merged(application.get("runtimeConfiguration", ()), overrides).get("hive-site", {})
    given = {**configured, **parameters(driver["hive"].get("parameters", ""))}
    return _hive(frozenset(given.items()))


def spark_workload(application: Params, overrides: Any, submitted: str = "") -> Workload:
    """The workers of a Spark job run or session. Raises Unfit."""
    return _spark(frozenset(spark_properties(application, overrides, submitted).items()))


def spark_properties(application: Params, overrides: Any, submitted: str = "") -> dict[str, str]:
    """The Spark configuration in effect: submit parameters, then overrides, then the application's (facts §3.8)."""
    unlimited = supports(application["releaseLabel"], "unlimited executors")
    return {
        **_SPARK,
        "spark.dynamicAllocation.maxExecutors": _UNLIMITED if unlimited else _MAX_EXECUTORS_BEFORE_6_10,
        **merged(application.get("runtimeConfiguration", ()), overrides).get("spark-defaults", {}),
        **parameters(submitted),
    }


def merged(application: Any, overrides: Any) -> dict[str, Properties]:
    """Classifications: the job run's replace the application's property by property; empty ones remove (facts §3.8)."""
    found: dict[str, Properties] = dict(_classifications(application))
    for name, properties in _classifications(overrides):
        found[name] = {**found.get(name, {}), **properties} if properties else {}
    return found


def _classifications(configurations: Any) -> Iterator[tuple[str, Properties]]:
    for configuration in configurations:
        yield configuration["classification"], configuration.get("properties", {})
        yield from _classifications(configuration.get("configurations", ()))


@lru_cache(maxsize=256)
def parameters(text: str) -> Properties:
    """The properties that submit parameters set, read as a shell would: quotes, line breaks, `--flag=value`."""
    try:
        words = shlex.split(text.replace("\\\n", " "))
    except ValueError as error:
        raise Unfit(f"The job driver's parameters could not be read: {error}.") from error  # assumed: the text
    pairs: dict[str, str] = {}
    for flag, value in _flags(words):
        if flag in _FLAGS:
            pairs[_FLAGS[flag]] = value
        elif flag in _PAIRS and "=" in value:
            name, _, setting = value.partition("=")
            pairs[name.strip()] = setting.strip()
    return pairs


def _flags(words: list[str]) -> Iterator[tuple[str, str]]:
    """Every flag with what follows it, also where one word has both."""
    known = (*_FLAGS, *_PAIRS)
    for word, following in zip(words, [*words[1:], ""], strict=False):
        flag, joined, value = word.partition("=")
        if flag in known:
            yield flag, value if joined else following


def gigabytes(text: str, unit: str = "m") -> Fraction:
    """What `14g`, `4096m` or `4096` (in `unit`) is in GB."""
    match = _MEMORY.fullmatch(text.strip())
    if match is None:
        raise Unfit(f"{text!r} is not a size.")  # assumed: the text
    number, given = match.groups()
    return int(number) * _GB[given.lower() or unit]


def _count(properties: Properties, name: str) -> int:
    try:
        return int(properties[name])
    except ValueError:
        raise Unfit(f"{name}: {properties[name]!r} is not a number.") from None  # assumed: the text


@lru_cache(maxsize=256)
def _spark(given: frozenset[tuple[str, str]]) -> Workload:
    properties = dict(given)
    return Workload(_spark_worker(properties, "driver"), _spark_worker(properties, "executor"), _executors(properties))


def _spark_worker(properties: Properties, role: str) -> Size:
    memory = gigabytes(properties[f"spark.{role}.memory"])
    disk = f"spark.emr-serverless.{role}.disk"
    return fitted(
        _count(properties, f"spark.{role}.cores"),
        memory + _overhead(properties, role, memory),
        int(gigabytes(properties[disk], "g")),
        properties[f"{disk}.type"].upper(),
    )


def _overhead(properties: Properties, role: str, memory: Fraction) -> Fraction:
    """10 % unless another factor or amount is said, at least 384 MB (facts §4.1)."""
    said = properties.get(f"spark.{role}.memoryOverhead")
    factor = Fraction(properties["spark.emr-serverless.memoryOverheadFactor"])
    return gigabytes(said) if said else max(_LEAST_OVERHEAD_GB, memory * factor)


def _executors(properties: Properties) -> int:
    """How many executors there are to begin with (facts §3.2, §4.2)."""
    if properties["spark.dynamicAllocation.enabled"].lower() != "true":
        return _count(properties, "spark.executor.instances")
    initial = _count(properties, "spark.dynamicAllocation.initialExecutors")
    least = _count(properties, "spark.dynamicAllocation.minExecutors")
    most = properties["spark.dynamicAllocation.maxExecutors"]
    if not least <= initial or (most != _UNLIMITED and initial > int(most)):
        raise Unfit(
            f"Maximum value of spark.dynamicAllocation.initialExecutors: {initial} must be between "
            f"spark.dynamicAllocation.minExecutor {least} and spark.dynamicAllocation.maxExecutors {most}."
        )
    return initial


@lru_cache(maxsize=256)
def _hive(given: frozenset[tuple[str, str]]) -> Workload:
    properties = {**_HIVE, **dict(given)}
    driver = fitted(
        _count(properties, "hive.driver.cores"),
        gigabytes(properties["hive.driver.memory"], "g"),
        int(gigabytes(properties["hive.driver.disk"], "g")),
    )
    task = fitted(
        _count(properties, "hive.tez.cpu.vcores"),
        gigabytes(properties["hive.tez.container.size"]),
        int(gigabytes(properties["hive.tez.disk.size"], "g")),
    )
    return Workload(driver, task, _TEZ_TASKS)
