"""Real PySpark jobs, on a local master and on a standalone cluster: `pytest -m spark`, with pyspark and Java.

Each job takes some seconds. The same with a fake spark-submit is in the other modules.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from emrs_mock import Timing, mock_emr_serverless
from emrs_mock.engines import spark_submit
from tests.engines.fakes import eventually, is_gone

pyspark = pytest.importorskip("pyspark")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(shutil.which("java") is None, reason="needs Java"),
]

JARS = Path(pyspark.__file__).parent / "jars"
WORD_COUNT = """
import sys
from pyspark.sql import SparkSession, functions as f

spark = SparkSession.builder.getOrCreate()
words = spark.read.text(sys.argv[1]).select(f.explode(f.split("value", " ")).alias("word"))
words.groupBy("word").count().coalesce(1).write.parquet("s3://out/counts")
rows = spark.read.parquet("s3a://out/counts").collect()
print(sorted((row["word"], row["count"]) for row in rows), spark.conf.get("spark.app.stage"))
"""
BAD_PATH = """
from pyspark.sql import SparkSession

SparkSession.builder.getOrCreate().read.parquet("s3://in/not-there")
"""
UNMAPPED = BAD_PATH.replace("s3://in/", "s3://elsewhere/")
EXIT_3 = """
import sys
from pyspark.sql import SparkSession

SparkSession.builder.getOrCreate()
sys.exit(3)
"""
ENDLESS = """
import os, time
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print("pid", os.getpid(), "jvm", spark._jvm.ProcessHandle.current().pid(), flush=True)
spark.sparkContext.parallelize(range(2), 2).foreach(lambda n: time.sleep(600))
"""
QUIET = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.log.level": "WARN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def environment(directory):
    """A cluster's environment: everything of it in one directory, one interpreter."""
    return {
        **os.environ,
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": directory,
        "SPARK_WORKER_DIR": directory,
        "SPARK_DAEMON_MEMORY": "256m",
        "PYSPARK_PYTHON": sys.executable,
    }


@pytest.fixture(scope="module")
def cluster():
    """The URL of a standalone cluster on loopback, with one worker."""
    spark_class = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
    deploy = "org.apache.spark.deploy"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        log = Path(directory, "log")
        started = []

        def start(*words):
            with log.open("ab") as file:
                command = [spark_class, *words]
                env = environment(directory)
                started.append(subprocess.Popen(command, env=env, cwd=directory, stdout=file, stderr=file))

        def logged(pattern):
            eventually(lambda: re.search(pattern, log.read_text()), seconds=60)
            return re.search(pattern, log.read_text())

        try:
            here = ("--host", "127.0.0.1", "--webui-port", "0")
            start(f"{deploy}.master.Master", *here, "--port", "0")
            url = logged(r"Starting Spark master at (spark://\S+)")[1]
            start(f"{deploy}.worker.Worker", *here, "--cores", "2", "--memory", "1g", url)
            logged("Successfully registered with master")
            yield url
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()


@pytest.fixture(params=["local", "cluster"])
def master(request):
    """A master, and the properties that its jobs need."""
    if request.param == "local":
        return {"master": "local[2]", "conf": QUIET}
    url = request.getfixturevalue("cluster")
    sizes = {"spark.executor.memory": "512m", "spark.executor.cores": "1", "spark.cores.max": "1"}
    loopback = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return {"master": url, "conf": {**QUIET, **sizes, **loopback, "spark.dynamicAllocation.enabled": "false"}}


@pytest.fixture
def files(tmp_path):
    """Directories for the code, the input and the output, as `paths=`."""
    for name in ("code", "in", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "in" / "one.txt").write_text("a b a")
    (tmp_path / "in" / "two.txt").write_text("b a")
    return {f"s3://{name}": tmp_path / name for name in ("code", "in", "out")}


def add(emr, files, code, **members):
    """Submit a job run of this code."""
    (files["s3://code"] / "job.py").write_text(code)
    driver = {
        "entryPoint": "s3://code/job.py",
        "entryPointArguments": ["s3://in/*.txt"],
        "sparkSubmitParameters": "--driver-memory 2g --conf spark.app.stage=test",
    }
    return emr.add_job_run(emr.add_application(), "SUBMITTED", jobDriver={"sparkSubmit": driver}, **members)


@pytest.fixture
def run(files, master):
    """Run this code to its end under a manual clock; returns the job run and its logs."""

    def run(code):
        with mock_emr_serverless(clock="manual") as emr:
            emr.when().run(spark_submit(paths=files, **master))
            done = emr.run_until(add(emr, files, code))
            return done, emr.logs[done]

    return run


def test_a_word_count_over_files_is_written_as_parquet(run, files):
    """From S3 to S3, as far as the script knows."""
    done, logs = run(WORD_COUNT)
    assert done.state == "SUCCESS", logs.stderr
    # PySpark warns of some versions of pandas there.
    assert logs.stdout.splitlines()[-1] == "[('a', 3), ('b', 2)] test"
    assert list((files["s3://out"] / "counts").glob("*.parquet"))
    assert "a Spark of your own" in logs.stderr


def test_a_missing_module_fails_the_run_with_awss_text(run):
    """As for a module that the workers do not have."""
    done, _ = run("import pandas_of_the_future")
    assert done.state_details.startswith("ModuleNotFoundError: No module named 'pandas_of_the_future'. Please refer")


@pytest.mark.parametrize(
    ("code", "said"),
    [(BAD_PATH, "PATH_NOT_FOUND"), (EXIT_3, "ExitCode: 3. ")],
    ids=["bad path", "exit code"],
)
def test_what_goes_wrong_is_in_the_details(run, code, said):
    """Spark's own exception, or the code of sys.exit."""
    done, logs = run(code)
    assert (done.state, said in done.state_details) == ("FAILED", True), (done.state_details, logs.stderr)


@pytest.mark.parametrize("master", ["local"], indirect=True)
def test_a_script_that_reads_what_is_not_mapped_is_told_how(run):
    """Before Spark's own words."""
    done, logs = run(UNMAPPED)
    assert "not mapped, say paths= or s3=" in done.state_details, logs.stderr


@pytest.mark.parametrize("master", ["local"], indirect=True)
@pytest.mark.skipif(any(JARS.glob("hadoop-aws-*.jar")), reason="this Spark can use a double of S3")
def test_a_double_of_s3_needs_a_jar_and_the_details_say_which(files, master):
    """Spark comes without it."""
    with mock_emr_serverless(clock="manual") as emr:
        emr.when().run(spark_submit(paths=files, s3="http://127.0.0.1:1", **master))
        done = emr.run_until(add(emr, files, UNMAPPED))
    assert "add conf={'spark.jars.packages': 'org.apache.hadoop:hadoop-aws:" in done.state_details


ROOTS = """
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for root in ("s3://out", "s3a://out/"):
    spark.range(2).coalesce(1).write.mode("append").csv(root)
    print(spark.read.csv(root).count(), spark.read.text(root.rstrip("/") + "/*.csv").count())
"""


@pytest.mark.parametrize("master", ["local"], indirect=True)
def test_the_root_of_a_bucket_can_be_read_and_written(run):
    """As any other directory."""
    done, logs = run(ROOTS)
    assert done.state == "SUCCESS", (done.state_details, logs.stderr)
    assert logs.stdout.splitlines()[-2:] == ["2 2", "4 4"]


@pytest.mark.parametrize("how", ["cancel", "time-out"])
def test_what_is_killed_leaves_nothing_behind(files, master, how):
    """Neither the script, nor the JVM, nor its workers."""
    with mock_emr_serverless(timing=Timing.instant()) as emr:
        emr.when().run(spark_submit(paths=files, grace=10, **master))
        job = add(emr, files, ENDLESS, executionTimeoutMinutes=30)
        assert job.state == "RUNNING"
        eventually(lambda: "jvm" in emr.logs[job].stdout or job.state != "RUNNING", seconds=60)
        pids = [int(word) for word in emr.logs[job].stdout.split() if word.isdigit()]
        assert len(pids) == 2, emr.logs[job].stderr
        time.sleep(0.5)  # let the tasks begin
        job.cancel() if how == "cancel" else emr.clock.advance(minutes=31)
        eventually(lambda: all(map(is_gone, pids)), seconds=60)
        assert emr.run_until(job).state == "CANCELLED"
