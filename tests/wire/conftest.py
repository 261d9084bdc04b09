"""A toy mock for `wire`, and a network that fails the test if it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import botocore.endpoint
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from emrs_mock._call import Call, Caller, Outcome, Reply
from emrs_mock.wire import attach
from emrs_mock.wire.wrapping import COPY

APPLICATION = {"applicationId": "00f1cbsc6anuij25", "arn": "arn:aws:emr-serverless:us-east-1:1:/applications/00"}
STARTED = {"applicationId": "00f1cbsc6anuij25"}


class Toy:
    """A host that answers by a function, and remembers."""

    copy = COPY

    def __init__(self, respond: Callable[[Call], Outcome] = lambda call: {}, delay: float = 0) -> None:
        self.respond = respond
        self.delay = timedelta(seconds=delay)
        self.calls: list[Call] = []
        self.pauses: list[timedelta] = []
        self.callers: list[tuple[str | None, str | None]] = []

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        return Reply(self.respond(call), self.delay)

    def caller(self, access_key: str | None, account_id: str | None, region: str, partition: str) -> Caller:
        self.callers.append((access_key, account_id))
        return Caller(account_id or "123456789012", region, partition, f"arn:{partition}:iam::123456789012:user/toy")

    def pause(self, delay: timedelta) -> None:
        self.pauses.append(delay)

    async def pause_async(self, delay: timedelta) -> None:
        self.pauses.append(delay)


class Active:
    """Which toy is active: the finder of these tests."""

    def __init__(self) -> None:
        self.host: Toy | None = None

    def find(self) -> Toy | None:
        return self.host


class Network:
    """What stands in for the internet: it notes each request, and answers only where a test allows it."""

    def __init__(self) -> None:
        self.allowed = False
        self.sent: list[Any] = []

    def send(self, request: Any) -> AWSResponse:
        self.sent.append(request)
        if not self.allowed:
            pytest.fail(f"{request.method} {request.url} left the process")
        return canned()


def canned(body: bytes = b"{}") -> AWSResponse:
    """An answer that needs no mock."""
    response = AWSResponse("https://canned", 200, {}, None)
    response._content = body
    return response


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    """The guard: a request that leaves the process unallowed fails the test, in whatever thread it was made."""
    guard = Network()
    monkeypatch.setattr(URLLib3Session, "send", lambda self, request: guard.send(request))
    yield guard
    assert guard.allowed or not guard.sent


@pytest.fixture(autouse=True)
def active() -> Iterator[Active]:
    """The finder in charge, with no mock active; the one before it is put back."""
    mine = Active()
    before = attach.install(mine.find)
    yield mine
    attach.install(before)


@pytest.fixture
def toy(active: Active) -> Toy:
    """A toy mock that is active and answers every call with nothing."""
    active.host = Toy()
    return active.host


@pytest.fixture(autouse=True)
def _no_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.endpoint.time, "sleep", lambda seconds: None)


def session(keys: tuple[str | None, str | None] = ("AKIDEXAMPLE", "secret")) -> Any:
    """A botocore session with static credentials."""
    made = botocore.session.Session()
    made.set_credentials(*keys)
    return made


def client(*, config: Mapping[str, Any] | None = None, region_name: str = "us-east-1", **options: Any) -> Any:
    """A sync client of a session of its own."""
    return session().create_client(
        "emr-serverless", region_name=region_name, config=Config(**config) if config else None, **options
    )


@pytest.fixture(scope="module")
def emr() -> Any:
    """A client that the tests of a module share."""
    return client()


@pytest.fixture(scope="module")
def lax() -> Any:
    """A client that does not check parameters itself."""
    return client(config={"parameter_validation": False})
