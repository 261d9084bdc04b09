"""Real work that an author announces: while it is done simulated time stands still.

Work that can be seen needs none of this: a thread that runs, a child process (`child_processes`), input (`real_io`).
"""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from emrs_mock.clocks.virtual.held import Held
from emrs_mock.clocks.virtual.participants import Participant, Wait
from emrs_mock.clocks.virtual.turns import Turns


class RealWork:
    """The reasons for time to stand still."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._suspended: dict[int, Participant] = {}

    @contextmanager
    def hold(self) -> Iterator[Held]:
        """Let no time pass meanwhile; the current thread's own waits are real."""
        turns, held = self._turns, Held()
        turns.held += 1
        try:
            with turns.participants.really():
                yield held
        finally:
            held.end()
            turns.held -= 1
            self._come_back()

    def _come_back(self) -> None:
        """The others may have gone on without the thread: it waits for its turn. In a handler no other one has."""
        turns = self._turns
        instant_lasts = turns.participants.moves_here() or turns.participants.sleepless == get_ident()
        if (participant := turns.participants.get(get_ident())) and not instant_lasts:
            turns.block(Wait(turns, participant, turns.process_time.look()))
        turns.guard.poke()

    def suspend(self) -> None:
        """Let the current thread be real, and time stand still."""
        turns = self._turns
        with turns.lock:
            turns.held += 1
            self._suspended[get_ident()] = turns.step_out()
        turns.guard.poke()

    def resume(self) -> None:
        """Take the current thread back, when its turn has come."""
        turns = self._turns
        with turns.lock:
            turns.held -= 1
            turns.participants[get_ident()] = self._suspended.pop(get_ident())
        self._come_back()

    def wait_for(self, future: Future[Any]) -> None:
        """Let no time pass before the future is done."""
        with self._turns.lock:
            self._turns.pending.begin()
        future.add_done_callback(self._done)

    def _done(self, _: Future[Any]) -> None:
        with self._turns.lock:
            self._turns.pending.end()
        self._turns.guard.poke()
