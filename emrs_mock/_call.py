"""The types that pass between the rooms: a call, its reply, and the interfaces `Layer` and `Host`.

Every room may import this module. It imports only the standard library, so that `wire` (botocore), `operations` (the
service), `sim` (time), `scenario` and `observation` (the author of the test) need not import each other. It contains
no behaviour.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from datetime import timedelta
from enum import Enum
from typing import Any, NamedTuple, Protocol

NO_DELAY = timedelta(0)


class Caller(NamedTuple):
    """Who makes a call: an identity of one account, in one region. `arn` becomes `createdBy`."""

    account_id: str
    region: str
    partition: str
    arn: str


class Call(NamedTuple):
    """One try of one client call, decoded.

    `params` uses the names of the service model; members that the model does not have were dropped. `violations` lists
    the constraints of the model that the request breaks, in the service's words; throttling and faults come before them
    (facts §16, order of refusals). When botocore retries, each try is a Call of its own, with the same `invocation_id`
    and the next `attempt`.
    """

    operation: str
    params: Mapping[str, Any]
    violations: tuple[str, ...]
    caller: Caller
    request_id: str
    invocation_id: str
    attempt: int


class ServiceError(Exception):
    """An error that AWS answers with. Its HTTP status follows from its code (facts §6)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[ServiceError], tuple[str, str]]:
        return type(self), (self.code, self.message)


class NoReply(Enum):
    """The client receives no answer: `wire` raises the exception that botocore raises in that case."""

    CONNECT_TIMEOUT = "connect timeout"
    READ_TIMEOUT = "read timeout"
    CONNECTION_RESET = "connection reset"
    UNREACHABLE = "unreachable"


class Fixed(dict[str, Any]):
    """Members of an answer that never change once they are made, so that what is made of them can be kept.

    It is hashed by identity. A deep copy is an ordinary dict, which may change.
    """

    __slots__ = ()
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return deepcopy(dict(self), memo)


Outcome = Mapping[str, Any] | ServiceError | NoReply | bytes


class Reply(NamedTuple):
    """The result of a try: output members, an error, no reply, or raw bytes; after `delay` on the mock's clock."""

    outcome: Outcome
    delay: timedelta = NO_DELAY


Answer = Callable[[Call], Reply]


class Layer(Protocol):
    """A step around the service: the recorder of calls, latency, the poll watch, quotas, faults."""

    def __call__(self, call: Call, proceed: Answer) -> Reply: ...


class Host(Protocol):
    """What `wire` needs from an active mock."""

    copy: object
    """Which copy of this package it is of, where a process has loaded several: `wire.wrapping.COPY`."""

    def answer(self, call: Call) -> Reply:
        """Answer one try. A Python exception is a mistake of the test's author; the caller gets it without a retry."""
        ...

    def caller(self, access_key: str | None, account_id: str | None, region: str, partition: str) -> Caller:
        """Return the caller for what the credentials hold; the credentials are neither resolved nor refreshed."""
        ...

    def pause(self, delay: timedelta) -> None:
        """Make the calling thread sleep for `delay` on the mock's clock."""
        ...

    def pause_async(self, delay: timedelta) -> Awaitable[None]:
        """Make the calling task sleep for `delay` on the mock's clock."""
        ...


FindHost = Callable[[], "Host | None"]
"""Returns the mock that answers a call from the current context; None if no mock is active."""


class Protection(NamedTuple):
    """What active mocks ask of clients of every service."""

    blocks_others: bool
    """Whether calls of other services may reach nothing but doubles of AWS."""
    fakes_credentials: bool
    """Whether clients get test credentials instead of the developer's own."""


FindProtection = Callable[[], "Protection | None"]
"""What the mocks that are active here and now ask for; None where none is active."""
