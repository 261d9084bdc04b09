"""What happens between the cells of a notebook, seen from a shell that only keeps what is registered with it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from emrs_mock.clocks.notebook import between_cells


class Events:
    """The events of an IPython shell. `refused` cannot be registered."""

    def __init__(self, refused=None):
        self.callbacks = []
        self.refused = refused

    def register(self, event, callback):
        """Keep a callback, as IPython does."""
        if event == self.refused:
            raise RuntimeError(f"no {event} here")
        self.callbacks.append((event, callback))

    def unregister(self, event, callback):
        """Raises ValueError for what is not registered, as IPython does."""
        if (event, callback) not in self.callbacks:
            raise ValueError(event)
        self.callbacks.remove((event, callback))

    def trigger(self, event):
        """Call what is registered for an event."""
        for each, callback in self.callbacks:
            if each == event:
                callback("what IPython tells of the cell")


@pytest.fixture
def shell(monkeypatch):
    """Puts a shell with these events in the place of IPython's."""

    def put(events):
        shell = None if events is None else SimpleNamespace(events=events)
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        return events

    return put


def test_the_clock_is_suspended_after_a_cell_and_resumed_before_the_next(shell):
    """Until that is taken back, which can be done twice."""
    events, done = shell(Events()), []
    undo = between_cells(lambda: done.append("suspend"), lambda: done.append("resume"))
    for event in ("post_run_cell", "pre_run_cell", "post_run_cell"):
        events.trigger(event)
    assert done == ["suspend", "resume", "suspend"]
    undo()
    undo()
    assert events.callbacks == []


@pytest.mark.parametrize("refused", ["post_run_cell", "pre_run_cell"])
def test_a_shell_that_takes_one_callback_keeps_none(shell, refused):
    """The error of the shell is raised."""
    events = shell(Events(refused))
    with pytest.raises(RuntimeError, match=f"no {refused} here"):
        between_cells(lambda: None, lambda: None)
    assert events.callbacks == []


def test_where_no_shell_runs_nothing_is_done(shell, monkeypatch):
    """IPython may be imported, or may not."""
    shell(None)
    between_cells(pytest.fail, pytest.fail)()
    monkeypatch.delitem(sys.modules, "IPython")
    between_cells(pytest.fail, pytest.fail)()
    assert "IPython" not in sys.modules
