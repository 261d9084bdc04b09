"""The operations on applications, and the configuration that the service makes of a request (facts §2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
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
from emrs_mock.operations.error_texts import application_of
from emrs_mock.operations.images import kept_image, kept_workers
from emrs_mock.operations.new_records import new_members
from emrs_mock.operations.pages import page, records
from emrs_mock.operations.tokens import without_token
from emrs_mock.sim.records import Application
from emrs_mock.sim.releases import supports
from emrs_mock.sim.settings import ApplicationSettings
from emrs_mock.sim.workers import Capacity, Size
from emrs_mock.sim.world import World

Params = Mapping[str, Any]

# facts §2.4
_AUTO_START = {"enabled": True}
_AUTO_STOP = {"enabled": True, "idleTimeoutMinutes": 15}
_SCHEDULER = {"queueTimeoutMinutes": 360, "maxConcurrentRuns": 15}
_ARCHITECTURE = "X86_64"


def create(world: World, call: Call) -> Params:
    """CreateApplication: CREATING, and CREATED a little later (facts §15.1)."""
    application = new_application(world, call)
    world.take_in(application, "create")
    return {"applicationId": application.id, "name": application.spec.get("name"), "arn": application.arn}


def new_application(world: World, call: Call, application_id: str | None = None) -> Application:
    """Make the record of an application, under an id of the service's choice or the given one."""
    spec = configured({**_defaults(call.params), **without_token(call.params)})
    return Application(**new_members(world, call, "application", spec, application_id), settings=settings_of(spec))


def get(world: World, call: Call) -> Params:
    """GetApplication: the application as it is now, a TERMINATED one too."""
    return {"application": responses.application(application_of(world, call))}


def list_(world: World, call: Call) -> Params:
    """ListApplications: newest first; TERMINATED ones for a while, and whenever they are asked for (facts §2.8)."""

    def is_listed(application: Application) -> bool:
        return not application.is_final or world.now - application.updated_at < world.timing.of("terminated")

    return page(call, "applications", records(world, call, world.applications, is_listed), responses.application)


def update(world: World, call: Call) -> Params:
    """UpdateApplication: replaces the members that the request has, and leaves the others."""
    application = application_of(world, call)
    changes = without_token(call.params)
    spec = configured({**application.spec, **changes})
    application.configure(spec, settings_of(spec), world.now)
    world.fire(application, "update")
    return {"application": responses.application(application)}


def start(world: World, call: Call) -> Params:
    """StartApplication: STARTING; nothing changes for one that is STARTED (facts §2.2, §15.2)."""
    world.fire(application_of(world, call), "start")
    return {}


def stop(world: World, call: Call) -> Params:
    """StopApplication: STOPPING; nothing changes for one that is STOPPING or STOPPED (facts §15.4)."""
    world.fire(application_of(world, call), "stop")
    return {}


def delete(world: World, call: Call) -> Params:
    """DeleteApplication: TERMINATED; GetApplication still shows it (facts §2.8, §15.5)."""
    world.fire(application_of(world, call), "delete")
    return {}


def _defaults(params: Params) -> Params:
    """Members of a new application that its request may leave out (facts §2.4)."""
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
            completed[member] = normalised(completed["type"], completed[member])
    return {member: value for member, value in completed.items() if value or member not in _CLEARED_IF_EMPTY}


_NORMALISED: Mapping[str, Callable[[str, Params], Params]] = {
    "imageConfiguration": lambda engine, value: kept_image(value),
    "initialCapacity": normalised_capacity,
    "maximumCapacity": lambda engine, value: normalised_maximum(value),
    "schedulerConfiguration": lambda engine, value: {**_SCHEDULER, **value},
    "workerTypeSpecifications": lambda engine, value: kept_workers(
        {worker_type_name(engine, name): worker for name, worker in value.items()}
    ),
}
"""What the service makes of a member that is not empty, in an application of that engine (facts §2.4, §2.5)."""
_CLEARED_IF_EMPTY = {
    "schedulerConfiguration",
    "initialCapacity",
    "diskEncryptionConfiguration",
    "imageConfiguration",
    "workerTypeSpecifications",
}
"""Members that an empty value removes (facts §2.4)."""


def settings_of(spec: Params) -> ApplicationSettings:
    """The part of the configuration that the simulation acts on."""
    auto_stop, scheduler = spec["autoStopConfiguration"], spec.get("schedulerConfiguration")
    initial, maximum = spec.get("initialCapacity"), spec.get("maximumCapacity")
    return _settings(
        spec["autoStartConfiguration"]["enabled"],
        auto_stop["idleTimeoutMinutes"] if auto_stop["enabled"] else None,
        tuple(initial_workers(initial).items()) if initial else (),
        capacity_of(maximum) if maximum else None,
        scheduler.get("maxConcurrentRuns") if scheduler else None,
    )


@lru_cache(maxsize=256)
def _settings(
    auto_start: bool,
    idle_minutes: int | None,
    initial: tuple[tuple[Size, int], ...],
    maximum: Capacity | None,
    max_concurrent_runs: int | None,
) -> ApplicationSettings:
    """One object for all applications that are alike in this."""
    return ApplicationSettings(
        auto_start=auto_start,
        auto_stop_after=None if idle_minutes is None else timedelta(minutes=idle_minutes),
        initial=dict(initial),
        maximum=maximum,
        max_concurrent_runs=max_concurrent_runs,
    )
