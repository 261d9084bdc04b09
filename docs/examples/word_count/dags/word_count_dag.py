"""A DAG that counts words with a Spark job on EMR Serverless, as it runs in production."""

from __future__ import annotations

import os

from airflow.providers.amazon.aws.operators.emr import EmrServerlessStartJobOperator
from airflow.sdk import dag


@dag(dag_id="word_count", schedule=None)
def word_count():
    """One task: submit the job run and wait for it."""
    EmrServerlessStartJobOperator(
        task_id="count_words",
        application_id=os.environ["EMR_APPLICATION_ID"],
        execution_role_arn="arn:aws:iam::123456789012:role/etl",
        job_driver={
            "sparkSubmit": {
                "entryPoint": "s3://code/word_count.py",
                "entryPointArguments": ["s3://in/*.txt", "s3://out/counts"],
            }
        },
        waiter_delay=int(os.environ.get("POLL_SECONDS", "60")),
        waiter_max_attempts=600,
    )


word_count_dag = word_count()
