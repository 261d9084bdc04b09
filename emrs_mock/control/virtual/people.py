"""Who takes part in simulated time, and one wait of theirs: data with the few acts that are their own.

Who may go on, and when, is decided in `turns`.
"""

from __future__ import annotations

import sys
import threading
from _thread import allocate_lock, get_ident, get_native_id
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING

from emrs_mock.control.virtual.pulse import PortablePulse, Pulse, pulse_of
from emrs_mock.control.virtual.scope import VERDICTS, called_for_real
from emrs_mock.sim.outcomes import InstantLasts

if TYPE_CHECKING:
    from emrs_mock.control.virtual.turns import Turns


class Person:
    """A thread, or a pool's worker during one item, that lives in simulated time."""

    __slots__ = ("gone", "ident", "joiners", "name", "native_id", "pulse", "real")

    def __init__(self, name: str) -> None:
        self.name = name
        self.ident: int | None = None
        self.native_id: int | None = None
        self.real = 0
        self.pulse: Pulse | PortablePulse | None = None
        self.joiners: list[Wait] = []
        self.gone = False

    def begin(self) -> None:
        """The current thread is the person's."""
        self.ident, self.native_id = get_ident(), get_native_id()

    @contextmanager
    def really(self) -> Iterator[None]:
        """Let the thread's own waits be real meanwhile."""
        self.real += 1
        try:
            yield
        finally:
            self.real -= 1

    def works(self) -> bool:
        """Whether the thread ran since the last look; or is about to begin, or in one of our short real waits."""
        if self.real:
            return True
        if self.pulse is None and self.ident is not None:
            self.pulse = pulse_of(self.ident, self.native_id)
        return self.pulse is None or self.pulse.beats()

    def close(self) -> None:
        """The thread is done."""
        if self.pulse is not None:
            self.pulse.close()
            self.pulse = None


class Wait:
    """One wait of one person, from blocking to being given the turn."""

    costly = False
    """Whether being woken for nothing costs the wait its place in the order."""

    __slots__ = ("deadline", "dropped", "error", "granted", "lock", "notifiable", "notified", "over", "person", "turns")

    def __init__(
        self, turns: Turns, person: Person, deadline: timedelta | None = None, *, notifiable: bool = False
    ) -> None:
        self.turns = turns
        self.person = person
        self.deadline = deadline
        self.notifiable = notifiable
        self.over = self.notified = self.granted = self.dropped = False
        self.error: Exception | None = None
        self.lock = allocate_lock()
        self.lock.acquire()

    def release(self) -> None:
        """End the wait: what `Condition.notify` does to a waiter's lock, with the same error if it is over."""
        if not self.turns.notify(self):
            raise RuntimeError("this wait is over")

    def park(self, seconds: float) -> bool:
        """Really wait until woken, at most so long (-1: for ever); returns whether it was woken."""
        return self.lock.acquire(True, seconds)

    def wake(self) -> None:
        """Really wake the thread: it has the turn, or is to keep the post."""
        if self.lock.locked():
            self.lock.release()

    def hears_outside(self) -> bool:
        """Whether something outside of the process could end the wait."""
        return False


class People(dict[int, Person]):
    """The threads that live in simulated time, by their idents, and which of them is moving it."""

    mover: int | None = None
    sleepless: int | None = None

    def me(self, frame: FrameType) -> Person | None:
        """The person who waits in `frame`, the caller of a patched function; None if that wait is real."""
        ident = get_ident()
        person = self.get(ident)
        if person is None or person.real or self.mover == ident or called_for_real(frame):
            return None
        return person

    def is_virtual(self) -> bool:
        """Whether the current thread lives in simulated time."""
        return get_ident() in self

    def tells_real_time(self) -> bool:
        """Whether the caller of the function that asks is to be told the real time."""
        person = self.get(get_ident())
        if person is None:
            return True
        frame = sys._getframe(2)
        verdict = VERDICTS[frame.f_globals.get("__name__")]
        # The standard library asks for whoever waits in it.
        return verdict if verdict is not None else bool(person.real) or called_for_real(frame)

    def moves_here(self) -> bool:
        """Whether the current thread is moving time, and something befalls the worlds right now."""
        return self.mover == get_ident()

    @contextmanager
    def awake(self) -> Iterator[None]:
        """Refuse to let the current thread sleep meanwhile."""
        self.sleepless = get_ident()
        try:
            yield
        finally:
            self.sleepless = None

    def refuse_sleep(self) -> None:
        """Raise InstantLasts in a thread that must not sleep."""
        if self.sleepless == get_ident():
            raise InstantLasts("sleep")

    def really(self) -> AbstractContextManager[None]:
        """Let the current thread's own waits be real meanwhile: short ones, that keep its turn."""
        person = self.get(get_ident())
        return person.really() if person else nullcontext()

    def others_alive(self) -> list[Person]:
        """Other threads that would keep the process from ending."""
        alive = {thread.ident for thread in threading.enumerate() if not thread.daemon} - {get_ident()}
        return [person for ident, person in self.items() if ident in alive]

    def keep_only_this_thread(self) -> Person | None:
        """After a fork: the other threads, and what is open about ours, are the parent's."""
        person = self.get(get_ident())
        self.clear()
        self.mover = None
        if person is not None:
            person.begin()
            person.pulse = None
            self[get_ident()] = person
        return person
