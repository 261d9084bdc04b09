"""Writes the tables of the pages from the code they describe: `python docs/_generate.py`.

A table stands between `<!-- generated: name -->` and `<!-- end -->`; the text around it is written by hand. A test
fails when a page is not what this script would write.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session

import emrs_mock
from emrs_mock.operations import OPERATIONS
from emrs_mock.operations.rules import RULES
from emrs_mock.sim.details import _TEXTS
from emrs_mock.sim.gates import GATES
from emrs_mock.sim.lifecycles import TABLES, is_final
from emrs_mock.sim.reactions import REACTIONS
from emrs_mock.sim.timers import TIMERS
from emrs_mock.sim.timing import Timing

DOCS = Path(__file__).parent
PACKAGE = Path(emrs_mock.__file__).parent
BLOCK = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def first_line(thing: Callable[..., object]) -> str:
    """What a function's docstring says in one line, with its sources linked."""
    return linked((inspect.getdoc(thing) or "").partition("\n")[0])


def linked(text: str) -> str:
    """Make `facts §3.5` a link; the points of section 15 are no sections of their own."""
    anchored = re.compile(r"§((1[0-46]|\d)(?:\.(\d+))?|15(?:\.\d+)?)")
    return anchored.sub(lambda m: f"[§{m[1]}](facts.md#facts-{'15' if m[2] is None else m[1].replace('.', '-')})", text)


def states(kind: str) -> str:
    """Where each event leads from each state, and what time brings there."""
    rows = []
    for state, moves in TABLES[kind].items():
        timer = TIMERS[kind].get(state)
        stays = [event for event, to in moves.items() if to == state]
        leads = [f"`{event}` → {to}" for event, to in moves.items() if to != state]
        due = f"`{timer.event}`" if timer else ""
        name = f"**{state}**" if is_final(kind, state) else state
        rows.append([name, "<br>".join(leads), ", ".join(f"`{event}`" for event in stays), due])
    return table(["state", "events that lead on", "accepted, nothing changes", "time brings"], rows)


def timing() -> str:
    """How long each timed move takes by default."""
    default = Timing()
    rows = ([f"`{field.name}`", f"{default.of(field.name).total_seconds():g} s"] for field in fields(Timing))
    return table(["`Timing(...)`", "default"], rows)


def reactions() -> str:
    """What one change brings about elsewhere."""
    rows = [
        [f"{kind} {state}".replace("_", " "), first_line(reaction)]
        for (kind, state), chain in REACTIONS.items()
        for reaction in chain
        if reaction.__doc__
    ]
    return table(["when", "then"], rows)


def gates() -> str:
    """What an event that is due becomes when its time has come."""
    return table(
        ["due", "what happens"],
        ([f"{kind} `{event}`".replace("_", " "), first_line(gate)] for (kind, event), gate in GATES.items()),
    )


def details(kind: str) -> str:
    """The texts of `stateDetails`, by the event that brings them."""
    return table(
        ["event", "`stateDetails`"],
        ([f"`{event}`", f"`{text}`" if text else ""] for event, text in _TEXTS[kind].items()),
    )


def assumptions() -> str:
    """Every `# assumed:` of the code: what nothing public says and we had to decide."""
    rows = [
        [f"`{path.relative_to(PACKAGE).as_posix()}`", f"`{code}`" if code else "", linked(text)]
        for path in sorted(PACKAGE.rglob("*.py"))
        for code, text in assumed(path)
    ]
    return table(["where", "what", "assumed"], rows)


def assumed(path: Path) -> Iterator[tuple[str, str]]:
    """The code and the text of each assumption in a file; a comment may go on in the lines below."""
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


@cache
def names_in_operations() -> frozenset[str]:
    """Every string that `operations` names, so every member that the simulator acts on."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (PACKAGE / "operations").glob("*.py")]
    nodes = (node for tree in trees for node in ast.walk(tree))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def operations() -> str:
    """Which operations of the model are simulated."""
    rows = ([name, "yes" if name in OPERATIONS else "no"] for name in service_model().operation_names)
    return table(["operation", "simulated"], rows)


def members(operation: str, shown_by: str, shown_as: str) -> str:
    """What becomes of the members of a request, and which members of the answer never appear."""
    given = service_model().operation_model(operation).input_shape.members
    shown = service_model().operation_model(shown_by).output_shape.members[shown_as].members
    acts = names_in_operations()
    rows = [[f"`{name}`", "yes" if name in acts else "no", "yes" if name in shown else "no"] for name in given]
    rows += [[f"`{name}`", "", "yes" if name in acts else "never"] for name in shown if name not in given]
    return table(["member", f"{operation} acts on it", f"{shown_by} shows it"], sorted(rows))


def rules() -> str:
    """What each operation refuses beyond the model's shapes, in order."""
    rows = ([name, "<br>".join(map(first_line, RULES[name]))] for name in sorted(RULES))
    return table(["operation", "what must hold"], rows)


TABLES_BY_NAME: dict[str, Callable[..., str]] = {
    "assumptions": assumptions,
    "details": details,
    "gates": gates,
    "members": members,
    "operations": operations,
    "reactions": reactions,
    "rules": rules,
    "states": states,
    "timing": timing,
}


def generated(page: str) -> str:
    """The text of a page with its tables as they should be."""

    def block(match: re.Match[str]) -> str:
        name, *arguments = match[2].split()
        return f"{match[1]}\n{TABLES_BY_NAME[name](*arguments)}\n{match[3]}"

    return BLOCK.sub(block, page)


def main() -> None:
    """Bring all pages up to date."""
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        path.write_text(generated(text), encoding="utf-8")


if __name__ == "__main__":
    main()
