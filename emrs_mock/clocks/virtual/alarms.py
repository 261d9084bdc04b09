"""The words for a test that gets stuck: the error, the warning, and where each thread stands.

When they are due is decided in `stall_guard`, `idle_guard` and `watchdog`.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path
from traceback import FrameSummary
from typing import Any

from emrs_mock.clocks.virtual.participants import Participant, Wait
from emrs_mock.clocks.virtual.process_time import ProcessTime
from emrs_mock.observation.announcements import warn

_LIBRARY = (str(Path(__file__).parent), str(Path(threading.__file__).parent))
"""Where the lines are of our own code and of the standard library: not the lines that an author looks for."""


class EMRServerlessStuckError(RuntimeError):
    """All threads wait, and nothing is due that could end a wait."""


class EMRServerlessStuckWarning(UserWarning):
    """Simulated time may be waiting for something that never comes."""


class Alarms:
    """The warnings of one virtual time: each kind once."""

    def __init__(self, process_time: ProcessTime) -> None:
        self._process_time = process_time
        self._given: set[str] = set()

    def warn(self, what: str, places: Iterable[str]) -> None:
        """Warn: what is wrong, which threads are concerned, and what is still due."""
        if what not in self._given:
            self._given.add(what)
            warn(self.text(what, places), EMRServerlessStuckWarning)

    def text(self, what: str, places: Iterable[str]) -> str:
        """What is wrong, where, and what is still due."""
        worlds = "; ".join(world.waited_for() for world in self._process_time.worlds)
        now = self._process_time.now().isoformat()
        return f"{what}, at {now}: {'; '.join(places)}. {worlds or 'No simulation takes part'} (docs: virtual-time)."


def places_of(participants: Iterable[Participant], waiting: Iterable[Wait]) -> list[str]:
    """Where threads stand: the names, and the lines of the code under test; for an event loop those of its tasks."""
    loops = {wait.participant: wait.loop for wait in waiting if hasattr(wait, "loop")}
    return [place_of(participant, loops.get(participant)) for participant in participants]


def place_of(participant: Participant, loop: Any = None) -> str:
    """Where one thread stands, and the tasks of the loop that it runs."""
    frame = sys._current_frames().get(participant.ident or 0)
    stack = traceback.extract_stack(frame) if frame else []
    if not stack:
        return f"{participant.name}, not begun"
    return ", ".join([f"{participant.name} at {_line_of(stack)}", *_tasks_of(loop)])


def _tasks_of(loop: Any) -> list[str]:
    if loop is None:
        return []
    tasks = sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name())
    return [f"task {task.get_name()} at {_line_of(_stack_of(task.get_coro()))}" for task in tasks]


def _stack_of(coroutine: Any) -> list[FrameSummary]:
    """The lines at which a coroutine, and those that it awaits, stand."""
    stack = []
    while (frame := getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)) is not None:
        stack += [FrameSummary(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)]
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return stack


def _line_of(stack: list[FrameSummary]) -> str:
    lines = [line for line in stack if not line.filename.startswith(_LIBRARY)] or stack
    return f"{lines[-1].filename}:{lines[-1].lineno}" if lines else "an unknown line"
