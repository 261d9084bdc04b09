"""pytest loads the plugin in every project that has the package: that must cost next to nothing."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path

import emrs_mock

HEAVY = {"boto3", "botocore", "freezegun", "moto", "time_machine", "wrapt"}
ROOMS = {f"emrs_mock.{room}" for room in ("clocks", "engines", "handle", "operations", "server", "wire")}
"""What is imported when a mock is entered, and not before."""

HERE = str(Path(emrs_mock.__file__).parent)


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
    assert "emrs_mock.activation.active_mocks" not in loaded
    assert ROOMS.isdisjoint(loaded)


STAGES = """
import sys
seen = set(sys.modules)
def stage():
    print(*sorted(set(sys.modules) - seen))
    seen.update(sys.modules)
from emrs_mock import mock_emr_serverless
stage()
with mock_emr_serverless(clock="manual") as emr:
    stage()
    emr.client().list_applications()
    stage()
"""


def test_what_is_needed_later_is_imported_later():
    """Neither to import the decorator, nor to enter a block, nor to call."""
    done = subprocess.run([sys.executable, "-c", STAGES], check=True, capture_output=True, text=True)
    imported, entered, called = (set(line.split()) for line in done.stdout.splitlines())
    assert (HEAVY | ROOMS | {"asyncio"}).isdisjoint(imported)
    assert "emrs_mock.sim.simulation" not in imported
    later = {"emrs_mock.observation.timeline", "emrs_mock.observation.metrics", "emrs_mock.observation.deliveries"}
    assert ({"wrapt", "emrs_mock.activation.decorated_classes"} | later).isdisjoint(imported | entered | called)


@contextmanager
def our_functions():
    """Count the calls of functions of the package."""
    calls = Counter()

    def note(frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(HERE):
            calls[frame.f_code.co_name] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def test_a_test_that_uses_no_mock_runs_our_hooks_and_nothing_else(project):
    """They return at the first look. A mock has been imported, as where other tests of the session use one."""
    with our_functions() as calls:
        result = project('@pytest.mark.parametrize("number", range(40))\ndef test_one(number): pass')
    result.assert_outcomes(passed=40)
    each = {name for name, number in calls.items() if number >= 40}
    hooks = {"pytest_fixture_setup", "pytest_runtest_call", "pytest_runtest_teardown", "pytest_runtest_makereport"}
    assert hooks <= each <= hooks | {"alive", "_note_started", "is_run_with_endings", "<listcomp>", "<genexpr>"}
    assert sum(calls[name] for name in each) <= 40 * 30


def test_pytest_finds_the_plugin_by_itself():
    """No configuration is needed if the package is installed."""
    assert "emrs_mock.pytest_plugin.plugin" in {found.value for found in entry_points(group="pytest11")}


def test_tests_without_the_marker_set_up_no_fixture_of_ours(pytester, project):
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
    result = project("""
import unittest

@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.emr_serverless(clock="manual")), 3])
def test_some(number):
    assert number != 2 or current() is not None

class TestOld(unittest.TestCase):
    def test_old(self):
        pass
""")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["set up: *('test_some[[]2[]]', 'emr_serverless')*"])
    line = next(line for line in result.outlines if line.startswith("set up: "))
    assert "test_some[1]" not in line
    assert "test_some[3]" not in line
    assert "test_old" not in line


def test_the_mock_of_a_marker_is_the_first_fixture_of_the_test_alone(project):
    """It is active when fixtures for this test are set up, and not when those of its module are."""
    result = project("""
@pytest.fixture(scope="module", autouse=True)
def wide():
    assert not is_mocked()

@pytest.fixture(autouse=True)
def narrow(request):
    assert is_mocked() == ("marked" in request.node.name)

@pytest.mark.emr_serverless(clock="manual")
def test_marked(emr_serverless):
    assert current() is emr_serverless

def test_plain(): pass
""")
    result.assert_outcomes(passed=2)


def test_markers_that_are_added_at_collection_count(pytester, project):
    """By a `conftest.py`, as late as it can."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_collection_modifyitems(items):
            yield
            for item in items:
                item.add_marker(pytest.mark.emr_serverless(clock="manual"))
        """
    )
    project("def test_one(): assert current().options.clock == 'manual'").assert_outcomes(passed=1)
