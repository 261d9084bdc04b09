"""Code that runs beside the simulation: polls do not wait, and whatever ends the job run ends the process."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import warnings

import boto3
import pytest

from emrs_mock import Timing, current, mock_emr_serverless
from emrs_mock.engines import spark_submit
from tests.docs.pages import ROOT
from tests.engines.fakes import eventually, is_gone
from tests.service.requests import SPARK

SLEEPS = "import time; print('begun', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS


@pytest.fixture
def start(beside, spark, engine):
    """Start a job run of this code; returns it RUNNING, its process begun."""

    def start(code, engine_arguments=None, **members):
        spark.job(code)
        beside.when().run(engine(**{"grace": 0.2, **(engine_arguments or {})}))
        run = beside.add_job_run(beside.add_application(), "SUBMITTED", jobDriver=SPARK, **members)
        assert run.state == "RUNNING"
        eventually(lambda: "\n" in beside.logs[run].stdout or run.state != "RUNNING")
        return run

    return start


def test_polls_see_running_until_the_process_has_ended(start, beside, tmp_path):
    """No poll waits for it; the log grows meanwhile; the run ends with the exit code."""
    gate = tmp_path / "gate"
    waits = f"while not os.path.exists({str(gate)!r}): time.sleep(0.01)"
    run = start(f"import os, sys, time; print('begun', flush=True)\n{waits}\nprint('done'); sys.exit(3)")
    began = time.monotonic()
    assert [run.state for _ in range(200)] == ["RUNNING"] * 200
    assert time.monotonic() - began < 10
    assert beside.logs[run].stdout == "begun\n"
    gate.touch()
    eventually(lambda: run.state != "RUNNING")
    assert (run.state, beside.logs[run].stdout) == ("FAILED", "begun\ndone\n")
    assert "ExitCode: 3" in run.state_details


def test_code_that_polls_works_as_with_aws(start, beside, spark):
    """Through a client, and without a warning that it polls in vain."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = start("import time; print('begun', flush=True); time.sleep(0.1)")
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        client = boto3.client("emr-serverless", "us-east-1", **keys)
        names = {"applicationId": run.application_id, "jobRunId": run.id}
        eventually(lambda: client.get_job_run(**names)["jobRun"]["state"] == "SUCCESS")


def test_polls_of_code_that_runs_are_no_endless_loop(spark, engine):
    """Also on a clock that stands still: the end of the code ends the loop."""
    spark.job(SLEEPS)
    with warnings.catch_warnings(), mock_emr_serverless(clock="manual", timing=Timing.instant()) as emr:
        warnings.simplefilter("error")
        emr.when().run(engine(live=True, grace=0))
        run = emr.add_job_run(emr.add_application(), "SUBMITTED", jobDriver=SPARK)
        client = emr.client("us-east-1")
        for _ in range(150):
            shown = client.get_job_run(applicationId=run.application_id, jobRunId=run.id)["jobRun"]
        assert shown["state"] == "RUNNING"


def test_cancel_job_run_ends_the_process(start, beside, spark):
    """SIGTERM is enough for one that does not refuse it."""
    run = start(SLEEPS, {"grace": 60})
    run.cancel()
    eventually(lambda: is_gone(spark.calls[0]["pid"]))
    assert beside.run_until(run).state == "CANCELLED"


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace(start, spark):
    """And not before."""
    run = start(STUBBORN, {"grace": 0.1})
    began = time.monotonic()
    run.cancel()
    eventually(lambda: is_gone(spark.calls[0]["pid"]))
    assert time.monotonic() - began >= 0.1


def test_the_execution_time_out_ends_the_process(start, beside, spark):
    """Whatever moves the clock past it."""
    run = start(SLEEPS, executionTimeoutMinutes=5)
    beside.clock.advance(minutes=6)
    assert run.state in ("CANCELLING", "CANCELLED")
    assert "execution timeout of 5 minutes" in run.state_details
    eventually(lambda: is_gone(spark.calls[0]["pid"]))


def test_the_execution_time_out_ends_the_process_when_nothing_polls(start, beside, spark):
    """In real time, by the scale."""
    run = start(SLEEPS, {"time_scale": 3000}, executionTimeoutMinutes=5)
    eventually(lambda: is_gone(spark.calls[0]["pid"]))
    assert beside.run_until(run).state == "CANCELLED"


def test_a_timeout_in_real_seconds_fails_the_run(start, beside, spark):
    """As in the other mode."""
    run = beside.run_until(start(SLEEPS, {"timeout": 0.1}))
    assert "timeout=0.1" in run.state_details
    assert is_gone(spark.calls[0]["pid"])


@pytest.mark.parametrize("code", [SLEEPS, STUBBORN], ids=["obedient", "stubborn"])
def test_the_end_of_the_mock_ends_the_process(spark, engine, code):
    """When the mock has ended, it is gone, and no zombie; the log is there."""
    spark.job(code)
    with mock_emr_serverless(timing=Timing.instant()) as emr:
        emr.when().run(engine(grace=0.1))
        run = emr.add_job_run(emr.add_application(), "SUBMITTED", jobDriver=SPARK)
        assert run.state == "RUNNING"
        eventually(lambda: emr.logs[run].stdout)
    assert is_gone(spark.calls[0]["pid"])


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_mock_that_ends_by_an_exception_leaves_nothing_behind(spark, engine, error, monkeypatch, tmp_path):
    """No thread, no temporary directory, no process."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    threads = threading.active_count()
    spark.job(SLEEPS)

    def raises():
        with mock_emr_serverless(timing=Timing.instant()) as emr:
            emr.when().run(engine())
            run = emr.add_job_run(emr.add_application(), "SUBMITTED", jobDriver=SPARK)
            eventually(lambda: emr.logs[run].stdout)
            raise error

    with pytest.raises(error):
        raises()
    assert is_gone(spark.calls[0]["pid"])
    assert threading.active_count() == threads
    assert list((tmp_path / "tmp").iterdir()) == []


def test_two_runs_run_at_the_same_time(beside, spark, engine, tmp_path):
    """Each waits for the other, and has its own output."""
    wait = "while len(os.listdir(sys.argv[1])) < 2: time.sleep(0.005)"
    spark.job(f"import os, sys, time; open(sys.argv[1] + '/' + sys.argv[2], 'w'); print(sys.argv[2])\n{wait}")
    beside.when().run(engine())
    application = beside.add_application()
    (tmp_path / "met").mkdir()

    def driver(name):
        return {"sparkSubmit": {**SPARK["sparkSubmit"], "entryPointArguments": [str(tmp_path / "met"), name]}}

    runs = [beside.add_job_run(application, "SUBMITTED", jobDriver=driver(name)) for name in "ab"]
    assert [beside.run_until(run).state for run in runs] == ["SUCCESS"] * 2
    assert [beside.logs[run].stdout for run in runs] == ["a\n", "b\n"]


@pytest.mark.parametrize("state", ["SUBMITTED", "PENDING", "SCHEDULED"])
@pytest.mark.parametrize("live", [True, False])
def test_a_run_that_is_cancelled_before_it_is_running_starts_nothing(spark, engine, state, live):
    """Its handler is never called."""
    with mock_emr_serverless(clock="manual") as emr:
        emr.when().run(engine(live=live))
        run = emr.run_until(emr.add_job_run(emr.add_application(), "SUBMITTED", jobDriver=SPARK), state)
        run.cancel()
        assert emr.run_until(run).state == "CANCELLED"
    assert spark.calls == []


@pytest.mark.parametrize("how", ["reset", "restore"])
def test_going_back_ends_the_process(start, beside, spark, how):
    """No code runs for a job run that the simulation no longer has."""
    before = beside.snapshot()
    start(SLEEPS)
    beside.reset() if how == "reset" else beside.restore(before)
    assert is_gone(spark.calls[0]["pid"])


def test_a_fork_has_no_process_and_leaves_ours_alone(start, beside, spark):
    """What happens in it has not really happened."""
    run = start(SLEEPS)
    with beside.fork() as what_if:
        what_if.job_runs[0].cancel()
    assert run.state == "RUNNING"
    assert not is_gone(spark.calls[0]["pid"])


@pytest.mark.parametrize("end", ["succeed", "fail"])
def test_an_end_that_the_author_decides_ends_the_process(start, spark, end):
    """The simulation has the say."""
    run = start(SLEEPS)
    getattr(run, end)()
    eventually(lambda: is_gone(spark.calls[0]["pid"]))
    assert run.state == {"succeed": "SUCCESS", "fail": "FAILED"}[end]


def test_run_until_waits_for_the_code(start, beside):
    """It does not jump to the time-out, which is the only event that is due."""
    run = start("import time; print('begun', flush=True); time.sleep(0.1)")
    assert beside.run_until(run).state == "SUCCESS"
    assert run.total_execution_duration_seconds < 600


@pytest.mark.needs_model("CreateApplication.schedulerConfiguration")
def test_run_until_waits_for_the_code_that_another_run_waits_for(spark, engine):
    """A job run that queues behind it, and the application that stops after it."""
    spark.job("import time; time.sleep(0.05)")
    with mock_emr_serverless(timing=Timing.instant()) as emr:
        emr.when().run(engine())
        application = emr.add_application(
            schedulerConfiguration={"maxConcurrentRuns": 1}, autoStopConfiguration={"enabled": True}
        )
        first, second = (emr.add_job_run(application, "SUBMITTED", jobDriver=SPARK) for _ in range(2))
        assert (first.state, second.state) == ("RUNNING", "QUEUED")
        assert emr.run_until(second).state == "SUCCESS"
        assert first.state == "SUCCESS"
        assert emr.run_until(application, "STOPPED").state == "STOPPED"


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_a_retry_really_runs_again(start, beside, spark):
    """With its number."""
    code = "import os; n = os.environ['EMRS_MOCK_ATTEMPT']; print(n, flush=True); assert n == '2'"
    run = beside.run_until(start(code, retryPolicy={"maxAttempts": 3}))
    assert (run.state, run.attempt) == ("SUCCESS", 2)
    assert [beside.logs[run].attempt(n).stdout for n in (1, 2)] == ["1\n", "2\n"]


def test_the_scale_counts_beside_the_simulation_too(start, beside):
    """The run ends when the clock says so."""
    run = start("import time; print('begun', flush=True); time.sleep(0.1)", {"time_scale": 3600})
    done = beside.run_until(run)
    assert done.total_execution_duration_seconds >= 360


def test_live_true_counts_under_a_manual_clock(spark, engine):
    """The end comes when the author moves the clock to it."""
    spark.job("print('x')")
    with mock_emr_serverless(clock="manual", timing=Timing.instant()) as emr:
        emr.when().run(engine(live=True))
        run = emr.add_job_run(emr.add_application(), "SUBMITTED", jobDriver=SPARK)
        assert run.state == "RUNNING"
        assert emr.run_until(run).state == "SUCCESS"


def test_live_false_blocks_on_the_systems_clock(beside, spark, engine):
    """The first look at RUNNING waits for the code."""
    spark.job("import time; time.sleep(0.1); print('x')")
    beside.when().run(engine(live=False))
    assert beside.add_job_run(beside.add_application(), "SUBMITTED", jobDriver=SPARK).state == "SUCCESS"


def test_a_server_does_not_wait_for_the_code(beside, spark, engine):
    """Its clients poll as those of AWS do, and the end of the mock ends the process."""
    pytest.importorskip("h11")
    spark.job(SLEEPS)
    beside.when().run(engine(grace=0.2))
    application = beside.add_application()
    with beside.serve() as url:
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        client = boto3.client("emr-serverless", "us-east-1", endpoint_url=url, **keys)
        role = "arn:aws:iam::123456789012:role/etl"
        run = client.start_job_run(applicationId=application.id, executionRoleArn=role, jobDriver=SPARK)
        names = {"applicationId": application.id, "jobRunId": run["jobRunId"]}
        assert client.get_job_run(**names)["jobRun"]["state"] == "RUNNING"
        client.cancel_job_run(**names)
        eventually(lambda: client.get_job_run(**names)["jobRun"]["state"] == "CANCELLED")
        eventually(lambda: not spark.calls or is_gone(spark.calls[0]["pid"]))


def test_a_client_of_a_server_gets_what_the_author_did_wrong(beside):
    """A missing spark-submit is an answer and no lost connection, and at the end the test gets it too."""
    pytest.importorskip("h11")
    beside.when().run(spark_submit(command="no-spark-submit", paths={"s3://code": "jobs"}))
    application = beside.add_application()
    body = {"clientToken": "t", "executionRoleArn": "arn:aws:iam::123456789012:role/etl", "jobDriver": SPARK}
    serving = beside.serve()
    runs = f"{serving.__enter__()}/applications/{application.id}/jobruns"
    said = [answered(runs, json.dumps(body).encode()), answered(runs)]
    with pytest.raises(RuntimeError, match="no such program"):
        serving.__exit__(None, None, None)
    assert "jobRunId" in said[0]
    assert "there is no such program" in said[1]


def answered(url, data=None):
    """The body of an answer, whatever its status."""
    try:
        with urllib.request.urlopen(url, data) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()


def test_an_interpreter_that_ends_without_the_mock_ends_the_process(spark, tmp_path):
    """A notebook or script that never calls `stop()`."""
    spark.job(SLEEPS)
    script = tmp_path / "script.py"
    script.write_text(
        "import time\n"
        "from emrs_mock import Timing, mock_emr_serverless\n"
        "from emrs_mock.engines import spark_submit\n"
        "emr = mock_emr_serverless(timing=Timing.instant()).start()\n"
        f"emr.when().run(spark_submit(command={spark.command!r}, paths={{'s3://code': {str(spark.jobs)!r}}}))\n"
        f"run = emr.add_job_run(emr.add_application(), 'SUBMITTED', jobDriver={SPARK!r})\n"
        "while 'begun' not in emr.logs[run].stdout: time.sleep(0.01)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert is_gone(spark.calls[0]["pid"])


def test_a_fork_of_the_process_does_not_wait_for_the_code(start, spark):
    """A child that leaves the mock neither hangs nor ends the process, which is its parent's."""
    start(SLEEPS)
    child = multiprocessing.get_context("fork").Process(target=leave_the_mock)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        child.start()
    child.join(30)
    assert child.exitcode == 0
    assert not is_gone(spark.calls[0]["pid"])


def leave_the_mock():
    """End the mock of this process."""
    current().stop()
