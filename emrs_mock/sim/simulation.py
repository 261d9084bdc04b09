"""Simulation: one per mock. Clock, lock, agenda, random numbers, worlds and the changes that happened.

It moves time and applies the events that are due, in order. What an event does is in the world and its tables.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from emrs_mock.sim.agenda import Agenda, Due
from emrs_mock.sim.clock import NO_TIME, Clock, in_reach
from emrs_mock.sim.copies import uncollected
from emrs_mock.sim.ends import follow_the_plan
from emrs_mock.sim.gates import GATES
from emrs_mock.sim.identifiers import Identifiers
from emrs_mock.sim.lock import Lock
from emrs_mock.sim.outcomes import InstantLasts, Outcome, Plan
from emrs_mock.sim.reactions import EFFECTS, REACTIONS
from emrs_mock.sim.records import Change, JobRun, Record
from emrs_mock.sim.timers import STAYS, TIMERS
from emrs_mock.sim.timing import Timing
from emrs_mock.sim.works import Works
from emrs_mock.sim.world import Tables, World

_PATIENCE = 1.0
"""Real seconds for which a thread waits for a handler of another thread that runs no code of a job run."""
_KEPT = ("clock", "agenda", "identifiers", "worlds", "owners", "changes", "time")
"""What a checkpoint holds: all that time and calls change."""


class Simulation:
    """One simulated EMR Serverless."""

    tables = Tables(TIMERS, GATES, EFFECTS, STAYS)

    def __init__(self, clock: Clock, timing: Timing, seed: int = 0, vcpus: int | None = None) -> None:
        self.lock = Lock()
        self.timing = timing
        self.vcpus = vcpus
        self.decide: Callable[[World, JobRun], Plan]
        """Set by the handle, as are the three that follow: what the author's rules say about a new job run."""
        self.handle: Callable[[World, JobRun], Outcome]
        self.hold: Callable[[], AbstractContextManager[Any]] = nullcontext
        """Let no simulated time pass in a block of real work."""
        self.asked: Callable[[str | None], None] = lambda record_id: None
        """Called when the author asks for a record, or with None for the time: a loop that only asks must end too."""
        self.lets_work_run_beside = True
        """Whether simulated time goes on while a process of a job run works."""
        self.works = Works()
        self.handlers_lock = Lock()
        """Held while a handler is being called, by the thread that calls it."""
        self.observers: list[Callable[[Change], None]] = []
        self.is_stepping = False
        """Whether events are applied one by one, so that moving the clock alone applies none."""
        self.seed = seed
        self.restart(clock)

    def restart(self, clock: Clock) -> None:
        """Begin: nothing has happened, and the clock has not been read."""
        self.works.end()
        self.clock = clock
        self.agenda = Agenda()
        self.identifiers = Identifiers(self.seed)
        self.worlds: dict[tuple[str, str], World] = {}
        self.owners: dict[str, tuple[World, Record]] = {}
        self.changes: list[Change] = []
        self.time: datetime | None = None
        self.to_handle: list[str] = []
        """The job runs whose handlers have to be called before anything else happens."""
        self.is_handling = False
        """Whether a handler is being called: the instant lasts until it has answered."""

    @property
    def now(self) -> datetime:
        """The instant that is being simulated: that of the last due event, or of the last reading of the clock."""
        return self.catch_up() if self.time is None else self.time

    def world(self, account_id: str, region: str, partition: str) -> World:
        """The account's world in a region."""
        key = (account_id, region)
        if key not in self.worlds:
            self.worlds[key] = World(self, account_id, region, partition)
        return self.worlds[key]

    def catch_up(self) -> datetime:
        """Apply everything that is due by the clock's now."""
        while True:
            if self.to_handle:
                self.ask_handlers()
            with self.lock:
                if self.works:
                    self.works.write_logs()
                if self.is_handling and self.time is not None:
                    return self.time
                if self.works:
                    self._take_results()
                now = self.clock.now()
                while (due := self.agenda.next()) is not None and due.at <= now and not self.to_handle:
                    self._apply(self.agenda.take())
                if not self.to_handle:
                    self.time = now
                    return now

    def ask_handlers(self) -> None:
        """Call the handlers, which say how their job runs end: one after the other, without the lock."""
        while (asked := self._next_to_handle()) is not None:
            world, run = asked
            try:
                assert isinstance(run, JobRun)
                with self.handlers_lock:
                    attempt, outcome = run.attempt, self.handle(world, run)
            finally:
                self.is_handling = False
            with self.lock:
                attempt.outcome = outcome
                if run.state == "RUNNING" and run.attempt is attempt:
                    follow_the_plan(world, run)

    def _next_to_handle(self) -> tuple[World, Record] | None:
        """The job run whose handler this thread has to call now; None if there is none, or another thread calls one."""
        with self.lock:
            if self.is_handling or not self.to_handle:
                return None
            self.is_handling = True
            return self.owners[self.to_handle.pop(0)]

    def _take_results(self) -> None:
        """Code that ran beside the simulation and has ended decides how its attempt ends."""
        for run, attempt, outcome in self.works.take_ended():
            attempt.outcome = outcome
            if run.state == "RUNNING" and run.attempt is attempt:
                follow_the_plan(self.owners[run.id][0], run)

    def step(self) -> None:
        """Apply the next due event, at its own instant, whenever the caller looks."""
        with self.lock:
            self._apply(self.agenda.take())

    def _apply(self, due: Due) -> None:
        self.time = due.at if self.time is None else max(self.time, due.at)
        world, record = self.owners[due.record_id]
        world.come_due(record, due.event)

    def advance_to(self, target: datetime) -> datetime:
        """Move the clock to `target`, from one due event to the next, so that both show the same time at each.

        The lock is never held while the clock moves: other threads may have to act meanwhile.
        """
        in_reach(target)
        while (now := self.catch_up()) < target:
            if self.has_waited_for_handler():
                continue
            due = self.agenda.next()
            self.clock.move((target if due is None else min(due.at, target)) - now)
        return now

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward; returns the new now. Raises ValueError, before it moved, beyond a clock's reach."""
        return self.advance_to(self.catch_up() + max(by, NO_TIME))

    def step_to_next(self) -> None:
        """Move the clock to the next due event and apply that one, and no other."""
        while self.has_waited_for_handler():
            pass
        due = self.agenda.next()
        if due is None:
            raise LookupError("nothing is due")
        self.is_stepping = True
        try:
            self.clock.move(due.at - self.clock.now())
        finally:
            self.is_stepping = False
        if self.agenda.next() == due:
            self.step()
        self.ask_handlers()

    def has_waited_for_handler(self) -> bool:
        """Wait until the handler has returned that another thread calls; whether there was one.

        Raises InstantLasts in a handler, and if that of another thread neither runs code nor returns: it may wait for
        this thread.
        """
        if not self.is_handling:
            return False
        while self.handlers_lock.is_owned() or not self.handlers_lock.acquire(timeout=_PATIENCE):
            if self.handlers_lock.is_owned() or not self.works:
                raise InstantLasts("move the clock")
        self.handlers_lock.release()
        return True

    def changed(self, world: World, record: Record, change: Change) -> None:
        """Notify the observers of a change, then run its reactions."""
        self.changes.append(change)
        for observer in self.observers:
            observer(change)
        for reaction in REACTIONS.get((change.kind, change.after), ()):
            reaction(world, record)

    def checkpoint(self) -> dict[str, Any]:
        """A copy of everything that time and calls change; `rewind` takes it any number of times."""
        with self.lock, uncollected():
            return self._copied({name: getattr(self, name) for name in _KEPT})

    def rewind(self, checkpoint: dict[str, Any]) -> None:
        """Restore the state of a checkpoint, of this simulation or of another one. Code that runs is stopped."""
        self.works.end()
        with self.lock, uncollected():
            vars(self).update(self._copied(checkpoint))
            if "clock" in checkpoint:
                self.go_on()

    def go_on(self) -> None:
        """Continue from the clock's now as if no time had passed: what was due in a minute is due in a minute.

        For a clock that is not the mock's alone, and so was not set back with the world.
        """
        if self.time is not None and (gone := self.clock.now() - self.time) > NO_TIME:
            self.agenda.postpone(gone)
            self.time += gone

    def _copied(self, kept: dict[str, Any]) -> dict[str, Any]:
        worlds = kept["worlds"].values()
        others = {id(world.simulation): self for world in worlds}
        logs = {id(log): copy.copy(log) for log in (kept["changes"], *(world.tokens for world in worlds))}
        memo: dict[int, Any] = {id(self): self, **others, **logs}
        copied = {name: copy.deepcopy(part, memo) for name, part in kept.items() if name != "owners"}
        owners = kept["owners"].items()  # all of them are in the worlds, and have been copied
        return {**copied, "owners": {key: (memo[id(world)], memo[id(record)]) for key, (world, record) in owners}}
