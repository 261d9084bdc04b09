"""What ends a record by itself: the plan that was made for it, its limits, the want of executors.

These functions put events on the agenda. What the events lead to is in `lifecycles` and `gates`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from emrs_mock.sim.records import JobRun, Session
from emrs_mock.sim.world import World

NEEDS_EXECUTORS = frozenset({"succeed"})
"""The planned ends that do not come while the attempt waits for its first executor."""
ABANDONED_AFTER = timedelta(milliseconds=1_200_000)  # facts §3.2, captured


def follow_the_plan(world: World, run: JobRun) -> None:
    """RUNNING lasts as long as was decided at acceptance, or a handler is called now and decides.

    A success that was planned is not due while executors are wanted and none ever came: `go_on_with_the_plan`.
    """
    outcome, attempt = run.outcome, run.attempt
    if outcome.handler is not None:
        world.simulation.to_handle.append(run.id)
    elif outcome.event is not None and outcome.event not in run.limits:
        if outcome.event in NEEDS_EXECUTORS and attempt.workers.is_starved:
            return
        after = world.timing.of("run") if outcome.after is None else outcome.after
        if outcome.event == "cancel":
            run.shutdown = run.settings.grace
        began = world.now if attempt.started_at is None else attempt.started_at
        world.agenda.put(max(world.now, began + after), run.id, outcome.event)


def go_on_with_the_plan(world: World, run: JobRun) -> None:
    """A success waits while executors are wanted and none ever came; then it comes as planned, or now if that is past.

    Called whenever executors were wanted, came or left.
    """
    # assumed: a job run that ever had an executor is not put off when it has none later
    outcome = run.outcome
    if outcome.event is None or outcome.event not in NEEDS_EXECUTORS or outcome.handler is not None:
        return
    if run.attempt.workers.is_starved:
        world.agenda.drop(run.id, outcome.event)
    elif not world.agenda.has(run.id, outcome.event):
        follow_the_plan(world, run)


def limit(event: str) -> Callable[[World, JobRun | Session], None]:
    """Make the reaction that makes `event` due, by which a record ends that lasts too long."""

    def limit_its_time(world: World, record: JobRun | Session) -> None:
        allowed = _allowed(record, event)
        if allowed is not None and not world.agenda.has(record.id, event):
            world.agenda.put(world.now + allowed, record.id, event)

    return limit_its_time


def _allowed(record: JobRun | Session, event: str) -> timedelta | None:
    """How long the record may last: as its limit says, or the plan to exceed it."""
    if isinstance(record, JobRun) and record.outcome.event == event and record.outcome.after is not None:
        return record.outcome.after
    return record.limits.get(event)


def abandon_without_executors(world: World, run: JobRun) -> None:
    """A driver that wants executors and gets none for 20 minutes is abandoned (facts §3.2)."""
    # assumed: the time counts from the first unmet wish, which is the driver's start unless a rule says otherwise;
    # a driver that wants no executors is not abandoned, and Hive's tasks count as executors
    if not run.attempt.workers.is_starved:
        world.agenda.drop(run.id, "no_executors")
    elif not world.agenda.has(run.id, "no_executors"):
        world.agenda.put(world.now + ABANDONED_AFTER, run.id, "no_executors")
