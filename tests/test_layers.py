"""The arrows of docs/design.md §2, and the sizes it asks for, read off the source with `ast`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import emrs_mock

PACKAGE = Path(emrs_mock.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 300
LONG_FUNCTION = 25

ARROWS: dict[str, set[str]] = {
    "_misspelt": set(),
    "_shortened": set(),
    "_annotations": {"_misspelt"},
    "_call": set(),
    "_forks": set(),
    "members": set(),
    "sim": {"_call", "_forks"},
    "wire": {"_call", "_forks"},
    "operations": {"_call", "sim"},
    "scenario": {"_annotations", "_call", "_misspelt", "_shortened", "_forks", "members", "sim", "wire", "operations"},
    "observation": {
        "_annotations",
        "_call",
        "_misspelt",
        "_shortened",
        "_forks",
        "members",
        "sim",
        "operations",
        "scenario",
    },
    "clocks": {"_annotations", "_call", "_misspelt", "_shortened", "_forks", "sim", "scenario", "observation"},
    "engines": {"_annotations", "sim", "wire", "operations", "scenario", "observation", "clocks"},
    "options": {"_annotations", "_misspelt", "sim", "scenario", "observation"},
    "handle": {
        "_annotations",
        "_call",
        "_misspelt",
        "members",
        "sim",
        "wire",
        "operations",
        "scenario",
        "observation",
        "clocks",
        "options",
    },
    "server": {
        "_annotations",
        "_call",
        "_misspelt",
        "members",
        "sim",
        "wire",
        "scenario",
        "observation",
        "options",
        "clocks",
        "handle",
    },
    "activation": {"_call", "_misspelt", "wire", "options", "handle", "server"},
    "pytest_plugin": {"_call", "wire", "scenario", "observation", "options", "handle", "activation"},
    "cli": {"observation", "options", "handle", "server", "activation"},
    "__main__": {"cli"},
    "__init__": {
        "members",
        "sim",
        "operations",
        "scenario",
        "observation",
        "clocks",
        "options",
        "handle",
        "server",
        "activation",
        "pytest_plugin",
    },
}
"""Which rooms each room may import, besides itself: every room only those that stand above it in this table."""

FROM_OUTSIDE = {
    "activation": {"sitecustomize", "wrapt"},
    "clocks": {"freezegun", "time_machine"},
    "handle": {"mypy_boto3_emr_serverless", "typing_extensions"},
    "members": {"typing_extensions"},
    "pytest_plugin": {"mypy_boto3_emr_serverless", "pytest"},
    "server": {"h11", "mypy_boto3_emr_serverless", "typing_extensions"},
    "wire": {"botocore"},
}
"""Which third parties each room may import; all others the standard library only.

`typing_extensions` and `mypy_boto3_emr_serverless` are for type checkers: a test ensures that they are not imported.
"""


def part_of(path: Path) -> str:
    """The room that a module belongs to: its sub-package, or its own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, also in functions and under TYPE_CHECKING."""
    return imported_by(ast.parse(path.read_text(encoding="utf-8")))


def imported_by(tree: ast.Module) -> Iterator[str]:
    """The names in the import statements of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts_imported(path: Path) -> set[str]:
    """The rooms of the package that a file imports."""
    ours = (name.split(".") for name in imports_of(path))
    return {names[1] for names in ours if names[0] == "emrs_mock" and len(names) > 1} - {part_of(path)}


def third_parties_imported(path: Path) -> set[str]:
    """The third-party packages that a file imports."""
    roots = {name.partition(".")[0] for name in imports_of(path)}
    return roots - sys.stdlib_module_names - {"emrs_mock"}


def functions() -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of the package."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def name_of(path: Path) -> str:
    """A module's name in a test's id."""
    return path.relative_to(PACKAGE).as_posix()


def test_every_arrow_points_to_a_room_above():
    """The table itself has no circle, because it is ordered from the lowest room to the highest."""
    rooms = list(ARROWS)
    assert all(rooms.index(below) < rooms.index(room) for room, belows in ARROWS.items() for below in belows)


def test_every_room_is_in_the_table():
    """A new room needs a row there."""
    assert {part_of(path) for path in MODULES} == set(ARROWS)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_the_rooms_that_its_own_may(path):
    """Arrows between rooms run one way; imports in functions and under TYPE_CHECKING count."""
    assert parts_imported(path) <= ARROWS[part_of(path)]


def dotted(path: Path) -> str:
    """A module's name as imports write it."""
    return ".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def import_graph(paths: list[Path]) -> dict[str, set[str]]:
    """Which modules each module imports; `from a import b` means the module `a.b` where there is one."""
    known = {dotted(path) for path in paths}
    graph = {}
    for path in paths:
        names = set(imports_of(path))
        graph[dotted(path)] = {
            found for name in names if (found := name if name in known else name.rpartition(".")[0]) in known
        }
    return graph


def circle_in(graph: dict[str, set[str]]) -> tuple[str, ...]:
    """The modules of a circle, in order; empty where there is none."""
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def test_no_modules_import_each_other():
    """Imports in functions and under TYPE_CHECKING count too. The package itself loads its names when asked."""
    graph = import_graph([path for path in MODULES if path != PACKAGE / "__init__.py"])
    assert circle_in(graph) == ()


@pytest.mark.parametrize(
    "statement",
    ["from {name} import JobRun", "def late():\n    import {name}", "if TYPE_CHECKING:\n    from {room} import {last}"],
)
def test_a_planted_circle_is_found(statement):
    """The test above can fail, whichever way the import is written."""
    low, high = PACKAGE / "sim" / "details.py", "emrs_mock.sim.world"
    room, _, last = high.rpartition(".")
    planted = ast.parse(statement.format(name=high, room=room, last=last))
    graph = import_graph(MODULES)
    names = {name if name in graph else name.rpartition(".")[0] for name in imported_by(planted)}
    graph[dotted(low)] |= names & set(graph)
    assert set(circle_in(graph)) >= {dotted(low), high}


def test_every_module_has_a_name_of_its_own():
    """Two modules with the same name cannot be distinguished in a list of files."""
    names = Counter(path.stem for path in MODULES if path.stem != "__init__")
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_the_third_parties_of_its_part(path):
    """Only one room imports botocore, another one freezegun and time-machine; the simulation imports neither."""
    assert third_parties_imported(path) <= FROM_OUTSIDE.get(part_of(path), set())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short(path):
    """A module with more than 300 lines has more than one subject."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


def test_nine_functions_in_ten_are_short():
    """Under 25 lines, docstring included."""
    lengths = [node.end_lineno - node.lineno + 1 for node in functions()]
    assert sum(length < LONG_FUNCTION for length in lengths) >= 0.9 * len(lengths)


def test_importing_the_package_loads_no_heavy_module():
    """`import emrs_mock` in a process costs neither boto3 nor botocore, freezegun, time-machine, pytest or IPython."""
    heavy = {"IPython", "boto3", "botocore", "freezegun", "pytest", "time_machine"}
    code = "import sys; before = set(sys.modules); import emrs_mock; print(*(set(sys.modules) - before))"
    # -S: what .pth files of the environment load is not ours.
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", code], check=True, capture_output=True, text=True, cwd=PACKAGE.parent
    ).stdout.split()
    assert "emrs_mock" in loaded
    assert heavy.isdisjoint(loaded)


def test_the_public_names_are_sorted_and_exist():
    """`__all__` is the list of what users may rely on."""
    assert list(emrs_mock.__all__) == sorted(emrs_mock.__all__)
    assert all(getattr(emrs_mock, name) is not None for name in emrs_mock.__all__)
