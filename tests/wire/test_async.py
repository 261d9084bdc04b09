"""aiobotocore's clients are caught by the same wrapper, and wait without holding up their loop."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from emrs_mock._call import NoReply, ServiceError
from emrs_mock.wire import attach
from tests.wire.conftest import Toy

pytestmark = [pytest.mark.aiobotocore, pytest.mark.asyncio]
GET = {"applicationId": "00f1cbsc6anuij25"}


@pytest.fixture(autouse=True)
def aio_network(monkeypatch, network):
    """aiobotocore's own way to the network, guarded as the other is."""
    from aiobotocore.httpsession import AIOHTTPSession

    async def send(self, request):
        network.send(request)
        raise ConnectionError("no network here")

    monkeypatch.setattr(AIOHTTPSession, "send", send)
    return network


@asynccontextmanager
async def aio_client(**config):
    """An async client of a session of its own."""
    from aiobotocore.session import get_session

    options = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    async with get_session().create_client("emr-serverless", config=Config(**config), **options) as emr:
        yield emr


async def test_an_async_client_is_answered(active):
    """Made before the mock or inside it."""
    async with aio_client() as old:
        toy = active.host = Toy(lambda call: {"applications": [], "nextToken": "more"})
        async with aio_client() as new:
            for emr in (old, new):
                answer = await emr.list_applications(maxResults=2)
                assert answer["nextToken"] == "more"
                assert answer["ResponseMetadata"]["RequestId"] == toy.calls[-1].request_id
    assert [call.params for call in toy.calls] == [{"maxResults": 2}] * 2
    assert toy.callers == [("AKIDEXAMPLE", None)] * 2


async def test_an_async_client_gets_typed_refusals(active):
    """The same exceptions, by the same headers."""
    active.host = Toy(lambda call: ServiceError("ResourceNotFoundException", "gone"))
    async with aio_client() as emr:
        with pytest.raises(emr.exceptions.ResourceNotFoundException, match="gone"):
            await emr.get_application(**GET)


async def test_an_async_client_waits_on_the_mocks_clock(active):
    """It is handed something to await only where there is something to wait for."""
    slow = active.host = Toy(delay=2)
    async with aio_client() as emr:
        await emr.list_applications()
        active.host = Toy()
        await emr.list_applications()
    assert slow.pauses == [timedelta(seconds=2)]
    assert active.host.pauses == []


async def test_an_async_client_hears_silence(active, monkeypatch):
    """After its delay, with botocore's exception and botocore's retries."""
    from aiobotocore import endpoint

    async def no_nap(seconds):
        pass

    monkeypatch.setattr(endpoint.asyncio, "sleep", no_nap)
    toy = active.host = Toy(lambda call: NoReply.READ_TIMEOUT, delay=60)
    async with aio_client(retries={"total_max_attempts": 2}) as emr:
        with pytest.raises(ReadTimeoutError):
            await emr.list_applications()
    assert [call.attempt for call in toy.calls] == [1, 2]
    assert len(toy.pauses) == 2


async def test_raw_bytes_arrive_at_an_async_client(active):
    """As they are."""
    active.host = Toy(lambda call: b'{"nextToken": "raw"}')
    async with aio_client() as emr:
        assert (await emr.list_applications())["nextToken"] == "raw"


async def test_a_lost_handler_is_made_up_for(active):
    """With a delay to be awaited, too."""
    toy = active.host = Toy()
    async with aio_client() as emr:
        await emr.list_applications()
        emr.meta.events.unregister("before-send.emr-serverless", unique_id="emrs-mock-before-send")
        await emr.list_applications()
        toy.delay = timedelta(seconds=1)
        await emr.list_applications()
    assert len(toy.calls) == 3


async def test_a_call_is_over_when_it_is_answered(active):
    """A later request of the client is signed."""
    active.host = Toy()
    async with aio_client() as emr:
        await emr.list_applications()
        assert "X-Amz-Signature=" in await emr.generate_presigned_url("list_applications")


async def test_tasks_do_not_take_each_others_mock(active):
    """Each call knows its own mock while many wait at once."""
    hosts = [Toy(lambda call, number=number: {"nextToken": str(number)}, delay=1) for number in range(3)]
    gate = asyncio.Event()
    for host in hosts:
        host.pause_async = lambda delay: gate.wait()

    async with aio_client() as emr:
        tasks = []
        for host in hosts * 4:
            active.host = host
            tasks.append(asyncio.ensure_future(emr.list_applications()))
            await asyncio.sleep(0)
        active.host = None
        gate.set()
        tokens = [answer["nextToken"] for answer in await asyncio.gather(*tasks)]
    assert tokens == ["0", "1", "2"] * 4
    assert [len(host.calls) for host in hosts] == [4, 4, 4]


async def test_a_cancelled_call_leaves_nothing_behind(active, aio_network):
    """The next call in the same task is not taken for the one that was cancelled."""
    toy = active.host = Toy(delay=1)
    toy.pause_async = lambda delay: asyncio.sleep(3600)
    async with aio_client(retries={"total_max_attempts": 1}) as emr:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(emr.list_applications(), 0.01)
        active.host, aio_network.allowed = None, True
        with pytest.raises(ConnectionError, match="no network here"):
            await emr.list_applications()
    (request,) = aio_network.sent
    assert "Authorization" in request.headers
    assert len(toy.calls) == 1


async def test_a_bound_async_client_belongs_to_its_mock(active):
    """As a sync one does."""
    mine, active.host = Toy(), Toy()
    async with aio_client() as emr:
        attach.bind(emr, mine)
        await emr.list_applications()
    assert (len(mine.calls), len(active.host.calls)) == (1, 0)
