"""Many threads, few clients, and mocks that come and go: every call is answered, once."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from emrs_mock.wire import codec, exchange
from tests.wire.conftest import Toy, client


@pytest.fixture
def hasty_threads():
    """Threads that change places as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(work, count=16):
    """Run `work(number)` in this many threads that set off together."""
    barrier = threading.Barrier(count)

    def start(number):
        barrier.wait(10)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


@pytest.mark.usefixtures("hasty_threads")
def test_first_calls_at_the_same_time_are_answered_once_each(active):
    """Registering twice would start every job twice."""
    for emr in [client() for _ in range(5)]:
        toy = active.host = Toy()
        at_once(lambda number, emr=emr: emr.list_applications())
        emr.list_applications()
        assert len(toy.calls) == 17


def test_a_slow_registration_does_not_register_twice(active):
    """botocore looks a `unique_id` up first and adds it later: two threads can come between."""

    class Slow(dict):
        def __contains__(self, key):
            found = super().__contains__(key)
            threading.Event().wait(0.002)
            return found

    emr = client()
    emr.meta.events._emitter._unique_id_handlers = Slow(emr.meta.events._emitter._unique_id_handlers)
    toy = active.host = Toy()
    at_once(lambda number: emr.list_applications(), 4)
    assert len(toy.calls) == 4


@pytest.mark.usefixtures("hasty_threads")
def test_threads_share_clients_while_mocks_come_and_go(active):
    """Every call is answered once, by a mock that was active; none leaves the process."""
    hosts = [Toy(lambda call: {"nextToken": call.request_id}) for _ in range(3)]
    active.host = hosts[0]
    shared = [client() for _ in range(3)]

    def work(number):
        active.host = hosts[number % 3]
        return [shared[turn % 3].list_applications()["nextToken"] for turn in range(20)]

    heard = [token for tokens in at_once(work) for token in tokens]

    answered = [call.request_id for host in hosts for call in host.calls]
    assert len(heard) == 16 * 20
    assert sorted(heard) == sorted(answered)


@pytest.mark.usefixtures("hasty_threads")
def test_threads_may_compile_an_operation_at_the_same_time(active, monkeypatch):
    """No thread gets a codec that another thread has not finished."""
    service = codec.Service(codec.installed().model)
    monkeypatch.setattr(exchange, "installed", lambda: service)
    active.host = Toy()
    emr = client(config={"parameter_validation": False})
    driver = {"sparkSubmit": {"entryPoint": "x"}}
    inner = [{"classification": "a", "configurations": [{"classification": "b"}]}]
    at_once(
        lambda number: emr.start_job_run(
            applicationId="00f1", jobDriver=driver, configurationOverrides={"applicationConfiguration": inner}
        )
    )
    assert {call.violations for call in active.host.calls} == {
        ("Value at 'executionRoleArn' failed to satisfy constraint: Member must not be null",)
    }
