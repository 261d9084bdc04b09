"""An asset that a Spark job on EMR Serverless materializes, with Dagster Pipes."""

import dagster as dg
from dagster_aws.pipes import PipesEMRServerlessClient

LOG_GROUP = "/dagster/orders"


class Orders(dg.Config):
    """Where the job runs."""

    application_id: str
    role: str = "arn:aws:iam::123456789012:role/etl"


@dg.asset
def orders(context: dg.AssetExecutionContext, config: Orders, emr: PipesEMRServerlessClient) -> dg.MaterializeResult:
    """Submit the job and wait for it; what it reports about the asset comes by way of its log in CloudWatch."""
    return emr.run(
        context=context,
        start_job_run_params={
            "applicationId": config.application_id,
            "clientToken": context.run.run_id,
            "executionRoleArn": config.role,
            "executionTimeoutMinutes": 120,
            "jobDriver": {"sparkSubmit": {"entryPoint": "s3://code/orders.py"}},
            "configurationOverrides": {
                "monitoringConfiguration": {
                    "cloudWatchLoggingConfiguration": {
                        "enabled": True,
                        "logGroupName": LOG_GROUP,
                        # Pipes reads its messages there. Without this Dagster also tails both logs, in threads that
                        # do not end with the job run.
                        "logTypes": {"SPARK_DRIVER": ["STDOUT"]},
                    }
                }
            },
        },
    ).get_materialize_result()
