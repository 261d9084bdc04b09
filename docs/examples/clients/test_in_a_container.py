"""A test against the server in a container of its own: pip install testcontainers boto3 emrs-mock."""

import boto3
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from emrs_mock import connect

SERVE = "pip install 'emrs-mock[server]' && emrs-mock serve --host 0.0.0.0 --clock manual"


def test_a_nightly_job_that_fails():
    container = DockerContainer("python:3.13-slim").with_exposed_ports(5000).with_command(["sh", "-c", SERVE])
    with container.waiting_for(LogMessageWaitStrategy("EMR Serverless at")):
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(5000)}"
        emr = connect(url)
        emr.when(name="nightly").fail("ExitCode: 137", after=600)

        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        client = boto3.client("emr-serverless", "eu-west-1", endpoint_url=url, **keys)
        application = client.create_application(name="etl", type="SPARK", releaseLabel="emr-7.2.0")
        run = client.start_job_run(
            applicationId=application["applicationId"],
            name="nightly",
            executionRoleArn="arn:aws:iam::123456789012:role/etl",
            jobDriver={"sparkSubmit": {"entryPoint": "s3://code/job.py"}},
        )
        assert emr.run_until(run["jobRunId"]).state == "FAILED"
