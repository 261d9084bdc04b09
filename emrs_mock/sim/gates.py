"""What a due event becomes when its time has come.

A gate looks at the records around and says which event happens instead, or None: then the record is held, and asked
again when a reaction says so. Gates change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from emrs_mock.sim.allocation import allotted, can_ever_run, exceeds_quota
from emrs_mock.sim.details import NO_CAPACITY, NO_VCPUS
from emrs_mock.sim.lifecycles import ACTIVE
from emrs_mock.sim.records import JobRun, Session
from emrs_mock.sim.world import Gate, Verdict, World

HOUR = timedelta(hours=1)


def admission(world: World, run: JobRun) -> Verdict | None:
    """After SUBMITTED: refuse what can never run, queue what is too many at once (facts §3.1, §3.4, §4.1)."""
    if run.settings.problem is not None:  # assumed: what can never run has no second attempt
        return Verdict("fail", run.settings.problem)
    return Verdict("validate") if "QUEUED" not in run.stays and has_room(world, run) else Verdict("queue")


def admission_from_queue(world: World, run: JobRun) -> Verdict | None:
    """In QUEUED: first in, first out, as soon as there is room (facts §3.4)."""
    return Verdict("admit") if has_room(world, run) else None


def has_room(world: World, run: JobRun) -> bool:
    """Whether one more job run may be active in the run's application."""
    most = world.application_of(run).settings.max_concurrent_runs
    if most is None:
        return True
    # Those that queue come first: room is handed on to them at the instant at which there is some.
    return world.job_runs[run.application_id].count(ACTIVE) < most


def once_started(event: str) -> Gate:
    """Make the gate that waits until the application is STARTED (facts §16, StartJobRun with auto-start)."""

    def scheduling(world: World, record: JobRun | Session) -> Verdict | None:
        return Verdict(event) if world.application_of(record).state == "STARTED" else None

    return scheduling


_once_started = once_started("schedule")


def evaluation(world: World, run: JobRun) -> Verdict | None:
    """After PENDING: wait until the application is STARTED (facts §16, StartJobRun with auto-start)."""
    return failing_early(world, run) or _once_started(world, run)


def failing_early(world: World, run: JobRun) -> Verdict | None:
    """The end of a job run that was decided to fail in the state it is in, before it runs."""
    outcome = run.outcome
    is_now = outcome.event == "fail" and outcome.state == run.state
    return failing(world, run, outcome.details) if is_now else None


def provisioning(world: World, run: JobRun) -> Verdict | None:
    """After SCHEDULED: fail what can never run, wait until the driver fits (facts §3.2, §6, §16)."""
    if early := failing_early(world, run):
        return early
    if exceeds_quota(world, run):
        return failing(world, run, NO_VCPUS)
    if not can_ever_run(world, run):
        return failing(world, run, NO_CAPACITY)
    waits = run.settings.workload is not None and allotted(world, run) is None
    return None if waits else Verdict("run")


def retrying(world: World, run: JobRun) -> Verdict | None:
    """When an attempt fails as planned: what the retry policy makes of it (facts §3.6)."""
    return failing(world, run, run.outcome.details or None)


def failing(world: World, run: JobRun, details: str | None) -> Verdict:
    """The next attempt, as long as the retry policy leaves one, before RUNNING too (facts §3.6, §16)."""
    return Verdict("retry" if may_retry(run, world.now) else "fail", details)


def may_retry(run: JobRun, now: Any) -> bool:
    """BATCH counts attempts, STREAMING counts failures within the last hour (facts §3.6)."""
    hourly = run.settings.max_failed_per_hour
    if hourly is None:
        return run.attempt_number < run.settings.max_attempts
    recent = [a for a in run.attempts[:-1] if a.ended_at is not None and a.ended_at > now - HOUR]
    return len(recent) + 1 < hourly


ROOM_EVENTS = ("run", "admit")
"""The events that wait for room, those that waited longest first."""

GATES: Mapping[tuple[str, str], Gate] = {
    ("job_run", "validate"): admission,
    ("job_run", "admit"): admission_from_queue,
    ("job_run", "schedule"): evaluation,
    ("job_run", "run"): provisioning,
    ("job_run", "fail"): retrying,
    ("session", "provision"): once_started("provision"),
}
