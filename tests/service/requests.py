"""Requests as the tests send them, and what they look at afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from emrs_mock import Timing

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"
SPARK = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}
DIRECTORIES = {"hive.exec.scratchdir": "s3://hive/scratch", "hive.metastore.warehouse.dir": "s3://hive/warehouse"}
HIVE = {
    "hive": {
        "query": "s3://code/etl.sql",
        "parameters": " ".join(f"--hiveconf {name}={value}" for name, value in DIRECTORIES.items()),
    }
}
DRIVERS = {"Spark": SPARK, "Hive": HIVE}
RELEASE = "emr-7.10.0"
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
"""When the clock of the mock begins."""


def taken(*moves: str) -> int:
    """How many seconds these moves take together by default."""
    return sum((Timing().of(move) for move in moves), timedelta()) // timedelta(seconds=1)


SCHEDULED_AFTER = taken("submitted", "pending")
RUNNING_AFTER = SCHEDULED_AFTER + taken("scheduled")
SUCCESS_AFTER = RUNNING_AFTER + taken("run")
"""By default a job run is in these states so many seconds after its submission."""


class Refusal(NamedTuple):
    """What AWS says when it refuses."""

    code: str
    message: str
    status: int


def refused(call: Callable[..., Any], **members: Any) -> Refusal:
    """Make a call that must be refused; returns the code, the message and the HTTP status."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    error = answer["Error"]
    return Refusal(error["Code"], error["Message"], answer["ResponseMetadata"]["HTTPStatusCode"])


def everything(emr: Any) -> Any:
    """All that a call could change: every record as it is shown, what happened, and when what comes next is due."""
    shown = [
        {
            name: value
            for name in dir(record)
            if not name.startswith("_") and not callable(value := getattr(record, name))
        }
        for records in (emr.applications, emr.job_runs)
        for record in records
    ]
    return shown, list(emr._simulation.changes), emr._simulation.agenda.all()


@contextmanager
def nothing_changes(emr: Any) -> Iterator[None]:
    """Fail if the block changes anything in the simulated service."""
    before = everything(emr)
    yield
    assert everything(emr) == before


def at(**since: float) -> datetime:
    """A moment, by how long it is after START: `at(minutes=5)`."""
    return START + timedelta(**since)


def create_application(client: Any, **members: Any) -> str:
    """CreateApplication: Spark on a recent release, unless `members` say otherwise; returns the id."""
    return client.create_application(**{"releaseLabel": RELEASE, "type": "SPARK", **members})["applicationId"]


def start_job_run(client: Any, application_id: str, **members: Any) -> str:
    """StartJobRun: a Spark job, unless `members` say otherwise; returns the id."""
    request = {"applicationId": application_id, "executionRoleArn": ROLE, "jobDriver": SPARK, **members}
    return client.start_job_run(**request)["jobRunId"]


def application(client: Any, application_id: str) -> dict[str, Any]:
    """What GetApplication shows."""
    return client.get_application(applicationId=application_id)["application"]


def job_run(client: Any, application_id: str, job_run_id: str, **members: Any) -> dict[str, Any]:
    """What GetJobRun shows."""
    return client.get_job_run(applicationId=application_id, jobRunId=job_run_id, **members)["jobRun"]
