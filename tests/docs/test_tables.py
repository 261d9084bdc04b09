"""The tables in the docs are those of the code."""

from __future__ import annotations

import runpy

import pytest

from tests.docs.pages import PAGES, ROOT, name_of

OF_THE_MODEL = {"coverage.md"}
"""Pages whose tables have rows that an older botocore does not know."""


@pytest.fixture(scope="module")
def generated():
    """What `docs/_generate.py` makes of the text of a page."""
    return runpy.run_path(str(ROOT / "docs" / "_generate.py"))["generated"]


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in OF_THE_MODEL], ids=name_of)
def test_the_tables_of_a_page_are_what_the_code_says(page, generated):
    """If not: `python docs/_generate.py`, and look at what has changed."""
    text = page.read_text(encoding="utf-8")
    assert generated(text) == text


@pytest.mark.parametrize("page", [page for page in PAGES if page.name in OF_THE_MODEL], ids=name_of)
def test_the_tables_of_the_model_lack_no_row(page, generated):
    """If one does: `python docs/_generate.py` with the newest botocore, and look at what has changed."""
    text = page.read_text(encoding="utf-8")
    assert set(generated(text).splitlines()) <= set(text.splitlines())
