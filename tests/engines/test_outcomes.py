"""From a process to the end of an attempt: exit codes, output, durations, attempts; and functions that call engines."""

from __future__ import annotations

import gzip
import io
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from emrs_mock import Fail, Succeed, Timing, mock_emr_serverless
from emrs_mock.engines import local_python, spark_submit
from tests.engines.fakes import eventually, is_dead, is_gone
from tests.service.requests import SPARK, START

TEXT = "Job failed, please check complete logs in configured logging destination. ExitCode: {}. Last few exceptions: {}"


@pytest.fixture
def run(emr, spark, engine, submit):
    """Run this code as the job; returns the job run at its end."""

    def run(code, engine_arguments=None, **members):
        spark.job(code)
        with emr.when().run(engine(**(engine_arguments or {}))):
            return emr.run_until(submit(**members))

    return run


def test_exit_0_is_success_and_the_output_is_the_drivers_log(emr, run):
    """Both streams, as UTF-8."""
    done = run("import sys; print('größe'); print('careful', file=sys.stderr)")
    logs = emr.logs[done]
    assert (done.state, done.state_details, logs.stdout) == ("SUCCESS", "", "größe\n")
    assert logs.stderr.endswith("careful\n")


@pytest.mark.parametrize(
    ("code", "details"),
    [
        ("import sys; sys.exit(3)", TEXT.format(3, "SystemExit: 3")),
        ("raise ValueError('no such column')", TEXT.format(1, "ValueError: no such column")),
        (
            "import sys; print('java.lang.Exception: deep', file=sys.stderr); 1 / 0",
            TEXT.format(1, "ZeroDivisionError: division by zero\njava.lang.Exception: deep"),
        ),
        (
            # Python 3.10 shows the module of other classes.
            "class Slow(Exception):\n    __module__ = 'builtins'\n"
            "try:\n    1 / 0\nexcept Exception as e:\n    raise Slow('very') from e",
            TEXT.format(1, "Slow: very\nZeroDivisionError: division by zero"),
        ),
        (
            "import sys; print(': java.io.IOException: a\\nCaused by: x.YException', file=sys.stderr); sys.exit(1)",
            TEXT.format(1, "Caused by: x.YException\njava.io.IOException: a"),
        ),
        ("import os; os.kill(os.getpid(), 9)", TEXT.format(137, "killed by SIGKILL")),
        (
            "import not_there",
            "ModuleNotFoundError: No module named 'not_there'. Please refer to the user guide on how to use python "
            "libraries with EMR Serverless.",
        ),
        ("raise ValueError('x' * 300)", TEXT.format(1, "ValueError: " + "x" * 300)[:256]),
    ],
    ids=["exit code", "exception", "several", "any name", "of Java", "signal", "module", "long"],
)
def test_other_ends_are_failed_with_awss_text(run, code, details):
    """With the last exceptions, the last one first, cut as AWS does."""
    done = run(code)
    assert (done.state, done.state_details) == ("FAILED", details)


def test_a_script_that_is_not_there_fails(emr, run, spark, submit, engine):
    """As spark-submit says it."""
    emr.when().run(engine())
    assert emr.run_until(submit()).state == "FAILED"
    assert "etl.py" in emr.logs[emr.job_runs[-1]].stderr


def test_the_real_duration_times_the_scale_is_the_execution_time(run):
    """An hour for each second: the real time is not known here, but the code sleeps."""
    done = run("import time; time.sleep(0.05)", {"time_scale": 3600})
    assert 180 <= done.total_execution_duration_seconds < 3600 * 60


def test_no_scale_is_too_large(run):
    """More simulated time than there can be ends at the execution time-out, as too much time does."""
    assert run("", {"time_scale": 1e308}).state == "CANCELLED"


def test_the_execution_time_is_what_is_billed(run):
    """The driver's four vCPUs, for as long as the process took, by the scale."""
    done = run("import time; time.sleep(0.05)", {"time_scale": 36000}, jobDriver=without_executors())
    billed, seconds = done.billed_resource_utilization, done.total_execution_duration_seconds
    assert seconds >= 1800
    assert billed["vCPUHour"] == pytest.approx(4 * seconds / 3600, rel=0.01)


def without_executors():
    """A job driver that asks for no executors."""
    parameters = "--conf spark.dynamicAllocation.enabled=false --conf spark.executor.instances=0"
    return {"sparkSubmit": {**SPARK["sparkSubmit"], "sparkSubmitParameters": parameters}}


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_a_retry_really_runs_again_and_knows_its_number(emr, run, spark):
    """Each attempt has its own log."""
    code = "import os; n = os.environ['EMRS_MOCK_ATTEMPT']; print('attempt', n); assert n == '3', n"
    done = run(code, retryPolicy={"maxAttempts": 5})
    assert (done.state, done.attempt, len(spark.calls)) == ("SUCCESS", 3, 3)
    assert [emr.logs[done].attempt(n).stdout for n in (1, 2, 3)] == ["attempt 1\n", "attempt 2\n", "attempt 3\n"]
    assert {call["env"]["EMRS_MOCK_JOB_RUN_ID"] for call in spark.calls} == {done.id}


def test_only_the_process_writes_the_log(emr, spark, engine, submit):
    """What other threads print while the code runs is theirs."""
    spark.job("import time; time.sleep(0.1); print('the job')")
    emr.when().run(engine())
    submit()
    printed, done = io.StringIO(), threading.Event()

    def prints():
        while not done.wait(0.02):
            print("another thread")  # noqa: T201 - that is the point

    with redirect_stdout(printed):
        thread = threading.Thread(target=prints)
        thread.start()
        try:
            emr.run_until(emr.job_runs[-1])
        finally:
            done.set()
            thread.join()
    assert "another thread" in printed.getvalue()
    assert emr.logs[emr.job_runs[-1]].stdout == "the job\n"


def test_logs_of_a_rule_stay_before_those_of_the_process(emr, run):
    """They are written at RUNNING."""
    emr.when().logs(stdout="of the rule\n")
    assert emr.logs[run("print('of the process')")].stdout == "of the rule\nof the process\n"


def test_it_says_once_that_this_is_not_emrs_spark(emr, spark, engine, submit):
    """In the log of the first job run."""
    spark.job("")
    emr.when().run(engine())
    notes = [emr.logs[emr.run_until(submit())].stderr.count("a Spark of your own") for _ in range(3)]
    assert notes == [1, 0, 0]


def test_a_function_judges_what_an_engine_has_run(emr, spark, engine, submit):
    """The output is in the log, whatever the function returns."""
    spark.job("import sys; print('rows: 0'); sys.exit(int(sys.argv[1]))")
    spark_engine, ends = engine(), []

    def judged(run):
        end = spark_engine(run)
        ends.append((bool(end), end.exit_code, end.stdout, end.seconds > 0))
        if end and "rows: 0" in end.stdout:
            return Fail("no rows", after=60)
        return Succeed(after=7) if end.exit_code == 4 else end

    emr.when().run(judged)

    def job(code):
        return {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "entryPointArguments": [str(code)]}}

    runs = [emr.run_until(submit(jobDriver=job(code))) for code in (0, 4, 5)]
    assert [(run.state, run.state_details[-20:].strip()) for run in runs] == [
        ("FAILED", "no rows"),
        ("SUCCESS", ""),
        ("FAILED", "tions: SystemExit: 5"),
    ]
    assert runs[1].total_execution_duration_seconds == 7
    assert ends == [(code == 0, code, "rows: 0\n", True) for code in (0, 4, 5)]
    assert [emr.logs[run].stdout for run in runs] == ["rows: 0\n"] * 3


def test_a_timeout_in_real_seconds_fails_the_run(emr, run, spark):
    """The process is gone, and what it had written is in the log."""
    done = run("import time; print('begun', flush=True); time.sleep(600)", {"timeout": 0.4, "grace": 0.1})
    assert done.state == "FAILED"
    assert "spark_submit(timeout=0.4): the code was stopped" in done.state_details
    assert emr.logs[done].stdout == "begun\n"
    assert is_gone(spark.calls[0]["pid"])


def test_an_execution_time_out_ends_the_process_in_blocking_mode(run, spark):
    """Five simulated minutes are a tenth of a second here."""
    done = run("import time; time.sleep(600)", {"time_scale": 3000, "grace": 0}, executionTimeoutMinutes=5)
    assert (done.state, done.state_details) == ("CANCELLED", "The JobRun exceeded its execution timeout of 5 minutes.")
    assert done.total_execution_duration_seconds >= 300
    assert is_gone(spark.calls[0]["pid"])


def test_what_a_process_leaves_in_its_session_is_killed(emr, run, spark, tmp_path):
    """Also one in a process group of its own, and one that ignores SIGTERM; the working directory is removed."""
    child = (
        "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "os.setpgid(0, 0) if sys.argv[1] == '1' else None; print('ready', flush=True); time.sleep(600)"
    )
    code = (
        "import subprocess, sys\n"
        "for own in '01':\n"
        f"    p = subprocess.Popen([sys.executable, '-c', {child!r}, own], stdout=subprocess.PIPE)\n"
        "    p.stdout.readline(); print(p.pid)\n"
        "import os; os._exit(0)"
    )
    done = run(code.replace("os._exit", "sys.stdout.flush(); os._exit"))
    pids = [int(line) for line in emr.logs[done].stdout.split()]
    assert len(pids) == 2
    assert all(map(is_dead, pids))
    assert not os.path.exists(spark.calls[0]["cwd"])


def test_the_code_takes_real_time_under_a_virtual_clock(spark, engine):
    """While it runs, simulated time stands still; the execution time is that of the process."""
    spark.job("import time; time.sleep(0.05)")
    with mock_emr_serverless(clock="virtual", start=START) as emr:
        emr.when().run(engine(time_scale=4000))
        application = emr.add_application()
        run = emr.run_until(emr.add_job_run(application, "SUBMITTED", jobDriver=SPARK))
        assert run.state == "SUCCESS", emr.logs[run].stderr
        assert run.total_execution_duration_seconds >= 200
        # The events before the end took no time beyond their own.
        assert run.started_at == run.created_at + timedelta(seconds=87)


def test_live_is_refused_under_a_virtual_clock(spark, engine):
    """Sleeping would move time past the process."""
    with mock_emr_serverless(clock="virtual", start=START) as emr:
        emr.when().run(engine(live=True))
        run = emr.add_job_run(emr.add_application(), "SUBMITTED", jobDriver=SPARK)
        with pytest.raises(RuntimeError, match=r"live=True.*virtual.*docs: engines"):
            emr.run_until(run)
    assert spark.calls == []


def test_a_child_does_not_call_the_real_service(emr, spark, submit):
    """The guard for child processes is in force."""
    code = (
        "import boto3\n"
        "client = boto3.client('emr-serverless', 'us-east-1', aws_access_key_id='a', aws_secret_access_key='b')\n"
        "client.list_applications()"
    )
    spark.job(code)
    emr.when().run(local_python(paths={"s3://code": spark.jobs}))
    done = emr.run_until(submit())
    assert done.state == "FAILED"
    assert "in which a mock was active" in emr.logs[done].stderr


def test_the_log_is_delivered(spark, engine):
    """As any log is, when the job run has ended."""
    pytest.importorskip("moto")
    from tests.observation.deliveries.arrived import REGION, double, moto_for

    spark.job("print('from the process')")
    monitoring = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://job-logs/emr/"}}}
    with moto_for("s3"), mock_emr_serverless(deliver={"s3"}, clock="manual") as emr:
        s3 = double("s3")
        s3.create_bucket(Bucket="job-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
        emr.when().run(engine())
        application = emr.add_application(region_name=REGION)
        emr.run_until(emr.add_job_run(application, "SUBMITTED", jobDriver=SPARK, configurationOverrides=monitoring))
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="job-logs")["Contents"]]
        key = next(key for key in keys if key.endswith("SPARK_DRIVER/stdout.gz"))
        written = s3.get_object(Bucket="job-logs", Key=key)["Body"].read()
    assert gzip.decompress(written) == b"from the process\n"


@pytest.fixture
def double_of_s3():
    """The URL of a server with two objects: `code/etl.py` prints where it would look for S3, `code/env.py` more."""
    names = ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "EMRS_MOCK_ATTEMPT")
    objects = {
        "/code/etl.py": "import os; print(os.environ['AWS_ENDPOINT_URL_S3'])",
        "/code/env.py": f"import os, sys; print(*sys.argv[1:], *map(os.environ.get, {names}))",
    }

    class Objects(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path in objects else 404)
            self.end_headers()
            self.wfile.write(objects.get(self.path, "").encode())

        def log_message(self, *args):
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Objects) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_an_entry_point_comes_from_a_double_of_s3(emr, submit, double_of_s3):
    """Which the script finds too."""
    emr.when().run(local_python(s3=double_of_s3))
    done = emr.run_until(submit())
    assert (done.state, emr.logs[done].stdout) == ("SUCCESS", f"{double_of_s3}\n")


def test_what_the_script_needs_for_a_double_of_s3_is_what_was_said_of_it(emr, submit, double_of_s3):
    """Arguments stay as they are, for the script's own client; environment variables of the request and `env=` win."""
    emr.when().run(local_python(s3=double_of_s3, env={"AWS_ACCESS_KEY_ID": "mine", "EMRS_MOCK_ATTEMPT": "9"}))
    prefix = "spark.emr-serverless.driverEnv."
    driver = {
        "entryPoint": "s3://code/env.py",
        "entryPointArguments": ["s3://elsewhere/in"],
        "sparkSubmitParameters": f"--conf {prefix}AWS_DEFAULT_REGION=eu-north-1 --conf {prefix}AWS_ACCESS_KEY_ID=its",
    }
    done = emr.run_until(submit(jobDriver={"sparkSubmit": driver}))
    assert emr.logs[done].stdout == "s3://elsewhere/in eu-north-1 mine emrs-mock 9\n", done.state_details


@pytest.mark.parametrize("url", ["s3://code/no.py", "s3://code", "s3://code/", "s3://code/..", "s3a://code/x/"])
def test_what_a_double_of_s3_does_not_have_fails_the_run(emr, submit, double_of_s3, url):
    """With a sentence that names it."""
    emr.when().run(local_python(s3=double_of_s3))
    missing = emr.run_until(submit(jobDriver={"sparkSubmit": {"entryPoint": url}}))
    assert missing.state == "FAILED"
    assert f"{url} could not be read from {double_of_s3}" in missing.state_details


def test_files_of_the_request_come_from_a_double_of_s3_too(emr, spark, submit, double_of_s3):
    """Spark would need a connector to load them, which is itself among what it loads."""
    emr.when().run(spark_submit(command=spark.command, s3=double_of_s3))
    parameters = (
        "--py-files s3://code/etl.py --jars=s3a://code/etl.py,local:///x.jar --conf spark.files=s3n://code/etl.py"
    )
    driver = {"entryPoint": "s3://code/etl.py", "sparkSubmitParameters": parameters}
    assert emr.run_until(submit(jobDriver={"sparkSubmit": driver})).state == "SUCCESS"
    words = spark.calls[-1]["words"]
    jars, local = next(word for word in words if word.startswith("--jars=")).removeprefix("--jars=").split(",")
    assert local == "local:///x.jar"
    for path in (words[words.index("--py-files") + 1], jars, spark.conf["spark.files"]):
        assert path.endswith("/etl.py")
        assert os.path.isfile(path)


def test_spark_finds_a_double_of_s3_by_hadoops_settings(emr, spark, submit, double_of_s3):
    """Alone, and behind the directories."""
    for paths, impl in (({}, "S3AFileSystem"), ({"s3://out": "out"}, "ViewFileSystemOverloadScheme")):
        with emr.when().run(spark_submit(command=spark.command, s3=double_of_s3, paths=paths)):
            assert emr.run_until(submit()).state == "SUCCESS"
        assert spark.conf["spark.hadoop.fs.s3.impl"].endswith(impl)
        assert spark.conf["spark.hadoop.fs.viewfs.overload.scheme.target.s3.impl"].endswith("S3AFileSystem")
        assert spark.conf["spark.hadoop.fs.s3a.endpoint"] == double_of_s3


def test_motos_server_is_such_a_double(emr, submit):
    """With a client of the script's own."""
    server = pytest.importorskip("moto.server", reason="needs moto[server]")
    double = server.ThreadedMotoServer(port=0, ip_address="127.0.0.1")
    double.start()
    try:
        url = "http://{}:{}".format(*double.get_host_and_port())
        s3 = boto3.client("s3", "us-east-1", endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b")
        s3.create_bucket(Bucket="code")
        s3.put_object(Bucket="code", Key="etl.py", Body=b"print('from moto')")
        emr.when().run(local_python(s3=url))
        assert emr.logs[emr.run_until(submit())].stdout == "from moto\n"
    finally:
        double.stop()


def test_another_thread_can_cancel_code_that_blocks(emr, spark, engine, submit, client, app):
    """The process ends, and the job run is CANCELLED."""
    spark.job("import time; print('begun', flush=True); time.sleep(600)")
    emr.when().run(engine())
    run_id = submit()

    def cancel():
        eventually(lambda: "begun" in emr.logs[run_id].stdout)
        client.cancel_job_run(applicationId=app, jobRunId=run_id)

    thread = threading.Thread(target=cancel)
    thread.start()
    assert emr.run_until(run_id).state == "CANCELLED"
    thread.join()
    assert is_gone(spark.calls[0]["pid"])


@pytest.mark.parametrize("clock", ["manual", "virtual"])
def test_threads_of_a_pool_wait_for_each_others_code(spark, engine, clock):
    """Each moves the clock to the end of its own job run; the code of one runs after that of another."""
    spark.job("import sys; print(sys.argv[1])")
    with mock_emr_serverless(clock=clock, start=START) as emr:
        emr.when().run(engine())
        application = emr.add_application()

        def work(name):
            driver = {"sparkSubmit": {**SPARK["sparkSubmit"], "entryPointArguments": [name]}}
            run = emr.run_until(emr.add_job_run(application, "SUBMITTED", jobDriver=driver))
            emr.clock.advance(seconds=1)
            return run.state, emr.logs[run].stdout

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, "abcd")) == [("SUCCESS", f"{name}\n") for name in "abcd"]


def test_no_code_begins_when_the_mock_has_ended(spark, engine):
    """A function that calls an engine for the second time, in a thread that outlives the mock."""
    spark.job("import time; print('begun', flush=True); time.sleep(600)")
    run_code, ends = engine(), []

    def twice(run):
        ends.extend([run_code(run), run_code(run)])

    with mock_emr_serverless(clock="manual", timing=Timing.instant()) as emr:
        emr.when().run(twice)
        run = emr.add_job_run(emr.add_application(), "SUBMITTED", jobDriver=SPARK)
        thread = threading.Thread(target=lambda: run.state)
        thread.start()
        eventually(lambda: emr.logs[run].stdout)
    thread.join()
    assert len(spark.calls) == 1
    assert [end.exit_code for end in ends] == [143, None]
    assert ends[1].seconds == 0


@pytest.fixture
def heeds_ctrl_c():
    """A shell lets what runs in the background ignore it, and Python's tests with it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_ends_the_process(emr, spark, engine, submit):
    """It is no outcome of the job, and nothing waits for the process afterwards."""
    spark.job("import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(600)")
    emr.when().run(engine())
    run = submit()
    with pytest.raises(KeyboardInterrupt):
        emr.clock.advance(minutes=5)
    assert is_gone(spark.calls[0]["pid"])
    assert not emr._simulation.works
    emr.job_runs[run].cancel()
    assert emr.run_until(run).state == "CANCELLED"


def test_a_job_run_that_a_function_has_cancelled_is_not_run(emr, spark, engine, submit):
    """Its code would run for nothing."""
    spark_engine = engine()

    def cancelled(run):
        run.cancel()
        return spark_engine(run)

    emr.when().run(cancelled)
    assert emr.run_until(submit()).state == "CANCELLED"
    assert spark.calls == []


@pytest.mark.parametrize("live", [True, False])
def test_a_freeze_lets_the_code_run(spark, engine, live):
    """A standing clock blocks unless the author says otherwise; limits are in real seconds all the same."""
    freezegun = pytest.importorskip("freezegun")
    spark.job("import time; time.sleep(600)")
    with freezegun.freeze_time("2024-01-01"), mock_emr_serverless() as emr:
        emr.when().run(engine(timeout=0.1, **({"live": True} if live else {})))
        run = emr.add_job_run(emr.add_application(), "SUBMITTED", jobDriver=SPARK)
        assert emr.run_until(run).state == "FAILED"
        assert "timeout=0.1" in run.state_details
