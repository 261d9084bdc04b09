"""Everything that the process needs once, before the first mock is active: wrappers that ask `active_mocks`."""

from __future__ import annotations

from concurrent.futures import thread as pool_threads
from typing import Any

from emrs_mock.activation import active_mocks, children


def install() -> None:
    """Put on botocore, `subprocess`, `multiprocessing` and thread pools what is not there, or was taken off."""
    from emrs_mock.wire import attach, look_ups, wrapping

    attach.install(active_mocks.find)
    attach.protect(active_mocks.protection)
    look_ups.install(active_mocks.protection)
    children.install()
    wrapping.wrap(pool_threads._WorkItem, "__init__", _handing_in)


def _handing_in(real: Any) -> Any:
    """Let the work of thread pools know the mocks of the code that hands it in, as `asyncio.to_thread` does."""

    def __init__(item: Any, future: Any, work: Any, *args: Any) -> None:
        real(item, future, active_mocks.carrying(work) if callable(work) else work, *args)

    return __init__
