"""The threads that live in simulated time, and one wait of a thread: data, with what they do themselves.

Which one may go on, and when, is decided in `turns`.
"""

from __future__ import annotations

import threading
from _thread import LockType, allocate_lock, get_ident, get_native_id
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from types import FrameType
from typing import Protocol

from emrs_mock.clocks.virtual.ending_threads import EndingThreads
from emrs_mock.clocks.virtual.scope import VERDICTS, called_for_real, calls_an_item
from emrs_mock.clocks.virtual.thread_activity import PortableThreadActivity, ThreadActivity, activity_of
from emrs_mock.sim.outcomes import InstantLasts

_acquire = LockType.acquire
"""As the interpreter has it: tools that look for blocking calls in event loops replace it in the class."""


class Scheduler(Protocol):
    """What decides which participant has the turn."""

    def notify(self, wait: Wait) -> bool:
        """End a wait; False if it was over already."""
        ...


class Participant:
    """A thread, or a pool's worker during one item, that lives in simulated time."""

    __slots__ = (
        "activity", "asked", "gone", "ident", "joiners", "listens", "name", "native_id", "overtaken", "real", "wait",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.ident: int | None = None
        self.native_id: int | None = None
        self.real = 0
        self.activity: ThreadActivity | PortableThreadActivity | None = None
        self.joiners: list[Wait] = []
        self.gone = self.overtaken = self.listens = False
        self.asked: LockType | None = None
        self.wait: Wait | None = None

    def begin(self) -> None:
        """The current thread is the participant's."""
        self.ident, self.native_id = get_ident(), get_native_id()

    @contextmanager
    def really(self) -> Iterator[None]:
        """Let the thread's own waits be real meanwhile."""
        self.real += 1
        try:
            yield
        finally:
            self.real -= 1

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count as busy meanwhile: the thread listens to sockets for a moment, and is not blocked."""
        self.listens = True
        try:
            yield
        finally:
            self.listens = False

    def ask(self) -> LockType:
        """A lock that is released once the thread, if it is woken from a wait, has run the handlers of signals."""
        self.asked = allocate_lock()
        self.asked.acquire()
        return self.asked

    def answer(self) -> None:
        """The thread has run the handlers of signals, or one of them is about to wait."""
        asked, self.asked = self.asked, None
        if asked is not None:
            asked.release()

    def begin_wait(self, wait: Wait) -> Wait | None:
        """The thread really waits; returns the wait that this one is in, if a handler of a signal waits itself."""
        outer, self.wait = self.wait, wait
        return outer

    def end_wait(self, outer: Wait | None) -> None:
        """The thread goes on. An outer wait is woken, to see that the thread has the turn."""
        self.wait = outer
        if outer is not None:
            outer.wake()

    def works(self) -> bool:
        """Whether the thread ran since the last look; or is about to begin, or in one of our short real waits."""
        if self.real or self.listens:
            return True
        if self.activity is None and self.ident is not None:
            self.activity = activity_of(self.ident, self.native_id)
        return self.activity is None or self.activity.has_run()

    def close(self) -> None:
        """The thread is done."""
        if self.activity is not None:
            self.activity.close()
            self.activity = None


class Wait:
    """One wait of one participant, from blocking to being given the turn."""

    costly = False
    """Whether being woken for nothing costs the wait its place in the order."""

    heard = False
    """Whether something from outside of the process has ended the wait."""

    __slots__ = (
        "_scheduler", "deadline", "dropped", "error", "granted", "lock", "notifiable", "notified", "over",
        "participant",
    )  # fmt: skip

    def __init__(
        self,
        scheduler: Scheduler,
        participant: Participant,
        deadline: timedelta | None = None,
        *,
        notifiable: bool = False,
    ) -> None:
        self._scheduler = scheduler
        self.participant = participant
        # A handler that waits itself is not waited for.
        participant.answer()
        self.deadline = deadline
        self.notifiable = notifiable
        self.over = self.notified = self.granted = self.dropped = False
        self.error: Exception | None = None
        self.lock = allocate_lock()
        self.lock.acquire()

    def release(self) -> None:
        """End the wait: what `Condition.notify` does to a waiter's lock, with the same error if it is over."""
        if not self._scheduler.notify(self):
            raise RuntimeError("this wait is over")

    def park(self, seconds: float) -> bool:
        """Really wait until woken, at most so long (-1: for ever); returns whether it was woken."""
        return _acquire(self.lock, True, seconds)

    def wake(self) -> None:
        """Really wake the thread: it has the turn, or is to monitor the others."""
        if self.lock.locked():
            self.lock.release()

    def hears_outside(self) -> bool:
        """Whether something outside of the process could end the wait."""
        return False


class Participants(dict[int, Participant]):
    """The threads that live in simulated time, by their idents, and which of them is moving it."""

    mover: int | None = None
    sleepless: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.ending = EndingThreads()

    def me(self, frame: FrameType) -> Participant | None:
        """The participant that waits in `frame`, the caller of a patched function; None if that wait is real."""
        ident = get_ident()
        participant = self.get(ident)
        if participant is None or participant.real or self.mover == ident or called_for_real(frame):
            return None
        return participant

    def sleeper(self, frame: FrameType) -> Participant | None:
        """`me` for a sleep: a pool of the standard library never sleeps itself where it calls its items."""
        if (participant := self.me(frame)) is None and calls_an_item(frame):
            participant = self.get(get_ident())
            return None if participant is None or participant.real else participant
        return participant

    def is_real_in(self, frame: FrameType) -> bool:
        """Whether a wait begun in `frame` is real, though the thread takes part: in a hold, or in a tool."""
        participant = self.get(get_ident())
        return (participant is not None and participant.real > 0) or called_for_real(frame)

    def is_virtual(self) -> bool:
        """Whether the current thread lives in simulated time."""
        return get_ident() in self

    def keeps_real_time(self, caller: FrameType) -> bool:
        """Whether the function of this frame, in the current thread, keeps real time."""
        ident = get_ident()
        participant = self.get(ident)
        # A thread that has left may still be the one that moves time, and calls what is due on the way.
        if participant is None and self.mover != ident:
            return True
        verdict = VERDICTS[caller.f_globals.get("__name__")]
        if verdict is not None:
            return verdict
        # The caller of the standard library decides; our own short waits in it are real.
        return bool(participant and participant.real) or called_for_real(caller)

    def moves_here(self) -> bool:
        """Whether the current thread is moving time, and calls what is due in a world."""
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
        participant = self.get(get_ident())
        return participant.really() if participant else nullcontext()

    def others_alive(self) -> list[Participant]:
        """Other threads that would keep the process from ending."""
        # Without the lock that `threading.enumerate` takes, which Ctrl-C could leave held.
        threads = threading._active.copy().values()  # type: ignore[attr-defined]  # typeshed does not list it
        alive = {thread.ident for thread in threads if not thread.daemon} - {get_ident()}
        return [participant for ident, participant in self.items() if ident in alive]

    def keep_only_this_thread(self) -> Participant | None:
        """After a fork: the other threads, and what is open about ours, are the parent's."""
        participant = self.get(get_ident())
        self.clear()
        self.mover = None
        if participant is not None:
            participant.begin()
            participant.activity = None
            self[get_ident()] = participant
        return participant
