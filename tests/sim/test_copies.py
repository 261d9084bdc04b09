"""Copies of records: what changes in place is copied, all else is shared."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import MISSING, fields

import pytest

from emrs_mock.sim.outcomes import Streams
from emrs_mock.sim.records import Application, Attempt, JobRun, Session
from tests.sim.arranged import START, a_job_run, a_simulation, a_world, an_application

CHANGES_IN_PLACE = re.compile(r"\b(list|dict|set|deque|Counter|defaultdict|Workers|WorkerPool)\b")


@pytest.fixture
def run() -> JobRun:
    """A new job run."""
    world = a_world(a_simulation())
    return a_job_run(world, an_application(world))


@pytest.mark.parametrize("kind", [Application, Attempt, JobRun, Session])
def test_what_changes_in_place_is_made_for_each_record_and_so_is_copied(kind):
    """A copy shares what has no `default_factory`."""
    in_place = {field.name for field in fields(kind) if CHANGES_IN_PLACE.search(str(field.type))}
    copied = {field.name for field in fields(kind) if field.default_factory is not MISSING}
    assert in_place == copied
    assert in_place


def test_a_copy_has_all_that_the_record_has(run):
    """The same objects, where they are replaced as a whole."""
    twin = deepcopy(run)
    assert type(twin) is JobRun
    is_shared = {field.name: getattr(twin, field.name) is getattr(run, field.name) for field in fields(run)}
    assert [name for name, shared in is_shared.items() if not shared] == ["stays", "attempts"]


def test_what_happens_to_a_record_does_not_happen_to_its_copy(run):
    """Neither in the record nor in what it consists of."""
    twin = deepcopy(run)
    before = run.state
    run.enter("validate", "PENDING", START, "")
    run.stays["RUNNING"] = None
    run.attempt.logs[0] = Streams("out", "")
    run.attempts.append(Attempt(number=2, created_at=START, updated_at=START, state="SUBMITTED"))
    assert (twin.state, twin.stays, twin.attempt_number) == (before, {}, 1)
    assert (twin.attempt.state, twin.attempt.logs) == (before, {})


def test_several_references_to_one_record_become_references_to_one_copy(run):
    """A register finds a record in several ways."""
    first, second = deepcopy([run, run])
    assert first is second
    assert first is not run


def test_what_was_shown_of_a_record_is_not_in_its_copy(run):
    """It is no part of the record."""
    assert run.shown((1,), lambda: "of the record") == "of the record"
    assert deepcopy(run).shown((1,), lambda: "of the copy") == "of the copy"
