"""From a job run's request to its workers: sizes, memory overhead, how many there are (facts §3.2, §4)."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from emrs_mock.operations import workload
from emrs_mock.operations.properties import effective_properties, said_of, said_of_job_run
from emrs_mock.operations.workload import TooFewAllowed, gigabytes, workload_said
from emrs_mock.sim.workers import Scaling, Size, Unfit, Workload

DYNAMIC = "spark.dynamicAllocation"
DISK = "spark.emr-serverless.executor.disk"


def spark(submitted="", label="emr-7.2.0"):
    """The workers of a Spark job run with these submit parameters."""
    driver = {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "sparkSubmitParameters": submitted}}
    return workload_said(said_of_job_run({"type": "Spark", "releaseLabel": label}, {"jobDriver": driver}))


def conf(**properties):
    """Submit parameters; `executor_cores` is `spark.executor.cores`."""
    return " ".join(f"--conf spark.{name.replace('_', '.')}={value}" for name, value in properties.items())


def hive(parameters=""):
    """The workers of a Hive job run."""
    driver = {"hive": {"query": "select 1", "parameters": parameters}}
    return workload_said(said_of_job_run({"type": "Hive", "releaseLabel": "emr-7.2.0"}, {"jobDriver": driver}))


def problem(ask, *arguments):
    """Why there are no such workers."""
    with pytest.raises(Unfit) as caught:
        ask(*arguments)
    return str(caught.value)


def test_4_2_a_spark_job_run_has_four_workers_of_4_vcpu_and_16_gb_by_default():
    """14 GB and their overhead, rounded up: a driver and three executors."""
    assert spark() == Workload(Size(4, 16), Size(4, 16), 3)


def test_4_3_a_hive_job_run_has_workers_of_2_vcpu_and_6_gb_by_default():
    """A driver and a task; Hive has no overhead."""
    assert hive() == Workload(Size(2, 6), Size(2, 6), 1)


@pytest.mark.parametrize(
    ("memory", "vcpu", "fits"),
    [
        ("1g", 1, 2),
        ("1640m", 1, 2),
        ("1665m", 1, 3),
        ("4g", 1, 5),
        ("4g", 2, 5),
        ("4g", 4, 8),
        ("27g", 4, 30),
        ("16g", 8, 20),
        ("54g", 8, 60),
        ("33g", 16, 40),
        ("221g", 32, 244),
    ],
)
def test_4_1_memory_and_overhead_are_rounded_up_to_a_size_of_the_row(memory, vcpu, fits):
    """A tenth, at least 384 MB; 4g came to 5 GB in the captured job run."""
    assert spark(f"--executor-cores {vcpu} --executor-memory {memory}").executor == Size(vcpu, fits)
    assert spark(f"--driver-cores {vcpu} --driver-memory {memory}").driver == Size(vcpu, fits)


@pytest.mark.parametrize(
    ("properties", "fits"),
    [
        ({"executor_memoryOverhead": "2g"}, 12),
        ({"executor_memoryOverhead": "1024"}, 11),
        ({"emr-serverless_memoryOverheadFactor": "0.4"}, 14),
        ({"emr-serverless_memoryOverheadFactor": "0"}, 11),
    ],
)
def test_4_2_the_overhead_can_be_said_as_an_amount_or_a_factor(properties, fits):
    """An amount wins; a factor leaves 384 MB at least."""
    assert spark(conf(executor_memory="10g", **properties)).executor.memory_gb == fits


def test_4_2_disks_are_as_large_and_of_the_type_that_is_asked_for():
    """Of driver and executors apart."""
    asked = f"--conf {DISK}=500G --conf {DISK}.type=shuffle_optimized"
    assert spark(asked) == Workload(Size(4, 16), Size(4, 16, 500, "SHUFFLE_OPTIMIZED"), 3)


def test_4_3_hive_workers_are_as_large_as_is_asked_for():
    """Each of the eight properties counts."""
    asked = (
        "--hiveconf hive.driver.cores=4 --hiveconf hive.driver.memory=8G --hiveconf hive.driver.disk=30G "
        "--hiveconf hive.tez.cpu.vcores=8 --hiveconf hive.tez.container.size=32768 --hiveconf hive.tez.disk.size=40G"
    )
    assert hive(asked) == Workload(Size(4, 8, 30), Size(8, 32, 40), 1)
    typed = "--hiveconf hive.driver.disk.type=shuffle_optimized --hiveconf hive.tez.disk.type=Shuffle_Optimized"
    workers = hive(f"{asked} {typed} --hiveconf hive.tez.disk.size=2000G")
    assert workers == Workload(Size(4, 8, 30, "SHUFFLE_OPTIMIZED"), Size(8, 32, 2000, "SHUFFLE_OPTIMIZED"), 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14g", 14),
        ("14G", 14),
        ("14gb", 14),
        ("4096m", 4),
        ("4096MB", 4),
        ("4096", 4),
        ("1t", 1024),
        ("1048576k", 1),
        ("1073741824b", 1),
        (" 2g ", 2),
        ("512m", Fraction(1, 2)),
    ],
)
def test_4_2_memory_is_read_as_spark_reads_it(text, expected):
    """MiB unless a unit is said, in any letter case."""
    assert gigabytes(text) == expected


@pytest.mark.parametrize("text", ["", "g", "lots", "1.5g", "-1g", "14 g", "14x", "١g"])
def test_4_2_what_spark_could_not_read_is_refused(text):
    """Fractions too."""
    assert problem(gigabytes, text) == f"{text!r} is not a size."


@pytest.mark.parametrize(
    ("submitted", "executors"),
    [
        ("--num-executors 1", 3),
        ("--num-executors 7", 7),
        (f"--conf {DYNAMIC}.initialExecutors=10", 10),
        (f"--conf {DYNAMIC}.initialExecutors=1", 1),
        (f"--conf {DYNAMIC}.initialExecutors=1 --conf {DYNAMIC}.maxExecutors=1", 1),
        (f"--conf {DYNAMIC}.initialExecutors=0", 0),
        (f"--conf {DYNAMIC}.minExecutors=9", 9),
        (f"--conf {DYNAMIC}.maxExecutors=3", 3),
        (f"--conf {DYNAMIC}.maxExecutors=4 --num-executors 9", 4),
        (f"--num-executors 10 --conf {DYNAMIC}.maxExecutors=5", 5),
        (f"--conf {DYNAMIC}.enabled=false", 3),
        (f"--conf {DYNAMIC}.enabled=false --num-executors 1", 1),
        (f"--conf {DYNAMIC}.enabled=FALSE --conf spark.executor.instances=250", 250),
    ],
)
def test_4_2_executors_to_begin_with(submitted, executors):
    """With dynamic allocation the largest of what is said, up to the maximum (captured); without it, the instances."""
    assert spark(submitted).executors == executors


def test_3_2_more_executors_to_begin_with_than_there_may_be_are_refused_in_awss_words():
    """Captured; the job run is accepted, and fails."""
    with pytest.raises(TooFewAllowed):
        spark(f"--conf {DYNAMIC}.maxExecutors=2")
    assert problem(spark, f"--conf {DYNAMIC}.minExecutors=1 --conf {DYNAMIC}.maxExecutors=2") == (
        "Maximum value of spark.dynamicAllocation.initialExecutors: 3 must be between "
        "spark.dynamicAllocation.minExecutor 1 and spark.dynamicAllocation.maxExecutors 2."
    )


def test_4_2_before_6_10_a_hundred_executors_are_the_most():
    """By default; more can be asked for."""
    assert spark("--num-executors 100", "emr-6.9.0").executors == 100
    assert spark("--num-executors 101", "emr-6.9.0").executors == 100
    assert spark(f"--num-executors 101 --conf {DYNAMIC}.maxExecutors=200", "emr-6.9.0").executors == 101
    assert spark("--num-executors 101", "emr-6.10.0").executors == 101


@pytest.mark.parametrize(
    ("submitted", "scaling"),
    [
        ("", Scaling(0, None, 20, timedelta(seconds=60))),
        (f"--conf {DYNAMIC}.minExecutors=2 --conf {DYNAMIC}.maxExecutors=9", Scaling(2, 9)),
        (f"--conf {DYNAMIC}.enabled=false --num-executors 4", Scaling(4, 4)),
        (f"--conf {DYNAMIC}.executorIdleTimeout=2min", Scaling(idle=timedelta(minutes=2))),
        (f"--conf {DYNAMIC}.executorIdleTimeout=90", Scaling(idle=timedelta(seconds=90))),
        (f"--conf {DYNAMIC}.executorIdleTimeout=1500ms", Scaling(idle=timedelta(seconds=1.5))),
        (f"--conf {DYNAMIC}.executorIdleTimeout=2500000us", Scaling(idle=timedelta(seconds=2.5))),
        (f"--conf {DYNAMIC}.executorIdleTimeout=45s", Scaling(idle=timedelta(seconds=45))),
        (f"--conf {DYNAMIC}.executorIdleTimeout=3m", Scaling(idle=timedelta(minutes=3))),
        (f"--conf {DYNAMIC}.executorIdleTimeout=2h", Scaling(idle=timedelta(hours=2))),
        (f"--conf {DYNAMIC}.executorIdleTimeout=1d", Scaling(idle=timedelta(days=1))),
        (f"--conf {DYNAMIC}.executorIdleTimeout={10**18}d", Scaling(idle=timedelta(days=7))),
        ("--conf spark.emr-serverless.allocation.batch.size=5", Scaling(batch=5)),
    ],
)
def test_4_2_executors_come_and_go_within_the_limits_of_the_properties(submitted, scaling):
    """Least, most, batch size and idle time-out, in the units of time that Spark reads."""
    assert spark(submitted).scaling == scaling


def test_4_6_serverless_storage_uses_no_pre_initialised_workers():
    """All others do."""
    assert spark().uses_initial
    assert not spark("--conf spark.aws.serverlessStorage.enabled=true").uses_initial


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("spark.executor.cores", "many"),
        ("spark.executor.cores", ""),
        ("spark.driver.cores", "1.5"),
        ("spark.executor.instances", "-1"),
        (f"{DYNAMIC}.minExecutors", "-1"),
        (f"{DYNAMIC}.maxExecutors", "all"),
        ("spark.emr-serverless.memoryOverheadFactor", "1/0"),
    ],
)
def test_4_2_what_is_not_a_number_is_refused(name, value):
    """And named."""
    assert problem(spark, f"--conf {name}={value}") == f"{name}: {value!r} is not a number."


def test_4_1_a_worker_of_3_vcpu_is_refused():
    """The rows are named."""
    assert problem(spark, "--executor-cores 3").startswith("Worker with 3 vCPU is not supported. Supported: 1, 2,")


def test_10_a_session_has_the_workers_of_its_configuration():
    """The application's do not count for a classification that the session names (facts §3.8)."""
    application = {
        "type": "Spark",
        "releaseLabel": "emr-7.13.0",
        "runtimeConfiguration": [{"classification": "spark-defaults", "properties": {"spark.executor.cores": "8"}}],
    }
    own = [{"classification": "spark-defaults", "properties": {"spark.driver.cores": "2"}}]
    assert workload_said(said_of(application, own)) == Workload(Size(2, 16), Size(4, 16), 3)
    assert workload_said(said_of(application, ())) == Workload(Size(4, 16), Size(8, 16), 3)


@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [
        (f"{DYNAMIC}.executorIdleTimeout", "soon", f"{DYNAMIC}.executorIdleTimeout: 'soon' is not a duration."),
        (f"{DYNAMIC}.executorIdleTimeout", "1y", f"{DYNAMIC}.executorIdleTimeout: '1y' is not a duration."),
        (f"{DYNAMIC}.executorIdleTimeout", "9" * 5000, f"{'9' * 64}...' is not a duration."),
        ("spark.emr-serverless.allocation.batch.size", "0", "0 is not a positive number."),
        ("spark.emr-serverless.allocation.batch.size", "9" * 5000, "is not a number."),
    ],
)
def test_4_2_limits_that_cannot_be_read_are_refused(name, value, refusal):
    """As sizes are."""
    assert problem(spark, f"--conf {name}={value}").endswith(refusal)


class Recorded(dict):
    """Properties that note which of them are read."""

    def __init__(self, properties):
        super().__init__(properties)
        self.read = set()

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.read.add(name)
        return super().get(name, default)

    def __contains__(self, name):
        self.read.add(name)
        return super().__contains__(name)


def read_by(engine, **said):
    """The properties that decide about the workers of a job run that says these."""
    application = {"type": engine, "releaseLabel": "emr-7.13.0"}
    properties = Recorded({**effective_properties(said_of(application, ())), **said})
    workload._WORKLOADS[engine](properties)
    return sorted(properties.read)


READ = [
    *(("Spark", name, {}) for name in read_by("Spark")),
    *(("Spark", name, {f"{DYNAMIC}.enabled": "false"}) for name in read_by("Spark", **{f"{DYNAMIC}.enabled": "false"})),
    *(("Hive", name, {}) for name in read_by("Hive")),
]


def test_4_2_the_properties_that_are_read_are_known():
    """So that the following test is about all of them."""
    names = {name for _, name, _ in READ}
    assert {f"{DYNAMIC}.enabled", "spark.executor.memoryOverhead", "spark.aws.serverlessStorage.enabled"} <= names
    assert len(names) > 20


@pytest.mark.parametrize("value", ["flase", "", "-1", "1,5", "1e", "4 4", "0x4", "\u0664", "none", "9" * 5000])
@pytest.mark.parametrize(("engine", "name", "said"), READ)
def test_4_2_a_property_that_cannot_be_read_is_refused_whichever_it_is(engine, name, said, value):
    """Never taken for another value: a boolean that is misspelt is not false."""
    configuration = {"spark": "spark-defaults", "hive": "hive-site"}[engine.lower()]
    application = {"type": engine, "releaseLabel": "emr-7.13.0"}
    with pytest.raises(Unfit):
        workload_said(said_of(application, [{"classification": configuration, "properties": {**said, name: value}}]))


@pytest.mark.parametrize(("text", "is_dynamic"), [("true", True), (" TRUE ", True), ("False", False)])
def test_4_2_booleans_are_read_as_spark_reads_them(text, is_dynamic):
    """In any letter case."""
    application = {"type": "Spark", "releaseLabel": "emr-7.13.0"}
    properties = {f"{DYNAMIC}.enabled": text, "spark.executor.instances": "2"}
    found = workload_said(said_of(application, [{"classification": "spark-defaults", "properties": properties}]))
    assert found.executors == (3 if is_dynamic else 2)
