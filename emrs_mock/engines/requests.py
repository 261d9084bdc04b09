"""What a job run's request says to Spark: properties, options of spark-submit, and the driver's environment."""

from __future__ import annotations

from collections.abc import Mapping

from emrs_mock.operations.properties import parameters, said_of_job_run
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.world import World

_DRIVER_ENV = "spark.emr-serverless.driverEnv."


def said_properties(world: World, run: JobRun) -> dict[str, str]:
    """The `spark-defaults` in effect and the properties in the parameters, which win; without AWS's defaults."""
    said = said_of_job_run(world.application_of(run).spec, run.spec)
    return {**dict(said.configured), **parameters(said.parameters)}


def driver_environment(properties: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that properties set for the driver (facts §4.2)."""
    return {name.removeprefix(_DRIVER_ENV): value for name, value in properties.items() if name.startswith(_DRIVER_ENV)}
