"""After: emrs_mock. The job run takes its time, and can fail."""

import boto3

from emrs_mock import mock_emr_serverless


@mock_emr_serverless(clock="manual", as_kwarg="emr")
def test_the_etl_is_submitted_and_fails(emr):
    """The end that we decide is what the client sees."""
    client = boto3.client("emr-serverless", region_name="us-east-1")
    application = client.create_application(name="etl", releaseLabel="emr-6.6.0", type="SPARK")["applicationId"]
    emr.run_until(emr.applications[application], "CREATED")
    emr.when(entry_point="s3://code/etl.py").fail("Out of memory", after=600)

    run = client.start_job_run(
        applicationId=application,
        executionRoleArn="arn:aws:iam::123456789012:role/etl",
        jobDriver={"sparkSubmit": {"entryPoint": "s3://code/etl.py"}},
        clientToken="2026-01-31",
    )
    assert client.get_job_run(applicationId=application, jobRunId=run["jobRunId"])["jobRun"]["state"] == "SUBMITTED"

    emr.run_until(run)
    assert client.get_job_run(applicationId=application, jobRunId=run["jobRunId"])["jobRun"]["state"] == "FAILED"
