"""pytest loads the plugin in every project that has the package: that must cost next to nothing."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

HEAVY = {"boto3", "botocore", "freezegun", "moto", "time_machine", "wrapt"}


RUN = """
import sys; before = set(sys.modules)
import pytest
assert pytest.main(["-q", "-p", "emrs_mock.pytest_plugin.plugin", sys.argv[1]]) == 0
print(*(set(sys.modules) - before))
"""


def test_a_session_that_wants_no_mock_loads_no_heavy_module(pytester, monkeypatch):
    """Neither the import of the plugin nor a test without fixture and marker loads botocore."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    test = pytester.makepyfile("def test_one(): pass")
    done = subprocess.run([sys.executable, "-c", RUN, str(test)], check=True, capture_output=True, text=True)
    loaded = done.stdout.split()
    assert "emrs_mock.pytest_plugin.plugin" in loaded
    assert HEAVY.isdisjoint(loaded)


def test_pytest_finds_the_plugin_by_itself():
    """No configuration is needed if the package is installed."""
    assert "emrs_mock.pytest_plugin.plugin" in {found.value for found in entry_points(group="pytest11")}
