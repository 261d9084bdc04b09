"""The engine's properties in effect for a job run or session (facts §3.8, §4.2, §4.3).

Parameters win over overrides, overrides over the application's configuration, that over the defaults. Which workers the
properties ask for is in `workload`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """Where requests and configurations hold an engine's properties, and the defaults of these."""

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
_BOOLEANS = {"true": True, "false": False}
_LONGEST_QUOTE = 64
_CONTINUED = re.compile(r"\\\r?\n")


class Said(NamedTuple):
    """Everything that properties depend on, as a hashable value: parameters win over `configured` (facts §3.8)."""

    engine: str
    release_label: str
    configured: frozenset[tuple[str, str]]
    parameters: str


def said_of_job_run(application: Params, request: Params) -> Said:
    """What a job run's request and its application say about properties."""
    engine = _ENGINES[application["type"]]
    overrides = request.get("configurationOverrides", {}).get("applicationConfiguration", ())
    return said_of(application, overrides, request["jobDriver"].get(engine.driver, {}).get(engine.parameters, ""))


def said_of_session(application: Params, request: Params) -> Said:
    """What a session's request and its application say about properties."""
    return said_of(application, request.get("configurationOverrides", {}).get("runtimeConfiguration", ()))


def said_of(application: Params, overrides: Sequence[Params], text: str = "") -> Said:
    """What parameters, overrides and an application say about properties; overrides win (facts §3.8)."""
    name, of_application = application["type"], application.get("runtimeConfiguration", ())
    configured: Properties = {}
    if of_application or overrides:
        configured = merged(of_application, overrides).get(_ENGINES[name].classification, {})
    return Said(name, application["releaseLabel"], frozenset(configured.items()), text)


@lru_cache(maxsize=256)
def effective_properties(said: Said) -> Properties:
    """The properties that are set, and the defaults of the others. Raises Unfit for parameters that cannot be read."""
    engine = _ENGINES[said.engine]
    return {
        **engine.defaults,
        **({} if supports(said.release_label, "unlimited executors") else engine.before_6_10),
        **dict(said.configured),
        **parameters(said.parameters),
    }


def stores_serverless(properties: Properties) -> bool:
    """Whether shuffle data is kept in serverless storage (facts §4.6). Raises Unfit where that cannot be read."""
    return SERVERLESS_STORAGE in properties and flag(properties, SERVERLESS_STORAGE)


def flag(properties: Properties, name: str) -> bool:
    """A boolean as Spark reads it. Raises Unfit for anything else, which Spark refuses too."""
    text = properties[name].strip().lower()
    if text not in _BOOLEANS:
        raise Unfit(f"{name}: {quoted(properties[name])} is neither true nor false.")  # assumed: the text
    return _BOOLEANS[text]


def quoted(text: str) -> str:
    """A text of a request in quotation marks, cut, for a message."""
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}...")


def merged(application: Iterable[Params], overrides: Iterable[Params]) -> dict[str, Properties]:
    """Classifications: one that a job run names replaces the application's as a whole, be it empty (facts §3.8)."""
    return {**classified(application), **classified(overrides)}


def classified(configurations: Iterable[Params]) -> dict[str, Properties]:
    """Properties by classification, nested ones too; one that is named twice has the properties of both."""
    found: dict[str, Properties] = {}
    for configuration in nested(configurations):
        name = configuration["classification"]
        # assumed: without `properties` it is as one with none, be it the request's or the application's
        found[name] = {**found.get(name, {}), **(configuration.get("properties") or {})}
    return found


def nested(configurations: Iterable[Params]) -> Iterator[Params]:
    """Each configuration, followed by those within it."""
    for configuration in configurations:
        yield configuration
        yield from nested(configuration.get("configurations", ()))


def parameters(text: str) -> Properties:
    """What submit parameters set, read as a shell would; flags win over `--conf`, as in Spark. Raises Unfit."""
    given = list(_given(_words(text)))
    pairs = (value.partition("=") for flag, value in given if flag in _PAIRS and "=" in value)
    return {
        **{name.strip(): value.strip() for name, _, value in pairs},
        **{_FLAGS[flag]: value for flag, value in given if flag in _FLAGS},
    }


def other_options(text: str, but: tuple[str, ...] = ()) -> list[str]:
    """The words of submit parameters that set no property, without the options `but` and their values. Raises Unfit."""
    words, others = iter(_words(text)), []
    for word in words:
        flag, joined, _ = word.partition("=")
        if flag not in _KNOWN and flag not in but:
            others.append(word)
        elif not joined:
            next(words, None)
    return others


def _words(text: str) -> list[str]:
    try:
        return shlex.split(_CONTINUED.sub("", text))
    except ValueError as error:
        raise Unfit(f"The job driver's parameters could not be read: {error}.") from error  # assumed: the text


def _given(words: list[str]) -> Iterator[tuple[str, str]]:
    """Every known flag and its value, which is the next word or stands behind `=` in the same word."""
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        flag, joined, value = word.partition("=")
        if flag in _KNOWN:
            yield flag, value if joined else following
