"""The operations on job runs, and the settings that a job run's request leads to (facts §3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from emrs_mock._call import Call
from emrs_mock.operations import images, responses
from emrs_mock.operations.error_texts import application_of, attempt_of_run, job_run_of
from emrs_mock.operations.new_records import inherited, new_members
from emrs_mock.operations.pages import attempts, page, records
from emrs_mock.operations.properties import Said, said_of_job_run
from emrs_mock.operations.tokens import without_token
from emrs_mock.operations.workload import TooFewAllowed, workload_said
from emrs_mock.sim.records import Application, JobRun
from emrs_mock.sim.settings import JobRunSettings
from emrs_mock.sim.world import World

Params = Mapping[str, Any]

INHERITED = ("releaseLabel", "type", "networkConfiguration", "imageConfiguration", "workerTypeSpecifications")
"""What a job run keeps and shows of its application at submission (facts §3.7)."""

_UNSHOWN = ("monitoringConfiguration",)
"""What a job run keeps of its application at submission without showing it (facts §3.7)."""

_EXECUTION_TIMEOUT_MINUTES = 720  # facts §3.3
_MANAGED_LOGS = {"managedPersistenceMonitoringConfiguration": {"enabled": True}}  # facts §3.7, captured twice
_BY_DEFAULT: Params = {"monitoringConfiguration": _MANAGED_LOGS}
_FAILED_PER_HOUR = 5  # facts §3.6
_STREAMING_GRACE = timedelta(seconds=120)  # facts §3.5


def start(world: World, call: Call) -> Params:
    """StartJobRun: SUBMITTED; all further moves are timed (facts §3.1)."""
    application = application_of(world, call)
    run = new_job_run(world, call, application)
    run.follow(world.simulation.decide(world, run))
    world.take_in(run, "submit")
    return {"applicationId": application.id, "jobRunId": run.id, "arn": run.arn}


def new_job_run(world: World, call: Call, application: Application, job_run_id: str | None = None) -> JobRun:
    """Make the record of a job run, under an id of the service's choice or the given one."""
    spec = _completed(without_token(call.params))
    return JobRun(
        **new_members(world, call, "job_run", spec, job_run_id, application.id, "jobruns"),
        application_id=application.id,
        inherited={**inherited(application, (*INHERITED, *_UNSHOWN)), **images.of_new_job_run(application)},
        mode=spec["mode"],
        settings=settings_of(application, spec),
    )


def get(world: World, call: Call) -> Params:
    """GetJobRun: the newest attempt, or the one that is asked for."""
    run = job_run_of(world, call)
    return {"jobRun": responses.job_run(run, world.now, attempt_of_run(run, call))}


def list_(world: World, call: Call) -> Params:
    """ListJobRuns: newest first (facts §8)."""
    register = world.job_runs[application_of(world, call).id]
    return page(call, "jobRuns", records(world, call, register), lambda run: responses.job_run(run, world.now))


def list_attempts(world: World, call: Call) -> Params:
    """ListJobRunAttempts: newest first (facts §3.6, §16)."""
    run = job_run_of(world, call)
    return page(call, "jobRunAttempts", attempts(run), lambda attempt: responses.attempt(run, attempt, world.now))


def cancel(world: World, call: Call) -> Params:
    """CancelJobRun: CANCELLING, and CANCELLED when its work has shut down; ignored while CANCELLING (facts §3.5)."""
    run = job_run_of(world, call)
    run.shutdown = shutdown_of(run, call.params)
    world.fire(run, "cancel")
    return {"applicationId": run.application_id, "jobRunId": run.id}


def shutdown_of(run: JobRun, params: Params) -> timedelta:
    """The grace period: how long the work of a running job run may take at most to shut down (facts §3.5)."""
    if run.state != "RUNNING":
        return run.shutdown
    seconds = params.get("shutdownGracePeriodInSeconds")
    return run.settings.grace if seconds is None else timedelta(seconds=seconds)


def _completed(spec: dict[str, Any]) -> dict[str, Any]:
    """The request, completed with the service's defaults (facts §3.7)."""
    overrides = _BY_DEFAULT
    if given := spec.get("configurationOverrides"):
        monitoring = {**_MANAGED_LOGS, **given.get("monitoringConfiguration", {})}
        overrides = {**given, "monitoringConfiguration": monitoring}
    spec = {"mode": "BATCH", **spec, "configurationOverrides": overrides}
    if spec["mode"] == "BATCH":
        spec.setdefault("executionTimeoutMinutes", _EXECUTION_TIMEOUT_MINUTES)
    return spec


def settings_of(application: Application, spec: Params) -> JobRunSettings:
    """The part of the request, and of the application, that the simulation acts on."""
    retries, streaming = spec.get("retryPolicy", {}), spec["mode"] == "STREAMING"
    return _settings(
        said_of_job_run(application.spec, spec),
        spec.get("executionTimeoutMinutes"),
        application.spec.get("schedulerConfiguration", {}).get("queueTimeoutMinutes"),
        retries.get("maxAttempts", 1),
        retries.get("maxFailedAttemptsPerHour", _FAILED_PER_HOUR) if streaming else None,
        _STREAMING_GRACE if streaming else timedelta(0),
    )


@lru_cache(maxsize=256)
def _settings(
    said: Said,
    minutes: int | None,
    minutes_in_queue: int | None,
    max_attempts: int,
    max_failed_per_hour: int | None,
    grace: timedelta,
) -> JobRunSettings:
    """One object for all job runs that are alike in this."""
    limits = {"time_out": minutes, "queue_time_out": minutes_in_queue}
    workload, problem = None, None
    try:
        workload = workload_said(said)
    except TooFewAllowed as unfit:
        problem = str(unfit)
    return JobRunSettings(
        limits={event: timedelta(minutes=limit) for event, limit in limits.items() if limit},
        workload=workload,
        problem=problem,
        max_attempts=max_attempts,
        max_failed_per_hour=max_failed_per_hour,
        grace=grace,
    )
