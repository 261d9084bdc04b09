"""`python -m emrs_mock run`: scripts and modules under the mock, and the report at the end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path):
    """Runs the command line in a directory of its own, in a fresh process."""

    def run(*arguments):
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-m", "emrs_mock", "run", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=60,
        )

    return run


@pytest.fixture
def script(tmp_path):
    """Writes a script, by default one called job.py; returns its path."""

    def write(code, name="job.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code, encoding="utf-8")
        return path

    return write


WHO_AM_I = "import sys\nprint(__name__, sys.argv, sys.path[0], sys.modules['__main__'].__file__)"


def told_by_python(tmp_path, *arguments):
    """What Python itself makes of a script or module."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout


def test_a_script_sees_what_it_sees_under_python(run, script, tmp_path):
    """Its name, its arguments, whatever they look like, its directory, its file."""
    arguments = (script(WHO_AM_I, "jobs/who.py"), "--seed", "9", "-m", "x", "--", "-")
    done = run("--seed", "7", *arguments)
    assert done.stderr == ""
    assert done.stdout.startswith(told_by_python(tmp_path, *arguments))


def test_a_module_sees_what_it_sees_under_python(run, script, tmp_path):
    """As with `python -m`: the working directory comes first, the arguments are its own."""
    script(WHO_AM_I, "jobs/who.py")
    done = run("--seed", "7", "-m", "jobs.who", "--seed", "9")
    assert done.stderr == ""
    assert done.stdout.startswith(told_by_python(tmp_path, "-m", "jobs.who", "--seed", "9"))


WAITS = """
import time
from time import sleep
import boto3
emr = boto3.client("emr-serverless")
made = emr.create_application(name="nightly", type="SPARK", releaseLabel="emr-7.2.0")["applicationId"]
while emr.get_application(applicationId=made)["application"]["state"] != "CREATED":
    sleep(7)
role = "arn:aws:iam::123456789012:role/etl"
driver = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}
run = emr.start_job_run(applicationId=made, name="orders", executionRoleArn=role, jobDriver=driver)["jobRunId"]
while emr.get_job_run(applicationId=made, jobRunId=run)["jobRun"]["state"] != "SUCCESS":
    time.sleep(30)
print("ids", made, run)
"""


def test_what_happened_is_told_at_the_end(run, script):
    """The report has all records, states and calls; the minutes of sleep took no real time."""
    told = run("--start", "2026-01-31T04:00:00Z", script(WAITS)).stdout
    application, job_run = re.search(r"ids (\w+) (\w+)", told).groups()
    assert re.search(r"emrs-mock: 1 application, 1 job run; 0:04:15 of simulated time in \d+\.\d s", told)
    table = [line.split() for line in told.partition("emrs-mock")[2].splitlines()]
    assert ["application", application, "nightly"] in table
    assert ["2026-01-31", "04:00:00", "0:00:00", "CREATING", "0:00:10"] in table
    assert ["job", "run", job_run, "orders"] in table
    begin, end = table.index(["job", "run", job_run, "orders"]), table.index(["calls"])
    states = [row[3] for row in table[begin + 1 : end] if row]
    assert states == ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS"]


def test_the_same_start_and_seed_tell_the_same(run, script):
    """Everything but how long it really took."""
    options = ("--start", "2026-01-31", "--seed", "7", "--account-id", "111122223333")
    one, two = (run(*options, script(WAITS)).stdout.partition("ids")[2] for _ in range(2))
    assert re.sub(r"in \d+\.\d s", "", one) == re.sub(r"in \d+\.\d s", "", two)


def test_an_error_is_shown_as_python_shows_it_and_the_report_follows(run, script, tmp_path):
    """The traceback has no frame of ours; the exit status is Python's."""
    path = script("def main():\n    raise ValueError('in vain')\n\nmain()")
    plain = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, cwd=tmp_path)
    done = run(path)
    assert (done.returncode, done.stderr) == (plain.returncode, plain.stderr)
    assert "emrs-mock: nothing was made" in done.stdout


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [("sys.exit()", 0, ""), ("sys.exit(3)", 3, ""), ("sys.exit('no data')", 1, "no data\n")],
)
def test_the_exit_status_is_the_scripts(run, script, code, status, said):
    """The text of `sys.exit` is printed, and the report as well."""
    done = run(script(f"import sys\n{code}"))
    assert (done.returncode, done.stderr) == (status, said)
    assert "emrs-mock: " in done.stdout


AT_THE_END = """
import atexit, threading, time, boto3
emr = boto3.client("emr-serverless")
create = lambda name: emr.create_application(name=name, type="SPARK", releaseLabel="emr-7.2.0")
go = threading.Event()
atexit.register(create, "last")
threading.Thread(target=lambda: go.wait() and create("thread")).start()
threading.Thread(target=lambda: threading.main_thread().join() or go.set()).start()
"""


def test_what_a_script_does_in_its_last_moments_is_answered_and_told(run, script):
    """Threads that outlive the main one, and `atexit`."""
    done = run(script(AT_THE_END))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"thread\n.*CREATING.*\n\napplication \w+  last\n", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "expected a SCRIPT or -m MODULE"),
        (["nowhere.py"], "no such script: nowhere.py"),
        (["--start", "yesterday", "job.py"], "yesterday"),
        (["--account-id", "12", "job.py"], "account_id='12': expected twelve digits"),
        (["--seed", "x", "job.py"], "invalid int value: 'x'"),
    ],
)
def test_what_cannot_be_run_is_refused(run, script, arguments, said):
    """With the usage, and nothing was started."""
    script("print('ran')")
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage: emrs-mock run [OPTIONS] (SCRIPT | -m MODULE)" in done.stderr
    assert said in done.stderr
    assert done.stdout == ""


def test_a_module_that_is_not_there_is_told_of(run):
    """Without the frames of the machinery that looked for it."""
    done = run("-m", "nowhere.at_all")
    assert done.returncode == 1
    assert "No module named 'nowhere'" in done.stderr
    assert "_cli.py" not in done.stderr
