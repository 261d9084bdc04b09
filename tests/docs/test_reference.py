"""The reference pages are whole: every public name, option and transition is there."""

from __future__ import annotations

import inspect

import pytest
from _reference import API, PAGES, named
from _state_charts import ROWS, arrows, chart

import emrs_mock
from emrs_mock import EMRServerless, engines
from emrs_mock.sim.lifecycles import TABLES
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
HANDLE = [name for name in dir(EMRServerless) if not name.startswith("_")]


def test_every_public_name_is_on_the_page_of_the_api():
    """Once, in one of its groups."""
    listed = [name for group in API.values() for name in group]
    assert sorted(listed) == sorted([*emrs_mock.__all__, *(f"engines.{name}" for name in engines.__all__)])
    assert [name for name in listed if f":: emrs_mock.{name}" not in PAGE] == []


@pytest.mark.parametrize("name", HANDLE)
def test_every_public_member_of_the_handle_has_a_docstring(name):
    """Sphinx shows what has one, and the build of the docs fails if a member is missing."""
    assert (inspect.getdoc(inspect.getattr_static(EMRServerless, name)) or "").endswith((".", "`."))
    assert ".. autoclass:: emrs_mock.EMRServerless\n   :members:\n   :inherited-members:" in PAGE


def test_every_error_and_warning_has_its_page():
    """And is an error or a warning."""
    names = {*API["Errors"], *API["Warnings"]}
    assert set(PAGES) == names
    assert all(issubclass(named(name), Warning if name in API["Warnings"] else Exception) for name in names)
    assert {name for group in API.values() for name in group if name.endswith(("Error", "Warning"))} <= names


@pytest.mark.parametrize("kind", TABLES)
def test_every_transition_is_an_arrow_in_the_chart(kind):
    """Between every two states one, with all its events."""
    rows = ROWS.get(kind, tuple(TABLES[kind]))
    assert sorted(rows) == sorted(TABLES[kind])
    drawn = {(rows[a.source], event, rows[a.target]) for a in arrows(kind, rows) for event in a.events}
    moves = {(state, event, to) for state, table in TABLES[kind].items() for event, to in table.items() if to != state}
    assert drawn == moves
    assert chart(kind).count("marker-end=") == len({(state, to) for state, _, to in moves})
