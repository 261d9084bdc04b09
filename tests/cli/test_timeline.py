"""The timeline: data made of changes, and its text."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.observation.timeline import as_text, tracks
from emrs_mock.sim.records import Change

START = datetime(2026, 1, 31, 4, tzinfo=timezone.utc)


@pytest.fixture
def emr():
    """A mock whose clock stands."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        yield emr


def ways_of(emr):
    """The tracks of all that happened in a mock."""
    return tracks(emr._simulation.changes)


def test_a_track_has_a_step_for_each_state(emr):
    """From when and for how long; the last one still lasts."""
    client = emr.client("us-east-1")
    made = client.create_application(name="etl", type="SPARK", releaseLabel="emr-7.2.0")
    emr.clock.advance(60)
    (way,) = ways_of(emr)
    assert (way.kind, way.id) == ("application", made["applicationId"])
    assert [(step.state, step.at - START, step.lasted) for step in way.steps] == [
        ("CREATING", timedelta(0), timedelta(seconds=10)),
        ("CREATED", timedelta(seconds=10), None),
    ]


def test_tracks_are_in_order_of_creation(emr):
    """Whatever changed last."""
    first, second = emr.add_application(), emr.add_application()
    run = emr.add_job_run(first)
    emr.run_until(run)
    assert [way.id for way in ways_of(emr)] == [first.id, second.id, run.id]


def change(record_id, after, since, kind="job_run", attempt=None, details=""):
    """A move of a record, so long after the start."""
    at = START + timedelta(**since)
    return Change(
        at=at, kind=kind, id=record_id, attempt=attempt, event="moved", before=None, after=after, details=details
    )


def test_the_text_is_aligned_and_tells_names_attempts_and_reasons():
    """Columns are as wide as their widest cell, days included; nothing trails."""
    changes = [
        change("00a", "STARTED", {}, kind="application", details="User initiated."),
        change("00b", "SUBMITTED", {"hours": 1}, attempt=1),
        change("00b", "SUBMITTED", {"days": 1, "seconds": 1.5}, attempt=2),
    ]
    assert as_text(tracks(changes), {"00a": "etl"}, START).splitlines() == [
        "  time (UTC)              since start  state                    lasted",
        "",
        "application 00a  etl",
        "  2026-01-31 04:00:00         0:00:00  STARTED                          User initiated.",
        "",
        "job run 00b",
        "  2026-01-31 05:00:00         1:00:00  SUBMITTED              23:00:01",
        "  2026-02-01 04:00:01  1 day, 0:00:01  SUBMITTED (attempt 2)",
    ]


def test_nothing_makes_no_text():
    """There is no header either."""
    assert as_text([], {}, START) == ""
