"""What the service shows of a record: one view per kind of record, used by every operation that shows it.

A view has the members of the request, then those that the service changed (names, tags as they are now, defaults),
then those that it computed. A view may have more members than an operation shows: the output shape of the operation
picks its members. None means that a member is absent.

A view is kept until its record changes: answers, pages and recorded calls share it, so nothing may change a view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from emrs_mock._call import Fixed
from emrs_mock.operations import images
from emrs_mock.sim.billing import Utilization
from emrs_mock.sim.records import Application, Attempt, JobRun, Record, Session, taken_by, worked

View = Mapping[str, Any]


def _kept(record: Record, depends_on: tuple[Any, ...], make: Callable[[], View]) -> View:
    """The view that was made last, if all that it depends on is as it was; else a new one."""
    own = (record.state, record.state_details, record.updated_at, record.spec, record.tags)
    return record.shown((*own, *depends_on), lambda: Fixed(make()))


def _record(record: Record) -> View:
    return {
        **record.spec,
        "id": record.id,
        "arn": record.arn,
        "createdBy": record.created_by,
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
        "state": record.state,
        "stateDetails": record.state_details,
        "tags": record.tags,
    }


def application(record: Application) -> View:
    """An application as GetApplication shows it, and ListApplications a part of it (facts §2.4, §2.9)."""
    return _kept(record, (record.started_at,), lambda: _application(record))


def _application(record: Application) -> View:
    return {**_record(record), **images.of_application(record), **_identity_center(record), "applicationId": record.id}


def _identity_center(record: Application) -> View:
    """The request has the instance's ARN; the answer has the ARN of AWS's application there too (facts §13)."""
    given = record.spec.get("identityCenterConfiguration")
    if not given or "identityCenterInstanceArn" not in given:
        return {}
    _, partition, _, _, account, _ = record.arn.split(":", 5)
    instance = given["identityCenterInstanceArn"].rpartition("/")[2]
    # assumed: its id, of which only the form is known
    arn = f"arn:{partition}:sso::{account}:application/{instance}/apl-{record.id}"
    return {"identityCenterConfiguration": {**given, "identityCenterApplicationArn": arn}}


def job_run(run: JobRun, now: datetime, attempt: Attempt | None = None) -> View:
    """A job run as GetJobRun shows it, and ListJobRuns a part of it (facts §3.7).

    With `attempt`, state and times are that attempt's; the totals stay those of the job run.
    """
    if attempt is not None and attempt is not run.attempt:
        return _job_run(run, now, attempt)
    counts_on = None if run.queued_at is None else now
    depends_on = (run.attempt, run.inherited, run.plan, counts_on)
    return _kept(run, depends_on, lambda: _job_run(run, now, run.attempt))


def _job_run(run: JobRun, now: datetime, shown: Attempt) -> View:
    return {
        **run.inherited,
        **images.of_job_run(run),
        **_record(run),
        "applicationId": run.application_id,
        "jobRunId": run.id,
        "executionRole": run.spec["executionRoleArn"],
        "state": shown.state,
        "stateDetails": shown.state_details,
        "attempt": shown.number,
        "attemptCreatedAt": shown.created_at,
        "attemptUpdatedAt": shown.updated_at,
        "startedAt": shown.started_at,
        "endedAt": shown.ended_at,
        "queuedDurationMilliseconds": _milliseconds(_queued(run, now)),
        **_totals(run),
    }


def attempt(run: JobRun, shown: Attempt, now: datetime) -> View:
    """An attempt as ListJobRunAttempts shows it: times and state are its own, id and ARN the job run's (facts §3.7)."""
    return {
        **job_run(run, now, shown),
        "jobCreatedAt": run.created_at,
        "createdAt": shown.created_at,
        "updatedAt": shown.updated_at,
    }


def session(record: Session) -> View:
    """A session as GetSession shows it, and ListSessions a part of it (facts §10)."""
    return _kept(record, (), lambda: _session(record))


def _session(record: Session) -> View:
    return {
        **record.inherited,
        **_record(record),
        "applicationId": record.application_id,
        "sessionId": record.id,
        "startedAt": record.started_at,
        "endedAt": record.ended_at,
        "idleSince": record.idle_since,
        **_totals(record),
    }


def _queued(run: JobRun, now: datetime) -> timedelta | None:
    if run.queued_at is None:
        return run.queued_for
    return (run.queued_for or timedelta(0)) + (now - run.queued_at)


def _milliseconds(length: timedelta | None) -> int | None:
    return None if length is None else length // timedelta(milliseconds=1)


def _totals(record: JobRun | Session) -> View:
    """Duration and utilization of a job run or session that has ended; 0 if it never ran (facts §5, §16)."""
    if not record.is_final:
        return {}
    used, paid = _utilizations(record)
    return {
        "totalExecutionDurationSeconds": sum(map(_seconds_of, worked(record))),
        "totalResourceUtilization": _utilization(used),
        "billedResourceUtilization": _utilization(paid),
    }


def _seconds_of(part: Attempt | Session) -> int:
    """How long an attempt or a session ran, in seconds rounded up (facts §5); 0 if it never ran or still runs."""
    if part.started_at is None or part.ended_at is None:
        return 0
    return -((part.started_at - part.ended_at) // timedelta(seconds=1))


def _utilizations(record: JobRun | Session) -> tuple[Utilization, Utilization]:
    """What was used and what is billed: as a rule says, else as its workers add up to."""
    if isinstance(record, JobRun) and record.plan.utilization is not None:
        return record.plan.utilization
    last = worked(record)[-1]
    taken = taken_by(last, last.ended_at)
    return taken.total, taken.billed


def _utilization(figures: Utilization) -> Mapping[str, float]:
    return {
        "vCPUHour": float(figures.vcpu_hours),
        "memoryGBHour": float(figures.memory_gb_hours),
        "storageGBHour": float(figures.storage_gb_hours),
    }
