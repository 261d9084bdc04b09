"""The pages a reader sees, and the code blocks in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^(?:<!-- needs: (.+) -->\n)?```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """One fenced block of a page. `line` is where its first line stands in the page.

    `needs` names operations, or members as in StartJobRun.mode, that an old service model does not have.
    """

    needs: list[str]
    language: str
    code: str
    line: int

    @property
    def module(self) -> str | None:
        """The name of the module that the block is, for the tests of its page to import: it begins with `# etl.py`."""
        named = re.match(r"# (\w+)\.py\n", self.code)
        return named[1] if named else None


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, from the top."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        needs = (match[1] or "").split()
        yield Block(needs, match[2], match[3], text.count("\n", 0, match.start(3)) + 1)


def name_of(page: Path) -> str:
    """A page's name in a test's id."""
    return page.name
