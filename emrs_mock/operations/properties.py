"""The engine's properties in effect for a job run: parameters, classifications, defaults (facts §3.8, §4.2, §4.3).

What workers they come to is the business of `workload`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, NamedTuple

from emrs_mock.sim.releases import supports
from emrs_mock.sim.workers import Unfit

Params = Mapping[str, Any]
Properties = Mapping[str, str]

UNLIMITED = "infinity"
# facts §4.2. spark.executor.instances is not here: only where it is given does it say how many there are to begin with
_SPARK: Properties = {
    "spark.driver.cores": "4",
    "spark.driver.memory": "14G",
    "spark.executor.cores": "4",
    "spark.executor.memory": "14G",
    "spark.emr-serverless.driver.disk": "20G",
    "spark.emr-serverless.executor.disk": "20G",
    "spark.emr-serverless.driver.disk.type": "standard",
    "spark.emr-serverless.executor.disk.type": "standard",
    "spark.emr-serverless.memoryOverheadFactor": "0.1",
    "spark.dynamicAllocation.enabled": "true",
    "spark.dynamicAllocation.initialExecutors": "3",
    "spark.dynamicAllocation.minExecutors": "0",
    "spark.dynamicAllocation.maxExecutors": UNLIMITED,
}
_SPARK_BEFORE_6_10: Properties = {"spark.dynamicAllocation.maxExecutors": "100"}
# facts §4.3
_HIVE: Properties = {
    "hive.driver.cores": "2",
    "hive.driver.memory": "6G",
    "hive.driver.disk": "20G",
    "hive.tez.container.size": "6144",
    "hive.tez.cpu.vcores": "2",
    "hive.tez.disk.size": "20G",
}


class Engine(NamedTuple):
    """Where a request and a configuration say an engine's properties, and what they are by default."""

    driver: str
    parameters: str
    classification: str
    defaults: Properties
    before_6_10: Properties = MappingProxyType({})


_ENGINES: Mapping[str, Engine] = {
    "Spark": Engine("sparkSubmit", "sparkSubmitParameters", "spark-defaults", _SPARK, _SPARK_BEFORE_6_10),
    "Hive": Engine("hive", "parameters", "hive-site", _HIVE),
}

_FLAGS: Mapping[str, str] = {
    "--driver-cores": "spark.driver.cores",
    "--driver-memory": "spark.driver.memory",
    "--executor-cores": "spark.executor.cores",
    "--executor-memory": "spark.executor.memory",
    "--num-executors": "spark.executor.instances",
}
_PAIRS = ("--conf", "-c", "--hiveconf", "-hiveconf")
_KNOWN = frozenset((*_FLAGS, *_PAIRS))
_CONTINUED = re.compile(r"\\\r?\n")


def job_run_properties(application: Params, request: Params) -> dict[str, str]:
    """The properties in effect for a job run. Raises Unfit where its parameters cannot be read."""
    engine = _ENGINES[application["type"]]
    overrides = request.get("configurationOverrides", {}).get("applicationConfiguration", ())
    text = request["jobDriver"].get(engine.driver, {}).get(engine.parameters, "")
    return effective_properties(application, overrides, text)


def effective_properties(application: Params, overrides: Iterable[Params], text: str = "") -> dict[str, str]:
    """Parameters, then overrides, then what the application is configured to have, then defaults (facts §3.8)."""
    engine = _ENGINES[application["type"]]
    return {
        **engine.defaults,
        **({} if supports(application["releaseLabel"], "unlimited executors") else engine.before_6_10),
        **merged(application.get("runtimeConfiguration", ()), overrides).get(engine.classification, {}),
        **parameters(text),
    }


def merged(application: Iterable[Params], overrides: Iterable[Params]) -> dict[str, Properties]:
    """Classifications: the job run's replace the application's property by property; empty ones remove (facts §3.8)."""
    found: dict[str, Properties] = {}
    for name, properties in (*_classifications(application), *_classifications(overrides)):
        found[name] = {**found.get(name, {}), **properties} if properties else {}
    return found


def _classifications(configurations: Iterable[Params]) -> Iterator[tuple[str, Properties]]:
    """Every classification that has properties, be they empty; nested ones too."""
    for configuration in configurations:
        if "properties" in configuration:
            yield configuration["classification"], configuration["properties"]
        yield from _classifications(configuration.get("configurations", ()))


@lru_cache(maxsize=256)
def parameters(text: str) -> Properties:
    """What submit parameters set, read as a shell would; flags win over `--conf`, as in Spark. Raises Unfit."""
    try:
        words = shlex.split(_CONTINUED.sub("", text))
    except ValueError as error:
        raise Unfit(f"The job driver's parameters could not be read: {error}.") from error  # assumed: the text
    given = list(_given(words))
    pairs = (value.partition("=") for flag, value in given if flag in _PAIRS and "=" in value)
    return {
        **{name.strip(): value.strip() for name, _, value in pairs},
        **{_FLAGS[flag]: value for flag, value in given if flag in _FLAGS},
    }


def _given(words: list[str]) -> Iterator[tuple[str, str]]:
    """Every flag that matters with its value, which follows it or stands in the same word."""
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        flag, joined, value = word.partition("=")
        if flag in _KNOWN:
            yield flag, value if joined else following
