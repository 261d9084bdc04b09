"""Workers, what they may take together and what they cost, through a client (facts §4, §5, §16)."""

from __future__ import annotations

import pytest

from tests.service.model import has
from tests.service.requests import (
    RELEASE,
    ROLE,
    SPARK,
    application,
    at,
    job_run,
    start_job_run,
)

RUNTIME = has("CreateApplication.runtimeConfiguration")
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


LONG = "9" * 5000
"""More digits than Python turns into a number, and than Spark reads."""
SIZES = {
    "60g and its overhead on 8 vCPU": ({"executor.cores": "8", "executor.memory": "60g"}, "66 GB"),
    "28g and its overhead on 4 vCPU": ({"driver.cores": "4", "driver.memory": "28G"}, "31 GB"),
    "no row of the table": ({"executor.cores": "3"}, "3 vCPU"),
    "beyond its row": ({"driver.cores": "1", "driver.memory": "14g"}, "1 vCPU"),
    "a disk that is too large": ({"emr-serverless.executor.disk": "201G"}, "201 GB"),
    "a disk that is too large for its type": (
        {"emr-serverless.driver.disk": "2001G", "emr-serverless.driver.disk.type": "shuffle_optimized"},
        "2001 GB",
    ),
    "a type of disk that there is not": ({"emr-serverless.driver.disk.type": "floppy"}, "FLOPPY"),
    "memory that is not a size": ({"executor.memory": "lots"}, "'lots'"),
    "cores that are not a number": ({"driver.cores": "four"}, "'four'"),
    "more memory than anything has": ({"executor.memory": "9223372036854775808t"}, "GB"),
    "a long size": ({"executor.memory": LONG}, "is not a size"),
    "a long number": ({"executor.cores": LONG}, "is not a number"),
    "a long factor": ({"emr-serverless.memoryOverheadFactor": f"0.{LONG}"}, "is not a number"),
    "more instances than Spark can count": ({"executor.instances": "9223372036854775808"}, "is not a number"),
    "a long number of instances": ({"executor.instances": LONG}, "is not a number"),
    "more instances than there can be": ({"executor.instances": "2147483647"}, "2147483647 executors"),
    "as many without dynamic allocation": (
        {"dynamicAllocation.enabled": "false", "executor.instances": "2147483647"},
        "2147483647 executors",
    ),
    "as many to begin with": ({"dynamicAllocation.initialExecutors": "2147483647"}, "2147483647 executors"),
    "as many at least": ({"dynamicAllocation.minExecutors": "2147483647"}, "2147483647 executors"),
    "a long number at most": ({"dynamicAllocation.maxExecutors": LONG}, "is not a number"),
    "a long idle time-out": ({"dynamicAllocation.executorIdleTimeout": LONG}, "is not a duration"),
    "a long batch": ({"emr-serverless.allocation.batch.size": LONG}, "is not a number"),
}
"""Properties that name workers that there are not, and a part of the text that refuses them."""


def as_configured(properties):
    """Properties as long as the model lets them be."""
    return {name: value[:1000] for name, value in properties.items()}


@pytest.mark.parametrize(("properties", "named"), SIZES.values(), ids=SIZES)
def test_16_workers_that_do_not_exist_are_refused_at_submission(emr, client, app, refuses, properties, named):
    """As parameters, as overrides, or as the application has them; the text names what there is (facts §4.1)."""
    given = {f"spark.{name}": value for name, value in properties.items()}
    configured = [{"classification": "spark-defaults", "properties": as_configured(given)}]
    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK}
    parameters = spark(" ".join(f"--conf {name}={value}" for name, value in given.items()))
    other = emr.add_application(runtimeConfiguration=configured).id if RUNTIME else None
    requests = [
        {**request, "jobDriver": parameters},
        {**request, "configurationOverrides": {"applicationConfiguration": configured}},
        *([{**request, "applicationId": other}] if other else []),
    ]
    for members in requests:
        refusal = refuses(client.start_job_run, **members)
        assert (refusal.code, refusal.status) == ("ValidationException", 400)
        assert named in refusal.message
        assert len(refusal.message) < 256
    assert emr.clock.advance(days=1)


@pytest.mark.needs_model("StartSession")
@pytest.mark.parametrize(("properties", "named"), SIZES.values(), ids=SIZES)
def test_16_workers_that_do_not_exist_are_refused_for_a_session_too(emr, client, refuses, properties, named):
    """In the same words."""
    app = emr.add_application(releaseLabel="emr-7.13.0", interactiveConfiguration={"sessionEnabled": True}).id
    given = {f"spark.{name}": value for name, value in properties.items()}
    overrides = {"runtimeConfiguration": [{"classification": "spark-defaults", "properties": as_configured(given)}]}
    request = {"applicationId": app, "executionRoleArn": ROLE, "configurationOverrides": overrides}
    refusal = refuses(client.start_session, **request)
    assert (refusal.code, refusal.status) == ("ValidationException", 400)
    assert named in refusal.message
    assert emr.clock.advance(days=1)


@pytest.mark.parametrize("parameters", ["--conf spark.driver.cores=4 'x", '--conf "'], ids=["quote", "quotes"])
def test_16_parameters_that_cannot_be_read_are_refused(client, app, refuses, parameters):
    """A shell could not either."""
    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": spark(parameters)}
    assert "could not be read" in refuses(client.start_job_run, **request).message


def test_4_1_a_size_that_just_fits_is_accepted(client, app):
    """27G on 4 vCPU, as was captured; as many executors at most as Spark can count."""
    parameters = "--driver-memory 27G --conf spark.dynamicAllocation.maxExecutors=2147483647"
    assert start_job_run(client, app, jobDriver=spark(parameters))


def test_3_2_more_executors_at_first_than_there_may_be_fail_a_job_run_at_once(emr, client, app):
    """Captured: AWS accepts the job run."""
    parameters = "--conf spark.dynamicAllocation.minExecutors=1 --conf spark.dynamicAllocation.maxExecutors=2"
    run = start_job_run(client, app, jobDriver=spark(parameters))
    emr.clock.advance(1)
    answer = job_run(client, app, run)
    assert (answer["state"], answer["updatedAt"]) == ("FAILED", at(seconds=1))
    assert answer["stateDetails"] == (
        "Maximum value of spark.dynamicAllocation.initialExecutors: 3 must be between "
        "spark.dynamicAllocation.minExecutor 1 and spark.dynamicAllocation.maxExecutors 2."
    )
    assert answer["totalResourceUtilization"] == figures(0, 0, 0)


@pytest.mark.parametrize("cpu", ["9223372036854775808 vCPU", f"{LONG} vCPU"], ids=["large", "long"])
def test_16_an_absurd_capacity_is_refused_at_creation(client, refuses, cpu):
    """By the model, which has room for fifteen characters."""
    for members in (
        {"maximumCapacity": {"cpu": cpu, "memory": "64 GB"}},
        {"initialCapacity": {"Driver": worker(cpu, "16 GB")}},
    ):
        refusal = refuses(client.create_application, releaseLabel=RELEASE, type="SPARK", **members)
        assert refusal.code == "ValidationException"


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
