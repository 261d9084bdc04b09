"""`local_python`: the entry point of a Spark job run as a Python script, without Spark."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping

from emrs_mock._annotations import checked
from emrs_mock.engines.engine import Command, ProcessEngine, Settings
from emrs_mock.engines.paths import Directory
from emrs_mock.engines.requests import driver_environment, named_files, said_properties
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.world import World


@checked("engines")
def local_python(
    *,
    paths: Mapping[str, Directory] | None = None,
    env: Mapping[str, str] | None = None,
    python: str | None = None,
    s3: str | None = None,
    time_scale: float = 1,
    timeout: float = 600,
    grace: float = 5,
    live: bool | None = None,
) -> ProcessEngine:
    """Make a handler that runs the entry point with `python` (default: this interpreter), for scripts without Spark.

    S3 URLs in the arguments and the environment are replaced by local paths where `paths` maps them; files of
    `--py-files` can be imported. The other parameters are those of `spark_submit`. Raises TypeError or ValueError for
    an argument that cannot be.
    """
    if python is not None and shutil.which(python) is None:
        raise ValueError(f"local_python(python={python!r}): there is no such program (docs: engines)")
    settings = Settings("local_python", paths, env, s3, time_scale, timeout, grace, live)
    return PythonEngine(settings, os.path.abspath(str(shutil.which(python))) if python else sys.executable)


class PythonEngine(ProcessEngine):
    """Runs scripts with a Python interpreter."""

    def __init__(self, settings: Settings, python: str) -> None:
        super().__init__(settings)
        self._python = python

    def command(self, world: World, run: JobRun, entry_point: str) -> Command:
        arguments = run.spec["jobDriver"]["sparkSubmit"].get("entryPointArguments", ())
        words = [self._python, "-u", _on_this_machine(entry_point), *map(self.paths.localized, arguments)]
        said = said_properties(world, run)
        env = {name: self.paths.localized(value) for name, value in driver_environment(said).items()}
        files = [_import_path(self.files(name)) for name in named_files(run, said, "--py-files")]
        path = env.get("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
        return Command(words, {**env, "PYTHONPATH": os.pathsep.join([*files, path])} if files else env)


def _on_this_machine(url: str) -> str:
    """The path of an entry point that is in an image, such as `local:///usr/lib/spark/examples/pi.py`."""
    return re.sub(r"^(local|file)://", "", url)


def _import_path(file: str) -> str:
    """What Python looks into to import a module from a file: an archive itself, or the directory of a module."""
    return os.path.dirname(file) if file.endswith(".py") else file
