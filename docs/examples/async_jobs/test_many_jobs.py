"""Tasks that wait, are late, fail together, and are cancelled: hours of simulated time in milliseconds."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from many_jobs import Job, run_jobs

ROLE = "arn:aws:iam::123456789012:role/etl"


def jobs(number):
    return [Job(f"table-{i}", f"s3://code/table_{i}.py", ROLE) for i in range(number)]


async def test_six_jobs_three_at_a_time(emr_serverless):
    application = emr_serverless.add_application()
    emr_serverless.when().succeed(after=600)
    began = emr_serverless.clock.now()

    assert set((await run_jobs(application.id, jobs(6))).values()) == {"SUCCESS"}

    starts = sorted(run.created_at - began for run in emr_serverless.job_runs)
    assert starts[2] < timedelta(seconds=1)
    assert starts[3] > timedelta(minutes=10)


async def test_only_the_one_that_hangs_is_late(emr_serverless):
    application = emr_serverless.add_application()
    emr_serverless.when(name="table-1").hang()

    ended = await run_jobs(application.id, jobs(3))

    assert ended == {"table-0": "SUCCESS", "table-1": "LATE", "table-2": "SUCCESS"}


async def test_a_refused_submission_stops_the_others(emr_serverless):
    application = emr_serverless.add_application()
    emr_serverless.fault("StartJobRun", where=lambda call: call["name"] == "table-2").error("AccessDeniedException")

    with pytest.RaisesGroup(ClientError):
        await run_jobs(application.id, jobs(3))

    assert [run.state for run in emr_serverless.job_runs] == ["CANCELLED", "CANCELLED"]


@pytest.mark.parametrize("patience", [120, 10], ids=["while it waits", "before the reply to StartJobRun"])
async def test_a_caller_who_gives_up_leaves_nothing_behind(emr_serverless, patience):
    application = emr_serverless.add_application()
    emr_serverless.fault("StartJobRun").slow(30)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(run_jobs(application.id, jobs(2)), timeout=patience)

    assert [run.state for run in emr_serverless.job_runs] == ["CANCELLED", "CANCELLED"]


@pytest.mark.emr_serverless_endings
async def test_every_ending(emr_serverless, emr_serverless_ending):
    application = emr_serverless.add_application()

    (outcome,) = (await run_jobs(application.id, jobs(1))).values()

    assert {"LATE": "CANCELLED"}.get(outcome, outcome) == emr_serverless_ending.state
    assert len(emr_serverless.job_runs) == 1
