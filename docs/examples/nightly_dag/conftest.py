"""Airflow with a database of its own. It reads its configuration when it is imported: the variables come first."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from emrs_mock import Timing, mock_emr_serverless

DAGS = str(Path(__file__).parent / "dags")
HOME = tempfile.TemporaryDirectory(prefix="airflow-")
os.environ.update(
    AIRFLOW_HOME=HOME.name,
    AIRFLOW__CORE__DAGS_FOLDER=DAGS,
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW_CONN_AWS_DEFAULT="aws://testing:testing@/?region_name=us-east-1",
)
sys.path.insert(0, DAGS)


@pytest.fixture(scope="session")
def airflow():
    """The database; and a first run, in no time and under the system clock, so that Airflow loads all that it needs."""
    from airflow.utils.db import initdb
    from nightly_dag import nightly_dag

    initdb()
    with mock_emr_serverless(timing=Timing.instant()):
        nightly_dag.test()


@pytest.fixture(params=[False, True], ids=["waiting", "deferrable"])
def nightly_dag(airflow, request):
    """The DAG, with operators that wait in the worker, and with operators that defer to a trigger."""
    from nightly_dag import nightly_dag

    for task in nightly_dag.tasks:
        task.deferrable = request.param
    return nightly_dag
