"""`Mock`: entering one makes everything that a mock needs, leaving it undoes that. Nothing else does either."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from emrs_mock._misspelt import Hinting
from emrs_mock.activation import active_mocks, installation, running_tests
from emrs_mock.activation.signatures import Passing, shown_with, taking
from emrs_mock.options import Options, PassingOptions

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


class Mock(Hinting):
    """A mock of EMR Serverless: a decorator and a context manager, with `start` and `stop`.

    A mock is active once at a time, each time with a new simulation. A decorated function has a new mock, with the same
    options, for every call. A decorated class has one mock from `setUpClass` to `tearDownClass`, and each of its tests
    starts with a copy of the state after `setUpClass`.
    """

    _emr: EMRServerless
    """There while the mock is active, and no other sign of that."""

    def __init__(self, options: Options, begin: Callable[[EMRServerless], Any] | None = None) -> None:
        self._options = options
        self._begin = begin

    @overload
    def __call__(self, /) -> Mock: ...
    @overload
    @taking(PassingOptions)
    def __call__(self) -> Passing: ...  # type: ignore[overload-overlap]  # the first that fits is chosen: with a name, this one
    @overload
    @taking(Options)
    def __call__(self) -> Mock: ...
    @overload
    def __call__(self, target: Decorated, /) -> Decorated: ...
    @shown_with(Options)
    def __call__(self, target: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        """Decorate a function or class, or say options; they are `Options`.

        Raises TypeError or ValueError for an option that does not exist or cannot be so, and for a target that cannot
        be decorated.
        """
        mock = Mock(self._options.with_(options), self._begin)
        if target is None:
            return mock
        from emrs_mock.activation import decorated_classes, decorated_functions  # import wrapt, and that asyncio

        if inspect.isclass(target):
            return decorated_classes.decorate(target, mock, mock._options.as_kwarg)
        return decorated_functions.decorate(target, lambda subject: mock(), mock._options.as_kwarg)

    def start(self) -> EMRServerless:
        """Enter the mock, and return its handle. Raises RuntimeError if it is active; it stays so."""
        from emrs_mock.handle.emr_serverless import EMRServerless

        emr = EMRServerless(self._options, SURROUNDINGS)
        try:
            # One step, so that of several threads one gets in. From here on `stop` can undo whatever has been done.
            vars(self).setdefault("_emr", emr)
            if self._active() is not emr:
                raise RuntimeError(
                    "This mock is active already, and a mock is used once at a time: stop it first, or make another "
                    "one by calling it: mock_emr_serverless() (docs: activation)"
                )
            self._enter(emr)
            return emr
        except BaseException:
            if self._active() is emr:
                self._leave(emr)
            raise

    def stop(self) -> None:
        """Leave the mock, from any context or thread. If Ctrl-C interrupts it, it can be called again.

        Raises RuntimeError if this mock is not active. When all is undone, raises what is wrong at the end of a mock,
        such as a `when()` without a verb.
        """
        emr = self._active()
        if emr is None:
            raise RuntimeError(
                "This mock is not active, so it cannot be stopped: start() comes first (docs: activation)"
            )
        emr._has_failed = emr._has_failed or running_tests.has_failed()
        try:
            emr._check_complete()
        finally:
            self._leave(emr)

    def _active(self) -> EMRServerless | None:
        emr: EMRServerless | None = vars(self).get("_emr")
        return emr

    def _enter(self, emr: EMRServerless) -> None:
        # First, so that a virtual clock puts its patches over these, which stay, and takes back all that is its own.
        installation.install()
        emr._open()
        if self._begin is not None:
            self._begin(emr)
        active_mocks.enter(emr)
        emr._on_stop = self.stop

    def _leave(self, emr: EMRServerless) -> None:
        """Undo all steps, whichever were taken. Each may be undone twice, so that this can be called again."""
        emr._on_stop = None
        active_mocks.leave(emr)
        try:
            emr._close()
        except Exception:  # such as a warning that is an error: it comes when all is undone, as Ctrl-C does not
            vars(self).pop("_emr", None)
            raise
        vars(self).pop("_emr", None)

    def __enter__(self) -> EMRServerless:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        emr = self._active()
        # What went wrong in the body says more than what is left unfinished because of it.
        if error is not None and emr is not None:
            emr._has_failed = True
        with nullcontext() if error is None else suppress(Exception):
            try:
                self.stop()
            finally:
                if emr is not None and self._active() is emr:
                    self._leave(emr)  # Ctrl-C has broken it off

    async def __aenter__(self) -> EMRServerless:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __repr__(self) -> str:
        return f"<mock_emr_serverless {'inactive' if self._active() is None else 'active'} {self._options}>"


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
