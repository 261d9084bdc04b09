"""Before: moto. The job run is SUCCESS at once, so that nothing can be said of a failure."""

import boto3
from moto import mock_aws


@mock_aws
def test_the_etl_is_submitted():
    """The end is always the same."""
    client = boto3.client("emr-serverless", region_name="us-east-1")
    application = client.create_application(name="etl", releaseLabel="emr-6.6.0", type="SPARK")["applicationId"]

    run = client.start_job_run(
        applicationId=application,
        executionRoleArn="arn:aws:iam::123456789012:role/etl",
        jobDriver={"sparkSubmit": {"entryPoint": "s3://code/etl.py"}},
        clientToken="2026-01-31",
    )

    assert client.get_job_run(applicationId=application, jobRunId=run["jobRunId"])["jobRun"]["state"] == "SUCCESS"
