"""Workers, what they may take together and what they cost, through a client (facts §4, §5, §16)."""

from __future__ import annotations

import pytest

from tests.service.requests import RELEASE, application, at, job_run, start_job_run

BILLED = pytest.mark.needs_model("JobRun.billedResourceUtilization")
EXCEEDED = (
    "Job failed as application has exceeded maximumCapacity settings.",
    "Job failed due to Worker could not be allocated as the application has exceeded maximumCapacity.",
)


def maximum(vcpu: int, memory: int) -> dict[str, str]:
    """A maximum capacity."""
    return {"cpu": f"{vcpu} vCPU", "memory": f"{memory} GB"}


def spark(parameters: str) -> dict[str, dict[str, str]]:
    """A Spark job with these sparkSubmitParameters."""
    return {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "sparkSubmitParameters": parameters}}


def worker(cpu: str, memory: str, count: int = 1) -> dict[str, object]:
    """An entry of an initial capacity."""
    return {"workerCount": count, "workerConfiguration": {"cpu": cpu, "memory": memory}}


def figures(vcpu: float, memory: float, storage: float) -> dict[str, float]:
    """What utilisation is told in."""
    return {"vCPUHour": vcpu, "memoryGBHour": memory, "storageGBHour": storage}


@pytest.mark.parametrize(
    ("parameters", "used"),
    [
        ("--name etl", figures(0.533, 2.133, 2.667)),
        ("--conf spark.driver.cores=2 --conf spark.driver.memory=5g", figures(0.467, 1.8, 2.667)),
        ("--executor-cores 2 --executor-memory 4g --num-executors 5", figures(0.467, 1.367, 4.0)),
        ("--conf spark.emr-serverless.executor.disk=100G", figures(0.533, 2.133, 10.667)),
    ],
)
def test_5_a_job_run_uses_its_workers_from_its_start_to_its_end(emr, client, app, parameters, used):
    """Two minutes of the default driver and its three executors, or of what its parameters say (facts §4.2)."""
    emr.when().succeed(after=120)
    run = start_job_run(client, app, jobDriver=spark(f"{parameters} --conf spark.dynamicAllocation.enabled=false"))
    emr.run_until(run)
    assert job_run(client, app, run)["totalResourceUtilization"] == used


@BILLED
@pytest.mark.parametrize(
    ("seconds", "parameters", "billed"),
    [
        (120, "--name etl", figures(0.533, 2.133, 0)),
        (30, "--name etl", figures(0.267, 1.067, 0)),
        (120, "--conf spark.emr-serverless.driver.disk=30G", figures(0.533, 2.133, 0.333)),
    ],
)
def test_5_a_minute_is_billed_at_least_and_storage_above_20_gb(emr, client, app, seconds, parameters, billed):
    """Of each worker."""
    emr.when().succeed(after=seconds)
    run = start_job_run(client, app, jobDriver=spark(parameters))
    emr.run_until(run)
    assert job_run(client, app, run)["billedResourceUtilization"] == billed


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ("--conf spark.executor.cores=3", "3"),
        ("--conf spark.driver.cores=1 --conf spark.driver.memory=14g", "1 vCPU"),
    ],
)
def test_16_workers_of_a_size_that_does_not_exist_fail_a_job_run_out_of_submitted(emr, client, app, parameters, named):
    """It says which row of the table it looked for (facts §4.1)."""
    run = start_job_run(client, app, jobDriver=spark(parameters))
    emr.clock.advance(1)
    answer = job_run(client, app, run)
    assert (answer["state"], answer["updatedAt"]) == ("FAILED", at(seconds=1))
    assert named in answer["stateDetails"]
    assert len(answer["stateDetails"]) <= 256
    assert answer["totalResourceUtilization"] == figures(0, 0, 0)


def test_4_5_a_job_run_whose_driver_can_never_fit_fails(emr, client):
    """With one of AWS's texts (facts §3.2)."""
    app = emr.add_application(maximumCapacity=maximum(2, 8)).id
    run = start_job_run(client, app)
    emr.run_until(run)
    answer = job_run(client, app, run)
    assert (answer["state"], answer["stateDetails"] in EXCEEDED) == ("FAILED", True)
    assert "startedAt" not in answer


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_16_a_failure_before_running_is_retried_too(emr, client):
    """As one in RUNNING is (facts §3.6)."""
    app = emr.add_application(maximumCapacity=maximum(2, 8)).id
    run = start_job_run(client, app, retryPolicy={"maxAttempts": 2})
    emr.run_until(run)
    assert (job_run(client, app, run)["state"], job_run(client, app, run)["attempt"]) == ("FAILED", 2)


def test_3_2_a_driver_that_does_not_fit_beside_what_runs_fails(emr, client):
    """It does not wait: queueing is what maxConcurrentRuns is for."""
    app = emr.add_application(maximumCapacity=maximum(16, 64)).id
    runs = [start_job_run(client, app) for _ in range(2)]
    emr.run_until(runs[1])
    answers = [job_run(client, app, run) for run in runs]
    assert [answer["state"] for answer in answers] == ["RUNNING", "FAILED"]
    assert answers[1]["stateDetails"] == EXCEEDED[0]
    assert "startedAt" not in answers[1]


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_3_6_a_driver_that_does_not_fit_is_tried_again_if_the_policy_says_so(emr, client):
    """It succeeds once the other job run has ended; attempts that never ran cost nothing."""
    emr.when().succeed(after=60)
    app = emr.add_application(maximumCapacity=maximum(16, 64)).id
    runs = [start_job_run(client, app, retryPolicy={"maxAttempts": 10}) for _ in range(2)]
    emr.run_until(runs[1])
    answers = [job_run(client, app, run) for run in runs]
    assert [(answer["state"], answer["attempt"] > 1) for answer in answers] == [("SUCCESS", False), ("SUCCESS", True)]
    assert answers[0]["totalResourceUtilization"] == answers[1]["totalResourceUtilization"]


def test_4_5_more_capacity_brings_the_executors_that_are_missing(emr, client):
    """maximumCapacity can be updated while STARTED (facts §2.2)."""
    app = emr.add_application(maximumCapacity=maximum(8, 32)).id
    emr.when().hang()
    emr.run_until(start_job_run(client, app), "RUNNING")
    emr.clock.advance(90)
    assert emr.metrics["RunningWorkerCount"].values[-1] == 2
    client.update_application(applicationId=app, maximumCapacity=maximum(32, 128))
    emr.clock.advance(60)
    assert emr.metrics["RunningWorkerCount"].values[-1] == 4


def test_4_5_a_job_run_whose_driver_fits_runs_with_the_executors_that_fit(emr, client):
    """A driver and one executor, of four workers."""
    emr.when().succeed(after=120)
    app = emr.add_application(maximumCapacity=maximum(8, 32)).id
    run = start_job_run(client, app)
    emr.run_until(run)
    assert job_run(client, app, run)["totalResourceUtilization"] == figures(0.267, 1.067, 1.333)


@pytest.mark.parametrize(
    "members",
    [
        {"initialCapacity": {"Driver": worker("3 vCPU", "8 GB")}},
        {"initialCapacity": {"Executor": worker("1 vCPU", "16 GB")}},
        {"initialCapacity": {"Driver": worker("4 vCPU", "16 GB", 5)}, "maximumCapacity": maximum(16, 64)},
    ],
)
def test_16_an_initial_capacity_of_sizes_that_exist_fits_into_the_maximum(emr, client, refuses, members):
    """Refused at Create and at Update, in the same words."""
    created = refuses(client.create_application, releaseLabel=RELEASE, type="SPARK", **members)
    app = emr.add_application("CREATED").id
    assert refuses(client.update_application, applicationId=app, **members) == created
    assert (created.code, created.status) == ("ValidationException", 400)


def test_16_an_update_is_checked_with_what_it_leaves_as_it_is(emr, client, refuses):
    """A maximum that is smaller than the initial capacity there is."""
    app = emr.add_application("CREATED", initialCapacity={"Driver": worker("4 vCPU", "16 GB", 5)}).id
    refusal = refuses(client.update_application, applicationId=app, maximumCapacity=maximum(16, 64))
    assert refusal.code == "ValidationException"
    assert "maximumCapacity" not in application(client, app)
