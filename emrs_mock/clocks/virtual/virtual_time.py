"""`clock="virtual"`: the process lives in simulated time while a mock is active. This joins the parts.

One simulated time at a time in a process: whoever enters inside, in a thread that takes part, shares it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import warnings
from collections.abc import Awaitable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from typing import Any

from emrs_mock.clocks.virtual.alarms import EMRServerlessStuckWarning
from emrs_mock.clocks.virtual.captured_names import FAKES, give_back_captured, replace_captured
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
from emrs_mock.clocks.virtual.thread_activity import GRACE
from emrs_mock.clocks.virtual.threads import Threads
from emrs_mock.clocks.virtual.turns import Turns
from emrs_mock.clocks.virtual.unsupported import refuse_inside, refuse_on_entry


class _Process:
    """The process, living in simulated time."""

    def __init__(self, start: datetime | None, grace: timedelta) -> None:
        refuse_on_entry()
        self.users = 0
        self.process_time = ProcessTime()
        self.turns = Turns(self.process_time, grace)
        self.real_work = RealWork(self.turns)
        self._threads = Threads(self.turns)
        self._raw_threads = RawThreads(self.turns)
        self._loops = Loops(self.turns, grace)
        self._imports = LateImports()
        self._patches = Patches()
        self._begin(start)

    def _begin(self, start: datetime | None) -> None:
        self.process_time.begin(start, self.turns.participants.is_virtual)
        try:
            self.process_time.patch(self._patches, self.turns.participants.tells_real_time)
            pools, children = (
                Pools(self.turns, self.real_work, self._imports),
                ChildProcesses(self.turns, self._imports),
            )
            for part in (self._threads, self._raw_threads, pools, children, self._loops):
                part.patch(self._patches)
            refuse_inside(self._patches, self._imports)
            self._imports.begin()
            _refuse_journeys(self._patches)
            replace_captured({**FAKES, **self._replaced()}, self._patches)
        except BaseException:
            self._undo()
            raise
        self._loops.see()
        self._loops.shift(-self.process_time.lag())
        self.turns.enter(Participant(threading.current_thread().name))

    def end(self) -> None:
        """Be real again; whoever still sleeps wakes now."""
        late = self.turns.late()
        lag = self.process_time.lag()
        self.turns.close()
        self._loops.shift(lag)
        self._undo()
        if late:
            warnings.warn(
                f"Threads of the test outlive its virtual clock and go on in real time: {', '.join(late)}. "
                "Join them before the mock ends (docs: virtual-time).",
                EMRServerlessStuckWarning,
                stacklevel=4,
            )

    def _replaced(self) -> dict[Any, Any]:
        return {REAL_SLEEP: self._threads.sleep, **self._raw_threads.replaced}

    def _undo(self) -> None:
        self._imports.end()
        self._patches.undo()
        left = {ours: real for real, ours in self._replaced().items()}
        if not self.process_time.end():
            left |= {fake: real for real, fake in FAKES.items()}
        # Modules imported meanwhile have captured our replacements.
        give_back_captured(left)

    def sleep(self, seconds: float) -> None:
        """Sleep, also where a test has replaced `time.sleep`."""
        self._threads.sleep(seconds)

    def suspend(self) -> None:
        """Let the current thread be real, and time stand still."""
        self.real_work.suspend()
        self._loops.shift(self.process_time.lag())

    def resume(self) -> None:
        """Take the current thread back, and let time go on."""
        self._loops.shift(-self.process_time.lag())
        self.real_work.resume()


_process: _Process | None = None
_door = threading.RLock()


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
        global _process
        with _door:
            if self._process is not None:
                raise RuntimeError("This virtual time is entered already")
            if _process is None:
                _process = _Process(self._naive_start(), self._grace)
            elif not _process.turns.participants.is_virtual():
                raise RuntimeError(
                    'Another thread has a mock with clock="virtual", and a process has one time. Run the tests in '
                    'processes of their own (pytest-xdist), or use clock="manual" in one of them (docs: virtual-time).'
                )
            self._process = _process
            self._process.users += 1

    def leave(self) -> None:
        """Leave simulated time; the last one to leave makes the process real again. A second time is nothing."""
        global _process
        with _door:
            process, self._process = self._process, None
            if process is None:
                return
            self._last = process.process_time.now()
            for world in self._worlds:
                process.process_time.worlds.remove(world)
            process.users -= 1
            if not process.users:
                _process = None
                process.end()

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

    def _naive_start(self) -> datetime | None:
        start = self._start
        return start and (start.astimezone(timezone.utc) if start.tzinfo else start).replace(tzinfo=None)

    def __deepcopy__(self, memo: dict[int, Any]) -> VirtualTime:
        """A process has one time: a copy of a world goes on in the same."""
        return self

    def __repr__(self) -> str:
        return "virtual clock" if self._process is None else repr(self._process.process_time)


def _refuse_journeys(patches: Patches) -> None:
    """Say what to do where time-machine would only say that it cannot."""
    module = sys.modules.get("time_machine")
    if module is None:
        return

    def start(self: Any) -> None:
        raise RuntimeError(
            'time-machine cannot travel inside a mock with clock="virtual": travel before the mock begins, and the '
            "clock follows the journey; or give the mock start=, and move it with emr.clock (docs: virtual-time)."
        )

    patches.put(module.travel, "start", start)


def _after_fork() -> None:
    if _process is not None:
        _process.turns.keep_only_this_thread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
