"""Tests mutants, one after the other, in one copy of this tree."""

from __future__ import annotations

import enum
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poodle.data_types import Mutant
from poodle.util import mutate_lines

from tests.mutation.covering import Covering
from tests.mutation.selection import COLLECTED, FAILED, SELECTED

PYTEST = ("-q", "-x", "--timeout=60", "-p", "no:cacheprovider", "-p", "tests.mutation.selection")
NOT_COPIED = (".*", "__pycache__", "_build")
NEAREST = 60
"""The number of tests that are loaded and run before the others."""


class Verdict(enum.Enum):
    """What the tests say about a mutant."""

    FOUND = "found"
    ALIVE = "alive"
    TIMED_OUT = "timed out, and found"
    UNCERTAIN = "found only by a test that fails without a mutant, too"


TIME_OUT, NO_TEST = "time-out", "no test could run"


class Trials:
    """A copy of this tree, in which one file at a time holds a mutant.

    The copy keeps the times of the files, and only its first run writes bytecode. So a run with a mutant compiles the
    file of the mutant, and nothing else.
    """

    def __init__(self, folder: Path, covering: Covering, timeout: float) -> None:
        self._folder = folder
        self._covering = covering
        self._timeout = timeout
        shutil.copytree(".", folder, ignore=shutil.ignore_patterns(*NOT_COPIED))

    def judge(self, mutants: list[Mutant]) -> list[Verdict]:
        """The verdict for each mutant; those that need a look are printed at once."""
        collected = self._pytest([], "--collect-only", bytecode=True)
        if collected.returncode:
            raise RuntimeError(collected.stdout[-2000:] + collected.stderr[-2000:])
        existing = set(self._read(COLLECTED))
        finders = [
            self._finder(mutant, existing, f"{number}/{len(mutants)}") for number, mutant in enumerate(mutants, 1)
        ]
        unsound = self._unsound({finder for finder in finders if finder and "::" in finder})
        verdicts = [verdict(finder, unsound) for finder in finders]
        for mutant, each in zip(mutants, verdicts, strict=True):
            if each is Verdict.UNCERTAIN:
                print(f"{each.value}: {described(mutant)}")
        return verdicts

    def _finder(self, mutant: Mutant, existing: set[str], place: str) -> str | None:
        """What found the mutant: the test that failed, or in another way; None if all tests passed."""
        tests = [test for test in self._covering.tests(mutant) if test in existing or "::" not in test]
        with self._mutated(mutant):
            stages = (self._failed(stage) for stage in (tests[:NEAREST], tests[NEAREST:], self._covering.last(mutant)))
            found = next((each for each in stages if each), None)
        if found in (None, TIME_OUT):
            print(f"{place} {found or 'alive'}: {described(mutant)}", flush=True)
        return found

    @contextmanager
    def _mutated(self, mutant: Mutant) -> Iterator[None]:
        file = Path(self._folder, str(mutant.source_file))
        text, times = file.read_text("utf-8"), file.stat()
        file.write_text("".join(mutate_lines(mutant, text.splitlines(keepends=True))), "utf-8")
        yield
        file.write_text(text, "utf-8")
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    def _unsound(self, finders: set[str]) -> set[str]:
        """Those of the tests that fail without a mutant."""
        return {test for test in sorted(finders) if self._failed([test])} if self._failed(sorted(finders)) else set()

    def _failed(self, tests: list[str]) -> str | None:
        """The first of the tests that fails."""
        if not tests:
            return None
        try:
            done = self._pytest(tests)
        except subprocess.TimeoutExpired:
            return TIME_OUT
        return self._read(FAILED)[0] or NO_TEST if done.returncode else None

    def _pytest(self, tests: list[str], *options: str, bytecode: bool = False) -> subprocess.CompletedProcess[str]:
        """Not a fork of this process: tests about child processes would fail in it."""
        Path(self._folder, SELECTED).write_text("\n".join(test for test in tests if "::" in test), "utf-8")
        files = dict.fromkeys(test.partition("::")[0] for test in tests)
        environment = {} if bytecode else {"PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *PYTEST, *options, *files],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(self._folder), **environment},
            capture_output=True,
            text=True,
            timeout=self._timeout,
        )

    def _read(self, name: str) -> list[str]:
        return Path(self._folder, name).read_text("utf-8").split("\n")


def verdict(finder: str | None, unsound: set[str]) -> Verdict:
    """What a finder means."""
    if finder is None:
        return Verdict.ALIVE
    if finder == TIME_OUT:
        return Verdict.TIMED_OUT
    return Verdict.UNCERTAIN if finder in unsound else Verdict.FOUND


def described(mutant: Mutant) -> str:
    """Where a mutant is, and what it puts there."""
    return f"{mutant.source_file}:{mutant.lineno}:{mutant.col_offset} {mutant.mutator_name}: {mutant.text}"
