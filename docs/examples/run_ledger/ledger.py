"""A Lambda function behind EventBridge: it keeps a ledger of job runs in DynamoDB, and announces failures by SNS."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any = None) -> None:
    """Enter a job run that has ended.

    EventBridge may deliver an event twice: what is in the ledger is done. The entry comes last, so that a failure is
    announced again rather than never if the function dies in between.
    """
    detail = event["detail"]
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    if "Item" in table.get_item(Key={"jobRunId": detail["jobRunId"]}):
        return
    job_run = boto3.client("emr-serverless").get_job_run(
        applicationId=detail["applicationId"], jobRunId=detail["jobRunId"]
    )["jobRun"]
    if detail["state"] == "FAILED":
        boto3.client("sns").publish(
            TopicArn=os.environ["FAILURES_TOPIC"],
            Subject=f"{job_run.get('name', job_run['jobRunId'])} has failed"[-100:],  # SNS takes no more
            Message=job_run["stateDetails"],
        )
    table.put_item(
        Item={
            "jobRunId": job_run["jobRunId"],
            "state": detail["state"],
            "seconds": job_run.get("totalExecutionDurationSeconds", 0),
            "vCPUHours": Decimal(str(job_run.get("billedResourceUtilization", {}).get("vCPUHour", 0))),
        }
    )
