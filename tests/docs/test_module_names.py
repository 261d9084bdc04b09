"""The modules that design and contributing name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import emrs_mock
from tests.docs.pages import ROOT, name_of

PACKAGE = Path(emrs_mock.__file__).parent
MODULES = [path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
IN_ONE_LINE = {"virtual"}
"""Packages that the design names as one."""


def named_in(page):
    """The modules that a page names, with or without their package."""
    return re.findall(r"[\w/]+\.py\b", (ROOT / "docs" / page).read_text(encoding="utf-8"))


def test_the_design_names_every_module():
    """A new module needs a line there."""
    own_lines = {path.name for path in MODULES if path.parent.name not in IN_ONE_LINE}
    words = set(re.findall(r"\w+", (ROOT / "docs" / "design.md").read_text(encoding="utf-8")))
    assert {name.removesuffix(".py") for name in own_lines} <= words


@pytest.mark.parametrize(
    "page", [ROOT / "docs" / page for page in ("design.md", "how-it-works.md", "contributing.md")], ids=name_of
)
def test_every_module_that_a_page_names_is_there(page):
    """A reader finds the file."""
    there = {
        f"/{path.relative_to(ROOT).as_posix()}"
        for path in [*ROOT.glob("docs/**/*.py"), *ROOT.glob("tests/**/*.py"), *PACKAGE.rglob("*.py")]
    }
    missing = [name for name in named_in(page.name) if not any(path.endswith(f"/{name}") for path in there)]
    assert missing == []
