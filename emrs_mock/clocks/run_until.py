"""Moving time until a record is in a state, and saying why it cannot get there."""

from __future__ import annotations

from collections import Counter

from emrs_mock._shortened import there_are
from emrs_mock.observation.record_history import happened, still_due
from emrs_mock.observation.targets import Target, id_of
from emrs_mock.sim.lifecycles import FINAL, RENEWING, TABLES, is_final, reachable
from emrs_mock.sim.records import Application, JobRun, Record
from emrs_mock.sim.simulation import Simulation

MANY_ATTEMPTS = 1000
"""A job run that failed so often, beyond what was planned for single attempts, is taken to fail for ever.

Only STREAMING job runs have so many attempts: they fail, and the failures of an hour are too few (facts §3.6).
"""
LOOKS_EVERY = 0.05
"""Real seconds between looks at code that really runs."""


class UnreachableState(RuntimeError):
    """The record can no longer get into the state that was waited for."""


def run_until(simulation: Simulation, target: Target, state: str | None) -> str:
    """Move time from one due event to the next until the record is in `state`; returns the record's id.

    Raises UnreachableState, with the record's history and what is due, as soon as that cannot happen any more, or when
    nothing is due but further attempts of job runs that have failed MANY_ATTEMPTS times meanwhile.
    """
    record_id = id_of(target)
    simulation.catch_up()
    if record_id not in simulation.owners:
        raise KeyError(f"No record {record_id!r}. {there_are(list(simulation.owners))} (docs: clocks)")
    wanted, attempts = _wanted(simulation.owners[record_id][1], state), _Attempts(simulation)
    while (record := simulation.owners[record_id][1]).state not in wanted:
        if waits_for_code(simulation, record):
            simulation.works.wait(LOOKS_EVERY)
            simulation.catch_up()
            continue
        if simulation.has_waited_for_handler():
            continue
        if not wanted & possible(simulation, record):
            raise UnreachableState(_why(simulation, record, wanted, "any more."))
        if attempts.are_all_that_is_due:
            raise UnreachableState(_why(simulation, record, wanted, f"before others end.\n{attempts}"))
        simulation.step_to_next()
        attempts.count()
    return record_id


class _Attempts:
    """Counts how often job runs failed and were tried again since anything else happened."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._seen = len(simulation.changes)
        self._number: Counter[str] = Counter()

    def count(self) -> None:
        """Count those of the changes since the last time."""
        changes = self._simulation.changes
        for change in changes[self._seen :]:
            if change.event in RENEWING:
                self._number[change.id] += 1
            elif change.id not in self._number or is_final(change.kind, change.after):
                self._number.clear()
        self._seen = len(changes)

    @property
    def _endless(self) -> set[str]:
        return {each for each, number in self._number.items() if number >= MANY_ATTEMPTS + self._planned(each)}

    def _planned(self, record_id: str) -> int:
        """How many attempts have an outcome of their own."""
        _, run = self._simulation.owners[record_id]
        assert isinstance(run, JobRun)
        return len(run.plan.outcomes) - 1

    @property
    def are_all_that_is_due(self) -> bool:
        """Whether nothing is due but what belongs to job runs that seem to be tried again for ever."""
        endless = self._endless
        return all(due.record_id in endless for due in self._simulation.agenda.all())

    def __str__(self) -> str:
        return "\n".join(
            f"Job run {each} failed and was tried again {self._number[each]} times, and that would go on for ever."
            for each in sorted(self._endless)
        )


def _wanted(record: Record, state: str | None) -> frozenset[str]:
    table = TABLES[record.kind]
    if state is None:
        if record.kind == "application":
            raise TypeError(f"Say which state the application shall reach: {', '.join(table)} (docs: clocks)")
        return FINAL[record.kind]
    if state not in table:
        raise ValueError(f"No {record.kind} can be in state {state!r}. There are: {', '.join(table)} (docs: states)")
    return frozenset({state})


def waits_for_code(simulation: Simulation, record: Record) -> bool:
    """Whether what comes next for the record depends on code that really runs; its end has no time in the agenda."""
    waits_for_others = isinstance(record, Application) or record.held is not None
    return bool(simulation.works) if waits_for_others else record.id in simulation.works


def possible(simulation: Simulation, record: Record) -> set[str]:
    """The states that the record can still get to if no call is made."""
    world, _ = simulation.owners[record.id]
    waits_for_others = record.held is not None or (isinstance(record, Application) and world.has_work(record))
    if waits_for_others:
        return reachable(record.kind, record.state) if simulation.agenda.next() else set()
    due = [due.event for due in simulation.agenda.of(record.id)]
    return reachable(record.kind, record.state, None if _gated(record) & set(due) else due)


def _gated(record: Record) -> set[str]:
    """The events that may become another one, or make another one due."""
    never_had_executors = isinstance(record, JobRun) and not record.attempt.workers.launched
    return {"validate", "fail", "no_executors", *(["scale"] if never_had_executors else [])}


def _why(simulation: Simulation, record: Record, wanted: frozenset[str], when: str) -> str:
    return "\n".join(
        [
            f"{record.kind} {record.id} is {record.state} and cannot become {' or '.join(sorted(wanted))} {when}",
            "What happened to it:",
            *happened(simulation, record),
            "What is still due:",
            *still_due(simulation),
        ]
    )
