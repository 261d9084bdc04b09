"""Which properties are in effect: parameters, classifications, defaults (facts §3.8, §4.2, §4.3)."""

from __future__ import annotations

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.operations.properties import (
    effective_properties,
    merged,
    other_options,
    parameters,
    said_of,
    said_of_job_run,
)
from emrs_mock.sim.workers import Unfit

CORES = "spark.executor.cores"


def classification(name="spark-defaults", **members):
    """One classification."""
    return {"classification": name, **members}


def in_effect(label="emr-7.2.0", engine="Spark", **request):
    """The properties of a job run that says little else."""
    driver = (
        {"hive": {"query": "select 1"}} if engine == "Hive" else {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}
    )
    application = {"type": engine, "releaseLabel": label}
    return effective_properties(said_of_job_run(application, {"jobDriver": driver, **request}))


@pytest.mark.parametrize(
    "text",
    [
        "--executor-cores 8",
        "--executor-cores=8",
        "--conf spark.executor.cores=8",
        "--conf=spark.executor.cores=8",
        "-c spark.executor.cores=8",
        "--conf 'spark.executor.cores=8'",
        '--conf "spark.executor.cores"="8"',
        "--conf spark.executor.cores\\=8",
        "--conf spark.executor.cores=\\\n8",
        "--conf \\\r\n spark.executor.cores=8",
        "--conf\n\tspark.executor.cores=8\n",
        "--class com.acme.Etl --conf spark.executor.cores=4 --conf spark.executor.cores=8",
    ],
)
def test_4_2_submit_parameters_are_read_as_a_shell_would(text):
    """Quotes, line breaks, continued lines, one word or two; the last of two counts."""
    assert parameters(text) == {CORES: "8"}


@pytest.mark.parametrize(
    ("flag", "name"),
    [
        ("--driver-cores", "spark.driver.cores"),
        ("--driver-memory", "spark.driver.memory"),
        ("--executor-cores", "spark.executor.cores"),
        ("--executor-memory", "spark.executor.memory"),
        ("--num-executors", "spark.executor.instances"),
    ],
)
def test_4_2_each_flag_is_a_property_and_wins_over_conf_wherever_it_stands(flag, name):
    """As in Spark."""
    assert parameters(f"{flag} 2 --conf {name}=1") == {name: "2"}


@pytest.mark.parametrize(
    "text", ["", "--class com.acme.Etl", "--jars a.jar,b.jar --verbose", "--conf", "--conf nothing"]
)
def test_4_2_what_sets_no_property_is_passed_over(text):
    """The job run does with it what it likes."""
    assert parameters(text) == {}


def test_4_3_hive_parameters_set_properties_in_the_same_way():
    """The value may have equals signs of its own."""
    assert parameters("--hiveconf hive.tez.cpu.vcores=4 --hiveconf a.url=s3://b?c=d") == {
        "hive.tez.cpu.vcores": "4",
        "a.url": "s3://b?c=d",
    }


def test_what_sets_no_property_is_what_spark_submit_gets_besides():
    """With values, in order; but not the options that the engine decides, however their value is written."""
    text = "--class org.Main --conf a=1 --master yarn -c b=2 --driver-cores=2 --deploy-mode=cluster --jars 'x y.jar' -v"
    but = ("--master", "--deploy-mode")
    assert other_options(text, but) == ["--class", "org.Main", "--jars", "x y.jar", "-v"]


def test_4_2_parameters_that_no_shell_could_read_are_refused():
    """A quotation without an end."""
    with pytest.raises(Unfit, match="could not be read: No closing quotation"):
        parameters("--conf 'spark.executor.cores=8")


NAME = st.from_regex(r"[a-z][a-zA-Z.]{0,20}", fullmatch=True).map("spark.{}".format)
VALUE = st.text(max_size=20).map(str.strip).filter(lambda value: not re.search(r"\\\r?\n", value))


@given(st.dictionaries(NAME, VALUE))
def test_4_2_whatever_is_quoted_comes_out_as_it_went_in(properties):
    """Every value, however odd; only a continued line is one line, quoted or not."""
    text = " ".join(f"--conf {shlex.quote(f'{name}={value}')}" for name, value in properties.items())
    assert parameters(text) == properties


def test_3_8_the_job_runs_classification_replaces_the_applications():
    """As a whole; a classification that only one of them has stays."""
    application = [classification(properties={"a": "1", "b": "1"}), classification("hive-site", properties={"c": "1"})]
    overrides = [classification(properties={"b": "2"}), classification("spark-metrics", properties={"d": "2"})]
    assert merged(application, overrides) == {
        "spark-defaults": {"b": "2"},
        "hive-site": {"c": "1"},
        "spark-metrics": {"d": "2"},
    }


@pytest.mark.parametrize(
    "override", [{}, {"properties": {}}, {"configurations": []}, {"configurations": [classification("spark-env")]}]
)
def test_3_8_a_classification_without_properties_removes_the_applications(override):
    """Whether its properties are empty or not said at all; what it does not name stays."""
    application = [classification(properties={"a": "1"}), classification("hive-site", properties={"c": "1"})]
    found = merged(application, [classification(**override)])
    assert (found["spark-defaults"], found["hive-site"]) == ({}, {"c": "1"})


def test_3_8_classifications_within_others_count_too():
    """However deep."""
    nested = classification(
        "a", configurations=[classification("b", configurations=[classification(properties={"c": "1"})])]
    )
    assert merged([nested], [])["spark-defaults"] == {"c": "1"}


def test_3_8_parameters_win_over_overrides_over_the_application_over_defaults():
    """Each is taken away in turn."""
    application = {
        "type": "Spark",
        "releaseLabel": "emr-7.2.0",
        "runtimeConfiguration": [classification(properties={CORES: "2"})],
    }
    overrides = [classification(properties={CORES: "8"})]
    assert effective_properties(said_of(application, overrides, "--executor-cores 16"))[CORES] == "16"
    assert effective_properties(said_of(application, overrides))[CORES] == "8"
    assert effective_properties(said_of(application, ()))[CORES] == "2"
    assert effective_properties(said_of({**application, "runtimeConfiguration": ()}, ()))[CORES] == "4"


def test_4_2_a_spark_job_run_of_which_nothing_is_said_has_the_documented_defaults():
    """All that bear upon its workers."""
    assert in_effect() == {
        "spark.driver.cores": "4",
        "spark.driver.memory": "14G",
        "spark.executor.cores": "4",
        "spark.executor.memory": "14G",
        "spark.emr-serverless.driver.disk": "20G",
        "spark.emr-serverless.executor.disk": "20G",
        "spark.emr-serverless.driver.disk.type": "standard",
        "spark.emr-serverless.executor.disk.type": "standard",
        "spark.emr-serverless.memoryOverheadFactor": "0.1",
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.initialExecutors": "3",
        "spark.dynamicAllocation.minExecutors": "0",
        "spark.dynamicAllocation.maxExecutors": "infinity",
        "spark.dynamicAllocation.executorIdleTimeout": "60s",
        "spark.emr-serverless.allocation.batch.size": "20",
    }


@pytest.mark.parametrize(
    ("label", "most"), [("emr-6.9.0", "100"), ("emr-6.10.0", "infinity"), ("emr-7.0.0", "infinity")]
)
def test_4_2_the_number_of_executors_was_limited_before_6_10(label, most):
    """To a hundred."""
    assert in_effect(label)["spark.dynamicAllocation.maxExecutors"] == most


def test_4_3_a_hive_job_run_of_which_nothing_is_said_has_the_documented_defaults():
    """All that bear upon its workers, in every release."""
    defaults = {
        "hive.driver.cores": "2",
        "hive.driver.memory": "6G",
        "hive.driver.disk": "20G",
        "hive.tez.container.size": "6144",
        "hive.tez.cpu.vcores": "2",
        "hive.tez.disk.size": "20G",
    }
    assert in_effect("emr-6.6.0", "Hive") == in_effect("emr-7.2.0", "Hive") == defaults


@pytest.mark.parametrize(
    ("engine", "name", "driver"),
    [
        ("Spark", "spark-defaults", {"sparkSubmit": {"sparkSubmitParameters": "--conf a=1"}}),
        ("Hive", "hive-site", {"hive": {"parameters": "--hiveconf a=1"}}),
    ],
)
def test_3_8_each_engine_has_its_own_classification_and_parameters(engine, name, driver):
    """The other engine's do not matter."""
    other = {"Spark": "hive-site", "Hive": "spark-defaults"}[engine]
    configured = [classification(name, properties={"a": "2", "b": "2"}), classification(other, properties={"c": "2"})]
    found = in_effect(engine=engine, configurationOverrides={"applicationConfiguration": configured}, jobDriver=driver)
    assert (found["a"], found["b"], found.get("c")) == ("1", "2", None)
