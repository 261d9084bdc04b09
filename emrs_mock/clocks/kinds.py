"""The three clocks: for each, where its time comes from, how one lives in it, and how a reply's delay passes.

Simulated time of the whole process is loaded when it is asked for: it brings time-machine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from emrs_mock.clocks.notebook import Undo, between_cells
from emrs_mock.clocks.system_clock import ManualSource, SystemSource
from emrs_mock.clocks.virtual.held import Held
from emrs_mock.observation.record_history import still_due, unfinished
from emrs_mock.scenario.latency import OF_VIRTUAL_CALLS
from emrs_mock.sim.clock import NO_TIME, Source
from emrs_mock.sim.simulation import Simulation

if TYPE_CHECKING:
    from emrs_mock.clocks.virtual.virtual_time import VirtualTime


class Time(Protocol):
    """How time passes in a mock."""

    latency: timedelta
    """What a call takes where `latency=` is not given."""
    tells_of_waits: bool
    """Whether a loop that waits would never end, or would take real time."""

    def source(self) -> Source:
        """Where the simulation's clock reads the time, from the start."""
        ...

    def enter(self, simulation: Simulation) -> None:
        """Begin to live in this time."""
        ...

    def leave(self) -> None:
        """Live in real time again; a second time is nothing."""
        ...

    def sleep(self, delay: timedelta) -> None:
        """Let a reply's delay pass for the calling thread."""
        ...

    def sleep_async(self, delay: timedelta) -> Awaitable[None]:
        """Let a reply's delay pass for the calling task."""
        ...

    def hold(self) -> AbstractContextManager[Held]:
        """Let no simulated time pass meanwhile; what it yields tells the real time."""
        ...

    def asked(self, record_id: str | None) -> None:
        """The author has asked for a record, or for the time: with a virtual clock a loop that only asks ends too."""
        ...

    def awake(self) -> AbstractContextManager[None]:
        """Refuse to let the current thread sleep meanwhile, where sleeping would move time."""
        ...


class OrdinaryTime:
    """Time that the mock has for itself: the process's own, or one that stands still. A delay moves it."""

    latency = NO_TIME
    tells_of_waits = True

    def __init__(self, clock: str, start: datetime | None) -> None:
        self._follows_system = clock == "system"
        self._start = start
        self._simulation: Simulation | None = None

    def source(self) -> Source:
        return SystemSource() if self._follows_system else ManualSource(self._start)

    def enter(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def leave(self) -> None:
        """Nothing was changed."""

    def sleep(self, delay: timedelta) -> None:
        assert self._simulation is not None
        self._simulation.advance(delay)

    async def sleep_async(self, delay: timedelta) -> None:
        self.sleep(delay)

    @contextmanager
    def hold(self) -> Iterator[Held]:
        held = Held()
        try:
            yield held
        finally:
            held.end()

    def asked(self, record_id: str | None) -> None:
        """Such a loop waits as long as it would in life."""

    def awake(self) -> AbstractContextManager[None]:
        return nullcontext()


class SimulatedTime:
    """Time of the whole process: sleeping moves it."""

    latency = OF_VIRTUAL_CALLS
    tells_of_waits = False

    def __init__(self, start: datetime | None, grace: timedelta | None) -> None:
        from emrs_mock.clocks.virtual.virtual_time import VirtualTime

        self._virtual: VirtualTime = VirtualTime(start, grace)
        self._undo: Undo = _nothing

    def source(self) -> Source:
        return self._virtual

    def enter(self, simulation: Simulation) -> None:
        self._virtual.enter()
        self._virtual.attach(SimulatedWorld(simulation))
        simulation.catch_up()
        self._undo = between_cells(self._virtual.suspend, self._virtual.resume)

    def leave(self) -> None:
        self._undo()
        self._virtual.leave()

    def sleep(self, delay: timedelta) -> None:
        self._virtual.sleep(delay.total_seconds())

    def sleep_async(self, delay: timedelta) -> Awaitable[None]:
        return self._virtual.sleep_async(delay.total_seconds())

    def hold(self) -> AbstractContextManager[Held]:
        return self._virtual.hold()

    def asked(self, record_id: str | None) -> None:
        self._virtual.asked(record_id)

    def awake(self) -> AbstractContextManager[None]:
        return self._virtual.awake()


def _nothing() -> None:
    """What there is to undo before anything was done."""


class SimulatedWorld:
    """A simulation, as the process's time moves it."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def next_due(self) -> datetime | None:
        """When the earliest thing is due, in the time that the process lives in."""
        with self._simulation.lock:
            due = self._simulation.agenda.next()
            return None if due is None else due.at - self._simulation.clock.lead

    def run_to(self, now: datetime) -> None:
        """Let happen what is due; not while the author steps from one event to the next."""
        if not self._simulation.is_stepping:
            self._simulation.catch_up()

    def waited_for(self) -> str:
        """What has not ended and what is still due."""
        records = unfinished(self._simulation) or ["  nothing"]
        return "\n".join(["What has not ended:", *records, "What is still due:", *still_due(self._simulation)])


def time_of(clock: str, start: datetime | None, grace: timedelta | None) -> Time:
    """The time of the clock with that name."""
    return SimulatedTime(start, grace) if clock == "virtual" else OrdinaryTime(clock, start)
