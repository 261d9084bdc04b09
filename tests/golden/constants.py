"""The tables, texts and figures of the service as the code holds them: what AWS documents, and what is assumed."""

from __future__ import annotations

import ast
import enum
import importlib
import re
from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import emrs_mock

ROOMS = ("sim", "operations")
LEFT_OUT = {
    "SPELLINGS",
    "_BY_NAME",
    "_PAIRS",
    "_ALL",
    "LISTENERS",
    "COPY",
}  # made at run time, of classes or for the process
DEEPEST = 4


def constants() -> Iterator[str]:
    """Each constant of the rooms, by module and name, with its value on the lines below."""
    package = Path(str(emrs_mock.__file__)).parent
    for file in sorted(file for room in ROOMS for file in (*package.glob(f"{room}.py"), *package.glob(f"{room}/*.py"))):
        name = ".".join(file.relative_to(package.parent).with_suffix("").parts)
        for constant in named(ast.parse(file.read_text("utf-8"))):
            value = getattr(importlib.import_module(name), constant)
            yield f"{name}.{constant}"
            yield from (f"    {line}" for line in shown(value))


def named(module: ast.Module) -> Iterator[str]:
    """The names in capitals that a module gives to values."""
    for statement in module.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        for target in targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (
                each.id
                for each in names
                if isinstance(each, ast.Name) and each.id.isupper() and each.id not in LEFT_OUT
            )


def shown(value: Any) -> Iterator[str]:
    """A value as lines: an entry of a table on each. The order of some tables differs from run to run."""
    if isinstance(value, Mapping):
        yield from sorted(f"{plain(key)}: {plain(entry)}" for key, entry in value.items())
    elif isinstance(value, list | tuple | Set):
        yield from parts(value)
    else:
        yield plain(value)


def parts(value: Collection[Any], depth: int = 0) -> list[str]:
    """The parts of a collection, those of a set in the order of the alphabet."""
    found = [plain(each, depth) for each in value]
    return sorted(found) if isinstance(value, Set) else found


def plain(value: Any, depth: int = 0) -> str:
    """A value in words that are the same on each Python; a table that contains itself is cut."""
    if depth > DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        entries = (f"{plain(key, depth)}: {plain(entry, depth + 1)}" for key, entry in value.items())
        return f"{{{', '.join(sorted(entries))}}}"
    if isinstance(value, list | tuple | Set):
        return f"({', '.join(parts(value, depth + 1))})"
    if is_dataclass(value) and not isinstance(value, type):
        members = (f"{each.name}={plain(getattr(value, each.name), depth + 1)}" for each in fields(value))
        return f"{type(value).__name__}({', '.join(members)})"
    return simple(value)


def simple(value: Any) -> str:
    """A value that has no parts."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, re.Pattern):
        return f"{value.pattern!r} {int(value.flags)}"
    if isinstance(name := getattr(value, "__qualname__", None), str):
        return name
    is_plain = isinstance(value, str | bytes | int | float | timedelta | datetime | Decimal | None)
    return repr(value) if is_plain else type(value).__name__
