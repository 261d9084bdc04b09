"""The example projects pass their own suites, each from a copy of its directory as a reader would have it."""

from __future__ import annotations

import shutil

import pytest

from tests.docs.pages import ROOT
from tests.service.model import has

NEEDED = {"orchestrator": ["SchedulerConfiguration", "StartJobRun.retryPolicy"]}
"""By project, what the installed service model has to have."""


@pytest.mark.parametrize("project", NEEDED)
def test_an_example_project_passes_its_suite(pytester, project):
    """With its own configuration, and without a warning."""
    if not all(map(has, NEEDED[project])):
        pytest.skip("an old service model")
    shutil.copytree(ROOT / "docs" / "examples" / project, pytester.path, dirs_exist_ok=True)
    result = pytester.runpytest_inprocess("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function")
    assert set(result.parseoutcomes()) == {"passed"}
