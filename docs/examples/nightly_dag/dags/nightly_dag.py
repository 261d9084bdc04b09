"""A nightly DAG on EMR Serverless, as it runs in production: an application for the night, one job, and clean up."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.amazon.aws.operators.emr import (
    EmrServerlessCreateApplicationOperator,
    EmrServerlessDeleteApplicationOperator,
    EmrServerlessStartJobOperator,
)
from airflow.sdk import dag


@dag(dag_id="nightly", schedule=None)
def nightly():
    """Create, run, delete. As a teardown, the deletion comes also after a failure, and does not hide it."""
    create = EmrServerlessCreateApplicationOperator(
        task_id="create",
        release_label="emr-7.10.0",
        job_type="SPARK",
        config={"name": "nightly"},
        waiter_delay=10,
    )
    orders = EmrServerlessStartJobOperator(
        task_id="orders",
        application_id=create.output,
        execution_role_arn="arn:aws:iam::123456789012:role/etl",
        job_driver={"sparkSubmit": {"entryPoint": "s3://code/orders.py"}},
        name="orders",
        waiter_delay=30,
        waiter_max_attempts=60,
    )
    delete = EmrServerlessDeleteApplicationOperator(
        task_id="delete",
        application_id=create.output,
        force_stop=True,
        waiter_delay=10,
        # EMR Serverless refuses to stop an application while a job run is CANCELLING.
        retries=3,
        retry_delay=timedelta(seconds=30),
    )
    create >> orders >> delete.as_teardown(setups=create)


nightly_dag = nightly()
