"""What the request says is what the process gets: command line, properties, environment, files."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from emrs_mock.engines import local_python, spark_submit
from tests.service.requests import SPARK


def driver(entry_point="s3://code/etl.py", parameters="", arguments=()):
    """A job driver for Spark."""
    members = {"entryPoint": entry_point, "entryPointArguments": list(arguments)}
    return {"sparkSubmit": {**members, **({"sparkSubmitParameters": parameters} if parameters else {})}}


def defaults(**properties):
    """Overrides with these spark-defaults, `_` for `.`."""
    named = {name.replace("_", "."): value for name, value in properties.items()}
    return {"applicationConfiguration": [{"classification": "spark-defaults", "properties": named}]}


@pytest.fixture
def run(emr, spark, engine, submit):
    """Submit a job run to an engine with these arguments; returns it when it has ended."""

    def run(parameters="", arguments=(), engine_arguments=None, code="", **members):
        spark.job(code)
        with emr.when().run(engine(**(engine_arguments or {}))):
            return emr.run_until(submit(jobDriver=driver(parameters=parameters, arguments=arguments), **members))

    return run


def test_entry_point_and_arguments_are_those_of_the_request(run, spark):
    """The entry point is the local file; arguments are not changed, because the script finds S3 by itself."""
    assert run(arguments=["--to", "s3://out/day=1", "two words"]).state == "SUCCESS"
    words = spark.calls[-1]["words"]
    assert words[words.index(str(spark.jobs / "etl.py")) :] == [
        str(spark.jobs / "etl.py"),
        "--to",
        "s3://out/day=1",
        "two words",
    ]


def test_properties_of_the_request_are_handed_on_and_parameters_win(run, spark):
    """`spark-defaults` in effect, then the parameters, then what the engine's author says."""
    run(
        "--conf spark.a=2 --conf spark.b='two words' --class org.Main --jars s3://code/x.jar,s3://out/y.jar",
        engine_arguments={"conf": {"spark.ui.enabled": "false", "spark.b": "3"}},
        configurationOverrides=defaults(spark_a="1", spark_c="1"),
    )
    assert {name: spark.conf.get(f"spark.{name}") for name in ("a", "b", "c", "ui.enabled")} == {
        "a": "2",
        "b": "3",
        "c": "1",
        "ui.enabled": "false",
    }
    words = spark.calls[-1]["words"]
    assert words[words.index("--class") + 1] == "org.Main"
    assert words[words.index("--jars") + 1].startswith(f"{spark.jobs}/x.jar,")


def test_master_and_deploy_mode_are_the_authors(run, spark):
    """What the request says about them is EMR's affair."""
    run("--master yarn --deploy-mode cluster", engine_arguments={"master": "local[3]"})
    words = spark.calls[-1]["words"]
    assert words[words.index("--master") + 1] == "local[3]"
    assert words.count("--master") == 1
    assert not {"yarn", "--deploy-mode", "cluster"} & set(words)


SIZES = (
    "--driver-memory 8g --executor-memory 8g --conf spark.executor.instances=9 "
    "--conf spark.dynamicAllocation.maxExecutors=20 --conf spark.emr-serverless.executor.disk=30G"
)


def test_sizes_are_capped_for_a_local_master(run, spark):
    """The simulator has the workers; the machine has none of that size."""
    run(SIZES)
    assert spark.conf["spark.driver.memory"] == "1g"
    assert not [name for name in spark.conf if name.startswith(("spark.executor.", "spark.dynamic", "spark.emr"))]


def test_a_smaller_driver_stays_as_small(run, spark):
    """A cap is no floor."""
    run("--conf spark.driver.memory=600m --conf spark.driver.cores=1")
    assert spark.conf["spark.driver.memory"] == "600m"


def test_a_cluster_gets_the_sizes_that_were_said_and_no_defaults(run, spark):
    """14 GB for each executor is EMR's default and not the cluster's."""
    run("--executor-memory 8g", engine_arguments={"master": "spark://host:7077"})
    assert spark.conf["spark.executor.memory"] == "8g"
    assert "spark.driver.memory" not in spark.conf


def test_sizes_that_emr_refuses_are_refused_before_spark_starts(emr, spark, engine, submit):
    """By StartJobRun, as on AWS."""
    emr.when().run(engine())
    with pytest.raises(Exception, match="ValidationException"):
        submit(jobDriver=driver(parameters="--conf spark.driver.cores=3"))
    assert spark.calls == []


def test_the_drivers_environment_is_that_of_the_request(run, spark):
    """`driverEnv` is the process's; `executorEnv` is Spark's to set; the author's `env` wins."""
    prefix = "spark.emr-serverless.driverEnv."
    run(
        f"--conf {prefix}STAGE=prod --conf {prefix}TEAM=data --conf spark.executorEnv.STAGE=prod",
        engine_arguments={"env": {"TEAM": "tests"}},
    )
    env = spark.calls[-1]["env"]
    assert (env["STAGE"], env["TEAM"], env["PYSPARK_PYTHON"]) == ("prod", "tests", sys.executable)
    assert spark.conf["spark.executorEnv.STAGE"] == "prod"


def test_hadoop_finds_s3_in_the_directories(run, spark, tmp_path):
    """A mount table for each bucket: whole, by prefixes, or both."""
    run(
        engine_arguments={
            "paths": {"s3://code": spark.jobs, "s3://raw/a/b": tmp_path, "s3://mix": "y", "s3://mix/z/": "/z"}
        }
    )
    mounts = {
        name.removeprefix("spark.hadoop.fs.viewfs.mounttable."): value
        for name, value in spark.conf.items()
        if "mounttable" in name
    }
    assert mounts == {
        "code.linkFallback": "viewfs://EMRS-MOCK/code",
        "EMRS-MOCK.link./code": f"file://{spark.jobs}",
        "raw.link./a/b": f"file://{tmp_path}",
        "mix.linkFallback": "viewfs://EMRS-MOCK/mix",
        "EMRS-MOCK.link./mix": f"file://{Path('y').absolute()}",
        "mix.link./z": "file:///z",
    }
    assert all("ViewFileSystem" in spark.conf[f"spark.hadoop.fs.{scheme}.impl"] for scheme in ("s3", "s3a"))


@pytest.mark.parametrize(
    "request_",
    [
        driver("s3://elsewhere/etl.py"),
        driver(arguments=["--from=s3://elsewhere/x"]),
        driver(arguments=["s3a://elsewhere"]),
        driver(parameters="--py-files s3://code/a.zip,s3://elsewhere/b.zip"),
        driver(parameters="--conf spark.archives=s3://elsewhere/env.tar.gz#env"),
        None,
    ],
    ids=["entry point", "argument", "s3a", "py-files", "property", "spark-defaults"],
)
def test_what_is_not_mapped_fails_with_a_sentence_that_says_how(emr, spark, engine, submit, request_):
    """In the details and in the log, and no process is started."""
    spark.job("")
    made, ends = engine(), []
    emr.when().run(lambda run: ends.append(made(run)) or ends[-1])
    overrides = {"configurationOverrides": defaults(spark_archives="s3://elsewhere/env.tar.gz")}
    run = emr.run_until(submit(**({"jobDriver": request_} if request_ else overrides)))
    assert run.state == "FAILED"
    assert "is not mapped: make the engine with paths={'s3://elsewhere': directory} or s3=URL" in run.state_details
    assert emr.logs[run].stderr == f"{run.state_details}\n"
    assert [(end.exit_code, end.stdout, end.stderr) for end in ends] == [(None, "", f"{run.state_details}\n")]
    assert (spark.calls, run.total_execution_duration_seconds) == ([], 0)


@pytest.mark.parametrize(
    "words",
    [
        "java.io.IOException: Could not initialize target File System for URI : s3://elsewhere/",
        "x.AccessException: InternalDir of ViewFileSystem is readonly, operation create not permitted on path /x",
        'x.UnsupportedFileSystemException: No FileSystem for scheme "s3a"',
    ],
)
def test_a_script_that_uses_what_is_not_mapped_is_told_how(run, words):
    """Spark's own words, and ours before them."""
    details = run(code=f"import sys; sys.exit({words!r})").state_details
    hint = words.partition(": ")[2].removesuffix("/")
    assert f"{hint}: not mapped, say paths= or s3= to the engine (docs: engines)" in details


def test_what_the_engines_author_says_wins_over_options_too(run, spark):
    """Also over those that Spark prefers to properties; a URL that is not used need not be mapped."""
    options = "--py-files s3://elsewhere/a.zip --name=theirs --archives s3://elsewhere/b.zip#env --class Main"
    conf = {"spark.submit.pyFiles": "", "spark.app.name": "mine", "spark.archives": "", "spark.eventLog.dir": "/tmp"}
    overrides = defaults(spark_eventLog_dir="s3://elsewhere/logs")
    done = run(options, engine_arguments={"conf": conf}, configurationOverrides=overrides)
    assert done.state == "SUCCESS", done.state_details
    words = spark.calls[-1]["words"]
    assert not {"--py-files", "--name=theirs", "--archives"} & set(words)
    assert {name: spark.conf[name] for name in conf} == conf
    assert words[words.index("--class") + 1] == "Main"


@pytest.mark.parametrize("name", ["TMPDIR", "SPARK_LOCAL_DIRS", "SPARK_SUBMIT_OPTS"])
def test_environment_that_was_said_is_not_replaced(run, spark, name):
    """Temporary files are in the working directory unless the engine's author or the request says otherwise."""
    prefix = "spark.emr-serverless.driverEnv."
    run()
    assert spark.calls[-1]["cwd"] in spark.calls[-1]["env"][name]
    run(engine_arguments={"env": {name: "/said"}})
    assert spark.calls[-1]["env"][name] == "/said"
    run(f"--conf {prefix}{name}=/of-the-request")
    assert spark.calls[-1]["env"][name] == "/of-the-request"


def test_options_of_this_machines_java_are_kept(run, spark, monkeypatch):
    """Such as the certificates with which Spark loads packages."""
    monkeypatch.setenv("SPARK_SUBMIT_OPTS", "-Dmine=1")
    run()
    assert spark.calls[-1]["env"]["SPARK_SUBMIT_OPTS"].startswith("-Dmine=1 -Djava.io.tmpdir=")


@pytest.mark.needs_model("CreateApplication.runtimeConfiguration")
def test_applications_configuration_counts(emr, spark, engine, submit):
    """`spark-defaults` of the application are in effect where the job run names none."""
    spark.job("")
    application = emr.add_application(
        runtimeConfiguration=[{"classification": "spark-defaults", "properties": {"spark.a": "of the application"}}]
    )
    emr.when().run(engine())
    emr.run_until(emr.add_job_run(application, "SUBMITTED", jobDriver=SPARK))
    assert spark.conf["spark.a"] == "of the application"


def test_a_spark_without_the_jar_for_s3_is_told_which(run):
    """What Hadoop says where the class is not there, and before it the property that adds it."""
    details = run(code="import sys; sys.exit('x.Exception: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found')")
    advice = "add conf={'spark.jars.packages': 'org.apache.hadoop:hadoop-aws:VERSION'} (docs: engines)"
    assert f"S3AFileSystem not found: {advice}\nx.Exception" in details.state_details


def test_local_python_runs_the_script_with_local_arguments(emr, spark, submit, tmp_path):
    """Without Hadoop nothing else could find them."""
    spark.job("import os, sys; print(sys.argv[1:], os.environ['STAGE'])")
    emr.when().run(local_python(paths={"s3://code": spark.jobs, "s3://out/a": tmp_path}))
    parameters = "--conf spark.emr-serverless.driverEnv.STAGE=dev"
    run = emr.run_until(submit(jobDriver=driver(parameters=parameters, arguments=["--to=s3://out/a/b", "x"])))
    assert run.state == "SUCCESS", emr.logs[run].stderr
    assert emr.logs[run].stdout == f"['--to={tmp_path}/b', 'x'] dev\n"


def test_local_python_uses_what_else_the_request_says(emr, spark, submit, tmp_path):
    """Python files of the parameters can be imported, and environment variables name local paths too."""
    spark.job("import os, helper, packed; print(helper.X, packed.X, os.environ['INPUT'])")
    spark.job("X = 'file'", "helper.py")
    with zipfile.ZipFile(spark.jobs / "lib.zip", "w") as lib:
        lib.writestr("packed.py", "X = 'zip'")
    emr.when().run(local_python(paths={"s3://code": spark.jobs, "s3://in": tmp_path}))
    parameters = (
        "--py-files s3://code/helper.py,s3://code/lib.zip --conf spark.emr-serverless.driverEnv.INPUT=s3://in/day=1"
    )
    run = emr.run_until(submit(jobDriver=driver(parameters=parameters)))
    assert emr.logs[run].stdout == f"file zip {tmp_path}/day=1\n", emr.logs[run].stderr


@pytest.mark.parametrize("scheme", ["local", "file"])
def test_local_python_finds_a_script_on_this_machine(emr, spark, submit, scheme):
    """An entry point in an image, as Spark names it."""
    spark.job("print('found')")
    emr.when().run(local_python())
    assert emr.run_until(submit(jobDriver=driver(f"{scheme}://{spark.jobs}/etl.py"))).state == "SUCCESS"


def test_a_directory_is_that_of_when_the_engine_was_made(emr, spark, submit, monkeypatch, tmp_path):
    """A job that runs later, in another directory, finds the same files."""
    spark.job("print('found')")
    monkeypatch.chdir(spark.jobs.parent)
    engine = local_python(paths={"s3://code": "jobs"})
    monkeypatch.chdir("/")
    emr.when().run(engine)
    assert emr.run_until(submit()).state == "SUCCESS"


WRONG = {
    "master": ["", "mesos://x", "local[", 3],
    "paths": [{"code": "jobs"}, {"s3://": "jobs"}, {"s3://Code": "a"}, {"s3://code/*": 3}, {"s3://code": __file__}, 3],
    "conf": [{"spark.a": 1}, {1: "a"}, ["spark.a=1"]],
    "env": [{"A": 1}],
    "time_scale": [0, -1, float("nan"), "60"],
    "timeout": [0, -1, float("inf"), None],
    "grace": [-1, "5"],
    "live": ["yes"],
    "s3": ["https://s3.amazonaws.com", "https://minio.example.com", "file:///tmp", "localhost:5000", 3],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_an_argument_that_cannot_be_is_refused_when_the_engine_is_made(name, value):
    """And the message names the page."""
    with pytest.raises((TypeError, ValueError), match=rf"{name}.*\(docs: engines\)"):
        spark_submit(**{name: value})


def test_a_python_that_is_not_there_is_refused(tmp_path):
    """When the engine is made."""
    with pytest.raises(ValueError, match="there is no such program"):
        local_python(python=str(tmp_path / "python"))


def raises(emr, submit, match):
    """The job run's code cannot run here: the test gets one error, and the job run goes on."""
    submit()
    with pytest.raises(RuntimeError, match=match):
        emr.clock.advance(minutes=5)
    assert emr.job_runs[-1].state == "RUNNING"


def test_a_missing_spark_submit_is_one_clear_error(emr, submit, monkeypatch, tmp_path):
    """Said or searched for; it is raised in the test, as it is no failure of the job."""
    paths = {"s3://code": tmp_path}
    with emr.when().run(spark_submit(command="no-spark-submit", paths=paths)):
        raises(emr, submit, "no-spark-submit.*there is no such program")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SPARK_HOME", raising=False)
    monkeypatch.setattr("emrs_mock.engines.programs.find_spec", lambda name: None)
    with emr.when().run(spark_submit(paths=paths)):
        raises(emr, submit, "pip install pyspark")


@pytest.mark.parametrize("home", [None, "/nonexistent/java"])
def test_a_missing_java_is_one_clear_error(emr, spark, submit, monkeypatch, tmp_path, home):
    """Only where the spark-submit was found and not said."""
    (tmp_path / "bin").mkdir()
    shutil.copy(spark.command, tmp_path / "bin")
    monkeypatch.setenv("SPARK_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if home:
        monkeypatch.setenv("JAVA_HOME", home)
    emr.when().run(spark_submit(paths={"s3://code": spark.jobs}))
    raises(emr, submit, "needs Java.*JAVA_HOME.*default-jre-headless")


def test_hive_has_no_engine_and_the_error_says_so(emr, engine):
    """It is raised in the test."""
    application = emr.add_application(type="Hive")
    emr.when().run(engine())
    emr.add_job_run(application, "SCHEDULED")
    with pytest.raises(RuntimeError, match=r"runs no Hive queries.*succeed\(\).*docs: engines"):
        emr.clock.advance(minutes=5)
