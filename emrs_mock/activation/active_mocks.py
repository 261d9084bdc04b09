"""Which mock is active where. How one is entered and left is in `mock`.

There are two lists: every context knows the mocks that were entered in it, and the process knows all that are active.
A mock is removed by identity, from whatever context; contexts that still name it do not find it in the second list.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING

from emrs_mock._call import FindHost, Host

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless

ALIVE: dict[EMRServerless, tuple[EMRServerless, ...]] = {}
"""The active mocks in the order in which they were entered, each with those it was entered inside of."""

_here: ContextVar[tuple[EMRServerless, ...]] = ContextVar("emrs_mock_here", default=())


class SeveralMocks(RuntimeError):
    """Several mocks are active, none inside of all others, and the call's context knows none of them."""


def _nobody() -> Host | None:
    return None


outside: FindHost = _nobody
"""Asked by `find` where no mock is active; the pytest plugin puts its own here."""


def _unnoticed(emr: EMRServerless) -> None:
    return None


on_leave: Callable[[EMRServerless], None] = _unnoticed
"""Told of each mock that leaves; the pytest plugin puts its own here."""


def enter(emr: EMRServerless) -> None:
    """Make a mock the innermost one of this context."""
    around = tuple(known for known in _here.get() if known in ALIVE)
    ALIVE[emr] = around
    _here.set((*around, emr))


def leave(emr: EMRServerless) -> None:
    """Forget a mock, in whatever context or thread, whatever was entered since."""
    ALIVE.pop(emr, None)
    on_leave(emr)
    if emr in (known := _here.get()):
        _here.set(tuple(other for other in known if other is not emr))


def adopt(emr: EMRServerless) -> None:
    """Let this context know an active mock that was entered in another one."""
    if emr not in _here.get():
        _here.set((*_here.get(), emr))


def find() -> Host | None:
    """The mock that answers a call made here and now: `FindHost`. Raises SeveralMocks."""
    emr = innermost()
    return outside() if emr is None else emr._backend


def innermost() -> EMRServerless | None:
    """The context's innermost active mock; for a context that knows none the process's. Raises SeveralMocks."""
    for emr in reversed(_here.get()):
        if emr in ALIVE:
            return emr
    return _innermost_of_all()


def _innermost_of_all() -> EMRServerless | None:
    active = list(ALIVE.items())
    if not active:
        return None
    *others, (last, around) = active
    if not others or {other for other, _ in others} <= {*around}:
        return last
    raise SeveralMocks(
        f"{len(active)} mocks are active, and this thread or task began outside of them all: none can be chosen. "
        "Make its client with emr.client(), which always belongs to its mock, or run it in the mock's context: "
        "contextvars.copy_context().run(...) (docs: activation)"
    )


def current() -> EMRServerless:
    """The handle of the mock that is active here.

    Raises RuntimeError where no mock is active, SeveralMocks where the thread knows none of several.
    """
    emr = innermost()
    if emr is None:
        raise RuntimeError(
            "No mock is active here. Use the pytest fixture emr_serverless, decorate the test with "
            "@mock_emr_serverless, or open a block: with mock_emr_serverless() as emr (docs: activation)"
        )
    return emr
