"""Event loops: an asyncio loop that would wait in its selector waits for its turn instead.

`call_later`, `sleep`, `wait_for` and `timeout` need nothing: the loop asks the time and its selector.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import weakref
from asyncio.base_events import BaseEventLoop
from collections import deque
from collections.abc import Callable, Collection
from datetime import timedelta
from itertools import starmap
from typing import Any

from emrs_mock.clocks.system_clock import MICROSECOND
from emrs_mock.clocks.virtual.awaited_answers import AwaitedAnswers
from emrs_mock.clocks.virtual.participants import Participant, Wait
from emrs_mock.clocks.virtual.patches import Patches
from emrs_mock.clocks.virtual.turns import Turns

Select = Callable[..., "list[Any]"]

MOMENT = 1e-9
"""Seconds by which asyncio lets a timer be early, `time.get_clock_info("monotonic").resolution`."""

QUIET = 0.001
"""Real seconds to listen to sockets that have been silent since they were opened or last heard."""

_SELECTORS = {
    cls
    for cls in vars(selectors).values()
    if isinstance(cls, type) and issubclass(cls, selectors.BaseSelector) and "select" in vars(cls)
}


_NO_ANSWERS = AwaitedAnswers()
"""Of a loop without connections."""


def _files_of(selector: Any) -> Collection[int]:
    """The open files that a loop's selector watches; none if there is but the one by which threads wake the loop."""
    files: Collection[int] = selector.get_map()
    return files if len(files) > 1 else ()


class LoopWait(Wait):
    """The wait of a loop, really spent in its selector, so that sockets and signals still reach it."""

    costly = True

    __slots__ = ("answers", "events", "heard", "loop", "nudged", "select", "turns")

    def __init__(
        self,
        turns: Turns,
        participant: Participant,
        deadline: timedelta | None,
        loop: Any,
        select: Select,
        answers: AwaitedAnswers,
    ) -> None:
        super().__init__(turns, participant, deadline, notifiable=True)
        self.turns = turns
        self.loop = loop
        self.select = select
        self.answers = answers
        self.events: list[Any] = []
        self.heard = self.nudged = False

    def park(self, seconds: float) -> bool:
        """Listen until woken or something is heard; a loop that has heard something is ready and waits for the turn."""
        if self.heard:
            return super().park(seconds)
        events = self.select(None if seconds < 0 else seconds)
        if not events:
            return False
        if self.nudged and not self.granted and self._only_ourselves(events):
            self.nudged = False
            return True
        self.events, self.heard = events, True
        self.turns.notify(self)
        return True

    def wake(self) -> None:
        """Wake the loop, wherever it waits."""
        super().wake()
        self.nudged = True
        if not self.heard:
            self.loop._write_to_self()

    def hears_outside(self) -> bool:
        """Whether the loop has sockets besides the one it wakes itself with, or handles signals."""
        return bool(_files_of(self.loop._selector)) or bool(getattr(self.loop, "_signal_handlers", None))

    def is_pending(self) -> bool:
        """Whether time must not pass: a socket has something that the loop has not heard yet, or an answer is due."""
        return not self.heard and (self.answers.is_any_awaited() or bool(self.select(0)))

    def is_over(self) -> bool:
        """Whether the loop waits no more."""
        return self.over

    def __str__(self) -> str:
        return "a loop that waits for its sockets"

    def _only_ourselves(self, events: list[Any]) -> bool:
        """Whether nothing was heard but our own nudge; reading it lets the loop see signals that came with it."""
        if any(key.fd != self.loop._ssock.fileno() for key, _ in events):
            return False
        self.loop._read_from_self()
        return not self.loop._ready


class Loops:
    """The patches of asyncio's selectors."""

    def __init__(self, turns: Turns, grace: timedelta) -> None:
        self._turns = turns
        self._grace = grace.total_seconds()
        self._waits: dict[Any, LoopWait] = {}
        self._answers: weakref.WeakKeyDictionary[Any, AwaitedAnswers] = weakref.WeakKeyDictionary()
        self._silent: weakref.WeakKeyDictionary[Any, tuple[Any, ...]] = weakref.WeakKeyDictionary()
        self.seen: weakref.WeakSet[Any] = weakref.WeakSet()
        self._simulated = False

    def patch(self, patches: Patches) -> None:
        """Let the loops of the test come to the turns."""
        for cls in _SELECTORS:
            patches.put(cls, "select", self._make_select(vars(cls)["select"]))
        patches.put(BaseEventLoop, "call_soon_threadsafe", self._make_call_soon(BaseEventLoop.call_soon_threadsafe))

    def see(self) -> None:
        """Know of the loop that is running already."""
        if (loop := asyncio._get_running_loop()) is not None:
            self.seen.add(loop)

    def shift(self, lag: Callable[[], float], *, simulated: bool) -> None:
        """Let timers of the loops seen so far keep their remaining time where monotonic clocks jump.

        `lag` tells by how much they jump when they become real. A second time is nothing.
        """
        if simulated is self._simulated:
            return
        by = -lag() if simulated else lag()
        handles = [handle for loop in list(self.seen) for handle in loop._scheduled]
        moved = [(handle, "_when", handle._when + by) for handle in handles]
        # In one step, which Ctrl-C cannot break off half-way.
        deque(starmap(setattr, [*moved, (self, "_simulated", simulated)]), 0)

    def _make_select(self, original: Select) -> Select:
        turns = self._turns

        def select(selector: Any, timeout: float | None = None) -> list[Any]:
            participant = turns.participants.me(sys._getframe(1))
            loop: Any = asyncio._get_running_loop()
            own: Any = getattr(loop, "_selector", None)
            if participant is None or own is not selector:
                return original(selector, timeout)
            if events := original(selector, 0):
                if _files_of(selector):
                    self._hear(selector, events)
                return events
            if timeout is not None and timeout <= MOMENT:
                self._yield(participant, loop, timeout)
                return events
            return self._pass(participant, loop, timeout, lambda seconds: original(selector, seconds))

        return select

    def _pass(self, participant: Participant, loop: Any, timeout: float | None, select: Select) -> list[Any]:
        """Let the loop wait in simulated time; returns what its sockets brought meanwhile."""
        turns = self._turns
        self.seen.add(loop)
        answers, is_awaited = _NO_ANSWERS, False
        if _files_of(loop._selector):
            answers = self._answers.setdefault(loop._selector, AwaitedAnswers())
            answers.look(_files_of(loop._selector))
            with participant.listening():
                events = self._listen(loop._selector, select)
            if events:
                return events
            is_awaited = answers.is_any_awaited()
        deadline = None if timeout is None else turns.process_time.look() + turns.process_time.whole(timeout)
        if deadline is not None and not is_awaited and turns.pass_alone(participant, deadline, notifiable=True):
            return []
        return self._block(LoopWait(turns, participant, deadline, loop, select, answers))

    def _yield(self, participant: Participant, loop: Any, timeout: float) -> None:
        """The loop has something to do, or all but."""
        if not loop._ready:
            # A timer is due, or almost: once the clock is past it, which it is not by itself where floats are coarse.
            if not self._turns.process_time.creep(max(timeout, 0.0)):
                self._turns.sleep(participant, MICROSECOND)
        elif spin := self._turns.spin():
            self._turns.sleep(participant, spin)

    def _block(self, wait: LoopWait) -> list[Any]:
        selector = wait.loop._selector
        self._waits[wait.loop] = wait
        if _files_of(selector):
            with self._turns.lock:
                self._turns.pending.add(wait)
        try:
            self._turns.block(wait)
        finally:
            del self._waits[wait.loop]
        events = wait.events or wait.select(0)
        self._hear(selector, events)
        if late := wait.answers.give_up():
            self._turns.guard.left_behind(wait.participant, late)
        return events

    def _hear(self, selector: Any, events: list[Any]) -> None:
        """Sockets have brought something."""
        if events:
            self._silent.pop(selector, None)
            if answers := self._answers.get(selector):
                answers.hear(events)

    def _listen(self, selector: Any, select: Select) -> list[Any]:
        """Give sockets a short real time to bring something, less if they have been silent."""
        sockets = tuple(selector.get_map())
        events = select(QUIET if self._silent.get(selector) == sockets else self._grace)
        if events:
            self._hear(selector, events)
        else:
            self._silent[selector] = sockets
        return events

    def _make_call_soon(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call_soon_threadsafe(loop: Any, *args: Any, **kwargs: Any) -> Any:
            handle = original(loop, *args, **kwargs)
            if handle._source_traceback:
                # In debug mode a handle knows its caller: not us.
                del handle._source_traceback[-1]
            # Ready at once: until its thread leaves the selector the loop would pass for asleep.
            if wait := self._waits.get(loop):
                self._turns.notify(wait)
            return handle

        return call_soon_threadsafe
