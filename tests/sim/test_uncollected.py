"""What makes very many objects that stay lets no garbage be collected meanwhile, and leaves the collector as it was."""

from __future__ import annotations

import gc

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.sim.copies import uncollected


@pytest.fixture
def collections():
    """The collections from now on, in a process that collects after each few new objects."""
    noted, thresholds = [], gc.get_threshold()

    def note(phase, _):
        noted.append(phase)

    gc.callbacks.append(note)
    gc.set_threshold(50, 2, 2)
    yield noted
    gc.set_threshold(*thresholds)
    gc.callbacks.remove(note)


@pytest.fixture
def emr():
    """A mock with many job runs."""
    with mock_emr_serverless(clock="manual") as emr:
        application = emr.add_application("STARTED")
        for _ in range(200):
            emr.add_job_run(application, "RUNNING")
        emr.clock.advance(hours=1)
        yield emr


@pytest.mark.parametrize(
    "look",
    [
        lambda emr: emr.snapshot(),
        lambda emr: emr.restore(emr.snapshot()),
        lambda emr: emr.timeline(),
        lambda emr: emr.metrics,
        lambda emr: len(emr.events),
    ],
    ids=["snapshot", "restore", "timeline", "metrics", "events"],
)
def test_looking_at_everything_collects_hardly_ever(emr, collections, look):
    """Once before and once after, but not again and again: that would look at all objects of the process each time."""
    look(emr)
    assert collections.count("start") < 15


def test_writing_a_snapshot_collects_hardly_ever(emr, collections):
    """Nor does that."""
    snapshot = emr.snapshot()
    collections.clear()
    snapshot.to_json()
    assert collections.count("start") < 15


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_left_as_it_was(is_enabled):
    """After an error too, and in a program that has switched it off itself."""
    (gc.enable if is_enabled else gc.disable)()
    try:
        with pytest.raises(KeyError), uncollected():
            raise KeyError(gc.isenabled())
        assert gc.isenabled() is is_enabled
        with uncollected(), uncollected():
            pass
        assert gc.isenabled() is is_enabled
    finally:
        gc.enable()
