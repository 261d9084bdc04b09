"""The arrows of docs/design.md §2, and the sizes it asks for, read off the source with `ast`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import emrs_mock

PACKAGE = Path(emrs_mock.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 300
LONG_FUNCTION = 25

SEES_ALL = {"__init__", "__main__", "_arrange", "_cli", "_doors", "_host", "_mock", "_pytest_plugin"}
"""The composition root and the doors to it."""

MAY_IMPORT = {
    "_active": {"_call", "_mock"},
    "_aws": {"_call", "wire"},
    "_call": set(),
    "_environment": {"_call"},
    "_options": {"_call", "control", "sim"},
    "_pytest_coverage": {"_host", "control", "wire"},
    "_pytest_endings": {"_mock", "control"},
    "_seeing": {"_aws", "_host", "_options", "control"},
    "_views": {"control", "operations", "sim"},
    "control": {"_call", "sim"},
    "operations": {"_call", "sim"},
    "sim": {"_call"},
    "wire": {"_call"},
}
"""Which parts of our own each part may import, besides itself."""

FROM_OUTSIDE = {
    "_aws": {"botocore"},
    "_doors": {"wrapt"},
    "_environment": {"botocore"},
    "_pytest_coverage": {"pytest"},
    "_pytest_endings": {"pytest"},
    "_pytest_plugin": {"pytest"},
    "control": {"freezegun"},
    "wire": {"botocore"},
}
"""Which third parties each part may import; all others the standard library only."""


def part_of(path: Path) -> str:
    """The part of the package a module belongs to: its sub-package, or its own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever the import stands: in functions and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts_imported(path: Path) -> set[str]:
    """The parts of our own that a file imports."""
    ours = (name.split(".") for name in imports_of(path))
    return {names[1] for names in ours if names[0] == "emrs_mock" and len(names) > 1} - {part_of(path)}


def third_parties_imported(path: Path) -> set[str]:
    """The packages from outside that a file imports."""
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


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) not in SEES_ALL], ids=name_of)
def test_a_module_imports_only_the_parts_below_it(path):
    """Arrows point down: everything may import the joint, and only the roots may see all."""
    assert parts_imported(path) <= MAY_IMPORT[part_of(path)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_the_third_parties_of_its_part(path):
    """botocore is known to one package, freezegun to another; the simulation is pure Python."""
    assert third_parties_imported(path) <= FROM_OUTSIDE.get(part_of(path), set())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short(path):
    """What does not fit into 300 lines is more than one thing."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


def test_nine_functions_in_ten_are_short():
    """Under 25 lines, docstring included."""
    lengths = [node.end_lineno - node.lineno + 1 for node in functions()]
    assert sum(length < LONG_FUNCTION for length in lengths) >= 0.9 * len(lengths)


def test_importing_the_package_loads_no_heavy_module():
    """`import emrs_mock` in a process costs neither boto3 nor botocore, freezegun, pytest or IPython."""
    heavy = {"IPython", "boto3", "botocore", "freezegun", "pytest"}
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
