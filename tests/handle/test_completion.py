"""What an editor offers after `emr.` is what the docs speak of; how the rooms are joined is not offered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest

from emrs_mock import mock_emr_serverless
from tests.docs.pages import ROOT

PAGES = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))


def offered_by(thing: object) -> list[str]:
    """The names that an editor completes, without those that every sequence or mapping has."""
    of_python = {*dir(Sequence), *dir(Mapping)}
    return [name for name in dir(thing) if not name.startswith("_") and name not in of_python]


@pytest.fixture
def emr():
    """A handle, as users have it."""
    with mock_emr_serverless(clock="manual") as emr:
        emr.add_job_run(emr.add_application())
        emr.client().list_applications()
        yield emr


@pytest.mark.parametrize(
    "part",
    [
        lambda emr: emr,
        lambda emr: emr.clock,
        lambda emr: emr.when().fail(),
        lambda emr: emr.fault("*").reset(times=1),
        lambda emr: emr.calls,
        lambda emr: emr.calls[0],
        lambda emr: emr.job_runs,
        lambda emr: emr.events,
        lambda emr: emr.metrics["RunningJobs"],
        lambda emr: emr.logs[emr.job_runs[0]],
        lambda emr: emr.snapshot(),
        lambda emr: emr.timeline(),
    ],
    ids=[
        "handle",
        "clock",
        "rule",
        "fault",
        "calls",
        "call",
        "records",
        "events",
        "series",
        "logs",
        "snapshot",
        "timeline",
    ],
)
def test_every_name_that_an_editor_offers_is_in_the_docs(emr, part):
    """Completion offers only public names."""
    assert [name for name in offered_by(part(emr)) if not re.search(rf"\.{name}\b", PAGES)] == []


def test_what_the_wire_asks_of_a_mock_is_not_on_the_handle(emr):
    """Answers, callers and delays belong to the backend: tests do not need them."""
    assert {"answer", "caller", "pause", "pause_async", "is_used"}.isdisjoint(offered_by(emr))
