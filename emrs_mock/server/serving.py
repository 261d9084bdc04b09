"""`emr.serve()`: a mock over HTTP while a block lasts."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.server.worlds import ROOT, Worlds

if TYPE_CHECKING:
    from emrs_mock.server.api import Failed

MOST_THREADS = 64
"""So many requests are answered at the same time; handlers of the author's may block."""


@contextmanager
def serving_one(emr: EMRServerless, host: str, port: int, *, hold: bool) -> Iterator[str]:
    """Answer from `emr`, and from worlds of their own below `/w/`, with the same options.

    At the end the first error is raised that the author of the test made, unless the block has failed itself.
    """
    refuse_virtual(emr.options.clock)
    worlds = Worlds(lambda name: emr if name == ROOT else emr._another())
    failures: list[Exception] = []
    with serving(worlds, host, port, failures.append, hold=hold) as url:
        yield url
    if failures:
        raise failures[0]


@contextmanager
def serving(worlds: Worlds, host: str, port: int, failed: Failed, *, hold: bool, speed: float = 1) -> Iterator[str]:
    """Answer from worlds over HTTP; the block gets the URL.

    `failed` gets each error that the author of the test made. At the end the worlds are closed, but for the root.
    """
    _refuse_without_h11()
    from emrs_mock.server.background import BackgroundServer
    from emrs_mock.server.site import Site

    threads = ThreadPoolExecutor(MOST_THREADS, "emrs-mock-answers")
    site = Site(worlds, threads, failed, hold=hold, speed=speed)
    try:
        with BackgroundServer(site.respond, host, port) as server:
            yield server.url
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for name, emr in worlds.items():
            if name != ROOT:
                emr._close()


def refuse_virtual(clock: str) -> None:
    """Raise RuntimeError for a clock that clients in other processes cannot follow."""
    if clock == "virtual":
        raise RuntimeError(
            'clock="virtual" moves when this process sleeps, and clients in other processes sleep for real. Use '
            'clock="manual" and move it with emr.clock or emr.run_until, or clock="system" (docs: server)'
        )


def _refuse_without_h11() -> None:
    if find_spec("h11") is None:
        raise RuntimeError("This needs h11, which is not installed: pip install 'emrs-mock[server]' (docs: server)")
