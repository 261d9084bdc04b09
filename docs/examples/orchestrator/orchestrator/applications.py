"""The application on which a night's job runs: made before it, removed after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.jobs import cancel
from orchestrator.polling import poll

ACTIVE = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "QUEUED", "CANCELLING"]
AT_REST = {"CREATED", "STOPPED", "TERMINATED"}
PATIENCE = 15 * 60


@contextmanager
def application(client: Any, name: str) -> Iterator[str]:
    """Make an application for the block, and give its id. A repeated call with this name gets the same application."""
    application_id = client.create_application(
        name=name,
        clientToken=name,
        type="SPARK",
        releaseLabel="emr-7.2.0",
        maximumCapacity={"cpu": "64 vCPU", "memory": "512 GB", "disk": "2000 GB"},
        autoStopConfiguration={"enabled": True, "idleTimeoutMinutes": 15},
    )["applicationId"]
    try:
        poll(lambda: describe(client, application_id), {"CREATED", "STARTED"}, PATIENCE)
        yield application_id
    finally:
        remove(client, application_id)


def describe(client: Any, application_id: str) -> dict[str, Any]:
    """The application as it is now."""
    shown: dict[str, Any] = client.get_application(applicationId=application_id)["application"]
    return shown


def remove(client: Any, application_id: str) -> None:
    """Cancel what still runs, stop and delete: AWS refuses to stop while job runs are active, and to delete before."""
    pages = client.get_paginator("list_job_runs").paginate(applicationId=application_id, states=ACTIVE)
    for job_run_id in [run["id"] for page in pages for run in page["jobRuns"]]:
        cancel(client, {"applicationId": application_id, "jobRunId": job_run_id})
    if describe(client, application_id)["state"] not in AT_REST:
        client.stop_application(applicationId=application_id)
    poll(lambda: describe(client, application_id), AT_REST, PATIENCE)
    client.delete_application(applicationId=application_id)
