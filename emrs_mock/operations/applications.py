"""The operations on applications, and what an application's configuration comes to (facts §2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from emrs_mock._call import Call
from emrs_mock.operations import responses
from emrs_mock.operations.capacity import (
    capacity_of,
    initial_workers,
    normalised_capacity,
    normalised_maximum,
    worker_type_name,
)
from emrs_mock.operations.errors import application_of
from emrs_mock.operations.new_records import born
from emrs_mock.operations.pages import page, records
from emrs_mock.operations.tokens import without_token
from emrs_mock.sim.lifecycles import TABLES
from emrs_mock.sim.records import Application, ApplicationSettings
from emrs_mock.sim.releases import supports
from emrs_mock.sim.world import World

Params = Mapping[str, Any]

# facts §2.4
_AUTO_START = {"enabled": True}
_AUTO_STOP = {"enabled": True, "idleTimeoutMinutes": 15}
_SCHEDULER = {"queueTimeoutMinutes": 360, "maxConcurrentRuns": 15}
_ARCHITECTURE = "X86_64"

LISTED = tuple(state for state in TABLES["application"] if state != "TERMINATED")
"""What ListApplications shows when no states are asked for (facts §2.8, §16)."""


def create(world: World, call: Call) -> Params:
    """CreateApplication: CREATING, and CREATED a little later (facts §15.1)."""
    application = new_application(world, call)
    world.take_in(application, "create")
    return {"applicationId": application.id, "name": application.spec.get("name"), "arn": application.arn}


def new_application(world: World, call: Call, application_id: str | None = None) -> Application:
    """Make the record of an application, under an id of the service's choice or the given one."""
    spec = configured({**_defaults(call.params), **without_token(call.params)})
    return Application(**born(world, call, "application", spec, application_id), settings=settings_of(spec))


def get(world: World, call: Call) -> Params:
    """GetApplication."""
    return {"application": responses.application(application_of(world, call))}


def list_(world: World, call: Call) -> Params:
    """ListApplications: newest first, TERMINATED ones only if asked for."""
    return page(call, "applications", records(call, world.applications, by_default=LISTED), responses.application)


def update(world: World, call: Call) -> Params:
    """UpdateApplication: what is named is replaced, what is left out stays."""
    application = application_of(world, call)
    changes = without_token(call.params)
    application.spec = configured({**application.spec, **changes})
    application.settings = settings_of(application.spec)
    application.updated_at = world.now
    world.fire(application, "update")
    return {"application": responses.application(application)}


def start(world: World, call: Call) -> Params:
    """StartApplication: STARTING; nothing changes for one that is STARTING or STARTED (facts §15.2)."""
    world.fire(application_of(world, call), "start")
    return {}


def stop(world: World, call: Call) -> Params:
    """StopApplication: STOPPING; nothing changes for one that is STOPPING or STOPPED (facts §15.4)."""
    world.fire(application_of(world, call), "stop")
    return {}


def delete(world: World, call: Call) -> Params:
    """DeleteApplication: TERMINATED, and still there for whoever asks (facts §2.8, §15.5)."""
    world.fire(application_of(world, call), "delete")
    return {}


def _defaults(params: Params) -> Params:
    """What a new application is given besides what its request says (facts §2.4)."""
    scheduled = supports(params["releaseLabel"], "scheduler by default")
    return {"architecture": _ARCHITECTURE, **({"schedulerConfiguration": _SCHEDULER} if scheduled else {})}


def configured(spec: Params) -> dict[str, Any]:
    """What the service makes of a configuration: parts filled in, spellings normalised (facts §2.3-§2.5)."""
    completed = {
        **spec,
        "type": spec["type"].capitalize(),
        "autoStartConfiguration": {**_AUTO_START, **spec.get("autoStartConfiguration", {})},
        "autoStopConfiguration": {**_AUTO_STOP, **spec.get("autoStopConfiguration", {})},
    }
    for member, normalised in _NORMALISED.items():
        if completed.get(member):
            completed[member] = normalised(completed[member])
    return {member: value for member, value in completed.items() if value not in _CLEARING.get(member, ())}


def _by_worker_type(value: Mapping[str, Any]) -> dict[str, Any]:
    return {worker_type_name(key): content for key, content in value.items()}


def _scheduler(value: Mapping[str, Any]) -> dict[str, Any]:
    return {**_SCHEDULER, **value}


_NORMALISED: Mapping[str, Any] = {
    "initialCapacity": normalised_capacity,
    "maximumCapacity": normalised_maximum,
    "schedulerConfiguration": _scheduler,
    "workerTypeSpecifications": _by_worker_type,
}
_CLEARING: Mapping[str, tuple[Any, ...]] = {
    "schedulerConfiguration": ({},),
    "initialCapacity": ({},),
    "diskEncryptionConfiguration": ({},),
    "imageConfiguration": ({},),
}
"""The values that take a member away (facts §2.4)."""


def settings_of(spec: Params) -> ApplicationSettings:
    """What of the configuration has an effect in time."""
    auto_stop = spec["autoStopConfiguration"]
    scheduler = spec.get("schedulerConfiguration") or {}
    maximum = spec.get("maximumCapacity")
    return ApplicationSettings(
        auto_start=spec["autoStartConfiguration"]["enabled"],
        auto_stop_after=timedelta(minutes=auto_stop["idleTimeoutMinutes"]) if auto_stop["enabled"] else None,
        initial=initial_workers(spec.get("initialCapacity", {})),
        maximum=capacity_of(maximum) if maximum else None,
        max_concurrent_runs=scheduler.get("maxConcurrentRuns"),
    )
