"""The payloads of the events that AWS sends to EventBridge: changes of state, and utilization (facts §11.1).

They are views of changes, without side effects. Records that an author arranged cause no events. What a payload shows
of a record beyond the change is the record as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Any, NamedTuple

from emrs_mock.sim.billing import Taken, Utilization
from emrs_mock.sim.lifecycles import FINAL, RENEWING
from emrs_mock.sim.records import Application, Attempt, Change, JobRun, Record, taken_by

APPLICATION = "EMR Serverless Application State Change"
JOB_RUN = "EMR Serverless Job Run State Change"
RETRY = "EMR Serverless Job Run Retry"
UTILIZATION = "EMR Serverless Job Resource Utilization Update"
DETAIL_TYPES = (APPLICATION, JOB_RUN, RETRY, UTILIZATION)

INTERVAL = timedelta(minutes=30)  # facts §11.1: about every 30 minutes

Detail = dict[str, Any]


class Told(NamedTuple):
    """One event: its time, its kind, its detail. A member of the detail that is None is absent."""

    at: datetime
    kind: str
    detail: Detail


def of_change(record: Record, change: Change) -> Iterator[Told]:
    """The events of one change."""
    if change.event == "arrange":
        return
    if isinstance(record, Application):
        yield Told(change.at, APPLICATION, _application(record, change))
    elif isinstance(record, JobRun):
        for kind, detail in _of_job_run(record, change):
            yield Told(change.at, kind, detail)


def _of_job_run(run: JobRun, change: Change) -> Iterator[tuple[str, Detail]]:
    number = change.attempt or 1
    if change.event in RENEWING:
        ended, begun = run.attempts[number - 2 : number]
        yield UTILIZATION, _utilization(run, ended, change.at, is_final=True)  # assumed: one final for each attempt
        yield RETRY, _retry(run, ended, begun, change)
    if change.after != change.before:
        yield JOB_RUN, _job_run(run, change)
    if change.after in FINAL[run.kind]:
        yield UTILIZATION, _utilization(run, run.attempts[number - 1], change.at, is_final=True)


def periodic(run: JobRun, since: datetime | None, now: datetime) -> Iterator[Told]:
    """The periodic events of a job run after `since` and until `now`."""
    for attempt in _lasting_after(since, run.attempts):
        for at in _half_hours(attempt, since, now):
            yield Told(at, UTILIZATION, _utilization(run, attempt, at, is_final=False))


def _lasting_after(since: datetime | None, attempts: Sequence[Attempt]) -> Sequence[Attempt]:
    """The attempts that had not ended then; without a look at the others, which may be very many."""
    if since is None:
        return attempts
    lasting = takewhile(lambda attempt: attempt.ended_at is None or attempt.ended_at > since, reversed(attempts))
    return list(lasting)[::-1]


def _half_hours(attempt: Attempt, since: datetime | None, now: datetime) -> Iterator[datetime]:
    began = attempt.started_at
    if began is None:
        return
    # At the end itself the final event takes the place of the periodic one.
    end = now if attempt.ended_at is None else min(now, attempt.ended_at - timedelta.resolution)
    told = 0 if since is None else max(0, (since - began) // INTERVAL)
    yield from (began + number * INTERVAL for number in range(told + 1, (end - began) // INTERVAL + 1))


# --- details --------------------------------------------------------------------------------------------------------


def _application(record: Application, change: Change) -> Detail:
    idle = record.settings.auto_stop_after
    stop = {"enabled": False} if idle is None else {"enabled": True, "idleTimeout": idle // timedelta(minutes=1)}
    return {
        "applicationId": record.id,
        "applicationName": record.spec.get("name"),
        "arn": record.arn,
        "releaseLabel": record.spec["releaseLabel"],
        "state": change.after,
        "type": record.spec["type"].upper(),
        "createdAt": _written(record.created_at),
        "updatedAt": _written(change.at),
        "autoStopConfig": stop,
        "autoStartConfig": {"enabled": record.settings.auto_start},
    }


def _job_run(run: JobRun, change: Change) -> Detail:
    return {
        "jobRunName": run.spec.get("name"),
        "state": change.after,
        "previousState": change.before,
        **_of(run, change),
    }


def _retry(run: JobRun, ended: Attempt, begun: Attempt, change: Change) -> Detail:
    return {
        **_of(run, change),
        "previousAttempt": ended.number,
        "previousAttemptState": "FAILED",
        "previousAttemptCreatedAt": _written(ended.created_at),
        "previousAttemptEndedAt": _written(change.at),
        "newAttempt": begun.number,
        "newAttemptCreatedAt": _written(begun.created_at),
    }


def _of(run: JobRun, change: Change) -> Detail:
    return {
        "jobRunId": run.id,
        "applicationId": run.application_id,
        "arn": run.arn,
        "releaseLabel": run.inherited["releaseLabel"],
        "createdBy": run.created_by,
        "updatedAt": _written(change.at),
        "createdAt": _written(run.created_at),
    }


def _utilization(run: JobRun, attempt: Attempt, at: datetime, *, is_final: bool) -> Detail:
    """What the run's workers took until `at`, and since the event before."""
    began = attempt.started_at
    before = attempt.created_at if began is None else began + max(0, -((began - at) // INTERVAL) - 1) * INTERVAL
    until, earlier = taken_by(attempt, at), taken_by(attempt, before)
    return {
        "applicationId": run.application_id,
        "jobRunId": run.id,
        "attempt": attempt.number,
        "mode": run.mode,
        "createdAt": _written(run.created_at),
        "startedAt": None if began is None else _written(began),
        "calculatedFrom": _written(before),
        "calculatedTo": _written(at),
        "resourceUtilizationFinal": is_final,
        "resourceUtilizationForInterval": _written_difference(until.total, earlier.total),
        "billedResourceUtilizationForInterval": _written_difference(until.billed, earlier.billed),
        **_totals(run, until, is_final=is_final),
    }


def _totals(run: JobRun, until: Taken, *, is_final: bool) -> Mapping[str, Mapping[str, float]]:
    """What it took until now; at the end what the author decided, if anything."""
    decided = run.plan.utilization if is_final else None
    used, paid = (until.total, until.billed) if decided is None else decided
    return {"totalResourceUtilization": _written_hours(used), "totalBilledResourceUtilization": _written_hours(paid)}


def _written_difference(until: Utilization, earlier: Utilization) -> Mapping[str, float]:
    return _written_hours(a - b for a, b in zip(until, earlier, strict=True))


def _written_hours(figures: Iterable[Decimal]) -> Mapping[str, float]:
    return dict(zip(("vCPUHour", "memoryGBHour", "storageGBHour"), map(float, figures), strict=True))


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
