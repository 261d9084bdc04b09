"""Generates the tables in the pages from the code that they describe: `python docs/_generate.py`.

A table is between `<!-- generated: name -->` and `<!-- end -->`; the text around it is written by hand. A test fails if
a page differs from what this script generates.
"""

from __future__ import annotations

import inspect
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import Any

import botocore.session
from _members import ANSWERS, REQUESTS, Member
from _reference import REFERENCE

import emrs_mock
from emrs_mock.operations.dispatch import OPERATIONS
from emrs_mock.operations.preconditions import RULES
from emrs_mock.sim.details import _TEXTS
from emrs_mock.sim.gates import GATES
from emrs_mock.sim.lifecycles import TABLES, is_final
from emrs_mock.sim.reactions import EFFECTS, REACTIONS
from emrs_mock.sim.timers import TIMERS
from emrs_mock.sim.timing import Timing

DOCS = Path(__file__).parent
PACKAGE = Path(emrs_mock.__file__).parent
Groups = Mapping[str, Mapping[str, Member]]
SPELLED = {
    "awss? (own|units)": r"AWS's \1",
    "(its|the) applications$": r"\1 application's",
    "job runs (id|monitoring|spark)": r"job run's \1",
    "engines (?=worker)": "engine's ",
    "regions (?=partition)": "region's ",
    "arn(s?)": r"ARN\1",
    "gb": "GB",
    r"(\d) (\d+)": r"\1.\2",
    "auto (start|stop)": r"auto-\1",
    "camel case": "camelCase",
    "client token": "`clientToken`",
    "created by": "`createdBy`",
    "first in first out": "first in, first out",
    "hive": "Hive",
    "identity center": "Identity Center",
    "pre initialised": "pre-initialised",
    "spark defaults": "`spark-defaults`",
    "state details": "`stateDetails`",
    "time out": "time-out",
    "from creating to terminated": "from CREATING to TERMINATED",
    "in pending": "in PENDING",
    "way of terminating": "way of TERMINATING",
    "started or starting application": "STARTED or STARTING application",
    "a started application": "a STARTED application",
}
"""How words of a test's name are written in a sentence."""
ASSUMED_TEXT = "the words of this message, not that there is one"
BLOCK = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def first_line(thing: Callable[..., object]) -> str:
    """The first line of a function's docstring, with links to the sources."""
    return linked(docstring(thing).partition("\n")[0])


def docstring(thing: Callable[..., object]) -> str:
    """A function's docstring. A function without one was made by another function, whose docstring describes it."""
    if thing.__doc__:
        return inspect.getdoc(thing) or ""
    maker = getattr(inspect.getmodule(thing), thing.__qualname__.partition(".")[0])
    makes = (inspect.getdoc(maker) or "").partition(" that ")[2]
    for name, value in inspect.getclosurevars(thing).nonlocals.items():
        makes = makes.replace(f"`{name}`", f"`{value}`")
    return f"{makes[:1].upper()}{makes[1:]}"


def linked(text: str) -> str:
    """Turn `facts §3.5` into a link. The points of section 15 have no headings of their own."""

    def link(match: re.Match[str]) -> str:
        section = "15" if match[1].startswith("15.") else match[1].replace(".", "-")
        return f"[§{match[1]}](facts.md#facts-{section})"

    return re.sub(r"§(\d+(?:\.\d+)?)", link, text)


def states(kind: str) -> str:
    """For each state: its transitions, the requests that change nothing, and its automatic event."""
    rows = []
    for state, moves in TABLES[kind].items():
        timer = TIMERS[kind].get(state)
        no_ops = [event for event, to in moves.items() if to == state]
        transitions = [f"`{event}` → {to}" for event, to in moves.items() if to != state]
        due = f"`{timer.event}`" if timer else ""
        name = f"**{state}**" if is_final(kind, state) else state
        rows.append([name, "<br>".join(transitions), ", ".join(f"`{event}`" for event in no_ops), due])
    return table(["state", "transitions", "the state stays", "automatic"], rows)


def timing() -> str:
    """The default duration of each automatic transition."""
    default = Timing()
    rows = ([f"`{field.name}`", f"{default.of(field.name).total_seconds():g} s"] for field in fields(Timing))
    return table(["`Timing(...)`", "default"], rows)


def reactions() -> str:
    """The reactions to a change of state."""
    states_of: dict[str, dict[str, list[str]]] = {}
    for kind, table_ in TABLES.items():
        for state in table_:
            for reaction in REACTIONS.get((kind, state), ()):
                states_of.setdefault(first_line(reaction), {}).setdefault(kind.replace("_", " "), []).append(state)
    rows = (
        ["; ".join(f"{kind} {', '.join(names)}" for kind, names in kinds.items()), text]
        for text, kinds in states_of.items()
    )
    return table(["when", "then"], rows)


def gates() -> str:
    """The gates: what happens when an event is due."""
    return table(
        ["due event", "what happens"],
        ([f"{kind} `{event}`".replace("_", " ", 1), first_line(gate)] for (kind, event), gate in GATES.items()),
    )


def effects() -> str:
    """The effects: what an event does that leaves the record in its state."""
    return table(
        ["event", "effect"],
        ([f"{kind} `{event}`".replace("_", " ", 1), first_line(effect)] for (kind, event), effect in EFFECTS.items()),
    )


def details(kind: str) -> str:
    """The texts of `stateDetails`, by event."""
    return table(
        ["event", "`stateDetails`"],
        ([f"`{event}`", f"`{text}`" if text else ""] for event, text in _TEXTS[kind].items()),
    )


def assumptions() -> str:
    """Every `# assumed:` in the code: decisions about behaviour that is not documented."""
    rows = [
        [linked(ASSUMED_TEXT if text == "the text" else text), f"`{code}`" if code else "", f"`{where}`"]
        for path in sorted(PACKAGE.rglob("*.py"))
        for where in [path.relative_to(PACKAGE).as_posix()]
        for code, text in assumed(path)
    ]
    return table(["assumed", "of", "in"], rows)


def assumed(path: Path) -> Iterator[tuple[str, str]]:
    """The code and the text of each assumption in a file; a comment can continue in the lines below."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    for number, comment in comments.items():
        text = comment.partition("assumed:")[2].strip()
        if not text:
            continue
        code = lines[number - 1].partition("#")[0].strip()
        last = number
        while last + 1 in comments and lines[last].lstrip().startswith("#") and not code:
            last += 1
            text += " " + comments[last]
        yield (code or lines[last].partition("#")[0]).strip().rstrip(":").replace("|", "\\|"), text.replace("|", "\\|")


@cache
def service_model() -> Any:
    """The service model of the installed botocore."""
    return botocore.session.get_session().get_service_model("emr-serverless")


def operations() -> str:
    """What each operation of the model does."""
    rows = ([name, without_name(name, first_line(OPERATIONS[name]))] for name in service_model().operation_names)
    return table(["operation", "what it does"], rows)


def without_name(operation: str, text: str) -> str:
    """What a docstring says of an operation after its name; nothing, where it says no more than the name."""
    said = text.removeprefix(operation).lstrip(":. ")
    return f"{said[:1].upper()}{said[1:]}"


def paths(shape: Any, seen: tuple[str, ...] = ()) -> Iterator[str]:
    """Every member of a structure, also nested: `initialCapacity.*.workerCount`. A recursive shape is entered once."""
    if shape is None or shape.name in seen:
        return
    inner = (*seen, shape.name)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield name
            yield from (f"{name}.{path}" for path in paths(member, inner))
    elif shape.type_name in ("list", "map"):
        item = shape.member if shape.type_name == "list" else shape.value
        yield from (f"*.{path}" for path in paths(item, inner))


@cache
def requested() -> frozenset[tuple[str, str]]:
    """Every member of a request of the model: `("StartJobRun", "mode")`."""
    model = service_model()
    return frozenset(
        (name, path) for name in model.operation_names for path in paths(model.operation_model(name).input_shape)
    )


@cache
def answered() -> frozenset[tuple[str, str]]:
    """Every member of an answer of the model, and of the records in answers."""
    model, found = service_model(), set()
    for name in model.operation_names:
        for member, shape in model.operation_model(name).output_shape.members.items():
            found.add((name, member))
            record = shape.member if shape.type_name == "list" else shape
            if record.type_name == "structure":
                found |= {(record.name, path) for path in paths(record)}
    return frozenset(found)


def described_by(group: str, pattern: str, member: tuple[str, str]) -> bool:
    """Whether a description is about a member."""
    where, path = member
    whole = pattern.removesuffix(".**")
    inside = whole != pattern and path.startswith(f"{whole}.")
    return (path == whole or inside) and any(fnmatchcase(where, names) for names in group.split())


def undescribed(described: Groups, there: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The members of the model without a description."""
    patterns = [(group, pattern) for group, members in described.items() for pattern in members]
    return sorted(member for member in there if not any(described_by(*known, member) for known in patterns))


def members(described: Groups, there: Callable[[], frozenset[tuple[str, str]]]) -> Callable[..., str]:
    """Make the table of a group of descriptions, for the members that the model has."""

    def rows_of(*group: str) -> str:
        name = " ".join(group)
        rows = [
            [f"`{pattern.removesuffix('.**')}`", text.effect, linked(text.source), "<br>".join(map(proof, text.proof))]
            for pattern, text in described[name].items()
            if any(described_by(name, pattern, member) for member in there())
        ]
        return table(["member", "effect", "source", "seen in, and tested"], rows)

    return rows_of


def proof(name: str) -> str:
    """A response member by its path; what a test proves as a sentence, after the section of the facts."""
    numbered = re.match(r"test_(?:(\d+)_(?:(\d+)_)?)?", name)
    if numbered is None:
        return f"`{name}`"
    section = ".".join(str(int(part)) for part in numbered.groups() if part)
    text = name[numbered.end() :].replace("_", " ")
    for words, spelled in SPELLED.items():
        text = re.sub(rf"\b{words}\b", spelled, text)
    sentence = f"{text[0].upper()}{text[1:]}."
    return f"{sentence} {linked('§' + section)}" if section else sentence


def kept_and_shown() -> str:
    """The members without a description: they are read, checked and shown by the model, and have no other effect."""
    unknown = [*undescribed(REQUESTS, requested()), *undescribed(ANSWERS, answered())]
    return "".join(f"* `{where}.{path}`: kept and shown\n" for where, path in unknown) or "None.\n"


def rules() -> str:
    """The checks of each operation besides those of the model, in order."""
    rows = ([name, "<br>".join(map(first_line, RULES[name]))] for name in sorted(RULES))
    return table(["operation", "what must hold"], rows)


TABLES_BY_NAME: dict[str, Callable[..., str]] = {
    "assumptions": assumptions,
    "details": details,
    "effects": effects,
    "gates": gates,
    "answers": members(ANSWERS, answered),
    "kept": kept_and_shown,
    "operations": operations,
    "reactions": reactions,
    "requests": members(REQUESTS, requested),
    "rules": rules,
    "states": states,
    "timing": timing,
    **{name: partial(make, table) for name, make in REFERENCE.items()},
}


def generated(page: str) -> str:
    """The text of a page with generated tables."""

    def block(match: re.Match[str]) -> str:
        name, *arguments = match[2].split()
        return f"{match[1]}\n{TABLES_BY_NAME[name](*arguments)}\n{match[3]}"

    return BLOCK.sub(block, page)


def main() -> None:
    """Update all pages."""
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        path.write_text(generated(text), encoding="utf-8")


if __name__ == "__main__":
    main()
