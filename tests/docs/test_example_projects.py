"""The example projects pass their own suites, each from a copy of its directory as a reader would have it."""

from __future__ import annotations

import shutil
import sys

import pytest

from tests.docs.pages import ROOT
from tests.service.model import has

PROJECTS = [
    pytest.param(
        "orchestrator",
        marks=pytest.mark.skipif(
            not (has("SchedulerConfiguration") and has("StartJobRun.retryPolicy")), reason="an old service model"
        ),
    ),
    pytest.param(
        "async_jobs",
        marks=[
            pytest.mark.aiobotocore,
            pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.TaskGroup and asyncio.timeout"),
        ],
    ),
]


@pytest.mark.parametrize("project", PROJECTS)
def test_an_example_project_passes_its_suite(pytester, project):
    """With its own configuration, and without a warning."""
    shutil.copytree(ROOT / "docs" / "examples" / project, pytester.path, dirs_exist_ok=True)
    result = pytester.runpytest_inprocess("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function")
    assert set(result.parseoutcomes()) == {"passed"}
