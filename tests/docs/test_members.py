"""The docs describe existing members, and their proofs exist."""

from __future__ import annotations

import re

import pytest
from _generate import answered, described_by, requested, undescribed
from _members import ANSWERS, NEWEST, REQUESTS, SOURCES

from tests.docs.pages import ROOT

COVERAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
GROUPS = [
    *(pytest.param("requests", names, group, id=f"requests {names}") for names, group in REQUESTS.items()),
    *(pytest.param("answers", names, group, id=f"answers {names}") for names, group in ANSWERS.items()),
]


@pytest.fixture(scope="module")
def tests_there_are():
    """The names of all tests of the suite."""
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))}


@pytest.mark.parametrize(("described", "there"), [(REQUESTS, requested), (ANSWERS, answered)])
def test_every_member_of_the_installed_model_is_described(described, there):
    """If a newer botocore has another member, describe its effect in docs/_members.py."""
    assert undescribed(described, there()) == []


@pytest.mark.parametrize(("kind", "names", "group"), GROUPS)
def test_every_member_that_is_described_is_one_of_the_newest_model(kind, names, group):
    """The page is generated with that model; a member that the model does not have has no row."""
    block = COVERAGE.partition(f"<!-- generated: {kind} {names} -->")[2].partition("<!-- end -->")[0]
    rows = re.findall(r"^\| `([^`]+)` \|", block, re.MULTILINE)
    assert rows == [path.removesuffix(".**") for path in group]


@pytest.mark.parametrize(("kind", "names", "group"), GROUPS)
def test_a_description_says_where_it_comes_from(kind, names, group):
    """A kind of source, and the section of the facts, unless the source is the model."""
    sources = {said.source for said in group.values()}
    assert all(source == "the model" or re.fullmatch(rf"({'|'.join(SOURCES)}) §[\d.]+", source) for source in sources)


@pytest.mark.parametrize(("kind", "names", "group"), GROUPS)
def test_what_proves_a_description_is_there(kind, names, group, tests_there_are):
    """Tests exist by name; members of answers are described themselves."""
    proofs = {proof for said in group.values() for proof in said.proof}
    tests = {proof for proof in proofs if proof.startswith("test_")}
    members = {tuple(proof.split(".", 1)) for proof in proofs - tests}
    patterns = [(name, path) for name, described in ANSWERS.items() for path in described]
    assert tests <= tests_there_are
    assert [m for m in members if not any(described_by(*pattern, m) for pattern in patterns)] == []


@pytest.mark.parametrize("names", REQUESTS)
def test_every_member_of_a_request_can_be_seen_to_have_its_effect(names):
    """In a member of an answer, or in a test."""
    assert [path for path, said in REQUESTS[names].items() if not said.proof] == []


def test_the_page_says_whose_model_it_describes():
    """The botocore with which it was generated."""
    assert f"botocore {NEWEST}." in COVERAGE
