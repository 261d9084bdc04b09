"""What crosses between the packages: one call, its answer, and the seam for layers.

Every package may import this module and this module imports only the standard library, so that
`wire` (botocore), `operations` (meaning), `sim` (time) and `control` (the author) never need to
know each other. No behaviour lives here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, NamedTuple, Protocol

NO_DELAY = timedelta(0)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and where to: one account in one region. `arn` becomes `createdBy`."""

    account_id: str
    region: str
    partition: str
    arn: str


class Call(NamedTuple):
    """One try of one client call, decoded.

    `params` carries the service model's names; members that the model lacks are dropped.
    `violations` is what the model refuses, ready-worded and answered only after throttles and
    faults (facts §16, order of refusals). A retry by botocore is a further Call with the same
    `invocation_id` and the next `attempt`.
    """

    operation: str
    params: Mapping[str, Any]
    violations: tuple[str, ...]
    caller: Caller
    request_id: str
    invocation_id: str
    attempt: int


class ServiceError(Exception):
    """AWS refuses. The HTTP status follows from the code (facts §6), never from the raiser."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[ServiceError], tuple[str, str]]:
        return type(self), (self.code, self.message)


class NoReply(Enum):
    """AWS is not heard: `wire` turns it into the exception botocore raises for it."""

    CONNECT_TIMEOUT = "connect timeout"
    READ_TIMEOUT = "read timeout"
    CONNECTION_RESET = "connection reset"
    UNREACHABLE = "unreachable"


Outcome = Mapping[str, Any] | ServiceError | NoReply | bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back: output members, a refusal, silence, or raw bytes; after `delay` on the mock's clock."""

    outcome: Outcome
    delay: timedelta = NO_DELAY


Answer = Callable[[Call], Reply]


class Layer(Protocol):
    """A step around the core: recorder, quotas, faults, latency, poll watch."""

    def __call__(self, call: Call, proceed: Answer) -> Reply: ...


class Host(Protocol):
    """What `wire` needs of an active mock."""

    copy: object
    """Which copy of this package it is of, where a process has loaded several: `wire.wrapping.COPY`."""

    def answer(self, call: Call) -> Reply:
        """Answer one try. Python exceptions mean that the test's author erred; they reach the caller unretried."""
        ...

    def caller(self, access_key: str | None, account_id: str | None, region: str, partition: str) -> Caller:
        """Name the caller from what its credentials say without being resolved or refreshed."""
        ...

    def pause(self, delay: timedelta) -> None:
        """Let `delay` pass on the mock's clock for the calling thread."""
        ...

    def pause_async(self, delay: timedelta) -> Awaitable[None]:
        """Let `delay` pass on the mock's clock for the calling task."""
        ...


FindHost = Callable[[], "Host | None"]
"""Which mock answers a call made here and now; None where no mock is active."""


class Protection(NamedTuple):
    """What active mocks ask of clients of every service."""

    blocks_others: bool
    """Whether calls of other services may reach nothing but doubles of AWS."""
    fakes_credentials: bool
    """Whether clients get test credentials instead of the developer's own."""


FindProtection = Callable[[], "Protection | None"]
"""What the mocks that are active here and now ask for; None where none is active."""
