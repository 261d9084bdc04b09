"""Which mock is active where. How one is entered and left is in `mock`.

There are two lists: every context knows the mocks that were entered in it, and the process knows all that are active.
A context that was copied inside of a mock, as each task's is, still names the mock when that has ended. Both lists are
shared by all copies of the package in a process: each finds the same mock, and answers if it is one of its own.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from emrs_mock._call import FindHost, Host, Protection
from emrs_mock.activation.leaving import LISTENERS

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless


class Stay:
    """A mock from its start to its end. A context keeps it longer, and holds nothing of the mock with it."""

    __slots__ = ("around", "emr", "tokens")

    def __init__(self, emr: EMRServerless, around: tuple[Stay, ...]) -> None:
        self.emr: EMRServerless | None = emr
        """None once the mock has ended."""
        self.around = around
        self.tokens: list[Token[tuple[Stay, ...]]] = []
        """Of the contexts that entered it, by which they differ from contexts that were copied from them."""


# On `sys`, the only place that all copies find. The number is that of its layout.
_shared: SimpleNamespace = vars(sys).setdefault(
    "_emrs_mock_1", SimpleNamespace(alive={}, here=ContextVar("emrs_mock_here", default=()))
)

ALIVE: dict[EMRServerless, Stay] = _shared.alive
"""The active mocks in the order in which they were entered."""

_here: ContextVar[tuple[Stay, ...]] = _shared.here


class SeveralMocks(RuntimeError):
    """Several mocks are active, none inside of all others, and the call's context knows none of them."""


class MockHasEnded(RuntimeError):
    """The task or thread that calls was started inside of a mock that has ended."""


def _no_host() -> Host | None:
    return None


outside: FindHost = globals().get("outside", _no_host)
"""Called by `find` where no mock is active; the pytest plugin puts its own here."""


# --- entering and leaving -------------------------------------------------------------------------------------------


def enter(emr: EMRServerless) -> None:
    """Make a mock the innermost one of this context."""
    known = _known()
    stay = ALIVE[emr] = Stay(emr, tuple(other for other in known if other.emr is not None))
    stay.tokens.append(_here.set((*known, stay)))


def leave(emr: EMRServerless) -> None:
    """End a mock, in whatever context or thread, whatever was entered since. A second time is nothing."""
    stay = ALIVE.get(emr)
    if stay is None:
        return
    for listener in tuple(LISTENERS):
        listener(emr)
    stay.emr = None
    if stay in (known := _here.get()):
        _here.set(tuple(other for other in known if other is not stay))
    ALIVE.pop(emr, None)


def adopt(emr: EMRServerless) -> None:
    """Let this context know an active mock that was entered in another one."""
    stay = ALIVE.get(emr)
    if stay is not None and stay not in _here.get():
        stay.tokens.append(_here.set((*_here.get(), stay)))


def _known() -> tuple[Stay, ...]:
    """The mocks that this context knows: the active ones, and those whose end makes it late."""
    return tuple(stay for stay in _here.get() if stay.emr is not None or not _was_entered_here(stay))


def _was_entered_here(stay: Stay) -> bool:
    """Whether it was this very context that entered the mock, and not one that was copied from it inside."""
    known = _here.get()
    for token in stay.tokens:
        try:
            _here.reset(token)  # possible only in the context that the token is from
        except (ValueError, RuntimeError):
            continue
        _here.set(tuple(other for other in known if other is not stay))
        return True
    return False


# --- finding --------------------------------------------------------------------------------------------------------


def find() -> Host | None:
    """The mock that answers a call made here and now: `FindHost`. Raises SeveralMocks, MockHasEnded."""
    emr = innermost()
    return outside() if emr is None else emr._backend


def innermost() -> EMRServerless | None:
    """The context's innermost active mock; for a context that knows none the process's. Raises as `find` does."""
    stay = _innermost()
    return None if stay is None else stay.emr


def _innermost() -> Stay | None:
    for stay in reversed(_here.get()):
        if stay.emr is not None:
            return stay
        if not _was_entered_here(stay):
            raise _has_ended("task")
    birth = _birth()
    if birth is not None and birth.emr is None:
        raise _has_ended("thread")
    return _innermost_of_all(birth)


def _innermost_of_all(birth: Stay | None) -> Stay | None:
    active = [stay for stay in list(ALIVE.values()) if stay.emr is not None]
    if not active:
        return None
    *others, last = active
    if {*others} <= {*last.around}:
        return last
    if birth is not None:
        return birth
    raise SeveralMocks(
        f"{len(active)} mocks are active, and this thread or task began outside of them all: none can be chosen. "
        "Make its client with emr.client(), which always belongs to its mock, or run it in the mock's context: "
        "contextvars.copy_context().run(...) (docs: activation)"
    )


def refuses_outside() -> bool:
    """Whether calls are refused where no mock is active."""
    return outside is not _no_host


def protection() -> Protection | None:
    """What the active mocks ask for, as seen from here; None where none is active: `FindProtection`.

    A context that knows no mock is protected as any of the process's mocks asks for.
    """
    known = next(([emr] for stay in reversed(_here.get()) if (emr := stay.emr) is not None), list(ALIVE))
    options = [emr.options for emr in known]
    if not options:
        return None
    return Protection(
        any(each.other_services == "block" for each in options), any(each.credentials == "fake" for each in options)
    )


def current() -> EMRServerless:
    """The handle of the mock that is active here.

    Raises RuntimeError if no mock is active, or if the mock of this context has ended; SeveralMocks, also a
    RuntimeError, if several mocks are active and none of them belongs to this thread.
    """
    emr = innermost()
    if emr is None:
        raise RuntimeError(
            "No mock is active here. Use the pytest fixture emr_serverless, decorate the test with "
            "@mock_emr_serverless, or open a block: with mock_emr_serverless() as emr (docs: activation)"
        )
    return emr


# --- tasks and threads that outlive their mock ----------------------------------------------------------------------

_POOLS = ("concurrent.futures.thread", "multiprocessing.pool", "anyio", "trio")
"""Where the workers of thread pools come from: they belong to no mock, the work that is handed in does."""

_BIRTH = "_emrs_mock_birth"
"""The attribute of a thread that has the mock in which it was started."""

_raw_threads = globals().get("_raw_threads") or threading.local()


def _has_ended(kind: str) -> MockHasEnded:
    return MockHasEnded(
        f"This {kind} was started inside of a mock that has ended, so its EMR Serverless calls are answered neither by "
        f"another mock nor by AWS. Let the {kind} end before its mock (await it, join it), start it inside of the mock "
        "that it is for, or give it a client of emr.client(), which belongs to its mock (docs: leaving-the-process)"
    )


def start_in(thread: threading.Thread) -> None:
    """Note on a thread that starts now the mock that would answer a call made here: it is the one it belongs to."""
    if not _is_pooled(thread) and (stay := _belonging()) is not None:
        vars(thread)[_BIRTH] = stay


def started_here(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a thread that is none of `threading`'s, which belongs to the mock that answers here."""
    stay = _belonging()
    if stay is None:
        return function

    def run(*args: Any, **kwargs: Any) -> Any:
        _raw_threads.birth = stay
        return function(*args, **kwargs)

    return run


def carrying(work: Callable[..., Any]) -> Callable[..., Any]:
    """Work that belongs, in whatever thread it runs, to the mocks that are known here or answer here."""
    known = _known() or tuple(filter(None, [_belonging()]))
    if not known:
        return work

    def carried(*args: Any, **kwargs: Any) -> Any:
        token = _here.set(known)
        try:
            return work(*args, **kwargs)
        finally:
            _here.reset(token)

    return carried


def _belonging() -> Stay | None:
    """The mock that what begins here belongs to, even if it has ended; None where none answers or none is known."""
    if known := _known():
        return known[-1]
    if (birth := _birth()) is not None:
        return birth
    try:
        return _innermost_of_all(None)
    except SeveralMocks:
        return None


def _birth() -> Stay | None:
    """The mock in which this thread was started, even if it has ended."""
    thread = threading._active.get(threading.get_ident())  # type: ignore[attr-defined]  # makes no object, takes no lock
    birth: Stay | None = vars(thread).get(_BIRTH) if thread is not None else None
    return birth or getattr(_raw_threads, "birth", None)


def _is_pooled(thread: threading.Thread) -> bool:
    target = getattr(thread, "_target", None)
    return any((of.__module__ or "").startswith(_POOLS) for of in (type(thread), target) if hasattr(of, "__module__"))
