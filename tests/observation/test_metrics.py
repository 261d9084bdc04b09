"""`emr.metrics`: CloudWatch's metrics as series, a sample at each whole minute."""

from __future__ import annotations

import re

import pytest

from emrs_mock import Timing, mock_emr_serverless
from emrs_mock.observation.metrics import DIMENSIONS
from tests.docs.pages import ROOT

START = "2026-01-31T04:00:00Z"
ROLE = "arn:aws:iam::123456789012:role/etl"
CONF = {
    "dynamicAllocation.enabled": "false",
    "executor.instances": "2",
    "executor.cores": "4",
    "executor.memory": "14g",
    "driver.cores": "4",
    "driver.memory": "14g",
}
PARAMETERS = " ".join(f"--conf spark.{name}={value}" for name, value in CONF.items())
DRIVER = {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "sparkSubmitParameters": PARAMETERS}}
WORKER = {"cpu": "4vCPU", "memory": "16GB", "disk": "20GB"}


@pytest.fixture
def emr():
    """A mock whose clock stands until it is moved; job runs are RUNNING at once, and for two minutes."""
    timing = Timing(submitted=0, pending=0, scheduled=0, cancel=0)
    with mock_emr_serverless(clock="manual", start=START, timing=timing) as emr:
        yield emr


@pytest.fixture
def client(emr):
    """A client of the mock."""
    return emr.client("eu-west-1")


def application(emr, **more):
    """The id of an application that is STARTED."""
    return emr.add_application(region_name="eu-west-1", name="etl", **more).id


def submit(client, app, **more):
    """Start a job run with a driver and two executors of 4 vCPU each; returns its id."""
    driver = {"executionRoleArn": ROLE, "jobDriver": DRIVER}
    return client.start_job_run(applicationId=app, **driver, **more)["jobRunId"]


def test_a_sample_is_taken_at_each_whole_minute(emr, client):
    """From the first change until now."""
    app = application(emr)
    emr.clock.advance(60)
    submit(client, app)
    emr.clock.advance(200)
    running = emr.metrics["RunningJobs"]
    assert running.values == [0, 1, 1, 0, 0]
    assert [sample.at.isoformat()[11:16] for sample in running] == ["04:00", "04:01", "04:02", "04:03", "04:04"]
    assert running.peak == 1


def test_an_ended_job_run_is_in_one_sample(emr, client):
    """Therefore the sum of a series is the number of job runs."""
    app = application(emr)
    emr.when(name="bad").fail(after=70)
    for name in ("good", "bad", "bad"):
        submit(client, app, name=name)
    emr.clock.advance(600)
    assert emr.metrics["SuccessJobs"].values == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert emr.metrics["FailedJobs"].values == [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    assert emr.metrics["FailedJobs"].total == 2


def test_workers_count_while_their_job_runs(emr, client):
    """What they have, by what they are for."""
    app = application(emr)
    run = submit(client, app)
    emr.clock.advance(180)
    metrics = emr.metrics
    assert metrics["RunningWorkerCount"].values == [3, 3, 0, 0]
    assert metrics["TotalWorkerCount"].values == [3, 3, 0, 0]
    assert metrics["CPUAllocated"].values == [12, 12, 0, 0]
    assert metrics["ResourceCount"].values == [12, 12, 0, 0]
    assert metrics.of("WorkerCpuAllocated", JobId=run, WorkerType="SPARK_EXECUTORS").peak == 8
    assert metrics.of("WorkerMemoryAllocated", JobId=run, WorkerType="SPARK_DRIVER").peak == 16
    assert metrics.of("WorkerMemoryAllocated", JobName="[Unspecified]").peak == 48


def test_initial_workers_are_idle_until_a_job_run_has_them(emr, client):
    """They are allocated while the application is STARTED; further workers are on demand."""
    capacity = {"DRIVER": {"workerCount": 1, "workerConfiguration": WORKER}}
    app = application(emr, initial_capacity=capacity, auto_stop_configuration={"enabled": False})
    emr.clock.advance(60)
    submit(client, app)
    emr.clock.advance(180)
    metrics = emr.metrics
    assert metrics["IdleWorkerCount"].values == [1, 0, 0, 1, 1]
    assert metrics["RunningWorkerCount"].values == [0, 3, 3, 0, 0]
    assert metrics["TotalWorkerCount"].values == [1, 3, 3, 1, 1]
    assert metrics["CPUAllocated"].values == [4, 12, 12, 4, 4]
    assert metrics.of("RunningWorkerCount", CapacityAllocationType="PreInitCapacity").peak == 1
    assert metrics.of("RunningWorkerCount", CapacityAllocationType="OnDemandCapacity").peak == 2


def test_the_maximum_is_told_as_long_as_the_application_is_there(emr, client):
    """Storage is left out of it where it is not limited."""
    app = application(emr, maximum_capacity={"cpu": "32vCPU", "memory": "128GB"})
    emr.clock.advance(60)
    client.stop_application(applicationId=app)
    emr.run_until(app, "STOPPED")
    client.delete_application(applicationId=app)
    emr.clock.advance(60)
    assert emr.metrics["MaxCPUAllowed"].values == [32, 32, 0]
    assert emr.metrics["MaxMemoryAllowed"].values == [128, 128, 0]
    assert emr.metrics["MaxStorageAllowed"].peak == 0


def test_metrics_are_told_apart_by_dimension_account_and_region(emr, client):
    """A record names itself."""
    first, second = emr.add_application(region_name="eu-west-1"), emr.add_application(region_name="us-east-1")
    emr.add_job_run(first)
    emr.add_job_run(first)
    emr.add_job_run(second)
    metrics = emr.metrics
    assert metrics["RunningJobs"].peak == 3
    assert metrics.of("RunningJobs", ApplicationId=first).peak == 2
    assert metrics.of("RunningJobs", region_name="us-east-1").peak == 1
    assert metrics.of("RunningJobs", account_id="999999999999").peak == 0


def test_workers_of_hive_have_roles_of_their_own(emr, client):
    """A driver, and tasks beside it."""
    app = emr.add_application(type="HIVE")
    emr.add_job_run(app)
    assert emr.metrics.of("WorkerCpuAllocated", WorkerType="TEZ_TASK").peak > 0


def test_what_there_is_not_is_refused(emr):
    """With what there is."""
    with pytest.raises(KeyError, match=r"WorkerCpuUsed.*There are: CPUAllocated"):
        emr.metrics["WorkerCpuUsed"]
    with pytest.raises(ValueError, match=r"RunningJobs has no dimension JobId. It has: ApplicationId"):
        emr.metrics.of("RunningJobs", JobId="00a")


def test_nothing_makes_series_of_zero(emr):
    """Every metric that there is can be read at any time."""
    assert {name: series.peak for name, series in emr.metrics.items()} == dict.fromkeys(emr.metrics, 0)


ALLOCATED = {"ApplicationId", "ApplicationName", "WorkerType", "CapacityAllocationType"}


@pytest.mark.parametrize(
    "name",
    [
        *("CPUAllocated", "MemoryAllocated", "StorageAllocated"),
        *("IdleWorkerCount", "RunningWorkerCount", "TotalWorkerCount", "PendingCreationWorkerCount"),
    ],
)
def test_11_2_what_is_allocated_is_told_apart_by_worker_type_too(emr, client, name):
    """The four dimensions that were captured, and that the user guide lists."""
    assert set(DIMENSIONS[name]) == ALLOCATED
    sizes = {"workerCount": 2, "workerConfiguration": WORKER}
    app = application(emr, initial_capacity={"DRIVER": sizes, "EXECUTOR": {**sizes, "workerCount": 3}})
    emr.run_until(emr.add_job_run(app, "SCHEDULED", job_driver=DRIVER))
    emr.add_job_run(app, "RUNNING", job_driver=DRIVER)
    metrics = emr.metrics
    by_type = {role: metrics.of(name, WorkerType=role).values for role in ("SPARK_DRIVER", "SPARK_EXECUTORS")}
    assert [sum(values) for values in zip(*by_type.values(), strict=True)] == metrics[name].values
    assert all(any(values) for values in by_type.values()) or name == "PendingCreationWorkerCount"


@pytest.mark.parametrize(
    ("given", "shown"), [("etl", "etl"), ("Tägliche Läufe", "[Unspecified]"), ("日次", "[Unspecified]")]
)
def test_11_2_a_name_outside_ascii_is_unspecified(emr, client, given, shown):
    """As one that was not given."""
    app = application(emr)
    submit(client, app, name=given)
    emr.clock.advance(60)
    assert emr.metrics.of("WorkerCpuAllocated", JobName=shown).peak == 12


def test_dimensions_have_pythons_names_too(emr):
    """As members and operations have."""
    application = emr.add_application()
    emr.add_job_run(application)
    by_aws, by_python = (
        emr.metrics.of("RunningJobs", **{key: application}) for key in ("ApplicationId", "application_id")
    )
    assert by_aws == by_python
    assert by_python.peak == 1


def test_storage_is_told_as_memory_is(emr, client):
    """What may be had, and what the workers of a job run have."""
    app = application(emr, maximum_capacity={"cpu": "32vCPU", "memory": "128GB", "disk": "400GB"})
    run = submit(client, app)
    assert emr.metrics["MaxStorageAllowed"].values == [400]
    assert emr.metrics.of("WorkerEphemeralStorageAllocated", JobId=run).values == [60]


@pytest.mark.parametrize(
    ("engine", "keys", "roles"),
    [
        ("SPARK", ("DRIVER", "EXECUTOR"), ("SPARK_DRIVER", "SPARK_EXECUTORS")),
        ("HIVE", ("DRIVER", "TEZ_TASK"), ("HIVE_DRIVER", "TEZ_TASK")),
    ],
)
def test_initial_workers_are_told_apart_by_their_types(emr, engine, keys, roles):
    """One driver, and three beside it."""
    capacity = {
        key: {"workerCount": number, "workerConfiguration": WORKER} for key, number in zip(keys, (1, 3), strict=True)
    }
    emr.add_application(type=engine, initial_capacity=capacity)
    idle = [emr.metrics.of("IdleWorkerCount", WorkerType=role).values for role in roles]
    assert idle == [[1], [3]]


def test_initial_workers_are_there_when_the_application_is_started(emr):
    """And not while it is getting there."""
    capacity = {"DRIVER": {"workerCount": 1, "workerConfiguration": WORKER}}
    app = emr.add_application("STARTING", initial_capacity=capacity)
    app.stay("STARTING")
    emr.clock.advance(120)
    assert emr.metrics["IdleWorkerCount"].values == [0, 0, 0]


def test_workers_that_a_job_run_waits_for_are_pending():
    """Until it is RUNNING: its driver, and the executors that it wants."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        run = submit(emr.client("eu-west-1"), application(emr))
        emr.run_until(run, "RUNNING")
        emr.clock.advance(60)
        pending = [
            emr.metrics.of("PendingCreationWorkerCount", WorkerType=role).values
            for role in ("SPARK_DRIVER", "SPARK_EXECUTORS")
        ]
    assert pending == [[0, 1, 0], [0, 2, 0]]


@pytest.mark.needs_model("GetSession")
def test_workers_that_a_session_waits_for_are_pending(emr):
    """While it is STARTING."""
    members = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}
    session = emr.add_session(emr.add_application(**members), "STARTING")
    session.stay("STARTING")
    emr.clock.advance(60)
    assert emr.metrics.of("PendingCreationWorkerCount", WorkerType="SPARK_DRIVER").values[-1] == 1


def test_11_2_the_page_of_metrics_has_the_dimensions_of_each():
    """One row of the table for those that have the same."""
    rows = re.findall(r"^\| (`.+`.*?) \|(.*)\|$", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE)
    said = {name: re.findall(r"`(\w+)`", row[1]) for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    assert {name: list(dimensions) for name, dimensions in DIMENSIONS.items()} == said


def test_series_and_metrics_are_collections(emr, client):
    """With a length, parts, and a text that names what is in them."""
    app = application(emr)
    submit(client, app)
    emr.clock.advance(60)
    series = emr.metrics.of("RunningJobs", application_id=app, application_name="etl")
    assert (len(series), series[0], series[-1].value) == (2, series.samples[0], 1)
    assert list(series[1:]) == [series.samples[1]]
    assert repr(series) == f"<Series RunningJobs ApplicationId={app} ApplicationName=etl [1, 1]>"
    metrics = emr.metrics
    assert len(metrics) == len(list(metrics)) == len(DIMENSIONS)
    assert repr(metrics) == f"<Metrics {', '.join(DIMENSIONS)}>"


def test_all_dimensions_that_a_metric_does_not_have_are_named(emr):
    """In alphabetical order, with those that it has."""
    with pytest.raises(ValueError, match="has no dimension") as raised:
        emr.metrics.of("RunningJobs", Worker="x", ApplicationId="y", JobId="z")
    assert str(raised.value) == (
        "RunningJobs has no dimension JobId, Worker. "
        "It has: ApplicationId, ApplicationName, account_id, region_name (docs: metrics)"
    )
