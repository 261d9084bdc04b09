"""One Spark job, brought to an end: submit, wait, cancel when it is late, submit again when that may help."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from orchestrator.polling import poll

FINAL = {"SUCCESS", "FAILED", "CANCELLED"}
LATE = "LATE"
WORTH_ANOTHER_TRY = {"FAILED", LATE}
"""Not CANCELLED: a colleague, or a time-out of AWS, has decided that."""
CANCELLING_TAKES_AT_MOST = 10 * 60
SAFETY_MARGIN = timedelta(minutes=30)


@dataclass(frozen=True)
class Job:
    """What runs each night. `deadline` counts from a submission, with the time in the queue."""

    name: str
    entry_point: str
    role: str
    deadline: timedelta = timedelta(hours=2)
    submissions: int = 3
    attempts: int = 1


@dataclass(frozen=True)
class Ending:
    """How a submission has ended: a state of AWS, or LATE."""

    outcome: str
    job_run: dict[str, Any]


def run_job(client: Any, application_id: str, job: Job, day: date) -> list[Ending]:
    """Submit the job until it succeeds or another try is useless. Returns the ending of each submission."""
    endings: list[Ending] = []
    for number in range(1, job.submissions + 1):
        run = submit(client, application_id, job, day, number)
        endings.append(wait_or_cancel(client, run, job.deadline))
        if endings[-1].outcome not in WORTH_ANOTHER_TRY:
            break
    return endings


def submit(client: Any, application_id: str, job: Job, day: date, number: int) -> dict[str, str]:
    """Start a job run, and return its two ids.

    The token names the submission. A repeated call starts no second job run, also if another process repeats it.
    AWS's time-out comes after our own deadline, and ends the job run if this process has died.
    """
    started = client.start_job_run(
        applicationId=application_id,
        clientToken=f"{job.name}-{day}-{number}",
        name=f"{job.name}-{day}",
        executionRoleArn=job.role,
        executionTimeoutMinutes=int((job.deadline + SAFETY_MARGIN).total_seconds() // 60),
        retryPolicy={"maxAttempts": job.attempts},
        jobDriver={"sparkSubmit": {"entryPoint": job.entry_point, "entryPointArguments": ["--day", str(day)]}},
    )
    return {"applicationId": started["applicationId"], "jobRunId": started["jobRunId"]}


def wait_or_cancel(client: Any, run: dict[str, str], deadline: timedelta) -> Ending:
    """Wait until the job run has ended; cancel it at the deadline."""
    try:
        ended = poll(lambda: describe(client, run), FINAL, deadline.total_seconds())
        return Ending(ended["state"], ended)
    except TimeoutError:
        ended = cancel(client, run)
        return Ending(LATE if ended["state"] == "CANCELLED" else ended["state"], ended)


def describe(client: Any, run: dict[str, str]) -> dict[str, Any]:
    """The job run as it is now."""
    shown: dict[str, Any] = client.get_job_run(**run)["jobRun"]
    return shown


def cancel(client: Any, run: dict[str, str]) -> dict[str, Any]:
    """Cancel a job run and wait for its end, which may be another one if it was quicker."""
    with suppress(client.exceptions.ValidationException):  # it has ended meanwhile
        client.cancel_job_run(**run)
    return poll(lambda: describe(client, run), FINAL, CANCELLING_TAKES_AT_MOST)
