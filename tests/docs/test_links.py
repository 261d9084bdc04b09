"""Every link of README and docs leads somewhere, and the questions of a newcomer are answered near the README.

Links to other sites are not followed here: `sphinx-build -b linkcheck docs docs/_build/links` lists them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import FENCE, PAGES, ROOT, name_of

README = ROOT / "README.md"
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
ANSWERS = {
    "how a job run is made to fail": ("rules.md", ".fail("),
    "how it is made to hang": ("rules.md", ".hang()"),
    "how it is kept in the queue": ("rules.md", "QUEUED (even if there is room)"),
    "how a call is throttled": ("faults.md", '.error("ThrottlingException", times=2)'),
    "why a test waits": ("clocks.md", "EMRServerlessWaitWarning"),
    "how to use it with moto": ("from-moto.md", "mock_aws"),
    "how to use it with Airflow": ("airflow.md", "dag.test()"),
    "how to use it from JavaScript": ("other-languages.md", "etl.mjs"),
    "which members are honoured": ("coverage.md", "### StartJobRun"),
}


@cache
def prose(page: Path) -> str:
    """The text of a page without its blocks of code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


@cache
def links(page: Path) -> list[str]:
    """The targets of the links and pictures of a page, those inside of code left out."""
    return LINK.findall(re.sub(r"`[^`\n]*`", "code", prose(page)))


@cache
def anchors(page: Path) -> set[str]:
    """What `page.md#...` may name: headings, as GitHub and MyST name them, and targets of a page's own."""
    headings = re.findall(r"^#{1,3} (.+)$", prose(page), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", each)).lower() for each in headings}
    return {slug.strip().replace(" ", "-") for slug in slugs} | set(re.findall(r"^\((.+)\)=$", prose(page), re.M))


def leads_somewhere(page: Path, target: str) -> bool:
    """Whether a file is there, and a heading in it."""
    name, _, anchor = target.partition("#")
    file = page.parent / name if name else page
    return file.exists() and (not anchor or anchor in anchors(file))


def pages_after(clicks: int) -> set[str]:
    """The names of the pages that are at most so many clicks away from the README."""
    found = {README}
    for _ in range(clicks):
        there = {(page.parent / target.partition("#")[0]).resolve() for page in found for target in links(page)}
        found |= {page for page in there if page in PAGES}
    return {page.name for page in found}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page):
    """To a file of this repository, and to a heading in it."""
    inner = [target for target in links(page) if not re.match(r"[a-z]+:", target)]
    assert [target for target in inner if not leads_somewhere(page, target)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_has_a_text(page):
    """MyST would take the title of the page; GitHub and PyPI show nothing."""
    assert re.findall(r"(?<!`)\[\]\([^)]*\)", prose(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_link_leads_to_each_file_that_a_page_shows(page):
    """It stands above the file, under the same heading: GitHub shows the link, and the site both."""
    shown, unlinked = set(), []
    for line in page.read_text(encoding="utf-8").splitlines():
        shown = set() if line.startswith("## ") else shown | set(LINK.findall(line))
        unlinked += [file for file in re.findall(r"^```{literalinclude} (\S+)", line) if file not in shown]
    assert unlinked == []


@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_of_a_newcomer_is_answered_within_two_clicks(question):
    """Of the README, on a page that says it."""
    page, words = ANSWERS[question]
    assert page in pages_after(2)
    assert words in (ROOT / "docs" / page).read_text(encoding="utf-8")


def test_every_page_is_in_the_index_once():
    """In one of its tables of contents, so that a reader finds it and knows where it belongs."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = [
        name
        for block in re.findall(r"```{toctree}\n(.*?)```", index, re.S)
        for name in re.findall(r"^[\w-]+$", block, re.M)
    ]
    assert sorted(listed) == sorted(page.stem for page in PAGES if page.stem not in ("README", "index"))
