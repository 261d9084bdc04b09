"""What a due event becomes when its time has come.

A gate looks at the records as they are and returns the event that happens, or None: then the record is held until a
reaction asks the gate again. Gates change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from emrs_mock.sim.allocation import exceeds_quota, has_room_for_driver
from emrs_mock.sim.details import NO_CAPACITY, NO_EXECUTORS, NO_VCPUS
from emrs_mock.sim.lifecycles import ACTIVE
from emrs_mock.sim.records import JobRun, Session
from emrs_mock.sim.world import Gate, Verdict, World

HOUR = timedelta(hours=1)


def admission(world: World, run: JobRun) -> Verdict | None:
    """After SUBMITTED: fail what can never run, queue what exceeds the concurrency (facts §3.1, §3.4, §4.1)."""
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
    # Job runs that queue come first: they are asked again at the instant at which another one ends.
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
    """The failure of a job run for which it was decided that it fails in its present state, before it runs."""
    outcome = run.outcome
    is_now = outcome.event == "fail" and outcome.state == run.state
    return failing(world, run, outcome.details) if is_now else None


def provisioning(world: World, run: JobRun) -> Verdict | None:
    """After SCHEDULED: fail if the driver does not fit beside the workers that exist (facts §3.2, §4.5, §6)."""
    if early := failing_early(world, run):
        return early
    if exceeds_quota(world, run):
        return failing(world, run, NO_VCPUS)
    return Verdict("run") if has_room_for_driver(world, run) else failing(world, run, NO_CAPACITY)


def session_start(world: World, session: Session) -> Verdict:
    """After STARTING: fail if the driver does not fit beside the workers that exist (facts §4.5, §6, §16)."""
    # assumed: nothing is published about sessions; they fail as job runs do, with the texts of job runs
    if exceeds_quota(world, session):
        return Verdict("fail", NO_VCPUS)
    return Verdict("started") if has_room_for_driver(world, session) else Verdict("fail", NO_CAPACITY)


def abandonment(world: World, run: JobRun) -> Verdict:
    """When no executor came for 20 minutes: the attempt fails, and the retry policy counts (facts §3.2, §3.6)."""
    return failing(world, run, NO_EXECUTORS)


def retrying(world: World, run: JobRun) -> Verdict | None:
    """When an attempt fails as planned: the retry policy says whether there is another one (facts §3.6)."""
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


GATES: Mapping[tuple[str, str], Gate] = {
    ("job_run", "validate"): admission,
    ("job_run", "admit"): admission_from_queue,
    ("job_run", "schedule"): evaluation,
    ("job_run", "run"): provisioning,
    ("job_run", "fail"): retrying,
    ("job_run", "no_executors"): abandonment,
    ("session", "provision"): once_started("provision"),
    ("session", "started"): session_start,
}
