"""The examples for Airflow and Dagster pass their own suites, as a reader would run them; half a minute in all."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT

PYTEST = [
    sys.executable,
    "-m",
    "pytest",
    "-p",
    "no:cacheprovider",
    "-o",
    "asyncio_default_fixture_loop_scope=function",
]


def needs(*libraries: str) -> pytest.MarkDecorator:
    """Looked for and not imported: Airflow sets up its configuration when it is imported, and so it gets a process."""
    missing = [library for library in libraries if importlib.util.find_spec(library) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


@pytest.mark.parametrize(
    ("project", "tests"),
    [
        pytest.param("nightly_dag", 6, marks=needs("airflow")),
        pytest.param("dagster_asset", 3, marks=needs("dagster_aws", "moto")),
    ],
)
def test_the_example_passes_its_suite(project, tests):
    """Success, failure and a job that hangs; Airflow's with waiting and with deferrable operators."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AWS_", "DAGSTER"))}
    done = subprocess.run(
        PYTEST,
        capture_output=True,
        text=True,
        cwd=ROOT / "docs" / "examples" / project,
        timeout=600,
        check=False,
        env=env,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{tests} passed" in done.stdout
