"""Finding the programs that engines start: the author's own `spark-submit` and Java. Nothing is imported for it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec

from emrs_mock.sim.outcomes import AuthorsMistake


class EngineError(AuthorsMistake):
    """An engine cannot run any job here: a program is missing, or it cannot be used so."""


def spark_submit_command(said: str | None, env: Mapping[str, str]) -> str:
    """The path of the `spark-submit` that was said, else of SPARK_HOME, the package pyspark, or PATH.

    Raises EngineError if there is none. If none was said, Java has to be there too: a said one may bring its own.
    """
    path = env.get("PATH")
    if said is not None:
        found = shutil.which(said, path=path)
        if found is None:
            raise EngineError(f"spark_submit(command={said!r}): there is no such program (docs: engines)")
        return os.path.abspath(found)
    found = _of_spark_home(env) or _of_pyspark() or shutil.which("spark-submit", path=path)
    if found is None:
        raise EngineError(
            "spark_submit() needs a spark-submit of your own, and there is none in SPARK_HOME, in the package pyspark "
            f"of {sys.executable}, or on PATH: pip install pyspark, or say command= (docs: engines)"
        )
    _require_java(env)
    return found


def _of_spark_home(env: Mapping[str, str]) -> str | None:
    home = env.get("SPARK_HOME")
    return shutil.which(os.path.join(home, "bin", "spark-submit")) if home else None


def _of_pyspark() -> str | None:
    spec = find_spec("pyspark")
    places = spec.submodule_search_locations if spec is not None else None
    programs = (os.path.join(place, "bin", "spark-submit") for place in places or ())
    return next(filter(None, map(shutil.which, programs)), None)


def _require_java(env: Mapping[str, str]) -> None:
    home = env.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else "java"
    if shutil.which(java, path=env.get("PATH")) is None:
        where = f"JAVA_HOME, which is {home!r}" if home else "PATH, and JAVA_HOME is not set"
        raise EngineError(
            f"spark-submit needs Java, and there is none in {where}: install a Java that your Spark supports, such as "
            "Debian's default-jre-headless (docs: engines)"
        )
