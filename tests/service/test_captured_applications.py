"""Requests whose answers were captured from the service, and what they are answered here (facts §2.9-§2.11)."""

from __future__ import annotations

import pytest

from tests.service.model import known
from tests.service.requests import HIVE, application, at, start_job_run


def test_2_9_a_captured_hive_application_is_answered_as_captured(emr, client, create):
    """Release 6.6.0, stopped by itself, then started by a job run."""
    app = create(
        name="hive",
        releaseLabel="emr-6.6.0",
        type="HIVE",
        initialCapacity={
            "HIVE_DRIVER": {"workerCount": 1, "workerConfiguration": {"cpu": "2vCPU", "memory": "4GB", "disk": "30gb"}},
            "TEZ_TASK": {"workerCount": 10, "workerConfiguration": {"cpu": "4vCPU", "memory": "8GB", "disk": "30gb"}},
        },
        maximumCapacity={"cpu": "400vCPU", "memory": "1024GB", "disk": "1000GB"},
    )
    client.start_application(applicationId=app)
    emr.run_until(app, "STOPPED")
    start_job_run(client, app, jobDriver=HIVE)
    emr.run_until(app, "STARTED")
    answer = application(client, app)
    assert answer == known(
        "Application",
        {
            "applicationId": app,
            "name": "hive",
            "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{app}",
            "releaseLabel": "emr-6.6.0",
            "type": "Hive",
            "state": "STARTED",
            "stateDetails": "AUTO_STOPPING",
            "initialCapacity": {
                "HiveDriver": {
                    "workerCount": 1,
                    "workerConfiguration": {"cpu": "2 vCPU", "memory": "4 GB", "disk": "30 GB"},
                },
                "TezTask": {
                    "workerCount": 10,
                    "workerConfiguration": {"cpu": "4 vCPU", "memory": "8 GB", "disk": "30 GB"},
                },
            },
            "maximumCapacity": {"cpu": "400 vCPU", "memory": "1024 GB", "disk": "1000 GB"},
            "createdAt": answer["createdAt"],
            "updatedAt": answer["updatedAt"],
            "tags": {},
            "autoStartConfiguration": {"enabled": True},
            "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 15},
            "architecture": "X86_64",
        },
    )


@pytest.mark.needs_model("CreateApplication.interactiveConfiguration", "WorkerResourceConfig.diskType")
def test_2_10_a_captured_spark_application_is_answered_as_captured(client, create):
    """Release 7.2.0 with shuffle disks for its executors only; there was no scheduler before 7.3.0."""
    given = {
        "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 90},
        "initialCapacity": {
            "Executor": {
                "workerCount": 2,
                "workerConfiguration": {
                    "cpu": "8 vCPU",
                    "memory": "60 GB",
                    "disk": "2000 GB",
                    "diskType": "SHUFFLE_OPTIMIZED",
                },
            },
            "Driver": {
                "workerCount": 1,
                "workerConfiguration": {"cpu": "4 vCPU", "memory": "30 GB", "disk": "200 GB"},
            },
        },
        "interactiveConfiguration": {"studioEnabled": True, "livyEndpointEnabled": False},
        "monitoringConfiguration": {"managedPersistenceMonitoringConfiguration": {"enabled": True}},
        "runtimeConfiguration": [{"classification": "spark-defaults", "properties": {"spark.driver.cores": "4"}}],
    }
    app = create(releaseLabel="emr-7.2.0", **given)
    answer = application(client, app)
    assert {name: answer[name] for name in given} == given
    assert "schedulerConfiguration" not in answer


def test_2_11_a_row_of_a_list_shows_a_part_of_the_application(emr, client):
    """As captured: no configuration, no tags."""
    app = emr.add_application("STARTED", name="My_First_Application3", releaseLabel="emr-7.10.0").id
    (answer,) = client.list_applications()["applications"]
    assert answer == known(
        "ApplicationSummary",
        {
            "id": app,
            "name": "My_First_Application3",
            "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{app}",
            "architecture": "X86_64",
            "releaseLabel": "emr-7.10.0",
            "state": "STARTED",
            "stateDetails": "User initiated.",
            "type": "Spark",
            "createdAt": at(),
            "updatedAt": at(),
        },
    )
