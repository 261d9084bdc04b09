"""A name that an object does not have: the error says which one was probably meant, whatever prints it."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock._misspelt import Hinting

MISTAKES = {
    "emr.aplications": "EMRServerless has no .aplications; did you mean .applications? (docs: api)",
    "emr.addJobRun": "EMRServerless has no .addJobRun; did you mean .add_job_run? (docs: api)",
    "emr.clock.moveTo": "Clock has no .moveTo; did you mean .move_to? (docs: api)",
    "emr.when().sucess": "Rule has no .sucess; did you mean .succeed? (docs: api)",
    "emr.fault('*').timeout": "Fault has no .timeout; did you mean .time_out? (docs: api)",
    "emr.calls.off": "Calls has no .off; did you mean .of? (docs: api)",
    "emr.calls[-1].param": "CallRecord has no .param; did you mean .params? (docs: api)",
    "emr.logs[run].stdOut": "JobRunLogs has no .stdOut; did you mean .stdout? (docs: api)",
    "emr.timeline().to_jsn": "Timeline has no .to_jsn; did you mean .to_json? (docs: api)",
    "emr.snapshot().to_jsn": "Snapshot has no .to_jsn; did you mean .to_json? (docs: api)",
    "emr.metrics.off": "Metrics has no .off; did you mean .of? (docs: api)",
    "emr.events.off": "Events has no .off; did you mean .of? (docs: api)",
    "emr.job_runs.succeed": "Records has no .succeed; it has: count, index (docs: api)",
    "mock.strat": "Mock has no .strat; did you mean .start? (docs: api)",
    "run.sucess": "has no 'sucess' now; did you mean .succeed? (docs: handle)",
    "run.status": "has no 'status' now; did you mean .state? (docs: handle)",
}


@pytest.fixture
def names():
    """What the mistakes are made with."""
    mock = mock_emr_serverless(clock="manual")
    emr = mock.start()
    emr.client().list_applications()
    yield {"emr": emr, "mock": mock, "run": emr.add_job_run(emr.add_application())}
    emr._has_failed = True
    mock.stop()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_error_says_what_was_probably_meant(names, mistake):
    """In its own text, once, because pytest does not print what Python adds to a traceback."""
    with pytest.raises(AttributeError) as caught:
        eval(mistake, names)
    assert str(caught.value).endswith(MISTAKES[mistake])
    printed = "".join(traceback.format_exception_only(caught.type, caught.value))
    assert printed.lower().count("did you mean") <= 1


PUBLIC = ["emr", "emr.clock", "emr.calls", "emr.calls[-1]", "emr.logs", "emr.timeline()", "emr.job_runs", "run", "mock"]


@pytest.mark.parametrize("thing", PUBLIC)
def test_code_that_asks_before_it_uses_a_name_still_can(names, thing):
    """`hasattr`, `getattr` with a default, `dir` and copies do as with every object."""
    thing = eval(thing, names)
    assert not hasattr(thing, "sucess")
    assert getattr(thing, "sucess", 1) == 1
    assert "sucess" not in dir(thing)
    assert type(copy.copy(thing)) is type(thing)


class Value(Hinting):
    """Pickle makes one without `__init__`, and asks it for names."""

    def __init__(self) -> None:
        self.number = 1


def test_an_object_is_pickled_as_without_hints():
    """A name that is missing because nothing is there yet is no mistake of the author."""
    assert pickle.loads(pickle.dumps(Value())).number == 1


def test_a_property_that_fails_says_why(names, monkeypatch):
    """Not that it is missing."""
    monkeypatch.setattr(type(names["emr"]), "broken", property(lambda self: self._nothing), raising=False)
    with pytest.raises(AttributeError, match="has no attribute '_nothing'"):
        names["emr"].broken  # noqa: B018 - it is the mistake
