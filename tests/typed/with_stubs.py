"""What type checkers know in addition where boto3-stubs[emr-serverless] are installed. Not run.

Only `python -m tests.typed.check` in an environment that has them reads this file.
"""

from __future__ import annotations

from mypy_boto3_emr_serverless import EMRServerlessClient
from typing_extensions import assert_type

from emrs_mock import ApplicationView, EMRServerless, JobRunView


def clients(emr: EMRServerless, emr_serverless_client: EMRServerlessClient) -> None:
    """The client of a mock is boto3's, and its responses name records of one kind."""
    client = emr.client()
    assert_type(client, EMRServerlessClient)
    application = client.create_application(name="etl", type="SPARK", releaseLabel="emr-7.2.0", clientToken="a")
    assert_type(emr.run_until(application, "CREATED"), ApplicationView)
    started = client.start_job_run(applicationId=application["applicationId"], executionRoleArn="arn", clientToken="b")
    assert_type(emr.run_until(started), JobRunView)
    client.create_aplication()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
