"""Releases: which exist, and which feature needs which (facts §12, §16)."""

from __future__ import annotations

import pytest

from tests.service.requests import HIVE, ROLE, SPARK, application, job_run, start_job_run

needs_model = pytest.mark.needs_model
RELEASES = [
    *(f"emr-6.{minor}.0" for minor in range(6, 16)),
    *(f"emr-7.{minor}.0" for minor in range(15)),
]
SPARK_RELEASES = ["emr-spark-8.0-preview", "emr-spark-8.0.0", "emr-spark-8.1.0"]
IMAGE = {"imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/spark:latest"}
LOG4J2 = {"classification": "spark-driver-log4j2", "properties": {"rootLogger.level": "warn"}}
PROMETHEUS = {
    "prometheusMonitoringConfiguration": {
        "remoteWriteUrl": "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write"
    }
}
SHUFFLE = {"Driver": {"workerCount": 1, "workerConfiguration": {"cpu": "4 vCPU", "memory": "16 GB"}}}
SHUFFLE["Driver"]["workerConfiguration"]["diskType"] = "SHUFFLE_OPTIMIZED"


def gate(operation, before, since, member, named=None, needs=()):
    """One feature: the last release that lacks it, the first that has it, the member, and how a refusal calls it."""
    named = named or next(iter(member))
    marks = needs_model(f"{operation}.{named}", *needs)
    return pytest.param(before, since, member, named, marks=marks, id=f"{named} since {since}")


OF_APPLICATIONS = [
    gate("CreateApplication", "emr-6.8.0", "emr-6.9.0", {"imageConfiguration": IMAGE}),
    gate(
        "CreateApplication",
        "emr-6.13.0",
        "emr-6.14.0",
        {"interactiveConfiguration": {"studioEnabled": True}},
        "interactiveConfiguration.studioEnabled",
    ),
    gate(
        "CreateApplication",
        "emr-6.13.0",
        "emr-6.14.0",
        {"interactiveConfiguration": {"livyEndpointEnabled": True}},
        "interactiveConfiguration.livyEndpointEnabled",
    ),
    gate(
        "CreateApplication",
        "emr-7.12.0",
        "emr-7.13.0",
        {"interactiveConfiguration": {"sessionEnabled": True}},
        "interactiveConfiguration.sessionEnabled",
    ),
    gate("CreateApplication", "emr-6.15.0", "emr-7.0.0", {"schedulerConfiguration": {"maxConcurrentRuns": 5}}),
    gate(
        "CreateApplication",
        "emr-7.0.0",
        "emr-7.1.0",
        {"monitoringConfiguration": PROMETHEUS},
        "monitoringConfiguration.prometheusMonitoringConfiguration",
    ),
    gate("CreateApplication", "emr-6.7.0", "emr-6.8.0", {"runtimeConfiguration": [LOG4J2]}),
    gate(
        "CreateApplication",
        "emr-7.0.0",
        "emr-7.1.0",
        {"initialCapacity": SHUFFLE},
        needs=["WorkerResourceConfig.diskType"],
    ),
]
OF_JOB_RUNS = [
    gate("StartJobRun", "emr-7.0.0", "emr-7.1.0", {"mode": "STREAMING"}),
    gate("StartJobRun", "emr-7.0.0", "emr-7.1.0", {"retryPolicy": {"maxAttempts": 2}}),
    gate(
        "StartJobRun",
        "emr-7.0.0",
        "emr-7.1.0",
        {"configurationOverrides": {"monitoringConfiguration": PROMETHEUS}},
        "configurationOverrides.monitoringConfiguration.prometheusMonitoringConfiguration",
    ),
    gate(
        "StartJobRun",
        "emr-6.7.0",
        "emr-6.8.0",
        {"configurationOverrides": {"applicationConfiguration": [LOG4J2]}},
        "configurationOverrides.applicationConfiguration",
    ),
]


@pytest.mark.parametrize("engine", ["Spark", "Hive"])
@pytest.mark.parametrize("label", RELEASES)
def test_12_each_release_runs_spark_and_hive(emr, client, create, label, engine):
    """From emr-6.6.0 on."""
    app = create(releaseLabel=label, type=engine)
    run = start_job_run(client, app, jobDriver={"Spark": SPARK, "Hive": HIVE}[engine])
    assert emr.run_until(run).state == "SUCCESS"
    assert job_run(client, app, run)["releaseLabel"] == label


@pytest.mark.parametrize("label", SPARK_RELEASES)
def test_12_the_releases_for_spark_run_spark_and_no_hive(client, create, refuses, label):
    """Their labels say so."""
    assert application(client, create(releaseLabel=label))["releaseLabel"] == label
    assert refuses(client.create_application, releaseLabel=label, type="HIVE") == (
        "ValidationException",
        f"Type 'HIVE' is not supported for release label '{label}' or release label does not exist",
        400,
    )


@pytest.mark.parametrize("label", ["emr-6.5.0", "emr-5.36.0", "emr-spark-7.0.0", "emr-7.1", "7.1.0", "latest"])
def test_12_other_releases_do_not_exist(client, refuses, label):
    """EMR Serverless began with emr-6.6.0."""
    assert refuses(client.create_application, releaseLabel=label, type="SPARK").message == (
        f"Type 'SPARK' is not supported for release label '{label}' or release label does not exist"
    )


def refused_for(member, label):
    """The refusal of a member that a release does not have yet."""
    return ("ValidationException", f"{member} is not supported for release label {label}.", 400)


@pytest.mark.parametrize(("before", "since", "member", "named"), OF_APPLICATIONS)
def test_16_an_application_may_use_what_its_release_has(client, create, refuses, before, since, member, named):
    """The first release that has it, and not the one before."""
    refusal = refuses(client.create_application, type="SPARK", releaseLabel=before, **member)
    assert refusal == refused_for(named, before)
    assert create(releaseLabel=since, **member)


@pytest.mark.parametrize(("before", "since", "member", "named"), OF_APPLICATIONS)
def test_16_an_update_may_use_what_the_release_has(emr, client, refuses, before, since, member, named):
    """Checked as at creation."""
    apps = {label: emr.add_application("CREATED", releaseLabel=label).id for label in (before, since)}
    refusal = refuses(client.update_application, applicationId=apps[before], **member)
    assert refusal == refused_for(named, before)
    assert client.update_application(applicationId=apps[since], **member)["application"]


@pytest.mark.parametrize(("before", "since", "member", "named"), OF_JOB_RUNS)
def test_16_a_job_run_may_use_what_its_applications_release_has(emr, client, refuses, before, since, member, named):
    """The first release that has it, and not the one before."""
    apps = {label: emr.add_application(releaseLabel=label).id for label in (before, since)}
    request = {"applicationId": apps[before], "executionRoleArn": ROLE, "jobDriver": SPARK}
    assert refuses(client.start_job_run, **request, **member) == refused_for(named, before)
    assert start_job_run(client, apps[since], **member)


@needs_model("CancelJobRun.shutdownGracePeriodInSeconds")
def test_16_a_grace_period_needs_a_release(emr, client, refuses):
    """Since emr-7.9.0."""
    runs = {label: emr.add_job_run(emr.add_application(releaseLabel=label)) for label in ("emr-7.8.0", "emr-7.9.0")}
    requests = {
        label: {"applicationId": run.application_id, "jobRunId": run.id, "shutdownGracePeriodInSeconds": 60}
        for label, run in runs.items()
    }
    refusal = refuses(client.cancel_job_run, **requests["emr-7.8.0"])
    assert refusal == refused_for("shutdownGracePeriodInSeconds", "emr-7.8.0")
    assert client.cancel_job_run(**requests["emr-7.9.0"])["jobRunId"] == runs["emr-7.9.0"].id


def test_16_a_batch_job_run_has_seven_days_at_most_since_7_11(emr, client):
    """Before, nothing is known of a limit."""
    older, newer = (emr.add_application(releaseLabel=label).id for label in ("emr-7.10.0", "emr-7.11.0"))
    minutes = 7 * 24 * 60
    assert start_job_run(client, older, executionTimeoutMinutes=minutes + 1)
    assert start_job_run(client, newer, executionTimeoutMinutes=minutes)
    with pytest.raises(client.exceptions.ValidationException, match=f"RunTimeout must be at most {minutes} minutes"):
        start_job_run(client, newer, executionTimeoutMinutes=minutes + 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, marks=needs_model(f"CreateApplication.{name}"))
        for name, value in {
            "architecture": "ARM64",
            "interactiveConfiguration": {"studioEnabled": False, "livyEndpointEnabled": False},
            "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/"}},
            "schedulerConfiguration": {},
            "runtimeConfiguration": [{"classification": "spark-defaults", "properties": {"a": "b"}}],
        }.items()
    ],
)
def test_12_nothing_is_refused_that_uses_nothing_new(create, name, value):
    """What is off needs no release, and ARM64 is not enforced at create (Terraform makes it on emr-6.6.0)."""
    assert create(releaseLabel="emr-6.6.0", **{name: value})


@needs_model("StartJobRun.mode")
def test_12_batch_needs_no_release(emr, client):
    """Only STREAMING is new."""
    app = emr.add_application(releaseLabel="emr-6.6.0").id
    assert job_run(client, app, start_job_run(client, app, mode="BATCH"))["mode"] == "BATCH"
