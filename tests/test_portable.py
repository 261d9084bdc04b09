"""Where Linux is not there to help: the paths that macOS and Windows take, forced on this system."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import types

import pytest

from emrs_mock import engines
from emrs_mock.clocks.virtual import child_processes

ELSEWHERE = """
    import os, pathlib, random, subprocess, threading, time
    import boto3

    for name in ("fork", "register_at_fork", "waitid", "killpg"):
        delattr(os, name)
    access, exists = os.access, pathlib.Path.exists
    os.access = lambda path, *mode, **more: not str(path).startswith("/proc") and access(path, *mode, **more)
    pathlib.Path.exists = lambda path, **more: not str(path).startswith("/proc") and exists(path, **more)

    from emrs_mock import mock_emr_serverless

    with mock_emr_serverless(clock="virtual", start="2026-01-31T04:00:00Z") as emr:
        run = emr.add_job_run(emr.add_application(), state="SUBMITTED")
        beside = threading.Thread(target=time.sleep, args=(3600,))
        beside.start()
        client = boto3.client("emr-serverless")
        while client.get_job_run(applicationId=run.application_id, jobRunId=run.id)["jobRun"]["state"] != "SUCCESS":
            time.sleep(30)
        beside.join()
        print(emr.clock.now().hour)

    from emrs_mock.clocks.virtual import real_io, thread_activity
    assert not real_io.KERNEL_TELLS and not thread_activity.KERNEL_TELLS
"""


def test_a_virtual_clock_needs_nothing_that_only_linux_has():
    """No /proc, no fork, no process groups: code sleeps in two threads, and the hour passes."""
    code = textwrap.dedent(ELSEWHERE)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("5\n", "")


@pytest.mark.parametrize(("code", "lives"), [(None, True), (0, False)])
def test_a_child_process_lives_until_its_exit_code_is_known(monkeypatch, code, lives):
    """On Windows, which has no look at a child that leaves the exit code for others."""
    monkeypatch.delattr(child_processes.os, "waitid", raising=False)
    assert child_processes._is_running(types.SimpleNamespace(returncode=code)) is lives


def test_an_engine_says_that_it_needs_process_groups(monkeypatch):
    """Before any job run is submitted."""
    monkeypatch.delattr("os.killpg", raising=False)
    with pytest.raises(engines.EngineError, match="process groups"):
        engines.local_python()
