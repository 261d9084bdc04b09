"""What virtual time costs: `python tests/benchmarks/bench_virtual.py`. Real milliseconds; not part of the test run.

Each row is the best of several runs, beside what the project wants it to stay below.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import botocore.session
import freezegun.api as api

from emrs_mock.control.virtual.virtual_time import VirtualTime

POLLS = 120
"""An hour of polls, one every 30 s."""


class DueLater:
    """A world in which something is due, though not yet: every sleep has to ask."""

    def __init__(self, now: datetime) -> None:
        self._due = now + timedelta(days=1)

    def next_due(self) -> datetime:
        """Tomorrow."""
        return self._due

    def run_to(self, now: datetime) -> None:
        """Nothing is due yet."""

    def waited_for(self) -> str:
        """Nothing to tell."""
        return ""


def poll() -> None:
    """Poll for an hour, without the calls."""
    for _ in range(POLLS):
        time.sleep(30)


async def poll_in_loop() -> None:
    """The same in a task."""
    for _ in range(POLLS):
        await asyncio.sleep(30)


def in_threads(count: int) -> None:
    """Poll in so many threads at once."""
    threads = [threading.Thread(target=poll) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_tasks(count: int) -> None:
    """Poll in so many tasks at once."""

    async def gather() -> None:
        await asyncio.gather(*(poll_in_loop() for _ in range(count)))

    asyncio.run(gather())


def wait_for_event() -> None:
    """Poll with the time-out of an event."""
    for _ in range(POLLS):
        threading.Event().wait(30)


HOURS: list[tuple[str, Callable[[], None], float | None]] = [
    ("one thread", poll, 0.5),
    ("a worker, joined", lambda: in_threads(1), None),
    ("Event.wait", wait_for_event, None),
    ("asyncio", lambda: in_tasks(1), 3),
    ("ten threads", lambda: in_threads(10), 40),
    ("ten tasks", lambda: in_tasks(10), None),
]


def best(body: Callable[[], None], runs: int = 9) -> float:
    """The least of several runs, in real milliseconds."""
    took = []
    for _ in range(runs):
        virtual = VirtualTime()
        virtual.enter()
        virtual.attach(DueLater(virtual.now()))
        began = api.real_perf_counter()
        body()
        took.append(api.real_perf_counter() - began)
        virtual.leave()
    return min(took) * 1000


def enter_and_leave() -> float:
    """The least of several entries and exits, in real milliseconds, the first look at the modules apart."""
    took = []
    for _ in range(30):
        began = time.perf_counter()
        virtual = VirtualTime()
        virtual.enter()
        virtual.leave()
        took.append(time.perf_counter() - began)
    return min(took) * 1000


def row(what: str, took: float, limit: float | None) -> None:
    """One line of the table."""
    print(f"{what:<42}{took:8.3f}   {'' if limit is None else f'{took / limit:.2f} of {limit} ms'}")


def main() -> None:
    """Print the table."""
    botocore.session.get_session().create_client("emr-serverless", region_name="us-east-1")

    import aiohttp  # noqa: F401  # to have some hundred modules more, as a test run has
    import hypothesis  # noqa: F401
    import moto  # noqa: F401

    for name, body, limit in HOURS:
        row(f"a simulated hour of 30 s polls, {name}", best(body), limit)
    row(f"enter and leave with {len(sys.modules)} modules", enter_and_leave(), 0.5)


if __name__ == "__main__":
    main()
