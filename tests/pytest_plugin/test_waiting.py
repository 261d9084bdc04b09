"""A newcomer's first loop that waits: what pytest shows, and when."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.conftest import HEAD, PLUGINS

LOOP = """
import os, time
from functools import partial
from emrs_mock.observation import poll_watch

def wait_for(emr, pause):
    app = emr.add_application()
    run = emr.add_job_run(app, "SUBMITTED")
    client = emr.client()
    while client.get_job_run(applicationId=app.id, jobRunId=run.id)["jobRun"]["state"] != "SUCCESS":
        pause()
"""


def test_the_warning_reaches_the_terminal_while_the_loop_still_waits(pytester, monkeypatch):
    """Although output is captured: the process is killed in the next pause of the loop, and so shows no summary."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(f"""{HEAD}{LOOP}
def test_one(emr_serverless):
    poll_watch.REAL_SECONDS = 0.2
    pauses = iter([partial(time.sleep, 0.3), partial(os._exit, 3)])
    wait_for(emr_serverless, lambda: next(pauses)())
""")
    result = pytester.runpytest_subprocess(*PLUGINS)
    assert result.ret == 3
    result.stdout.fnmatch_lines(["EMRServerlessWaitWarning: GetJobRun was called for 0 real seconds for job_run *"])
    assert "emr_serverless_clock = virtual in the ini file" in result.stdout.str()


def test_a_loop_that_can_never_end_is_a_failed_test(project):
    """The failing line is the loop's."""
    result = project(f"""{LOOP}
@pytest.mark.filterwarnings("ignore::emrs_mock.EMRServerlessWaitWarning")
@pytest.mark.emr_serverless(clock="manual", patience=0.1)
def test_one(emr_serverless):
    wait_for(emr_serverless, partial(time.sleep, 0.06))
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E  *EMRServerlessWaitError: GetJobRun was called 3 times in 0.* real seconds *"])


def test_patience_is_an_ini_key(project):
    """As each option is that can be given as text."""
    result = project(
        "def test_one(emr_serverless): assert emr_serverless.options.patience_length().total_seconds() == 90",
        ini="emr_serverless_patience = 90",
    )
    result.assert_outcomes(passed=1)


def test_the_warning_of_a_worker_of_xdist_reaches_the_terminal_too(pytester, monkeypatch):
    """A worker has no terminal of its own: its standard error is that of the whole run."""
    pytest.importorskip("xdist")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(f"""{HEAD}{LOOP}
def test_one(emr_serverless):
    poll_watch.REAL_SECONDS = 0.2
    pauses = iter([partial(time.sleep, 0.3), partial(os._exit, 3)])
    wait_for(emr_serverless, lambda: next(pauses)())
""")
    result = pytester.runpytest_subprocess(*PLUGINS, "-p", "xdist", "-n", "1", "--max-worker-restart=0")
    result.assert_outcomes(failed=1)  # the worker is killed before it can send its warnings
    result.stderr.fnmatch_lines(["*EMRServerlessWaitWarning: GetJobRun was called for *"])
