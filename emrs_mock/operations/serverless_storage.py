"""Serverless storage: shuffle data kept beside the workers, and the job runs that cannot have it (facts §3.3, §4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from emrs_mock._call import Call
from emrs_mock.operations.errors import application_of, invalid
from emrs_mock.operations.properties import (
    SERVERLESS_STORAGE,
    Said,
    effective_properties,
    said_of_job_run,
    stores_serverless,
)
from emrs_mock.operations.workload import workload_of
from emrs_mock.sim.releases import supports
from emrs_mock.sim.workers import Unfit
from emrs_mock.sim.world import World

_SMALL = 2
_LONGEST_MINUTES = 24 * 60


def serverless_storage_is_possible(world: World, call: Call) -> None:
    """Serverless storage needs 7.12, more than 2 vCPUs a worker, BATCH and at most a day (facts §3.3, §4.6)."""
    application, params = application_of(world, call), call.params
    if not _is_asked_for(said_of_job_run(application.spec, params)):
        return
    label = application.spec["releaseLabel"]
    if not supports(label, "serverless storage"):
        raise invalid(f"{SERVERLESS_STORAGE} is not supported for release label {label}.")
    if params.get("mode") == "STREAMING":
        raise invalid("Serverless storage for EMR Serverless is not supported for STREAMING job runs.")  # assumed
    if params.get("executionTimeoutMinutes", 0) > _LONGEST_MINUTES:
        # assumed: the text
        raise invalid("Serverless storage for EMR Serverless is not supported for job runs of more than 24 hours.")
    if _has_small_workers(application.spec, params):
        raise invalid(
            "Serverless storage for EMR Serverless is not supported for 1 and 2 vCPU workers (drivers or executors)."
        )


@lru_cache(maxsize=256)
def _is_asked_for(said: Said) -> bool:
    try:
        return stores_serverless(effective_properties(said))
    except Unfit:  # the job run fails for it, later
        return False


def _has_small_workers(application: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    try:
        return any(size.vcpu <= _SMALL for size in workload_of(application, params).workers)
    except Unfit:
        return False
