"""Many Spark jobs on one application, some at a time, each with its own deadline. Needs Python 3.11."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

FINAL = {"SUCCESS", "FAILED", "CANCELLED"}
POLL_SECONDS = 30
RETRIES = AioConfig(retries={"mode": "standard", "total_max_attempts": 8})


@dataclass(frozen=True)
class Job:
    """What to run. `token` makes a repeated submission harmless, `deadline` is in seconds."""

    token: str
    entry_point: str
    role: str
    deadline: float = 3600


async def run_jobs(application_id: str, jobs: list[Job], at_a_time: int = 3) -> dict[str, str]:
    """Run the jobs. Returns how each has ended, by its token: a state of AWS, or LATE.

    If one cannot be submitted, or this call is cancelled, the job runs that are under way are cancelled too.
    """
    room = asyncio.Semaphore(at_a_time)

    async def run_in_turn(job: Job) -> str:
        async with room:
            return await run_job(client, application_id, job)

    async with get_session().create_client("emr-serverless", config=RETRIES) as client:
        async with asyncio.TaskGroup() as group:
            tasks = {job.token: group.create_task(run_in_turn(job)) for job in jobs}
        return {token: task.result() for token, task in tasks.items()}


async def run_job(client: Any, application_id: str, job: Job) -> str:
    """Submit a job and wait for its end; cancel it at its deadline.

    The submission is shielded: if this task is cancelled before the reply is there, it waits for the id, and cancels.
    """
    submission = asyncio.create_task(submit(client, application_id, job))
    try:
        run = await asyncio.shield(submission)
        async with asyncio.timeout(job.deadline):
            return await final_state(client, run)
    except TimeoutError:
        ended = await cancel(client, run)
        return "LATE" if ended == "CANCELLED" else ended
    except asyncio.CancelledError:
        await cancel(client, await submission)
        raise


async def submit(client: Any, application_id: str, job: Job) -> dict[str, str]:
    """Start a job run, and return its two ids."""
    started = await client.start_job_run(
        applicationId=application_id,
        clientToken=job.token,
        name=job.token,
        executionRoleArn=job.role,
        jobDriver={"sparkSubmit": {"entryPoint": job.entry_point}},
    )
    return {"applicationId": application_id, "jobRunId": started["jobRunId"]}


async def final_state(client: Any, run: dict[str, str]) -> str:
    """Look until the job run has ended."""
    while True:
        state: str = (await client.get_job_run(**run))["jobRun"]["state"]
        if state in FINAL:
            return state
        await asyncio.sleep(POLL_SECONDS)


async def cancel(client: Any, run: dict[str, str]) -> str:
    """Cancel a job run, and wait for its end."""
    with suppress(client.exceptions.ValidationException):  # it has ended meanwhile
        await client.cancel_job_run(**run)
    return await final_state(client, run)
