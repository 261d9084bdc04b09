"""Tests one mutant: runs the tests of its line, or of its room, until one fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from zlib import crc32

from coverage import CoverageData
from poodle.data_types import Mutant, MutantTrialResult, PoodleConfig

from tests.mutation.selection import SELECTED

PYTEST = ("-q", "-x", "--timeout=60", "-p", "no:cacheprovider", "-p", "tests.mutation.selection")
NEAREST = 25
"""The number of tests that are loaded and run before the others."""


def covering_tests(
    config: PoodleConfig, echo: Callable[..., None], run_folder: Path, mutant: Mutant, timeout: float | None
) -> MutantTrialResult:
    """Run the covering tests in the copy that holds the mutant. A mutant that hangs counts as found.

    Without a source file nothing was mutated, and the tests of all rooms run.
    """
    folder = run_folder.resolve()
    tests = chosen(config, mutant) if mutant.source_file else []
    stages = [tests[:NEAREST], tests[NEAREST:]] if tests else [of_room(config, mutant)]
    results = (failure(folder, stage, timeout) for stage in stages if stage)
    found = next((text for text in results if text), None)
    if found or not mutant.source_file:
        return MutantTrialResult(bool(found), MutantTrialResult.RC_FOUND, found)
    echo(f"alive: {mutant.source_file}:{mutant.lineno}:{mutant.col_offset} {mutant.mutator_name}: {mutant.text}")
    return MutantTrialResult(found=False, reason_code=MutantTrialResult.RC_NOT_FOUND)


def failure(folder: Path, tests: list[str], timeout: float | None) -> str | None:
    """The end of pytest's output if one of the tests (names of tests or folders) fails or takes too long, else None."""
    named = [test for test in tests if "::" in test]
    (folder / SELECTED).write_text("\n".join(named), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", *PYTEST, *sorted({test.partition("::")[0] for test in tests})]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    # Not a fork of this process: tests about child processes would fail in it.
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=timeout, text=True)
    except subprocess.TimeoutExpired:
        return "time-out"
    return done.stdout[-2000:] + done.stderr[-2000:] if done.returncode else None


def chosen(config: PoodleConfig, mutant: Mutant) -> list[str]:
    """The tests of a mutant, those of its room first: some of those that run its line; without any, all of its file.

    Empty if only child processes run the file.
    """
    own = tuple(of_room(config, mutant))
    lines = contexts(config.runner_opts["coverage_file"], str(Path(str(mutant.source_file)).resolve()))
    most = config.runner_opts["most_tests"]
    tests = tests_of(lines, range(mutant.lineno, mutant.end_lineno + 1))
    in_order = sorted(
        tests or tests_of(lines, lines),
        key=lambda test: (not test.startswith(own[0]), not test.startswith(own), hash_of(test)),
    )
    return in_order[:most] if tests else in_order


def tests_of(lines: dict[int, list[str]], numbers: Iterable[int]) -> set[str]:
    """The tests that ran some lines."""
    return {test.rpartition("|")[0] for number in numbers for test in lines.get(number, ()) if test}


def hash_of(test: str) -> int:
    """A number that looks random, and is the same in each process."""
    return crc32(test.encode())


@cache
def contexts(coverage_file: str, source_file: str) -> dict[int, list[str]]:
    """The tests that ran each line of a file."""
    data = CoverageData(coverage_file)
    data.read()
    return data.contexts_by_lineno(source_file)


def of_room(config: PoodleConfig, mutant: Mutant) -> list[str]:
    """The folders of tests that cover the room of a mutant, nearest first."""
    if mutant.source_file is None:
        return sorted({folder for folders in config.runner_opts["tests"].values() for folder in folders})
    room = mutant.source_file.relative_to("emrs_mock").parts[0].removesuffix(".py")
    return config.runner_opts["tests"].get(room, ["tests"])
