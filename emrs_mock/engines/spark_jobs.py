"""`spark_submit`: job runs on the author's own Spark, by its `spark-submit`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from emrs_mock._annotations import checked
from emrs_mock.engines.engine import Command, ProcessEngine, Settings
from emrs_mock.engines.paths import Directory, Paths
from emrs_mock.engines.programs import spark_submit_command
from emrs_mock.engines.requests import FILES, OPTIONS, driver_environment, said_properties
from emrs_mock.operations.properties import other_options
from emrs_mock.operations.workload import gigabytes
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.world import World

_MASTER = re.compile(r"local(\[[^\]]+\])?|yarn|(spark|k8s)://.+")
_LOCAL_DRIVER = "1g"
"""The most memory of a driver whose master is local."""
_SIMULATED = ("spark.emr-serverless.", "spark.master", "spark.submit.deployMode")
"""Properties that Spark does not get: EMR's own, and those that the engine's author decides."""
_OF_EXECUTORS = (
    "spark.executor.cores",
    "spark.executor.instances",
    "spark.executor.memory",
    "spark.driver.cores",
    "spark.driver.memoryOverhead",
    "spark.dynamicAllocation.",
)
"""Sizes and numbers of workers, which a local master does not have."""
_OWN_OPTIONS = ("--master", "--deploy-mode")

_DIRECTORIES = "EMRS-MOCK"
"""The name of a mount table, which no bucket can have."""
_VIEWS = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
_TABLE = "spark.hadoop.fs.viewfs.mounttable."
_S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_COMMITTERS = "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
_SCHEMES = ("s3", "s3a", "s3n")


@checked("engines")
def spark_submit(
    *,
    master: str = "local[2]",
    paths: Mapping[str, Directory] | None = None,
    conf: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    command: str | None = None,
    s3: str | None = None,
    time_scale: float = 1,
    timeout: float = 600,
    grace: float = 5,
    live: bool | None = None,
) -> ProcessEngine:
    """Make a handler that runs job runs with your own Spark: `emr.when(...).run(spark_submit(...))`.

    `master` is Spark's: `local[N]`, `spark://...`, `k8s://...` or `yarn`. `paths` maps S3 prefixes to directories, also
    inside of the scripts. `conf` and `env` are properties and environment variables that win over those of the request.
    `command` is the spark-submit (default: of SPARK_HOME, the package pyspark, or PATH). `s3` is the URL of a double of
    S3. Each real second of the process is `time_scale` simulated seconds of the job run. After `timeout` real seconds
    it is stopped and FAILED. What is stopped gets SIGTERM, and SIGKILL `grace` real seconds later. With `live=True` it
    runs beside the simulation, else while simulated time stands still; the default depends on the clock.

    Raises TypeError or ValueError for an argument that cannot be. The handler raises EngineError if there is no
    spark-submit or no Java.
    """
    if _MASTER.fullmatch(master) is None:
        raise ValueError(
            f"spark_submit(master={master!r}): expected local, local[N], spark://..., k8s://... or yarn (docs: engines)"
        )
    settings = Settings("spark_submit", paths, env, s3, time_scale, timeout, grace, live)
    return SparkEngine(settings, master, conf or {}, command)


class SparkEngine(ProcessEngine):
    """Runs job runs with spark-submit."""

    note = "emrs_mock: this is a Spark of your own, without EMR's patches and connectors (docs: engines)\n"

    def __init__(self, settings: Settings, master: str, conf: Mapping[str, str], submit: str | None) -> None:
        super().__init__(settings)
        self._master = master
        self._conf = conf
        self._submit = submit
        self._env = settings.env or {}

    def command(self, world: World, run: JobRun, entry_point: str) -> Command:
        driver = run.spec["jobDriver"]["sparkSubmit"]
        said = said_properties(world, run)
        # The interpreter that the code gets where the request names none: this one has what the tests have.
        env = {"PYSPARK_PYTHON": sys.executable, **driver_environment(said)}
        properties = {
            **self._handed_on(said),
            **dict(hadoop_properties(self.paths, self.downloads.endpoint)),
            **self._conf,
        }
        words = [
            spark_submit_command(self._submit, {**os.environ, **self._env}),
            *("--master", self._master),
            *(word for name, value in properties.items() for word in ("--conf", f"{name}={value}")),
            *self._options(driver.get("sparkSubmitParameters", "")),
            entry_point,
            *driver.get("entryPointArguments", ()),
        ]
        return Command(words, env)

    def _options(self, parameters: str) -> Iterator[str]:
        """The options of a request that Spark gets; it would prefer them to properties that the author says."""
        decided = [option for option, name in OPTIONS.items() if name in self._conf]
        words = other_options(parameters, (*_OWN_OPTIONS, *decided))
        for before, word in pairwise(["", *words]):
            yield self._localized(word, names_files=before in FILES or word.partition("=")[0] in FILES)

    def _localized(self, text: str, *, names_files: bool) -> str:
        return self.files(text) if names_files else self.paths.localized(text)

    def _handed_on(self, said: Mapping[str, str]) -> dict[str, str]:
        """The properties of a request that Spark gets. Of a local master, the driver's memory is capped."""
        is_local = self._master.startswith("local")
        dropped = (*_SIMULATED, *(_OF_EXECUTORS if is_local else ()))
        names = [name for name in said if not name.startswith(dropped) and name not in self._conf]
        handed = {name: self._localized(said[name], names_files=name in FILES.values()) for name in names}
        if is_local and gigabytes(said.get("spark.driver.memory", "14G")) > Fraction(gigabytes(_LOCAL_DRIVER)):
            handed["spark.driver.memory"] = _LOCAL_DRIVER
        return handed


def hadoop_properties(paths: Paths, endpoint: str | None) -> Iterator[tuple[str, str]]:
    """What lets Hadoop find S3 URLs inside of scripts: in directories, else in a double of S3."""
    mapped = list(paths)
    for scheme in _SCHEMES if mapped or endpoint else ():
        yield f"spark.hadoop.fs.{scheme}.impl", _VIEWS if mapped else _S3A
        if endpoint is not None:
            yield f"spark.hadoop.fs.viewfs.overload.scheme.target.{scheme}.impl", _S3A
    if endpoint is not None:
        yield "spark.hadoop.fs.s3a.endpoint", endpoint
        yield "spark.hadoop.fs.s3a.path.style.access", "true"
        yield "spark.hadoop.fs.s3a.access.key", "emrs-mock"
        yield "spark.hadoop.fs.s3a.secret.key", "emrs-mock"
    if mapped:  # of s3a, Hadoop would take the one of the jar for S3
        yield "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a", _COMMITTERS
    for bucket, key, directory in mapped:
        table, link = (bucket, key) if key else (_DIRECTORIES, f"/{bucket}")
        yield f"{_TABLE}{table}.link.{link}", Path(directory).as_uri()
        if not key:
            # Not linkMergeSlash, behind which a job cannot be committed: listings have paths that are wrong. Nor the
            # directory itself: Hadoop renames what is listed there, and a local file does not know its mode then.
            yield f"{_TABLE}{bucket}.linkFallback", f"viewfs://{_DIRECTORIES}/{bucket}"
