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


def test_tests_without_the_marker_set_up_no_fixture_of_ours(pytester):
    """Also where tests of the same function, class or file have it."""
    pytester.makeconftest(
        """
        import pytest
        SET_UP = []

        @pytest.hookimpl(tryfirst=True)
        def pytest_fixture_setup(fixturedef, request):
            SET_UP.append((request.node.name, fixturedef.argname))

        def pytest_terminal_summary(terminalreporter):
            ours = [(test, name) for test, name in SET_UP if "emr_serverless" in name]
            terminalreporter.write_line(f"set up: {ours}")
        """
    )
    pytester.makepyfile(
        """
        import unittest, pytest
        from emrs_mock import current

        @pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.emr_serverless(clock="manual")), 3])
        def test_some(number):
            assert number != 2 or current() is not None

        class TestOld(unittest.TestCase):
            def test_old(self):
                pass
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:randomly")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["set up: *('test_some[[]2[]]', '_emr_serverless_marked')*"])
    line = next(line for line in result.outlines if line.startswith("set up: "))
    assert "test_some[1]" not in line
    assert "test_some[3]" not in line
    assert "test_old" not in line
