"""Run the DAG with Airflow's `dag.test()` in this process, and its Spark job with the Spark of this environment.

Needs apache-airflow 3 with the provider for Amazon, pyspark and Java; no scheduler, no AWS account and no network.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
DAGS = str(HERE / "dags")

with tempfile.TemporaryDirectory() as directory:
    os.environ.update(
        AIRFLOW_HOME=directory,
        AIRFLOW__CORE__DAGS_FOLDER=DAGS,
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW_CONN_AWS_DEFAULT="aws://test:test@/?region_name=us-east-1",
        POLL_SECONDS="1",
    )
    sys.path.insert(0, DAGS)

    from airflow.utils.db import initdb

    from emrs_mock import Timing, mock_emr_serverless
    from emrs_mock.engines import spark_submit

    initdb()
    source, target = Path(directory, "in"), Path(directory, "out")
    source.mkdir()
    target.mkdir()
    (source / "one.txt").write_text("to be or not to be")

    # The system clock: the process runs while the operator polls, as with AWS.
    with mock_emr_serverless(timing=Timing.instant()) as emr:
        os.environ["EMR_APPLICATION_ID"] = emr.add_application(region_name="us-east-1").id
        emr.when().run(
            spark_submit(
                master=os.environ.get("TEST_SPARK_MASTER", "local[2]"),
                paths={"s3://code": HERE / "jobs", "s3://in": source, "s3://out": target},
                conf={"spark.ui.enabled": "false"},
            )
        )
        from word_count_dag import word_count_dag

        state = word_count_dag.test().state
        (run,) = emr.job_runs
        print(f"DAG run: {state}, job run: {run.state} after {run.total_execution_duration_seconds} s")
        print("written:", sorted({path.suffix for path in (target / "counts").iterdir() if path.name[0] == "p"}))
