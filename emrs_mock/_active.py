"""Which mock is active where. How one is entered and left is for the doors, what it answers for the mock.

Two books are kept: every context knows the mocks that were entered in it, and the process knows all that are active.
A mock leaves by identity and from wherever it likes; contexts that still name it find it gone from the second book.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, cast

from emrs_mock._call import FindHost, Host

if TYPE_CHECKING:
    from emrs_mock._mock import EMRServerless

ALIVE: dict[Host, tuple[Host, ...]] = {}
"""The active mocks in the order in which they were entered, each with those it was entered inside of."""

_here: ContextVar[tuple[Host, ...]] = ContextVar("emrs_mock_here", default=())


class SeveralMocks(RuntimeError):
    """Several mocks are active, none inside of all others, and the call's context knows none of them."""


def _nobody() -> Host | None:
    return None


outside: FindHost = _nobody
"""Asked by `find` where no mock is active; the pytest plugin puts its own here."""


def _unnoticed(host: Host) -> None:
    return None


on_leave: Callable[[Host], None] = _unnoticed
"""Told of each mock that leaves; the pytest plugin puts its own here."""


def enter(host: Host) -> None:
    """Make a mock the innermost one of this context."""
    around = tuple(known for known in _here.get() if known in ALIVE)
    ALIVE[host] = around
    _here.set((*around, host))


def leave(host: Host) -> None:
    """Forget a mock, in whatever context or thread, whatever was entered since."""
    ALIVE.pop(host, None)
    on_leave(host)
    if host in (known := _here.get()):
        _here.set(tuple(other for other in known if other is not host))


def adopt(host: Host) -> None:
    """Let this context know an active mock that was entered in another one."""
    if host not in _here.get():
        _here.set((*_here.get(), host))


def find() -> Host | None:
    """The mock that answers a call made here and now: `FindHost`. Raises SeveralMocks."""
    host = innermost()
    return outside() if host is None else host


def innermost() -> Host | None:
    """The context's innermost active mock; for a context that knows none the process's. Raises SeveralMocks."""
    for host in reversed(_here.get()):
        if host in ALIVE:
            return host
    return _innermost_of_all()


def _innermost_of_all() -> Host | None:
    active = list(ALIVE.items())
    if not active:
        return None
    *others, (last, around) = active
    if not others or {other for other, _ in others} <= {*around}:
        return last
    raise SeveralMocks(
        f"{len(active)} mocks are active, and this thread or task began outside of them all: none can be chosen. "
        "Make its client with emr.client(), which always belongs to its mock, or run it in the mock's context: "
        "contextvars.copy_context().run(...) (docs: doors)"
    )


def current() -> EMRServerless:
    """The handle of the mock that is active here.

    Raises RuntimeError where no mock is active, SeveralMocks where the thread knows none of several.
    """
    host = innermost()
    if host is None:
        raise RuntimeError(
            "No mock is active here. Use the pytest fixture emr_serverless, decorate the test with "
            "@mock_emr_serverless, or open a block: with mock_emr_serverless() as emr (docs: doors)"
        )
    return cast("EMRServerless", host)
