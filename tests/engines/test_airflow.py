"""The example of an Airflow DAG whose Spark job really runs; it takes a minute."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT

NEEDED = ("airflow", "pyspark")
"""Looked for and not imported: Airflow sets up its configuration when it is imported."""


@pytest.mark.spark
@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, NEEDED)) or shutil.which("java") is None, reason="needs Airflow, Spark, Java"
)
def test_an_airflow_dag_runs_a_real_spark_job():
    """With the operator of Amazon's provider, unmodified."""
    script = ROOT / "docs" / "examples" / "word_count" / "run_on_spark.py"
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, cwd=ROOT, timeout=300, check=False, env=env
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DAG run: success, job run: SUCCESS after" in done.stdout, done.stdout + done.stderr
    assert "written: ['.parquet']" in done.stdout
