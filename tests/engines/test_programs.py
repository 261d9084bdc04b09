"""Which `spark-submit` and which Java an engine uses: those of the documented places, in their order."""

from __future__ import annotations

import os
import stat
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from emrs_mock.engines import EngineError
from emrs_mock.engines.programs import spark_submit_command


def program(path: Path) -> str:
    """Make a program that can be started; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    os.chmod(path, stat.S_IRWXU)
    return str(path)


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The three places of spark-submit, each with one: what each needs in the environment, and the program."""
    monkeypatch.setenv("PATH", "/nonexistent")  # of this process; a job's environment may have another
    package = ModuleSpec("pyspark", None, is_package=True)
    package.submodule_search_locations = [str(tmp_path / "empty"), str(tmp_path / "package")]
    monkeypatch.setattr("emrs_mock.engines.programs.find_spec", {"pyspark": package}.get)
    program(tmp_path / "path" / "java")
    return {
        "SPARK_HOME": program(tmp_path / "home" / "bin" / "spark-submit"),
        "pyspark": program(tmp_path / "package" / "bin" / "spark-submit"),
        "PATH": program(tmp_path / "path" / "spark-submit"),
    }


@pytest.fixture
def env(places, tmp_path):
    """An environment in which all three are found."""
    return {"SPARK_HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "path")}


def test_spark_submit_is_that_of_spark_home_else_of_pyspark_else_of_path(places, env, monkeypatch):
    """In this order; where a place has none the next is searched."""
    assert spark_submit_command(None, env) == places["SPARK_HOME"]
    os.remove(places["SPARK_HOME"])
    assert spark_submit_command(None, env) == places["pyspark"]
    os.remove(places["pyspark"])
    assert spark_submit_command(None, env) == places["PATH"]
    monkeypatch.setattr("emrs_mock.engines.programs.find_spec", lambda name: None)
    assert spark_submit_command(None, {"PATH": env["PATH"]}) == places["PATH"]


def test_a_name_that_was_said_is_looked_up_on_the_path_of_the_job(places, env, tmp_path):
    """It is preferred to all others, and may be relative: the job runs in a directory of its own."""
    mine = program(tmp_path / "path" / "my-submit")
    assert spark_submit_command("my-submit", env) == mine
    relative = os.path.relpath(mine)
    assert spark_submit_command(relative, {}) == mine


def test_java_is_that_of_java_home_else_of_path(places, env, tmp_path):
    """A JAVA_HOME without a Java is an error, though there is one on PATH: Spark would fail."""
    home = tmp_path / "jdk"
    with pytest.raises(EngineError, match=f"there is none in JAVA_HOME, which is '{home}'"):
        spark_submit_command(None, {**env, "JAVA_HOME": str(home)})
    program(home / "bin" / "java")
    assert spark_submit_command(None, {**env, "JAVA_HOME": str(home), "PATH": "/nonexistent"}) == places["SPARK_HOME"]
    os.remove(tmp_path / "path" / "java")
    with pytest.raises(EngineError, match="there is none in PATH, and JAVA_HOME is not set"):
        spark_submit_command(None, env)


def test_a_spark_submit_that_was_said_needs_no_java(places, tmp_path):
    """It may bring its own, as a wrapper of a container does."""
    assert spark_submit_command(places["PATH"], {"PATH": "/nonexistent"}) == places["PATH"]


def test_without_any_the_error_names_the_places(tmp_path, monkeypatch):
    """With this interpreter's, into which pyspark would be installed."""
    monkeypatch.setattr("emrs_mock.engines.programs.find_spec", lambda name: None)
    with pytest.raises(EngineError) as missing:
        spark_submit_command(None, {"PATH": str(tmp_path)})
    assert all(place in str(missing.value) for place in ("SPARK_HOME", "pyspark", sys.executable, "PATH", "command="))
