"""The words of refusals, in full: code under test reads them, and a word that changes has to be seen.

What is refused, and what is not, is tested with the rules themselves.
"""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from tests.service.requests import HIVE, ROLE, SPARK, refused

pytestmark = pytest.mark.needs_model("StartSession", "StartJobRun.mode", "CancelJobRun.shutdownGracePeriodInSeconds")

RELEASE = "emr-7.13.0"
IMAGE = {"imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/spark:1"}
WARM = {"Driver": {"workerCount": 1, "workerConfiguration": {"cpu": "4 vCPU", "memory": "16 GB"}}}
NO_STORAGE = "Serverless storage for EMR Serverless is not supported for"


def spark(**properties):
    """The job driver of a Spark job with these properties, in whose names `_` stands for a dot."""
    words = " ".join(f"--conf {name.replace('_', '.')}={value}" for name, value in properties.items())
    return {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "sparkSubmitParameters": words}}


STORED = spark(spark_aws_serverlessStorage_enabled="true")
MISQUOTED = {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "sparkSubmitParameters": "--conf 'a"}}

SUBMISSIONS = [
    (SPARK, {"executionTimeoutMinutes": 4}, "RunTimeout must be at least 5 minutes."),
    (SPARK, {"executionTimeoutMinutes": 10_081}, "RunTimeout must be at most 10080 minutes."),
    (SPARK, {"tags": {"aws:x": "y"}}, "Tag keys that begin with aws: are reserved."),
    (HIVE, {}, "Job driver hive is not supported for application type Spark."),
    (MISQUOTED, {}, "The job driver's parameters could not be read: No closing quotation."),
    (
        SPARK,
        {"mode": "STREAMING", "executionTimeoutMinutes": 60},
        "executionTimeoutMinutes is not supported for STREAMING job runs.",
    ),
    (
        SPARK,
        {"retryPolicy": {"maxFailedAttemptsPerHour": 2}},
        "retryPolicy.maxFailedAttemptsPerHour is not supported for BATCH job runs.",
    ),
    (
        SPARK,
        {"executionIamPolicy": {"policyArns": ["arn:aws:iam::210987654321:policy/p"]}},
        "Policy arn:aws:iam::210987654321:policy/p does not belong to account 123456789012.",
    ),
    (
        spark(spark_executor_instances="10001"),
        {},
        "10001 executors are too many. A job run can begin with 10000 executors at most.",
    ),
    (
        spark(spark_dynamicAllocation_enabled="maybe"),
        {},
        "spark.dynamicAllocation.enabled: 'maybe' is neither true nor false.",
    ),
    (STORED, {"mode": "STREAMING"}, f"{NO_STORAGE} STREAMING job runs."),
    (STORED, {"executionTimeoutMinutes": 1441}, f"{NO_STORAGE} job runs of more than 24 hours."),
]

HIVE_SUBMISSIONS = [
    (HIVE, {"mode": "STREAMING"}, "STREAMING job runs are not supported for application type Hive."),
    (
        {"hive": {"query": "s3://code/etl.sql"}},
        {},
        "Hive job runs require the properties: hive.exec.scratchdir, hive.metastore.warehouse.dir.",
    ),
]


@pytest.mark.parametrize(
    ("engine", "driver", "members", "text"),
    [*(("SPARK", *each) for each in SUBMISSIONS), *(("HIVE", *each) for each in HIVE_SUBMISSIONS)],
)
def test_a_submission_is_refused_in_these_words(emr, client, engine, driver, members, text):
    """Of StartJobRun."""
    application = emr.add_application("STARTED", type=engine, releaseLabel=RELEASE).id
    request = {"applicationId": application, "executionRoleArn": ROLE, "jobDriver": driver, **members}
    assert refused(client.start_job_run, **request) == ("ValidationException", text, 400)


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        (
            {"spark.connect.grpc.binding.address": "0.0.0.0"},
            "spark.connect.grpc.binding.address is reserved by EMR Serverless and cannot be overridden.",
        ),
        ({"spark.aws.serverlessStorage.enabled": "true"}, f"{NO_STORAGE} interactive sessions."),
    ],
)
def test_a_session_is_refused_in_these_words(emr, client, properties, text):
    """Of StartSession."""
    enabled = {"sessionEnabled": True}
    application = emr.add_application("STARTED", releaseLabel=RELEASE, interactiveConfiguration=enabled).id
    configured = {"runtimeConfiguration": [{"classification": "spark-defaults", "properties": properties}]}
    request = {"applicationId": application, "executionRoleArn": ROLE, "configurationOverrides": configured}
    assert refused(client.start_session, **request) == ("ValidationException", text, 400)


def test_a_worker_is_refused_in_these_words(client):
    """Of CreateApplication."""
    text = "Worker memory of 17 GB is not supported for 8 vCPU. Next is 20 GB."
    warm = {"Driver": {"workerCount": 1, "workerConfiguration": {"cpu": "8 vCPU", "memory": "17 GB"}}}
    request = {"releaseLabel": RELEASE, "type": "SPARK", "initialCapacity": warm}
    assert refused(client.create_application, **request) == ("ValidationException", text, 400)


def test_new_images_are_refused_in_these_words(emr, client):
    """Of UpdateApplication."""
    application = emr.add_application("STARTED", releaseLabel=RELEASE, initialCapacity=WARM).id
    text = (
        "Custom image updates on running applications are not supported on applications with pre-initialized "
        "capacity configured."
    )
    refusal = refused(client.update_application, applicationId=application, imageConfiguration=IMAGE)
    assert refusal == ("ValidationException", text, 400)


def test_a_stop_is_refused_in_these_words(emr, client):
    """Of StopApplication, while a job run is active."""
    application = emr.add_application("STARTED").id
    emr.add_job_run(application, state="RUNNING")
    text = (
        f"Application {application} cannot be STOPPED. All scheduled and running jobs must be completed or cancelled "
        "before stopping an application."
    )
    assert refused(client.stop_application, applicationId=application) == ("ValidationException", text, 400)


@pytest.mark.parametrize("seconds", [14, 1801])
def test_a_grace_period_is_refused_in_these_words(emr, client, seconds):
    """Of CancelJobRun."""
    run = emr.add_job_run(emr.add_application("STARTED"), state="RUNNING")
    text = "shutdownGracePeriodInSeconds must be 0, or between 15 and 1800."
    named = {"applicationId": run.application_id, "jobRunId": run.job_run_id}
    refusal = refused(client.cancel_job_run, **named, shutdownGracePeriodInSeconds=seconds)
    assert refusal == ("ValidationException", text, 400)


def test_a_session_too_many_is_refused_in_these_words(emr, client):
    """The twenty-sixth."""
    enabled = {"sessionEnabled": True}
    application = emr.add_application("STARTED", releaseLabel=RELEASE, interactiveConfiguration=enabled).id
    for _ in range(25):
        client.start_session(applicationId=application, executionRoleArn=ROLE)
    refusal = refused(client.start_session, applicationId=application, executionRoleArn=ROLE)
    text = f"Application {application} has reached its limit of 25 concurrent sessions."
    assert refusal == ("ServiceQuotaExceededException", text, 402)


def test_a_job_run_too_many_is_refused_in_these_words(emr, client, monkeypatch):
    """The 2,001st that is queued in the account; three are enough to see the words."""
    monkeypatch.setattr("emrs_mock.operations.preconditions.MOST_QUEUED", 1)
    scheduler = {"maxConcurrentRuns": 1}
    application = emr.add_application("STARTED", releaseLabel=RELEASE, schedulerConfiguration=scheduler).id
    for _ in range(2):
        client.start_job_run(applicationId=application, executionRoleArn=ROLE, jobDriver=SPARK)
    emr.clock.advance(seconds=5)
    refusal = refused(client.start_job_run, applicationId=application, executionRoleArn=ROLE, jobDriver=SPARK)
    text = "The account has reached its limit of 1 queued job runs."
    assert refusal == ("ServiceQuotaExceededException", text, 402)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/emrs-mock is not authorized to perform: "
            "emr-serverless:ListApplications",
        ),
        ("ExpiredToken", "The security token included in the request is expired"),
        ("Throttling", "Rate exceeded"),
        ("UnrecognizedClient", "The security token included in the request is invalid."),
        ("InternalFailure", "ListApplications failed because the test asked for it"),
    ],
)
def test_a_fault_that_names_no_text_has_these_words(emr, code, text):
    """AWS's usual ones, as far as they are known."""
    client = boto3.client("emr-serverless", region_name="us-east-1", config=Config(retries={"max_attempts": 0}))
    with emr.fault("ListApplications").error(code):
        assert refused(client.list_applications).message == text
