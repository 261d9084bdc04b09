"""`clock="virtual"`: the process lives in simulated time while a mock is active. This joins the parts.

One simulated time at a time in a process: a mock that is entered inside, in a thread that takes part, shares it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
import warnings
from _thread import get_ident
from collections.abc import Awaitable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from typing import Any

from emrs_mock._forks import free, survives_forks
from emrs_mock.clocks.virtual import clock_functions
from emrs_mock.clocks.virtual.alarms import EMRServerlessStuckWarning
from emrs_mock.clocks.virtual.captured_names import give_back_captured, replace_captured
from emrs_mock.clocks.virtual.child_processes import ChildProcesses
from emrs_mock.clocks.virtual.event_loops import Loops
from emrs_mock.clocks.virtual.held import Held
from emrs_mock.clocks.virtual.late_imports import LateImports
from emrs_mock.clocks.virtual.participants import Participant
from emrs_mock.clocks.virtual.patches import Patches
from emrs_mock.clocks.virtual.pools import Pools
from emrs_mock.clocks.virtual.process_time import ProcessTime, World
from emrs_mock.clocks.virtual.raw_threads import RawThreads
from emrs_mock.clocks.virtual.real_clock import REAL_SLEEP
from emrs_mock.clocks.virtual.real_work import RealWork
from emrs_mock.clocks.virtual.signals import Signals
from emrs_mock.clocks.virtual.spins import LOOK, SPIN, Spins
from emrs_mock.clocks.virtual.thread_activity import GRACE
from emrs_mock.clocks.virtual.threads import Threads
from emrs_mock.clocks.virtual.time_of_day import FREEZEGUNS, SimulatedTraveller, answer_freezegun
from emrs_mock.clocks.virtual.turns import Turns
from emrs_mock.clocks.virtual.unsupported import refuse_inside, refuse_on_entry
from emrs_mock.sim.clock import in_utc


class _Process:
    """The process, living in simulated time from `begin` to `end`.

    `end` undoes whatever was begun. If Ctrl-C breaks it off, a second call does the rest.
    """

    def __init__(self, grace: timedelta) -> None:
        refuse_on_entry()
        self.users: set[VirtualTime] = set()
        self.has_begun = False
        self.process_time = ProcessTime()
        self.turns = Turns(self.process_time, grace)
        self.process_time.spun = self._spin
        self._looks = Spins(self.process_time, LOOK)
        self.real_work = RealWork(self.turns)
        self._threads = Threads(self.turns)
        self._raw_threads = RawThreads(self.turns)
        self._loops = Loops(self.turns, grace)
        self._imports = LateImports()
        self._patches = Patches()
        keeps_real = self.turns.participants.keeps_real_time
        self._traveller = SimulatedTraveller(self.process_time, keeps_real, self.turns.move)

    def begin(self, start: datetime | None) -> None:
        """Replace everything that tells or takes time; the current thread takes part first."""
        keeps_real = self.turns.participants.keeps_real_time
        self.process_time.begin(start)
        self.has_begun = True
        self._traveller.begin()
        clock_functions.put_in_place(self.process_time, keeps_real)
        answer_freezegun(self._patches, self.process_time, keeps_real, self._replace_captured)
        pools = Pools(self.turns, self.real_work, self._imports)
        children, signals = ChildProcesses(self.turns, self._imports), Signals(self.turns)
        for part in (self._threads, self._raw_threads, pools, children, self._loops, signals):
            part.patch(self._patches)
        refuse_inside(self._patches, self._imports)
        self._imports.begin()
        self._replace_captured()
        self._loops.see()
        self._loops.shift(self.process_time.lag, simulated=True)
        self.turns.enter(Participant(threading.current_thread().name))

    def _replace_captured(self) -> None:
        replace_captured(self._replaced(), self._patches, FREEZEGUNS)

    def end(self) -> list[str]:
        """Be real again; threads that still sleep wake now. Returns the names of threads that are not done."""
        free(self.turns.lock)
        late = self._late()
        self._loops.shift(self.process_time.lag, simulated=False)
        self.turns.close()
        self._imports.end()
        self._patches.undo()
        self._traveller.end()
        self.process_time.end()
        clock_functions.take_away()
        # Modules imported meanwhile have captured our replacements.
        give_back_captured({ours: real for real, ours in self._replaced().items()})
        return late

    def _replaced(self) -> dict[Any, Any]:
        return {**clock_functions.REPLACED, REAL_SLEEP: self._threads.sleep, **self._raw_threads.replaced}

    def _late(self) -> list[str]:
        """The names of other threads that wait for something still, and would keep the process from ending."""
        with self.turns.lock:
            ready = [wait.participant for wait in self.turns.ready]
        return [each.name for each in self.turns.participants.others_alive() if each not in ready]

    def _spin(self, by: timedelta = SPIN) -> None:
        """Let the clock go on for a thread that only asks it the time."""
        participants = self.turns.participants
        participant = participants.get(get_ident())
        if participant and not (participant.real or participants.mover or participants.sleepless):
            self.turns.sleep(participant, by)

    def look_at(self, what: object) -> None:
        """Let the clock go on for a thread that looks at the same thing again and again."""
        if by := self._looks.next(what):
            self._spin(by)

    def sleep(self, seconds: float) -> None:
        """Sleep, also where a test has replaced `time.sleep`."""
        self._threads.sleep(seconds)

    def suspend(self) -> None:
        """Let the current thread be real, and time stand still."""
        self.real_work.suspend()
        self._loops.shift(self.process_time.lag, simulated=False)

    def resume(self) -> None:
        """Take the current thread back, and let time go on."""
        self._loops.shift(self.process_time.lag, simulated=True)
        self.real_work.resume()


_process: _Process | None = None
_door = survives_forks(threading.RLock())


class VirtualTime:
    """Process-wide simulated time, and a clock's source (`sim.clock.Source`).

    `start`: aware or naive UTC; default the freeze or journey that is active, else now, cut to the second.
    `grace`: for how long (real) a thread must not have run before the others go on. Inside another virtual
    time both are the outer's.
    """

    standing = True

    def __init__(self, start: datetime | None = None, grace: timedelta | None = None) -> None:
        self._start = start
        self._grace = GRACE if grace is None else grace
        self._process: _Process | None = None
        self._last: datetime | None = None
        self._worlds: list[World] = []

    def enter(self) -> None:
        """Let the process live in simulated time, the current thread and those it starts first.

        Raises RuntimeError where another thread has a virtual time of its own, and in a uvloop loop.
        """
        free(_door)
        with _door:
            if self._process is not None:
                raise RuntimeError("This virtual time is entered already")
            try:
                self._join()
            except BaseException:
                self._leave()
                raise

    def _join(self) -> None:
        global _process
        is_first = _process is None
        process = _process or _Process(self._grace)
        if not (is_first or process.turns.participants.is_virtual()):
            raise RuntimeError(
                'Another thread has a mock with clock="virtual", and a process has one time. Run the tests in '
                'processes of their own (pytest-xdist), or use clock="manual" in one of them (docs: virtual-time).'
            )
        # From here on `leave` can undo whatever has been done.
        self._process = _process = process
        process.users.add(self)
        if is_first:
            process.begin(self._aware_start())

    def leave(self) -> None:
        """Leave simulated time; the last one to leave makes the process real again.

        A second time is nothing, or the rest if Ctrl-C broke the first one off.
        """
        free(_door)
        with _door:
            late = self._leave()
        if late:
            warnings.warn(
                f"Threads of the test outlive its virtual clock and go on in real time: {', '.join(late)}. "
                "Join them before the mock ends (docs: virtual-time).",
                EMRServerlessStuckWarning,
                stacklevel=3,
            )

    def _leave(self) -> list[str]:
        global _process
        late: list[str] = []
        if (process := self._process) is None:
            return late
        if process.has_begun:
            self._last = process.process_time.now()
        process.process_time.drop(self._worlds)
        process.users.discard(self)
        if not process.users and _process is process:
            late = process.end()
            _process = None
        self._process = None
        return late

    def attach(self, world: World) -> None:
        """Let a world move when time moves, until `detach` or `leave`."""
        self._worlds.append(world)
        self._entered().process_time.worlds.append(world)

    def detach(self, world: World) -> None:
        """Let a world stand still."""
        self._worlds.remove(world)
        self._entered().process_time.worlds.remove(world)

    def now(self) -> datetime:
        """The simulated time, aware, UTC; before the entry the start, after the end the last."""
        if self._process is not None:
            return self._process.process_time.now()
        return self._last or self._start or datetime.now(timezone.utc)

    def move(self, by: timedelta) -> None:
        """Let time pass: for a thread that takes part a sleep, in which others wake at their own deadlines."""
        self._entered().turns.move(by)

    def asked(self, what: object) -> None:
        """A thread asks for something, or with None for the time: if it does nothing else, the clock goes on."""
        if self._process is not None:
            self._process.process_time.ask() if what is None else self._process.look_at(what)

    def sleep(self, seconds: float) -> None:
        """Sleep, in the time in which the current thread lives."""
        self._process.sleep(seconds) if self._process else time.sleep(seconds)

    def sleep_async(self, seconds: float) -> Awaitable[None]:
        """Sleep, in the time in which the current event loop lives."""
        return asyncio.sleep(seconds)

    def hold(self) -> AbstractContextManager[Held]:
        """Let no time pass meanwhile: the current thread does real work that cannot be seen."""
        return self._entered().real_work.hold()

    def awake(self) -> AbstractContextManager[None]:
        """Refuse to let the current thread sleep meanwhile: what it does belongs to one instant."""
        return self._entered().turns.participants.awake()

    def suspend(self) -> None:
        """Let the current thread be real and time stand still until `resume`: between the cells of a notebook."""
        self._entered().suspend()

    def resume(self) -> None:
        """Take the current thread back into simulated time."""
        self._entered().resume()

    def _entered(self) -> _Process:
        if self._process is None:
            raise RuntimeError("This virtual time is not entered, or has ended")
        return self._process

    def _aware_start(self) -> datetime | None:
        return None if self._start is None else in_utc(self._start)

    def __deepcopy__(self, memo: dict[int, Any]) -> VirtualTime:
        """A process has one time: a copy of a world goes on in the same."""
        return self

    def __repr__(self) -> str:
        return "virtual clock" if self._process is None else repr(self._process.process_time)


def _after_fork() -> None:
    if _process is not None:
        _process.turns.keep_only_this_thread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
