"""The example of an Airflow DAG passes its own suite, as a reader would run it; it takes half a minute."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT


# Looked for and not imported: Airflow sets up its configuration when it is imported, and so it gets a process.
@pytest.mark.skipif(importlib.util.find_spec("airflow") is None, reason="needs Airflow 3")
def test_the_airflow_dag_passes_its_suite():
    """Success, failure and a job that hangs, each with waiting and with deferrable operators."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function"],
        capture_output=True,
        text=True,
        cwd=ROOT / "docs" / "examples" / "nightly_dag",
        timeout=600,
        check=False,
        env=env,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout
