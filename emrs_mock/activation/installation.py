"""Everything that the process needs once, before the first mock is active: wrappers that ask `active_mocks`."""

from __future__ import annotations

import _thread
import threading
from concurrent.futures import Future
from concurrent.futures import thread as pool_threads
from multiprocessing.pool import ThreadPool
from typing import Any

from emrs_mock.activation import active_mocks, children

HAND_IN = (
    (pool_threads._WorkItem, "__init__"),
    (Future, "add_done_callback"),
    (ThreadPool, "apply_async"),
    (ThreadPool, "_map_async"),
    (ThreadPool, "imap"),
    (ThreadPool, "imap_unordered"),
)
"""Where threads that exist already are given work."""


def install() -> None:
    """Put on botocore, `subprocess`, `multiprocessing`, threads and their pools what is not there, or was taken off."""
    from emrs_mock.wire import attach, look_ups, wrapping

    attach.install(active_mocks.find)
    attach.protect(active_mocks.protection)
    look_ups.install(active_mocks.protection)
    children.install()
    if not _is_of_virtual_time(threading.Thread.start):  # which calls our wrappers below its patches
        wrapping.wrap(threading.Thread, "start", _starting)
        wrapping.wrap(_thread, "start_new_thread", _starting_raw)
    for owner, name in HAND_IN:
        wrapping.wrap(owner, name, _handing_in)


def _is_of_virtual_time(function: Any) -> bool:
    return ".clocks.virtual." in (getattr(function, "__module__", None) or "")


def _starting(real: Any) -> Any:
    def start(thread: threading.Thread) -> None:
        active_mocks.start_in(thread)
        real(thread)

    return start


def _starting_raw(real: Any) -> Any:
    def start_new_thread(function: Any, *args: Any) -> int:
        ident: int = real(active_mocks.started_here(function) if callable(function) else function, *args)
        return ident

    return start_new_thread


def _handing_in(real: Any) -> Any:
    """Let work know the mocks of the code that hands it in, as `asyncio.to_thread` does: itself and its callbacks."""

    def hand_in(to: Any, *args: Any, **kwargs: Any) -> Any:
        return real(to, *map(_carried, args), **{name: _carried(value) for name, value in kwargs.items()})

    return hand_in


def _carried(value: Any) -> Any:
    """A function. What can be called and iterated is work for a `map`."""
    return active_mocks.carrying(value) if callable(value) and not hasattr(value, "__iter__") else value
