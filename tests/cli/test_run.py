"""`python -m emrs_mock run`: scripts and modules under the mock, and the report at the end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from argparse import Namespace
from datetime import timedelta
from pathlib import Path

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.cli import _counted, _finish, _fitted, main

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


def test_a_linked_script_imports_from_where_it_is(run, script, tmp_path):
    """As under Python: from the directory of the file that the link names."""
    link = tmp_path / "who.py"
    link.symlink_to(script(WHO_AM_I, "jobs/who.py"))
    assert run(link).stdout.startswith(told_by_python(tmp_path, link))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.11 brought it")
def test_a_safe_path_stays_safe(run, script, tmp_path, monkeypatch):
    """Python adds no directory then, and neither does the command."""
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    who = script("import sys\nprint(sys.argv[0], sys.argv[0].rpartition('/')[0] in sys.path)")
    assert run(who).stdout.startswith(told_by_python(tmp_path, who))


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
    assert re.search(r"emrs-mock: 1 application, 1 job run; 0:03:45 of simulated time in \d\d?\.\d s", told)
    table = [line.split() for line in told.partition("emrs-mock")[2].splitlines()]
    assert ["application", application, "nightly"] in table
    assert ["2026-01-31", "04:00:00", "0:00:00", "CREATING", "0:00:10"] in table
    assert ["job", "run", job_run, "orders"] in table
    begin, end = table.index(["job", "run", job_run, "orders"]), table.index(["calls"])
    states = [row[3] for row in table[begin + 1 : end] if row]
    assert states == ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS"]


def test_the_report_says_how_long_the_script_really_took(monkeypatch, capsys):
    """From its start until the report is printed."""
    mock = mock_emr_serverless(clock="manual")
    emr = mock.start()
    monkeypatch.setattr(time, "perf_counter", lambda: 5000.0)
    _finish(mock, emr, emr.clock.now(), 4987.46)
    assert capsys.readouterr().out == "\nemrs-mock: nothing was made; 0:00:00 of simulated time in 12.5 s\n"


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


def test_an_interrupted_script_has_the_status_of_one(run, script):
    """As a shell has it: 128 and the number of SIGINT."""
    done = run(script("raise KeyboardInterrupt"))
    assert done.returncode == 130
    assert done.stderr.endswith("\nKeyboardInterrupt\n")
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
        (["--sed", "7", "job.py"], "unrecognized arguments: --sed; did you mean --seed?"),
        (["--patience", "7", "job.py"], "unrecognized arguments: --patience"),
        (["--setup", "nowhere.py", "job.py"], "nowhere.py"),
        (["--setup", "job.py", "job.py"], "--setup job.py: it has no function setup(emr)"),
        ([], "expected a SCRIPT or -m MODULE"),
        (["nowhere.py"], "no such script: nowhere.py"),
        (["--start", "yesterday", "job.py"], "yesterday"),
        (["--account-id", "12", "job.py"], "account_id='12': expected twelve digits"),
        (["--seed", "x", "job.py"], "invalid int value: 'x'"),
    ],
)
def test_what_cannot_be_run_is_refused(run, script, arguments, said):
    """With the usage, and nothing was started."""
    script("if __name__ == '__main__': print('ran')")
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


SETUP = """
def setup(emr):
    emr.add_application(name="etl", id="00f1cbsc6anuij25")
    emr.when(name="nightly").fail("ExitCode: 137")
    emr.when(name="weekly").hang()
"""
SUBMITS = """
import time, boto3
client = boto3.client("emr-serverless")
run = client.start_job_run(
    applicationId="00f1cbsc6anuij25",
    name="nightly",
    executionRoleArn="arn:aws:iam::123456789012:role/etl",
    jobDriver={"sparkSubmit": {"entryPoint": "s3://code/etl.py"}},
)["jobRunId"]
time.sleep(600)
print(client.get_job_run(applicationId="00f1cbsc6anuij25", jobRunId=run)["jobRun"]["state"])
"""
APPLICATION = "def setup(emr): emr.add_application(id='00f1cbsc6anuij25')"


def test_setup_arranges_the_mock_before_the_script(run, script):
    """Its rules decide; the report has those that did and those that did not."""
    done = run("--setup", script(SETUP, "rules.py"), script(SUBMITS))
    assert done.stderr == ""
    assert done.stdout.startswith("FAILED\n")
    assert "when(name='nightly').fail('ExitCode: 137')" in done.stdout
    assert "when(name='weekly').hang(): name is 'nightly'" in done.stdout


@pytest.mark.parametrize(
    ("patterns", "state"),
    [
        (["s3://code/*"], "FAILED"),
        (["s3://other/*"], "SUCCESS"),
        (["s3://other/*", "*/etl.py"], "FAILED"),
    ],
)
def test_fail_makes_job_runs_fail_by_their_entry_point(run, script, patterns, state):
    """With several patterns, those that match any."""
    arguments = [argument for pattern in patterns for argument in ("--fail", pattern)]
    done = run("--setup", script(APPLICATION, "rules.py"), *arguments, script(SUBMITS))
    assert done.stdout.startswith(f"{state}\n")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("emr.when(name='etl')", "UnfinishedRule: when(name='etl'): add a verb"),
        ("emr.fault('GetJobRun')", "UnfinishedFault: "),
    ],
)
def test_a_mistake_in_setup_is_shown_and_the_script_does_not_run(run, script, body, told):
    """As Python shows it, without frames of ours; once."""
    done = run("--setup", script(f"def setup(emr): {body}", "rules.py"), script("print('ran')"))
    assert done.returncode == 1
    assert done.stderr.count(told) == 1
    assert "emrs_mock/" not in done.stderr
    assert "ran" not in done.stdout


def test_no_sentence_is_said_twice(run, script):
    """That nothing happened is said once; neither does the help repeat itself."""
    assert "Nothing has happened" not in run(script("")).stdout
    sentences = re.findall(r"[A-Za-z][^.;:]{20,}", " ".join(run("--help").stdout.split()))
    assert len(sentences) == len(set(sentences))


@pytest.mark.parametrize("command", [[], ["run"], ["serve"]])
def test_an_unknown_option_is_refused_with_the_usage_of_its_command(tmp_path, command):
    """Not with that of all."""
    done = subprocess.run(
        [sys.executable, "-m", "emrs_mock", *command, "--colck", "manual"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    assert done.stderr.startswith(" ".join(["usage: emrs-mock", *command]))
    assert "Traceback" not in done.stderr


def test_the_version_is_the_packages(tmp_path):
    """Of the command and of the package, which looks it up only then."""
    code = "import sys, emrs_mock; assert 'importlib.metadata' not in sys.modules; print(emrs_mock.__version__)"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    told = [
        subprocess.run([sys.executable, *line], capture_output=True, text=True, cwd=tmp_path, env=environment).stdout
        for line in (["-c", code], ["-m", "emrs_mock", "--version"])
    ]
    assert re.fullmatch(r"\d+\.\d+.*|unknown", told[0].strip())
    assert told[1] == f"emrs-mock {told[0]}"


@pytest.mark.parametrize(("columns", "width"), [(10, 40), (50, 50)])
def test_a_narrow_terminal_gets_lines_that_can_be_read(monkeypatch, columns, width):
    """Of forty characters at least; empty lines stay."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "stdout", Namespace(isatty=lambda: True))
    lines = _fitted(f"{'word ' * 30}\n\nend").splitlines()
    assert (width - 5 < max(map(len, lines)) <= width, lines[-2:]) == (True, ["", "end"])


def test_records_are_counted_in_words():
    """One, two, none."""
    counted = [_counted(kinds) for kinds in (["job_run", "application", "job_run"], ["session"], [])]
    assert counted == ["2 job runs, 1 application", "1 session", "nothing was made"]


@pytest.mark.parametrize(
    ("option", "hint"),
    [("--sede=7" + "0" * 40, "; did you mean --seed?"), ("--xyz", "unrecognized arguments: --xyz\n")],
)
def test_an_option_that_was_misspelt_is_answered_with_the_one_that_was_meant(capsys, option, hint):
    """Whatever its value is."""
    with pytest.raises(SystemExit):
        main(["run", option, "job.py"])
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "patience"), [([], None), (["--patience", "5"], timedelta(seconds=5))])
def test_a_server_has_no_patience_unless_it_is_said(monkeypatch, arguments, patience):
    """A client may poll for long until another one moves the clock."""
    served = []
    monkeypatch.setattr("emrs_mock.server.command.serve", lambda arguments, options, *rest: served.append(options) or 0)
    assert main(["serve", "--clock", "manual", *arguments]) == 0
    assert served[0].patience == patience


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_the_report_fits_the_terminal(script, tmp_path):
    """Long lines are wrapped there, and left alone in a file."""
    import pty

    main, other = pty.openpty()
    rules = script("def setup(emr): emr.when().fail('word ' * 40)\n" + APPLICATION.replace("setup", "more"), "rules.py")
    rules.write_text(rules.read_text() + "\nold = setup\ndef setup(emr): old(emr); more(emr)\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "60"}
    command = [sys.executable, "-m", "emrs_mock", "run", "--setup", str(rules), str(script(SUBMITS))]
    with subprocess.Popen(command, stdout=other, cwd=tmp_path, env=environment) as process:
        os.close(other)
        told = b""
        try:
            while chunk := os.read(main, 4096):
                told += chunk
        except OSError:
            pass  # how Linux says that the other end is closed
    os.close(main)
    assert process.returncode == 0
    lines = told.decode().splitlines()
    assert max(map(len, lines)) <= 60
    assert sum(line.count("word") for line in lines) >= 40
