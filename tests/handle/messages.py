"""The messages that the source can give to a test's author, read off it with `ast`, and how a text is compared."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import emrs_mock

PACKAGE = Path(emrs_mock.__file__).parent

GIVEN_WITH = {"parser.error", "warnings.warn", "warn", "self._warn", "self._alarms.warn"}
"""Functions whose text an author reads, besides exceptions."""

OF_AWS = {"ServiceError", "Unfit", "TooFewAllowed", "ParamValidationError"}
"""Exceptions with AWS's texts, which the tests of the service compare."""

NOT_FOR_AUTHORS = {
    "clocks/virtual/participants.py": "between threads of the virtual clock; 'sleep' is a part of another message",
    "clocks/virtual/process_time.py": "Python's own text of time.sleep",
    "clocks/virtual/raw_threads.py": "Python's own text of threading",
    "clocks/virtual/threads.py": "Python's own text of threading.Condition",
    "operations/page_tokens.py": "answered in AWS's words",
    "scenario/serialization.py": "parts of the message about a damaged snapshot",
    "server/connections.py": "answered as a status of HTTP",
    "sim/agenda.py": "a mistake of ours: callers ask first",
    "sim/simulation.py": "a mistake of ours: callers ask first; 'move the clock' is a part of another message",
    "wire/decode.py": "answered in AWS's words",
    "wire/parsed.py": "a way of parsing that is not used then",
    "wire/request.py": "answered in AWS's words",
}
"""Modules whose messages that name no page of the docs reach no author, with the reason."""

MINOR = {
    ": [(time, executors), ...] or a function of seconds since RUNNING (docs: rules)": "annotations refuse it before",
    "The state allows the event `": "a docstring that is made",
    "it was changed after it was written": "a part of the message about a damaged snapshot",
    "This virtual time is entered already": "a mistake of ours: a mock is entered once",
    "This virtual time is not entered, or has ended": "a mistake of ours, as above",
}
"""The same for single messages."""


class Message(NamedTuple):
    """A text in the source: the constant parts, between which it has values."""

    place: str
    parts: tuple[str, ...]

    def fits(self, text: str) -> bool:
        """Whether a text has all parts in this order."""
        at = 0
        for part in self.parts:
            at = text.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return True


@cache
def messages() -> list[Message]:
    """All texts that an author can get: those that name a page of the docs, and those of exceptions and warnings."""
    modules = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
    return [each for name, path in modules.items() for each in messages_in(name, path.read_text(encoding="utf-8"))]


def messages_in(name: str, source: str) -> Iterator[Message]:
    """The messages of a module."""
    tree = ast.parse(source)
    given = set() if name in NOT_FOR_AUTHORS else {id(text) for text in given_texts(tree)}
    for text in texts_in(tree.body):
        parts = tuple(parts_of(text))
        if (any("(docs: " in part for part in parts) or id(text) in given) and not MINOR.keys() & {*parts}:
            yield Message(f"{name}:{text.lineno}", parts)


def given_texts(tree: ast.AST) -> Iterator[ast.expr]:
    """The texts of `raise X(text)`, `warn(text)` and the like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = last_name(node.exc.func)
            if name.lstrip("_")[0].isupper() and name not in OF_AWS:
                yield from alternatives(node.exc.args[:1])
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in GIVEN_WITH:
            yield from alternatives(node.args[:1])


def alternatives(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """The texts that an argument is, or is put together from; not the arguments of a call in it."""
    for node in nodes:
        if isinstance(node, ast.IfExp | ast.BinOp):
            yield from alternatives(ast.iter_child_nodes(node))
        elif isinstance(node, ast.JoinedStr | ast.Constant):
            yield from texts_in([node])


def last_name(function: ast.expr) -> str:
    """What is called, without the module or object that it is of."""
    return ast.unparse(function).rpartition(".")[2]


def texts_in(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """The texts within nodes, without docstrings and without texts within texts."""
    for node in nodes:
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield node
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield from texts_in(ast.iter_child_nodes(node))


def parts_of(text: ast.expr) -> Iterator[str]:
    """The constant parts of a text that say something."""
    values = text.values if isinstance(text, ast.JoinedStr) else [text]
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.strip():
            yield value.value.strip()
