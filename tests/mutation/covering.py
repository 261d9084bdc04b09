"""Which tests may find a mutant: those that ran its line, in the order in which they find most in the least time."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from coverage import CoverageData
from poodle.data_types import Mutant

UNKNOWN = 1.0
"""The duration of a test that the report of durations does not name, in seconds."""


class Covering:
    """What a complete run of the suite wrote down: which test ran which line, and how long it took."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._data = CoverageData(options["coverage_file"])
        self._data.read()
        self._durations = durations(options["durations_file"])
        self._lines = cache(self._contexts)

    def tests(self, mutant: Mutant) -> list[str]:
        """The names of tests, or of the room's folders if only child processes run the file.

        Those of the mutant's room come first. If only an import runs the line, the tests of the whole file are taken.
        """
        named = self._that_ran(mutant) or tests_of(self._lines_of(mutant), self._lines_of(mutant))
        room = tuple(self.of_room(mutant))
        own = {test for test in named if test.startswith(room)}
        return [*self._fastest(own), *self._fastest(named - own)] or list(room)

    def last(self, mutant: Mutant) -> list[str]:
        """The folders of tests that run if all others have found nothing.

        All tests of the room are among them: what a child process runs, nothing wrote down.
        """
        return [*self.of_room(mutant), *self._options["last"]]

    def _that_ran(self, mutant: Mutant) -> set[str]:
        return tests_of(self._lines_of(mutant), range(mutant.lineno, mutant.end_lineno + 1))

    def _lines_of(self, mutant: Mutant) -> dict[int, list[str]]:
        return self._lines(str(Path(str(mutant.source_file)).resolve()))

    def of_room(self, mutant: Mutant) -> list[str]:
        """The folders of tests that cover the room of a mutant."""
        assert mutant.source_file is not None
        room = mutant.source_file.relative_to("emrs_mock").parts[0].removesuffix(".py")
        folders: list[str] = self._options["tests"].get(room, ["tests"])
        return folders

    def _fastest(self, tests: Iterable[str]) -> list[str]:
        """As many of the tests as run in `seconds`, the fastest first."""
        left, found = self._options["seconds"], []
        for test in sorted(tests, key=lambda test: (self._duration(test), test)):
            left -= self._duration(test)
            if left < 0:
                break
            found.append(test)
        return found

    def _duration(self, test: str) -> float:
        path, *names = test.split("::")
        module = path.removesuffix(".py").replace("/", ".")
        return self._durations.get((".".join([module, *names[:-1]]), names[-1]), UNKNOWN)

    def _contexts(self, source_file: str) -> dict[int, list[str]]:
        return self._data.contexts_by_lineno(source_file)


def tests_of(lines: dict[int, list[str]], numbers: Iterable[int]) -> set[str]:
    """The tests that ran some lines."""
    return {test.rpartition("|")[0] for number in numbers for test in lines.get(number, ()) if test}


def durations(report: str) -> dict[tuple[str, str], float]:
    """The seconds that each test took, by class and name, of a report in JUnit's format."""
    cases = ElementTree.parse(report).iter("testcase")
    return {(case.get("classname", ""), case.get("name", "")): float(case.get("time", UNKNOWN)) for case in cases}
