"""Code that waits for EMR Serverless, through real clients: it ends at the time at which it would have ended."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import botocore.session
import botocore.waiter
import pytest

from emrs_mock import mock_emr_serverless
from tests.clocks.virtual.conftest import START
from tests.service.requests import RUNNING_AFTER, SUCCESS_AFTER

FINAL = {"SUCCESS", "FAILED", "CANCELLED"}
CREDENTIALS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


@pytest.fixture
def emr():
    """A mock in simulated time."""
    with mock_emr_serverless(clock="virtual", start=START) as emr:
        yield emr


@pytest.fixture(scope="module")
def client():
    """A client that is older than the mock."""
    return botocore.session.get_session().create_client("emr-serverless", **CREDENTIALS)


class Submitted:
    """A job run that was submitted, and asked about."""

    def __init__(self, emr, client):
        self.emr, self.client = emr, client
        self.ids = ids_of(emr.add_job_run(emr.add_application(), state="SUBMITTED"))
        self.polls = 0

    def is_done(self):
        """Ask once."""
        self.polls += 1
        return self.client.get_job_run(**self.ids)["jobRun"]["state"] in FINAL


def ids_of(run):
    """What GetJobRun wants."""
    return {"applicationId": run.application_id, "jobRunId": run.id}


def test_a_job_of_eight_hours_is_polled_to_its_end(emr, client):
    """Every 30 s; each poll takes 0.1 s."""
    emr.when().succeed(after=timedelta(hours=8))
    job = Submitted(emr, client)
    while not job.is_done():
        time.sleep(30)
    polls = -(-(RUNNING_AFTER + 8 * 3600) * 10 // 301) + 1
    assert job.polls == pytest.approx(polls, abs=1)
    assert emr.clock.now() - START == timedelta(seconds=(job.polls - 1) * 30, milliseconds=job.polls * 100)


def test_a_waiter_shaped_like_airflows_gives_up_by_its_attempts(emr, client):
    """Delay 60, 1,500 attempts, on a job that hangs in a mode without a deadline of its own."""
    emr.when().hang()
    job = Submitted(emr, client)
    acceptor = {"matcher": "path", "argument": "jobRun.state", "expected": "SUCCESS", "state": "success"}
    config = {"operation": "GetJobRun", "delay": 60, "maxAttempts": 1500, "acceptors": [acceptor]}
    waiter = botocore.waiter.Waiter("Done", botocore.waiter.SingleWaiterConfig(config), client.get_job_run)
    with pytest.raises(botocore.waiter.WaiterError, match="Max attempts"):
        waiter.wait(**job.ids)
    assert emr.clock.now() - START == pytest.approx(timedelta(seconds=1499 * 60 + 150), abs=timedelta(seconds=1))


def test_a_loop_that_polls_without_any_sleep_ends(emr, client):
    """A call takes a little time."""
    job = Submitted(emr, client)
    while not job.is_done():
        pass
    assert job.polls == pytest.approx(SUCCESS_AFTER * 10, abs=10)


def test_an_event_that_the_author_waits_for_comes_at_its_time(emr, client):
    """A thread polls, the test waits for it with a time-out of its own."""
    job, done = Submitted(emr, client), threading.Event()

    def poll():
        while not job.is_done():
            time.sleep(30)
        done.set()

    poller = threading.Thread(target=poll)
    poller.start()
    assert not done.wait(60)
    assert done.wait(3600)
    poller.join()
    assert emr.clock.now() - START < timedelta(minutes=4)


def test_moving_the_clock_lets_others_act_on_the_way(emr, client):
    """A thread that polls sees each state while the test advances by an hour."""
    job = Submitted(emr, client)
    poller = threading.Thread(target=lambda: [time.sleep(1) for _ in iter(job.is_done, True)])
    poller.start()
    emr.clock.advance(hours=1)
    assert job.polls == pytest.approx(SUCCESS_AFTER / 1.1, abs=3)
    poller.join()


class TenJobs:
    """Ten job runs of different lengths, asked about until they end; what was seen, and what happened."""

    def __init__(self, emr, client):
        self.client, self.seen = client, []
        for number in range(10):
            emr.when(name=f"job-{number}").succeed(after=20 * number)
        application = emr.add_application()
        self.runs = [
            ids_of(emr.add_job_run(application, state="SUBMITTED", name=f"job-{number}")) for number in range(10)
        ]

    def note(self, number, answer):
        """Keep what a poll saw; tell whether that was the end."""
        state = answer["jobRun"]["state"]
        self.seen.append((number, state, time.monotonic()))
        return state in FINAL

    def poll(self, number):
        """Poll in a thread."""
        while not self.note(number, self.client.get_job_run(**self.runs[number])):
            time.sleep(30)

    def in_threads(self):
        """A thread for each."""
        threads = [threading.Thread(target=self.poll, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def in_a_pool(self):
        """Four workers for all."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self.poll, range(10)))

    def in_tasks(self):
        """A task for each, the calls in threads."""

        async def poll(number):
            while not self.note(number, await asyncio.to_thread(self.client.get_job_run, **self.runs[number])):
                await asyncio.sleep(30)

        async def gather():
            await asyncio.gather(*map(poll, range(10)))

        asyncio.run(gather())


@pytest.mark.parametrize("how", [TenJobs.in_threads, TenJobs.in_a_pool, TenJobs.in_tasks])
def test_ten_jobs_give_the_same_states_and_calls_every_time(client, how):
    """However they are polled; ids and times begin at the same start and seed."""
    histories = []
    for _ in range(20):
        with mock_emr_serverless(clock="virtual", start=START) as emr:
            jobs = TenJobs(emr, client)
            began = time.monotonic()
            how(jobs)
            seen = [(number, state, round(at - began, 6)) for number, state, at in jobs.seen]
            ended = [(run.id, run.state, run.started_at, run.ended_at) for run in emr.job_runs]
            histories.append((seen, ended))
    assert all(history == histories[0] for history in histories)
    assert sum(state == "SUCCESS" for _, state, _ in histories[0][0]) == 10


@pytest.mark.aiobotocore
def test_a_time_out_of_asyncio_ends_the_wait_for_a_hanging_job(emr):
    """`wait_for` gives up after an hour; ten aiobotocore tasks sleep at once."""
    from aiobotocore.session import get_session

    emr.when().hang()
    runs = [ids_of(emr.add_job_run(emr.add_application(), state="SUBMITTED")) for _ in range(10)]

    async def poll(client, ids):
        while (await client.get_job_run(**ids))["jobRun"]["state"] not in FINAL:
            await asyncio.sleep(30)

    async def main():
        async with get_session().create_client("emr-serverless", **CREDENTIALS) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.gather(*(poll(client, ids) for ids in runs)), 3600)

    asyncio.run(main())
    assert emr.clock.now() - START == timedelta(hours=1)
    assert {run.state for run in emr.job_runs} == {"RUNNING"}
