"""A virtual clock in the shell of a notebook: what it registers there, and what it leaves behind."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timezone
from types import ModuleType, SimpleNamespace

import pytest

from emrs_mock import mock_emr_serverless
from tests.service.requests import START, at


class Events:
    """The callbacks of a shell, as IPython keeps them."""

    def __init__(self, refuses=""):
        self.callbacks = {"pre_run_cell": [], "post_run_cell": []}
        self.refuses = refuses

    def register(self, event, function):
        """Add a function that is called at an event."""
        if event == self.refuses:
            raise LookupError(event)
        self.callbacks[event].append(function)

    def unregister(self, event, function):
        """Take it back; raises ValueError where it is not there."""
        self.callbacks[event].remove(function)

    def trigger(self, event):
        """Call the functions with what IPython hands over."""
        for function in list(self.callbacks[event]):
            function(object())


@pytest.fixture
def ipython(monkeypatch):
    """The module IPython, which runs no shell yet."""
    module = ModuleType("IPython")
    module.get_ipython = lambda: None
    monkeypatch.setitem(sys.modules, "IPython", module)
    return module


@pytest.fixture
def events(ipython):
    """The events of the shell that runs."""
    events = Events()
    ipython.get_ipython = lambda: SimpleNamespace(events=events)
    return events


def names(events):
    """What each event calls."""
    return {event: [function.__name__ for function in called] for event, called in events.callbacks.items()}


def test_between_two_cells_the_process_lives_in_real_time(events):
    """After a cell the thread is real and the clock stands; before the next one time goes on from there."""
    with mock_emr_serverless(clock="virtual", start=START) as emr:
        assert names(events) == {"pre_run_cell": ["before_cell"], "post_run_cell": ["after_cell"]}
        events.trigger("post_run_cell")
        time.sleep(0.01)
        assert datetime.now(timezone.utc) > at(days=365)
        events.trigger("pre_run_cell")
        assert emr.clock.now() == START
        time.sleep(3600)
        assert datetime.now(timezone.utc) == at(hours=1)
    assert names(events) == {"pre_run_cell": [], "post_run_cell": []}


def test_a_mock_ends_though_the_shell_has_forgotten_its_functions(events):
    """A reset of the shell removes them."""
    with mock_emr_serverless(clock="virtual", start=START):
        events.callbacks["post_run_cell"].clear()
    assert names(events) == {"pre_run_cell": [], "post_run_cell": []}


@pytest.mark.parametrize("refused", ["pre_run_cell", "post_run_cell"])
def test_a_shell_that_refuses_a_function_gets_none(events, refused):
    """The mock is not entered, and the process keeps real time."""
    events.refuses = refused
    with pytest.raises(LookupError, match=refused):
        mock_emr_serverless(clock="virtual", start=START).start()
    assert names(events) == {"pre_run_cell": [], "post_run_cell": []}
    assert datetime.now(timezone.utc) > at(days=365)


@pytest.mark.usefixtures("ipython")
def test_ipython_without_a_shell_changes_nothing():
    """A program may import it for something else."""
    with mock_emr_serverless(clock="virtual", start=START) as emr:
        time.sleep(60)
        assert emr.clock.now() == at(minutes=1)


def test_a_module_that_is_only_named_like_ipython_changes_nothing(ipython):
    """It has no `get_ipython`."""
    del ipython.get_ipython
    with mock_emr_serverless(clock="virtual", start=START) as emr:
        assert emr.clock.now() == START


@pytest.mark.parametrize("clock", ["system", "manual"])
def test_other_clocks_register_nothing_in_a_shell(events, clock):
    """They move nothing of the process."""
    with mock_emr_serverless(clock=clock):
        assert names(events) == {"pre_run_cell": [], "post_run_cell": []}
