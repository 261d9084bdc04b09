"""The tables in the docs are generated from the code."""

from __future__ import annotations

import botocore
import pytest
from _generate import generated
from _members import NEWEST

from tests.docs.pages import PAGES, name_of

OF_THE_MODEL = {"coverage.md"}
"""Pages whose tables have rows that an older botocore does not know."""


def is_older(version, than):
    """Whether one version comes before another."""
    return [int(part) for part in version.split(".")] < [int(part) for part in than.split(".")]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_tables_of_a_page_are_what_the_code_says(page):
    """If not, run `python docs/_generate.py` with the newest botocore, and check what has changed."""
    there = page.read_text(encoding="utf-8")
    made = generated(there)
    if page.name in OF_THE_MODEL and is_older(botocore.__version__, NEWEST):
        assert set(made.splitlines()) <= set(there.splitlines())
    else:
        assert made == there
