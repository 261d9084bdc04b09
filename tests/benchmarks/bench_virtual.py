"""What virtual time costs. Run by hand: `python tests/benchmarks/bench_virtual.py`.

Each line is told in yardsticks, plain freezegun's clock read so often that it took a millisecond on the machine for
which the goals were promised: a machine half as fast takes twice the milliseconds and as many yardsticks. The exit
status says whether every goal was met.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial

import botocore.session
import freezegun
from measure import Line, Work, tell

from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.clocks.virtual.virtual_time import VirtualTime

POLLS = 120
"""An hour of polls, one every 30 s."""

NIGHT = 8 * POLLS

LOOKS = 500
"""How often the yardstick reads the clock: there a look took 2 µs."""


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


def poll(polls: int = POLLS) -> None:
    """Poll for an hour, without the calls."""
    for _ in range(polls):
        time.sleep(30)


async def poll_in_loop(polls: int = POLLS) -> None:
    """The same in a task."""
    for _ in range(polls):
        await asyncio.sleep(30)


def in_threads(count: int, polls: int = POLLS) -> None:
    """Poll in so many threads at once."""
    threads = [threading.Thread(target=poll, args=(polls,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_tasks(count: int, polls: int = POLLS) -> None:
    """Poll in so many tasks at once."""

    async def gather() -> None:
        await asyncio.gather(*(poll_in_loop(polls) for _ in range(count)))

    asyncio.run(gather())


def wait_for_event() -> None:
    """Poll with the time-out of an event."""
    for _ in range(POLLS):
        threading.Event().wait(30)


HOURS: list[tuple[str, Work, float | None]] = [
    ("one thread", poll, 0.5),
    ("a worker, joined", lambda: in_threads(1), None),
    ("Event.wait", wait_for_event, None),
    ("asyncio", lambda: in_tasks(1), 3),
    ("ten threads", lambda: in_threads(10), 40),
    ("ten tasks", lambda: in_tasks(10), None),
    ("looks at the time", lambda: look(), None),
]

MANY: list[tuple[str, Work, float | None]] = [
    ("a night of 8 hours", lambda: poll(NIGHT), None),
    ("a night in asyncio", lambda: in_tasks(1, NIGHT), None),
    ("1,000 threads, one poll", lambda: in_threads(1000, 1), None),
    ("10,000 tasks, one poll", lambda: in_tasks(10_000, 1), None),
]


def look() -> None:
    """Ask each clock."""
    for _ in range(LOOKS // 5):
        time.monotonic()
        time.perf_counter()
        time.time()
        datetime.now()
        datetime.now(timezone.utc)


def yardstick() -> None:
    """What this project cannot make faster, by which the speed of a machine is known. Takes a frozen clock."""
    for _ in range(LOOKS):
        time.monotonic()


def took(work: Work) -> float:
    """Real milliseconds."""
    began = Real.perf_counter()
    work()
    return (Real.perf_counter() - began) * 1000


def took_frozen(work: Work) -> float:
    """Real milliseconds that something takes under freezegun alone."""
    with freezegun.freeze_time("2026-01-31"):
        return took(work)


def took_inside(body: Work) -> float:
    """Real milliseconds that something takes in simulated time, without entering and leaving."""
    virtual = VirtualTime()
    virtual.enter()
    virtual.attach(DueLater(virtual.now()))
    try:
        return took(body)
    finally:
        virtual.leave()


def enter_and_leave() -> None:
    """Do nothing in simulated time."""
    virtual = VirtualTime()
    virtual.enter()
    virtual.leave()


def line(what: str, measured: Callable[[], float], goal: float | None, rounds: int = 40) -> Line:
    """The least of several rounds in yardsticks, each measured right after one, so that both see the same weather."""
    pairs = [(took_frozen(yardstick), measured()) for _ in range(rounds)]
    yard, least = (min(values) for values in zip(*pairs, strict=True))
    return Line(f"{what} ({least:.2f} ms, yardstick {yard:.2f})", least / yard, "yd", goal)


def main() -> int:
    """Print the table; 0 if every goal was met."""
    botocore.session.get_session().create_client("emr-serverless", region_name="us-east-1")

    import aiohttp  # noqa: F401  # to have about 700 modules, as a test run has
    import moto  # noqa: F401

    enter_and_leave()  # the first look at the modules is another matter
    lines = [line(name, partial(took_inside, body), goal) for name, body, goal in HOURS]
    lines += [line(name, partial(took_inside, body), goal, 10) for name, body, goal in MANY]
    lines.append(line(f"enter, leave, {len(sys.modules)} modules", partial(took, enter_and_leave), 0.5))
    return 0 if tell("Virtual time: a simulated hour of 30 s polls, and the way in and out", lines) else 1


if __name__ == "__main__":
    sys.exit(main())
