"""Signals that a thread of the test sends to its own process: the main thread handles them before time goes on.

Signals from elsewhere, alarms and interval timers come at their real time.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from emrs_mock.clocks.virtual.participants import Participant, Wait
from emrs_mock.clocks.virtual.patches import Patches
from emrs_mock.clocks.virtual.turns import Turns

PATIENCE = 1.0
"""Real seconds after which the sender goes on though the main thread has not looked: its handler may be waiting."""

SENDERS = (
    (os, "kill"), (os, "killpg"), (signal, "pthread_kill"), (signal, "raise_signal"), (_thread, "interrupt_main"),
)  # fmt: skip


class Signals:
    """The patches of the functions that send a signal."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def patch(self, patches: Patches) -> None:
        """Let a thread of the test that sends a signal wait until it was handled."""
        for owner, name in SENDERS:
            if hasattr(owner, name):
                patches.put(owner, name, self._make_send(getattr(owner, name)))

    def _make_send(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def send(*args: Any, **kwargs: Any) -> Any:
            sent = original(*args, **kwargs)
            sender = self._turns.participants.me(sys._getframe(1))
            waits = sender and self._wait_of_main_thread()
            if sender and waits:
                self._let_handle(sender, waits)
            return sent

        return send

    def _wait_of_main_thread(self) -> Wait | None:
        """What the main thread waits for. Handlers run in the main thread, and in no other."""
        ident = threading.main_thread().ident
        with self._turns.lock:
            return next((wait for wait in self._turns.waiting if wait.participant.ident == ident), None)

    def _let_handle(self, sender: Participant, wait: Wait) -> None:
        """Wait until the main thread has run its handlers; if one of them raised, the main thread goes on first."""
        turns = self._turns
        answered = wait.participant.ask()
        wait.wake()
        answered.acquire(True, PATIENCE)
        if wait.participant in turns.running:
            turns.block(Wait(turns, sender, turns.process_time.look()))
