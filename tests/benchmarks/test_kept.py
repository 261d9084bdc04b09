"""What a mock keeps of each job run, and what is made of it: bytes and steps are counted.

That calls keep no view of their own is in tests/service/test_kept_views.py.
"""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from emrs_mock.observation.calls import Recorder
from emrs_mock.sim.drawers import Drawer
from tests.benchmarks.test_growth import ROLE, SPARK, exponent, growth, steps_of, world

TIMES = 40


def bytes_of_each(act):
    """How many bytes are kept after each of some calls of `act`."""
    act()  # what is kept once is kept
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(TIMES):
            act()
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / TIMES
    finally:
        tracemalloc.stop()


@pytest.fixture
def crowd():
    """A mock with a page of job runs, and a client."""
    mock, emr, client = world(50)
    yield emr, client
    mock.stop()


def test_a_job_run_keeps_no_more_than_it_has_to(crowd):
    """What it asks for included, which is about 900 bytes."""
    emr, client = crowd
    start = {"applicationId": emr.applications[0].id, "executionRoleArn": ROLE, "jobDriver": SPARK}
    assert bytes_of_each(lambda: client.start_job_run(**start)) < 5500


def test_a_timeline_copies_no_call(crowd, monkeypatch):
    """It shows when a call was, and not what was in it."""
    emr, _ = crowd
    monkeypatch.setattr(Recorder, "_record", None)
    assert "StartJobRun ×50" in str(emr.timeline())
    assert "StartJobRun" in emr.timeline().to_json()


def test_the_last_call_alone_is_looked_up(crowd):
    """The records of the others are made, but only once."""
    assert growth(lambda emr, client: emr.calls[-1].operation) < 0.1


def test_the_json_of_a_snapshot_is_some_lines_for_each_job_run():
    """What is the same object in many places is spelled once."""
    mock, emr, _ = world(50)
    few = steps_of(emr.snapshot().to_json)
    mock.stop()
    mock, emr, _ = world(150)
    many = steps_of(emr.snapshot().to_json)
    mock.stop()
    assert (many - few) / 100 < 1200


def test_a_job_run_moves_at_the_same_cost_among_many(monkeypatch):
    """No list is longer than some hundred records, so that few are moved in memory."""
    touched = []
    for size in (50, 400):
        mock, emr, _ = world(size)
        lengths = [len(block) for block in drawer_of(emr).blocks]
        monkeypatch.setattr("emrs_mock.sim.drawers.LONGEST", 16)
        emr.clock.advance(7200)
        touched.append(max(len(block) for block in drawer_of(emr).blocks))
        monkeypatch.undo()
        mock.stop()
        assert sum(lengths) == size
    assert touched[1] <= 16
    assert exponent(*touched) < 0.1


def drawer_of(emr) -> Drawer:
    """The drawer of the job runs, which are all in one state."""
    register = next(iter(emr._simulation.worlds.values())).job_runs[emr.applications[0].id]
    return max(register._drawers.values(), key=len)
