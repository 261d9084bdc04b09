"""Mutants that no test can find, because they do the same by construction. They are not made.

`REASONS` is the whole list. A mutant that merely happens to be equivalent is not in it: it counts as alive.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from poodle.data_types import Mutant

Kind = Callable[[ast.AST, ast.AST], Iterator[ast.AST]]


_GENERIC = {"AbstractContextManager", "Callable", "Mapping", "Sequence", "dict", "list", "tuple"}


def _of_overload(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef) and "overload" in map(ast.unparse, node.decorator_list):
        yield node


def _of_type_checking(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        yield from node.body


def _of_type_variable(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "TypeVar":
        yield from [*node.args, *node.keywords]


def _of_type_alias(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    value = node.value if isinstance(node, ast.Assign) and isinstance(parent, ast.Module) else None
    if isinstance(value, ast.Subscript) and ast.unparse(value.value) in _GENERIC:
        yield value


def _of_local_annotation(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.AnnAssign) and not isinstance(parent, ast.ClassDef):
        yield node.annotation


def _of_type_assertion(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Assert) and ast.unparse(node.test).endswith(" is not None"):
        assert isinstance(node.test, ast.Compare)
        yield from node.test.comparators


def _of_cast(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "cast":
        yield node.args[0]


def _of_keyword(called: str, keyword: str) -> Kind:
    def kind(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == called:
            yield from (each.value for each in node.keywords if each.arg == keyword)

    return kind


REASONS: dict[Kind, str] = {
    _of_overload: "the definition after the overloads replaces them",
    _of_type_checking: "only type checkers read it",
    _of_type_variable: "only type checkers read the name and the bound of a type variable",
    _of_type_alias: "only type checkers read what a name for a type stands for",
    _of_local_annotation: "the annotation of a variable is not evaluated",
    _of_type_assertion: "None is replaced by a string, and the value is neither: the assertion is for type checkers",
    _of_cast: "only type checkers read the type that a value is said to have",
    _of_keyword("zip", "strict"): "the lengths are equal, or there would be an error today",
    _of_keyword("dataclass", "slots"): "slots save memory and time, and change no result",
}


def is_equivalent(mutant: Mutant) -> bool:
    """Whether a mutant changes only what does not matter."""
    first, last = (mutant.lineno, mutant.col_offset), (mutant.end_lineno, mutant.end_col_offset)
    return any(start <= first and last <= end for start, end in _spans(Path(str(mutant.source_file))))


@cache
def _spans(file: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The parts of a file that do not matter, from and to a line and column."""
    nodes = [
        (node, parent) for parent in ast.walk(ast.parse(file.read_bytes())) for node in ast.iter_child_nodes(parent)
    ]
    parts = [part for node, parent in nodes for kind in REASONS for part in kind(node, parent)]
    return [(_start(part), (part.end_lineno, part.end_col_offset)) for part in parts]


def _start(part: ast.AST) -> tuple[int, int]:
    """Where a part begins, its decorators included."""
    first = min([part, *getattr(part, "decorator_list", ())], key=lambda node: node.lineno)
    return first.lineno, part.col_offset
