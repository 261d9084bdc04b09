"""The DAG in `dag.test()`: minutes of polling take no real time, and the operators are those of production."""

from __future__ import annotations

from datetime import timedelta


def states(dag_run):
    return {task.task_id: str(task.state) for task in dag_run.get_task_instances()}


def test_the_night_succeeds(emr_serverless, nightly_dag):
    emr_serverless.when(entry_point="s3://code/orders.py").succeed(after=240)
    began = emr_serverless.clock.now()

    dag_run = nightly_dag.test()

    assert dag_run.state == "success"
    assert timedelta(minutes=6) < emr_serverless.clock.now() - began < timedelta(minutes=7)
    assert [application.state for application in emr_serverless.applications] == ["TERMINATED"]


def test_a_failed_job_fails_the_dag(emr_serverless, nightly_dag):
    emr_serverless.when().fail("ExitCode: 137", after=60)

    dag_run = nightly_dag.test()

    assert dag_run.state == "failed"
    assert states(dag_run) == {"create": "success", "orders": "failed", "delete": "success"}


def test_a_hanging_job_is_cancelled(emr_serverless, nightly_dag):
    """The operator gives up after 60 polls. The job run is cancelled, and the application is deleted."""
    emr_serverless.when().hang()

    dag_run = nightly_dag.test()

    assert states(dag_run)["orders"] == "failed"
    assert [run.state for run in emr_serverless.job_runs] == ["CANCELLED"]
    assert [application.state for application in emr_serverless.applications] == ["TERMINATED"]
