"""What a job run's request says to Spark: properties, options of spark-submit, and the driver's environment."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from emrs_mock.operations.properties import other_options, parameters, said_of_job_run
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.world import World

FILES: Mapping[str, str] = {
    "--archives": "spark.archives",
    "--files": "spark.files",
    "--jars": "spark.jars",
    "--py-files": "spark.submit.pyFiles",
}
"""Options that name files, and the properties of the same meaning. Spark prefers an option."""
OPTIONS: Mapping[str, str] = {
    **FILES,
    "--driver-class-path": "spark.driver.extraClassPath",
    "--driver-java-options": "spark.driver.extraJavaOptions",
    "--driver-library-path": "spark.driver.extraLibraryPath",
    "--exclude-packages": "spark.jars.excludes",
    "--name": "spark.app.name",
    "--packages": "spark.jars.packages",
    "--repositories": "spark.jars.repositories",
}
"""The same of all options that set a property, but for sizes, which `operations.properties` reads as properties."""
_DRIVER_ENV = "spark.emr-serverless.driverEnv."


def said_properties(world: World, run: JobRun) -> dict[str, str]:
    """The `spark-defaults` in effect and the properties in the parameters, which win; without AWS's defaults."""
    said = said_of_job_run(world.application_of(run).spec, run.spec)
    return {**dict(said.configured), **parameters(said.parameters)}


def named_files(run: JobRun, properties: Mapping[str, str], option: str) -> list[str]:
    """The files that an option of the parameters names, or the property of the same meaning: the option wins."""
    words = other_options(run.spec["jobDriver"]["sparkSubmit"].get("sparkSubmitParameters", ""))
    said = [value for flag, value in pairwise(words) if flag == option]
    said += [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
    text = said[-1] if said else properties.get(OPTIONS[option], "")
    return [name for name in text.split(",") if name]


def driver_environment(properties: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that properties set for the driver (facts §4.2)."""
    return {name.removeprefix(_DRIVER_ENV): value for name, value in properties.items() if name.startswith(_DRIVER_ENV)}
