"""What a handle needs of the rooms above it. `activation` hands it in, so that the arrows run one way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, TypeVar

from emrs_mock.options import Options

Handle = TypeVar("Handle")
Entered = TypeVar("Entered", covariant=True)


class Enterable(Protocol[Entered]):
    """A mock that can be entered: by `with`, `async with` or `start()`, which return the handle."""

    def start(self) -> Entered:
        """Enter; returns the handle."""
        ...

    def stop(self) -> None:
        """Leave."""
        ...

    def __enter__(self) -> Entered: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
    async def __aenter__(self) -> Entered: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class Surroundings(Protocol[Handle]):
    """What a handle makes of rooms above it."""

    def mock(self, options: Options, begin: Callable[[Handle], Any]) -> Enterable[Handle]:
        """A mock with these options; `begin` is called with its handle when it is entered."""
        ...

    def serve(self, emr: Handle, host: str, port: int, *, hold: bool) -> AbstractContextManager[str]:
        """Answer from `emr` over HTTP while the block lasts, which gets the URL."""
        ...
