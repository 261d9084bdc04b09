"""Everything that code and docs cite exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT

FACTS = (ROOT / "docs" / "facts.md").read_text(encoding="utf-8")
CITED = re.compile(r"facts §§?(\d+(?:\.\d+)?)")
SOURCES = sorted([*(ROOT / "emrs_mock").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *PAGES])


def sections() -> set[str]:
    """The numbers of the sections of docs/facts.md, and of the points of its section 15."""
    numbered = {number.replace("-", ".") for number in re.findall(r"^\(facts-([\d-]+)\)=$", FACTS, re.MULTILINE)}
    points = FACTS.partition("(facts-15)=")[2].partition("(facts-16)=")[0]
    return numbered | {f"15.{point}" for point in re.findall(r"^(\d+)\. ", points, re.MULTILINE)}


def name_of(path: Path) -> str:
    """A file's name in a test's id."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_fact_that_is_cited_is_there(path):
    """`facts §3.5` means a section of docs/facts.md, `facts §15.4` a point of its section 15."""
    cited = set(CITED.findall(path.read_text(encoding="utf-8")))
    assert cited <= sections()


def test_every_heading_with_a_number_has_its_anchor():
    """A link to `facts.md#facts-3-5` works as long as the section has its number."""
    headings = re.findall(r"^##+ (\d+(?:\.\d+)?)[. ]", FACTS, re.MULTILINE)
    anchors = re.findall(r"^\(facts-([\d-]+)\)=$", FACTS, re.MULTILINE)
    assert [heading.replace(".", "-") for heading in headings] == anchors


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_page_that_a_message_names_is_there(path):
    """`(docs: clocks)` in an error message means docs/clocks.md; `@checked("clocks")` puts it into messages."""
    named = re.findall(r"\(docs: ([\w-]+)\)|^ *@checked\(\"([\w-]+)\"", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert {page for pages in named for page in pages if page} <= {page.stem for page in PAGES}
