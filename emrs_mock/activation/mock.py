"""`Mock`: entering one makes everything that a mock needs, leaving it undoes that. Nothing else does either."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from emrs_mock.activation import active_mocks, decorated_classes, decorated_functions, environment
from emrs_mock.options import Options

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


class Mock:
    """A mock of EMR Serverless, to be entered in any way: once at a time, each time with a new simulation.

    As a decorator it enters a fresh one with the same options for every call; a decorated class has one from
    `setUpClass` to the end, and each of its tests starts from a copy of what that left.
    """

    def __init__(self, options: Options, begin: Callable[[EMRServerless], Any] | None = None) -> None:
        self._options = options
        self._begin = begin
        self._in_use = threading.Lock()
        self._undo: ExitStack | None = None
        self._emr: EMRServerless | None = None

    @overload
    def __call__(self, target: Decorated, /, **options: Any) -> Decorated: ...
    @overload
    def __call__(self, /, **options: Any) -> Mock: ...
    def __call__(self, target: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        """Decorate a function or class, or say options; they are `Options`.

        Raises TypeError or ValueError for an option that does not exist or cannot be so, and for a target that cannot
        be decorated.
        """
        mock = Mock(self._options.with_(options), self._begin)
        if target is None:
            return mock
        if inspect.isclass(target):
            return decorated_classes.decorate(target, mock, mock._options.as_kwarg)
        return decorated_functions.decorate(target, lambda subject: mock(), mock._options.as_kwarg)

    def start(self) -> EMRServerless:
        """Enter; returns the handle. Raises RuntimeError if this mock is active, which it stays."""
        from emrs_mock.handle.emr_serverless import EMRServerless
        from emrs_mock.wire import attach

        if not self._in_use.acquire(blocking=False):
            raise RuntimeError(
                "This mock is active already, and a mock is used once at a time: stop it first, or make another one "
                "by calling it: mock_emr_serverless() (docs: activation)"
            )
        with ExitStack() as undo:  # its last step first
            undo.callback(self._in_use.release)
            emr = EMRServerless(self._options, SURROUNDINGS)
            undo.callback(emr._close)
            emr._open()
            if self._begin is not None:
                self._begin(emr)
            undo.callback(environment.leave, emr)
            environment.enter(emr)
            attach.install(active_mocks.find)
            undo.callback(active_mocks.leave, emr)
            active_mocks.enter(emr)
            undo.callback(setattr, emr, "_on_stop", None)
            emr._on_stop = self.stop
            self._undo, self._emr = undo.pop_all(), emr
        return emr

    def stop(self) -> None:
        """Leave, from whatever context or thread.

        Raises RuntimeError if this mock is not active; and, when all is undone, what is wrong at the end of a mock,
        such as a `when()` without a verb.
        """
        undo, self._undo, self._emr = self._undo, None, None
        if undo is None:
            raise RuntimeError(
                "This mock is not active, so it cannot be stopped: start() comes first (docs: activation)"
            )
        undo.close()

    def __enter__(self) -> EMRServerless:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # What went wrong in the body says more than what is left unfinished because of it.
        if error is not None and self._emr is not None:
            self._emr._has_failed = True
        with nullcontext() if error is None else suppress(Exception):
            self.stop()

    async def __aenter__(self) -> EMRServerless:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __repr__(self) -> str:
        return f"<mock_emr_serverless {'inactive' if self._undo is None else 'active'} {self._options}>"


class _Surroundings:
    """What a handle makes of rooms above it."""

    def mock(self, options: Options, begin: Callable[[EMRServerless], Any]) -> Mock:
        return Mock(options, begin)

    def serve(self, emr: EMRServerless, host: str, port: int, *, hold: bool) -> AbstractContextManager[str]:
        from emrs_mock.server.serving import serving_one

        return serving_one(emr, host, port, hold=hold)


SURROUNDINGS = _Surroundings()

mock_emr_serverless = Mock(Options())
"""All ways in, in one object: bare decorator, decorator with options, `with`, `async with`, `.start()`, `.stop()`."""
