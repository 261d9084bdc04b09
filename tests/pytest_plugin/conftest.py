"""What these tests share: a project of a user's, run by a pytest of its own in this process."""

from __future__ import annotations

import boto3
import pytest

HEAD = """
import boto3
import pytest
import emrs_mock
from emrs_mock import current, mock_emr_serverless

def applications():
    return boto3.client("emr-serverless").list_applications()["applications"]

def is_mocked():
    try:
        return current() is not None
    except RuntimeError:
        return False
"""

PLUGINS = ("-p", "emrs_mock.pytest_plugin.plugin", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider")


@pytest.fixture
def run_pytest(pytester, monkeypatch):
    """Runs pytest in the test's directory with these plugins, and no other installed ones."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    # Made under one mock, it would not look at the environment of the next.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return lambda *arguments: pytester.runpytest_inprocess("-W", "error", *PLUGINS, *arguments)


@pytest.fixture
def project(pytester, run_pytest):
    """Runs `code` as a test module; `ini` are lines of its pytest.ini."""

    def run(code, *arguments, ini=""):
        pytester.makepyfile(HEAD + code)
        pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}")
        return run_pytest(*arguments)

    return run
