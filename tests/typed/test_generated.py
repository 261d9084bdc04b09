"""The generated types are those of the service model, and of what records really show."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import get_args

import botocore
import pytest
from _generate import generated
from _members import NEWEST

import emrs_mock
from emrs_mock import mock_emr_serverless
from emrs_mock.members import attributes, given, literals
from emrs_mock.operations.member_names import snake_case
from emrs_mock.options import Options
from emrs_mock.sim.lifecycles import TABLES
from tests.docs.test_tables import is_older
from tests.service.model import has
from tests.typed.generate import MODULES, NONE_AT_FIRST, RECORDS, REQUESTS, ROOM, service_model

STATES = {"application": "ApplicationState", "job_run": "JobRunState", "session": "SessionState"}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_what_the_newest_model_says(name):
    """If not, run `python -m tests.typed.generate` with the newest botocore."""
    if is_older(botocore.__version__, NEWEST):
        pytest.skip("an older model has fewer members")
    assert (ROOM / f"{name}.py").read_text(encoding="utf-8") == MODULES[name](service_model())


@pytest.mark.parametrize(("name", "request_type"), [(name, said) for name, said in REQUESTS.items()])
def test_every_member_of_the_installed_model_can_be_given(name, request_type):
    """In both spellings; an older model has fewer members."""
    operation, _, without = request_type
    if not has(operation):
        pytest.skip("the installed model does not have it")
    members = set(service_model().operation_model(operation).input_shape.members) - set(without)
    assert members | set(map(snake_case, members)) <= set(getattr(given, name).__annotations__)


@pytest.mark.parametrize("kind", STATES)
def test_states_are_those_of_the_simulation(kind):
    """The model's, and all of them can be simulated."""
    assert set(get_args(getattr(literals, STATES[kind]))) == set(TABLES[kind])
    assert getattr(emrs_mock, STATES[kind]) is getattr(literals, STATES[kind])


def views(emr):
    """A record of each kind that the installed model has."""
    is_new = has("StartSession")
    sessions = {"releaseLabel": "emr-7.13.0", "interactiveConfiguration": {"sessionEnabled": True}} if is_new else {}
    application = emr.add_application(name="etl", tags={"a": "b"}, **sessions)
    yield "ApplicationAttributes", application
    for state in ("SUBMITTED", "SUCCESS"):
        yield "JobRunAttributes", emr.add_job_run(application, state, name="nightly")
    if is_new:
        yield "SessionAttributes", emr.add_session(application)


def test_what_a_record_shows_is_typed():
    """Every attribute has a type, and only those that may be None are."""
    with mock_emr_serverless(clock="manual") as emr:
        for name, view in views(emr):
            typed = getattr(attributes, name).__annotations__
            shown = view._members()
            assert set(shown) <= set(typed)
            nothing = {member for member, value in shown.items() if value is None}
            assert nothing <= {*map(snake_case, NONE_AT_FIRST), "application_name"}
            assert all(typed[member].endswith("| None") for member in nothing)
            assert {*map(snake_case, RECORDS[name][1])} <= set(typed)


def test_the_options_are_shown_as_keywords():
    """`help()` and editors that run the code list them, from the same class that checks them."""
    shown = inspect.signature(mock_emr_serverless).parameters
    assert list(shown)[1:] == list(inspect.signature(Options).parameters)
    assert all(each.kind is each.KEYWORD_ONLY for name, each in shown.items() if name != "target")


def test_the_table_of_the_docs_has_every_option():
    """It is generated from that class."""
    table = generated("<!-- generated: options -->\n<!-- end -->")
    assert all(f"`{name}=" in table for name in inspect.signature(Options).parameters)


def test_nothing_is_imported_for_types_alone():
    """Neither boto3-stubs nor typing_extensions, also when a mock is used."""
    code = (
        "import sys, typing; import emrs_mock\n"
        "with emrs_mock.mock_emr_serverless(clock='manual') as emr: emr.add_application(region_name='us-east-1')\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "mypy_boto3_emr_serverless" not in done.stdout.split()
