"""Libraries that poll, retry and back off work unchanged, and their waits move the clock."""

from __future__ import annotations

import asyncio
import time

import anyio
import anyio.to_thread
import backoff
import botocore.waiter
import polling2
import pytest
import retrying
import stamina
import tenacity

from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.clocks.virtual.conftest import START, ToyWorld, seconds_since_start


class NotYet(Exception):
    """The job is still running."""


class Job:
    """A job of 100 s in a toy world."""

    def __init__(self, virtual):
        self.virtual = virtual
        self.world = ToyWorld(100)
        virtual.attach(self.world)

    def is_done(self):
        """Poll."""
        return bool(self.world.happened)

    def check(self):
        """Poll, and raise where it is not done."""
        if not self.is_done():
            raise NotYet
        return seconds_since_start(self.virtual)


@pytest.fixture
def job(virtual):
    """A job that takes 100 simulated seconds."""
    return Job(virtual)


def test_tenacity(job):
    """Fixed waits, in threads of control of either kind."""
    retry = tenacity.retry(wait=tenacity.wait_fixed(30), stop=tenacity.stop_after_delay(3600))
    assert retry(job.check)() == 120


def test_tenacity_gives_up_by_its_own_delay(virtual):
    """A job that hangs is waited for as long as the code says."""
    hanging = Job(virtual)
    hanging.world.dues = []
    retry = tenacity.retry(wait=tenacity.wait_fixed(30), stop=tenacity.stop_after_delay(28_800))
    with pytest.raises(tenacity.RetryError):
        retry(hanging.check)()
    assert seconds_since_start(virtual) == 28_800


def test_tenacity_in_a_loop(job):
    """Its asynchronous half sleeps in the loop."""

    async def check():
        return job.check()

    assert asyncio.run(tenacity.retry(wait=tenacity.wait_fixed(30))(check)()) == 120


def test_backoff(job):
    """Constant steps without jitter, with a time limit measured by the clock."""
    poll = backoff.on_exception(backoff.constant, NotYet, interval=30, jitter=None, max_time=3600)(job.check)
    assert poll() == 120


def test_polling2(job):
    """Steps until a time-out."""
    assert polling2.poll(job.is_done, step=30, timeout=3600)
    assert seconds_since_start(job.virtual) == 120


def test_polling2_times_out(virtual):
    """By the clock of the process."""
    with pytest.raises(polling2.TimeoutException):
        polling2.poll(lambda: False, step=30, timeout=3600)
    assert seconds_since_start(virtual) == pytest.approx(3600, abs=30)


def test_stamina(job):
    """Exponential steps, in which the job ends."""
    for attempt in stamina.retry_context(on=NotYet, attempts=None, timeout=3600, wait_initial=30, wait_max=30):
        with attempt:
            assert 100 <= job.check() <= 140


def test_retrying(job):
    """The old one."""
    assert retrying.retry(wait_fixed=30_000, stop_max_delay=3_600_000)(job.check)() == 120


def test_a_waiter_of_botocore(job):
    """The shape of every waiter of AWS: a delay, and a number of attempts."""
    config = {"operation": "Get", "delay": 60, "maxAttempts": 1500}
    acceptor = {"matcher": "path", "argument": "done", "expected": True, "state": "success"}
    config = botocore.waiter.SingleWaiterConfig({**config, "acceptors": [acceptor]})
    botocore.waiter.Waiter("JobDone", config, lambda **kwargs: {"done": job.is_done()}).wait()
    assert seconds_since_start(job.virtual) == 120


def test_anyio(job):
    """Sleeps, scopes with deadlines, and worker threads."""

    async def main():
        with anyio.move_on_after(50) as scope:
            await anyio.sleep(3600)
        assert scope.cancelled_caught
        await anyio.to_thread.run_sync(time.sleep, 30)
        with pytest.raises(TimeoutError), anyio.fail_after(20):
            await anyio.sleep_forever()

    anyio.run(main)
    assert seconds_since_start(job.virtual) == pytest.approx(100)


@pytest.mark.anyio
async def test_anyio_as_a_plugin(anyio_backend):
    """Its runner's loop is older than the virtual time."""
    virtual = VirtualTime(START)
    virtual.enter()
    await anyio.sleep(3600)
    virtual.leave()
    assert seconds_since_start(virtual) == 3600


@pytest.fixture
def anyio_backend():
    """asyncio: trio keeps a clock of its own."""
    return "asyncio"
