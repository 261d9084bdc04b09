"""Rules about the engine's properties in effect: what a job run or session asks for must be possible.

Properties come from parameters, overrides and the application together (`properties`), so a value alone does not say
whether the service accepts it. Bounds of single members are in `value_checks`.
"""

from __future__ import annotations

from emrs_mock._call import Call
from emrs_mock.operations.error_texts import application_of, invalid
from emrs_mock.operations.properties import (
    SERVERLESS_STORAGE,
    Said,
    effective_properties,
    said_of_job_run,
    said_of_session,
    stores_serverless,
)
from emrs_mock.operations.workload import TooFewAllowed, workload_said
from emrs_mock.sim.releases import supports
from emrs_mock.sim.workers import Unfit
from emrs_mock.sim.world import World

_SMALL = 2
_LONGEST_MINUTES = 24 * 60
_NO_STORAGE = "Serverless storage for EMR Serverless is not supported for "
MANDATORY = ("hive.exec.scratchdir", "hive.metastore.warehouse.dir")  # facts §4.3
_RESERVED = "spark.connect.grpc.binding."  # facts §10 has `address`; assumed: the others of its kind too


def _said(world: World, call: Call) -> Said:
    said = said_of_session if call.operation == "StartSession" else said_of_job_run
    return said(application_of(world, call).spec, call.params)


def workers_exist(world: World, call: Call) -> None:
    """The parameters can be read, and workers of such sizes exist (facts §4.1, §16)."""
    try:
        workload_said(_said(world, call))
    except TooFewAllowed:
        pass  # accepted; the job run fails (facts §3.2, captured)
    except Unfit as unfit:
        raise invalid(str(unfit)) from unfit


def hive_has_its_directories(world: World, call: Call) -> None:
    """A Hive job run names its scratch directory and its warehouse (facts §4.3)."""
    if application_of(world, call).spec["type"] == "Hive":
        properties = effective_properties(_said(world, call))
        missing = [name for name in MANDATORY if not properties.get(name)]
        if missing:
            raise invalid(f"Hive job runs require the properties: {', '.join(missing)}.")  # assumed: the text


def reserved_properties_are_left_alone(world: World, call: Call) -> None:
    """A session does not set the properties that the service keeps for Spark Connect (facts §10)."""
    for name in effective_properties(_said(world, call)):
        if name.startswith(_RESERVED):
            # assumed: the text
            raise invalid(f"{name} is reserved by EMR Serverless and cannot be overridden.")


def session_has_no_serverless_storage(world: World, call: Call) -> None:
    """Sessions have no serverless storage (facts §4.6, §10)."""
    if has_serverless_storage(_said(world, call)):
        raise invalid(f"{_NO_STORAGE}interactive sessions.")  # assumed: the text


def serverless_storage_is_possible(world: World, call: Call) -> None:
    """Serverless storage needs 7.12, more than 2 vCPUs a worker, BATCH and at most a day (facts §3.3, §4.6)."""
    said, params = _said(world, call), call.params
    if not has_serverless_storage(said):
        return
    if not supports(said.release_label, "serverless storage"):
        raise invalid(f"{SERVERLESS_STORAGE} is not supported for release label {said.release_label}.")
    if params.get("mode") == "STREAMING":
        raise invalid(f"{_NO_STORAGE}STREAMING job runs.")  # assumed: the text
    if params.get("executionTimeoutMinutes", 0) > _LONGEST_MINUTES:
        raise invalid(f"{_NO_STORAGE}job runs of more than 24 hours.")  # assumed: the text
    if _has_small_workers(said):
        raise invalid(f"{_NO_STORAGE}1 and 2 vCPU workers (drivers or executors).")


def has_serverless_storage(said: Said) -> bool:
    """Whether shuffle data is kept beside the workers (facts §4.6). Raises Unfit for what cannot be read."""
    return said.engine == "Spark" and stores_serverless(effective_properties(said))


def _has_small_workers(said: Said) -> bool:
    try:
        workload = workload_said(said)
    except TooFewAllowed as few:
        workload = few.workload
    return any(size.vcpu <= _SMALL for size in workload.workers)
