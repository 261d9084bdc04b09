"""The engine's properties in effect for a job run: parameters, classifications, defaults (facts §3.8, §4.2, §4.3).

What workers they come to is the business of `workload`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    "spark.dynamicAllocation.executorIdleTimeout": "60s",
    "spark.emr-serverless.allocation.batch.size": "20",
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

# assumed: the name is not in the facts, it is that of AWS's examples
SERVERLESS_STORAGE = "spark.aws.serverlessStorage.enabled"


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


class Said(NamedTuple):
    """All that decides about properties, hashable: parameters win over what is configured (facts §3.8)."""

    engine: str
    release_label: str
    configured: frozenset[tuple[str, str]]
    parameters: str


def said_of_job_run(application: Params, request: Params) -> Said:
    """What is said of a job run's properties."""
    engine = _ENGINES[application["type"]]
    overrides = request.get("configurationOverrides", {}).get("applicationConfiguration", ())
    return said_of(application, overrides, request["jobDriver"].get(engine.driver, {}).get(engine.parameters, ""))


def said_of(application: Params, overrides: Sequence[Params], text: str = "") -> Said:
    """What parameters, overrides and the application say; the overrides win over the application (facts §3.8)."""
    name, of_application = application["type"], application.get("runtimeConfiguration", ())
    configured: Properties = {}
    if of_application or overrides:
        configured = merged(of_application, overrides).get(_ENGINES[name].classification, {})
    return Said(name, application["releaseLabel"], frozenset(configured.items()), text)


def effective_properties(said: Said) -> dict[str, str]:
    """What is said, and the defaults for what is not. Raises Unfit where the parameters cannot be read."""
    engine = _ENGINES[said.engine]
    return {
        **engine.defaults,
        **({} if supports(said.release_label, "unlimited executors") else engine.before_6_10),
        **dict(said.configured),
        **parameters(said.parameters),
    }


def stores_serverless(properties: Properties) -> bool:
    """Whether shuffle data is kept in serverless storage (facts §4.6)."""
    return properties.get(SERVERLESS_STORAGE, "").strip().lower() == "true"


def merged(application: Iterable[Params], overrides: Iterable[Params]) -> dict[str, Properties]:
    """Classifications: the job run's replace the application's property by property; empty ones remove (facts §3.8)."""
    found: dict[str, Properties] = {}
    _merge(application, found)
    _merge(overrides, found)
    return found


def _merge(configurations: Iterable[Params], found: dict[str, Properties]) -> None:
    """Add every classification that has properties, be they empty; nested ones too."""
    for configuration in configurations:
        if "properties" in configuration:
            name, properties = configuration["classification"], configuration["properties"]
            found[name] = {**found.get(name, {}), **properties} if properties else {}
        _merge(configuration.get("configurations", ()), found)


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
