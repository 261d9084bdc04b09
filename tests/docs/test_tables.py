"""The tables in the docs are those of the code."""

from __future__ import annotations

import runpy

import pytest

from tests.docs.pages import PAGES, ROOT, name_of

GENERATOR = ROOT / "docs" / "_generate.py"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_tables_of_a_page_are_what_the_code_says(page):
    """If not: `python docs/_generate.py`, and look at what has changed."""
    generated = runpy.run_path(str(GENERATOR))["generated"]
    text = page.read_text(encoding="utf-8")
    assert generated(text) == text
