"""Rules about values that the service model allows and the service refuses, in whatever state records are.

Bounds, spellings, and features that a release lacks (facts §2, §3, §9, §12, §13). Their order is in `preconditions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from emrs_mock._call import Call
from emrs_mock.operations.capacity import initial_capacity_problem
from emrs_mock.operations.error_texts import application_of, invalid, missing, violated
from emrs_mock.operations.relevance import about
from emrs_mock.sim.releases import is_for_spark_only, supports, version
from emrs_mock.sim.world import World

ENGINES = ("Spark", "Hive")  # facts §2.3
_DRIVERS: Mapping[str, str] = {"sparkSubmit": "Spark", "hive": "Hive"}

_MINUTES = range(5, 10081)  # facts §3.3: seven days
_GRACE = range(15, 1801)  # facts §3.5, in seconds
_SCHEDULER = {"maxConcurrentRuns": range(1, 1001), "queueTimeoutMinutes": range(15, 721)}  # facts §3.4
_ATTEMPTS = range(1, 11)  # facts §3.6
_RETRIES: Mapping[str, str] = {"BATCH": "maxAttempts", "STREAMING": "maxFailedAttemptsPerHour"}
_MOST_TAGS = 50  # facts §9
_LONGEST_POLICY = 2048  # facts §13


class Gate(NamedTuple):
    """A member that needs a release, where its value is not empty, or is this one."""

    path: str
    feature: str
    value: Any = None


# facts §12, §16
_APPLICATION_GATES = (
    Gate("schedulerConfiguration", "scheduler"),
    Gate("imageConfiguration", "custom images"),
    Gate("interactiveConfiguration.studioEnabled", "interactive endpoints"),
    Gate("interactiveConfiguration.livyEndpointEnabled", "interactive endpoints"),
    Gate("interactiveConfiguration.sessionEnabled", "sessions"),
    Gate("monitoringConfiguration.prometheusMonitoringConfiguration", "Prometheus"),
    Gate("initialCapacity.*.workerConfiguration.diskType", "shuffle-optimized disks", re.compile("(?i)shuffle.*")),
    Gate("runtimeConfiguration.*.classification", "log4j2 classifications", re.compile(".*-log4j2")),
)
_GATES: Mapping[str, tuple[Gate, ...]] = {
    "CreateApplication": _APPLICATION_GATES,
    "UpdateApplication": _APPLICATION_GATES,
    "StartJobRun": (
        Gate("mode", "streaming", re.compile("STREAMING")),
        Gate("retryPolicy", "retries"),
        Gate("configurationOverrides.monitoringConfiguration.prometheusMonitoringConfiguration", "Prometheus"),
        Gate(
            "configurationOverrides.applicationConfiguration.*.classification",
            "log4j2 classifications",
            re.compile(".*-log4j2"),
        ),
    ),
    "CancelJobRun": (Gate("shutdownGracePeriodInSeconds", "cancel grace period"),),
}


def _spec(world: World, call: Call) -> Mapping[str, Any]:
    """The configuration of the application that a call is about; empty where the call creates it."""
    return application_of(world, call).spec if "applicationId" in call.params else {}


def _label(world: World, call: Call) -> str:
    """The release label that a request is about."""
    label = call.params.get("releaseLabel") or _spec(world, call)["releaseLabel"]
    return str(label)


def engine_is_known(world: World, call: Call) -> None:
    """The type is Spark or Hive, in any letter case (facts §2.2, §2.3)."""
    if call.params["type"].capitalize() not in ENGINES:
        raise invalid(f"Unsupported engine {call.params['type']}")


@about("releaseLabel")
def release_has_engine(world: World, call: Call) -> None:
    """The release exists and has the engine (facts §2.2, §12)."""
    label, engine = _label(world, call), call.params.get("type") or _spec(world, call)["type"]
    if version(label) is None or (is_for_spark_only(label) and engine.capitalize() != "Spark"):
        raise invalid(f"Type '{engine}' is not supported for release label '{label}' or release label does not exist")


def release_has_features(world: World, call: Call) -> None:
    """The release has what is used, also by what an update leaves as it is (facts §12, §16)."""
    label = _label(world, call)
    if closed := _closed(call.operation, label):
        used = {**_spec(world, call), **call.params}
        for gate in closed:
            if any(map(_applies(gate), _at(used, gate.path.split(".")))):
                raise invalid(f"{gate.path.partition('.*')[0]} is not supported for release label {label}.")


@cache
def _closed(operation: str, label: str) -> list[Gate]:
    """The gates of an operation whose feature the release lacks."""
    return [gate for gate in _GATES[operation] if not supports(label, gate.feature)]


@about("interactiveConfiguration")
def interactive_is_for_spark(world: World, call: Call) -> None:
    """Studio, Livy and sessions are for Spark (facts §10)."""
    engine = call.params.get("type") or _spec(world, call)["type"]
    for member, enabled in (call.params.get("interactiveConfiguration") or {}).items():
        if enabled and engine.capitalize() != "Spark":
            # assumed: the text
            raise invalid(
                f"interactiveConfiguration.{member} is not supported for application type {engine.capitalize()}."
            )


def _applies(gate: Gate) -> Any:
    return bool if gate.value is None else gate.value.fullmatch


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    """Every value at a path; `*` is each item of a list or map."""
    if not path:
        yield value
    elif path[0] == "*":
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _at(item, path[1:])
    elif path[0] in value:
        yield from _at(value[path[0]], path[1:])


@about("schedulerConfiguration")
def scheduler_is_within_bounds(world: World, call: Call) -> None:
    """1 to 1,000 concurrent job runs, 15 to 720 minutes in the queue (facts §3.4, §16)."""
    given = call.params.get("schedulerConfiguration") or {}
    violations = [
        f"Value at 'schedulerConfiguration.{member}' failed to satisfy constraint: {text}"
        for member, bounds in _SCHEDULER.items()
        if member in given and (text := _outside(given[member], bounds))
    ]
    if violations:
        raise violated(violations)


def _outside(value: int, bounds: range) -> str | None:
    """The model's text for a value that is out of bounds; None for one within."""
    if value < bounds[0]:
        return f"Member must have value greater than or equal to {bounds[0]}"
    return f"Member must have value less than or equal to {bounds[-1]}" if value > bounds[-1] else None


@about("initialCapacity", "maximumCapacity")
def capacity_is_sound(world: World, call: Call) -> None:
    """Worker sizes exist, and initial capacity fits into the maximum (facts §4, §16)."""
    problem = initial_capacity_problem({**_spec(world, call), **call.params})
    if problem is not None:
        raise invalid(problem)


def driver_fits_the_engine(world: World, call: Call) -> None:
    """The job driver is there, and of the application's engine (facts §16)."""
    driver = call.params.get("jobDriver")
    if not driver:
        raise missing("jobDriver")
    engine = _spec(world, call)["type"]
    for name in driver:
        if _DRIVERS.get(name, engine) != engine:
            raise invalid(f"Job driver {name} is not supported for application type {engine}.")


@about("executionTimeoutMinutes")
def timeout_is_within_bounds(world: World, call: Call) -> None:
    """BATCH: 5 minutes to 7 days (the upper bound from 7.11 on); STREAMING: none (facts §3.3, §16)."""
    minutes = call.params.get("executionTimeoutMinutes")
    if minutes is None:
        return
    if call.params.get("mode") == "STREAMING":
        raise invalid("executionTimeoutMinutes is not supported for STREAMING job runs.")  # assumed: the text
    if minutes < _MINUTES[0]:
        raise invalid(f"RunTimeout must be at least {_MINUTES[0]} minutes.")
    if minutes > _MINUTES[-1] and supports(_label(world, call), "seven-day batch timeout"):
        raise invalid(f"RunTimeout must be at most {_MINUTES[-1]} minutes.")  # assumed: the text


@about("mode", "retryPolicy")
def retry_policy_fits_the_mode(world: World, call: Call) -> None:
    """BATCH counts attempts, STREAMING failures an hour, 1 to 10 of them; STREAMING is for Spark (facts §3.6)."""
    mode = call.params.get("mode", "BATCH")
    if mode == "STREAMING" and _spec(world, call)["type"] != "Spark":
        raise invalid("STREAMING job runs are not supported for application type Hive.")  # assumed: the text
    for member, value in (call.params.get("retryPolicy") or {}).items():
        if member in _RETRIES.values() and member != _RETRIES[mode]:
            raise invalid(f"retryPolicy.{member} is not supported for {mode} job runs.")  # assumed: the text
        if text := _outside(value, _ATTEMPTS):
            raise violated([f"Value at 'retryPolicy.{member}' failed to satisfy constraint: {text}"])


@about("executionIamPolicy")
def policies_are_of_this_account(world: World, call: Call) -> None:
    """Customer-managed policies belong to the caller's account (facts §13); their number and length are the model's."""
    for arn in (call.params.get("executionIamPolicy") or {}).get("policyArns", ()):
        if arn.split(":")[4:5] not in (["aws"], [call.caller.account_id]):
            raise invalid(f"Policy {arn} does not belong to account {call.caller.account_id}.")  # assumed: the text


@about("executionIamPolicy")
def policies_are_short_enough(world: World, call: Call) -> None:
    """The inline policy, line ends aside, and the ARNs of managed ones have 2,048 characters together (facts §13)."""
    policies = call.params.get("executionIamPolicy") or {}
    inline = "".join(policies.get("policy", "").splitlines())
    if len(inline) + sum(map(len, policies.get("policyArns", ()))) > _LONGEST_POLICY:
        # assumed: the text
        raise invalid(f"executionIamPolicy: policy and policyArns can have at most {_LONGEST_POLICY} characters.")


@about("shutdownGracePeriodInSeconds")
def grace_is_within_bounds(world: World, call: Call) -> None:
    """15 to 1,800 seconds to shut down, or 0 (facts §3.5)."""
    seconds = call.params.get("shutdownGracePeriodInSeconds")
    if seconds and seconds not in _GRACE:
        raise invalid(f"shutdownGracePeriodInSeconds must be 0, or between {_GRACE[0]} and {_GRACE[-1]}.")  # assumed


@about("tags")
def tags_are_allowed(world: World, call: Call) -> None:
    """At most 50 tags a resource, none of AWS's own (facts §9, §16)."""
    given = call.params.get("tags")
    if not given:
        return
    if [key for key in given if key.lower().startswith("aws:")]:
        raise invalid("Tag keys that begin with aws: are reserved.")
    arn = call.params.get("resourceArn", "").rpartition("/")[2]
    _, record = world.simulation.owners.get(arn, (None, None))
    if len({**(record.tags if record else {}), **given}) > _MOST_TAGS:
        raise invalid(f"Too many tags: a resource can have at most {_MOST_TAGS}.")
