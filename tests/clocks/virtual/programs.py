"""Random programs of sleeps, events, queues, conditions, semaphores, pools, threads and loops, drawn from a seed.

A program is data: a list of steps for each thread. Run under virtual time it returns the history of what happened:
who did what, and when. Every wait has a deadline, so that every program ends.
"""

from __future__ import annotations

import asyncio
import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

DURATIONS = (0, 0.001, 0.5, 1, 1, 2, 3.5, 30, 30, 3600)
THINGS = 3
LONGEST = 7200

Step = tuple[str, int, float, int]


def draw(seed: int) -> list[list[Step]]:
    """The program of a seed: for each of its threads what it does, step by step."""
    dice = random.Random(seed)
    return [
        [
            (dice.choice(sorted(STEPS)), dice.randrange(THINGS), dice.choice(DURATIONS), dice.randrange(1, 5))
            for _ in range(dice.randrange(1, 7))
        ]
        for _ in range(dice.randrange(1, 6))
    ]


class Run:
    """One run of a program: what its threads share, and its history."""

    def __init__(self, program: list[list[Step]]) -> None:
        self.program = program
        self.history: list[tuple[Any, ...]] = []
        self.began = time.monotonic()
        self.events = [threading.Event() for _ in range(THINGS)]
        self.queues: list[queue.Queue[int]] = [queue.Queue(2) for _ in range(THINGS)]
        self.conditions = [threading.Condition() for _ in range(THINGS)]
        self.semaphores = [threading.Semaphore(1) for _ in range(THINGS)]
        self.pool = ThreadPoolExecutor(2)

    def note(self, *what: object) -> None:
        """Write down what happened, and when."""
        self.history.append((round(time.monotonic() - self.began, 6), *what))

    def thread(self, name: str, steps: list[Step]) -> None:
        """Do the steps of one thread."""
        for number, (kind, which, seconds, times) in enumerate(steps):
            self.note(name, number, kind, STEPS[kind](self, f"{name}.{number}", which, seconds, times))

    def all(self) -> list[tuple[Any, ...]]:
        """Run the program to its end. One that fails must not keep the test run from its own: daemons."""
        threads = [
            threading.Thread(target=self.thread, args=(f"t{number}", steps), name=f"t{number}", daemon=True)
            for number, steps in enumerate(self.program)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.pool.shutdown()
        self.note("end")
        return self.history


def sleep(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Sleep several times."""
    for _ in range(times):
        time.sleep(seconds)
    return times


def set_event(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Set an event and forget it later."""
    run.events[which].set()
    time.sleep(seconds)
    run.events[which].clear()
    return None


def wait_event(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Wait for an event, for a while."""
    return run.events[which].wait(seconds * times)


def put(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Put into a bounded queue."""
    try:
        for number in range(times):
            run.queues[which].put(number, timeout=seconds + 1)
    except queue.Full:
        return "full"
    return "put"


def get(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Take from a queue."""
    try:
        return [run.queues[which].get(timeout=seconds + 0.25) for _ in range(times)]
    except queue.Empty:
        return "empty"


def wait_condition(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Wait for a condition."""
    with run.conditions[which]:
        return run.conditions[which].wait(seconds + 1)


def notify_condition(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Notify some of those who wait for a condition."""
    time.sleep(seconds)
    with run.conditions[which]:
        run.conditions[which].notify(times)
    return None


def hold_semaphore(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Hold a semaphore while sleeping."""
    got = run.semaphores[which].acquire(timeout=30)
    if got:
        time.sleep(seconds)
        run.semaphores[which].release()
    return got


def use_shared_pool(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Let the shared pool sleep, and wait for it, though not always long enough."""

    def item(number: int) -> int:
        run.note(name, "item", number)
        time.sleep(seconds + number)
        return number

    futures = [run.pool.submit(item, number) for number in range(times)]
    if which == 0:
        return [future.result() for future in as_completed(futures)]
    if which == 1:
        done, late = wait(futures, timeout=seconds + 1.5)
        return len(done), sum(future.cancel() for future in sorted(late, key=futures.index))
    try:
        return futures[-1].result(timeout=seconds)
    except FutureTimeoutError:
        return "late"


def use_own_pool(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Make a pool, use it and wait for its end."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda number: time.sleep(seconds) or run.note(name, number), range(times + which)))


def start_thread(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Start a thread and join it, perhaps too early."""
    thread = threading.Thread(target=sleep, args=(run, name, which, seconds, times), daemon=True)
    thread.start()
    thread.join(seconds + 0.5 if which else None)
    alive = thread.is_alive()
    thread.join()
    return alive


def start_timer(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Let a timer set an event."""
    timer = threading.Timer(seconds, run.events[which].set)
    timer.start()
    if times == 1:
        timer.cancel()
    timer.join()
    return None


def run_loop(run: Run, name: str, which: int, seconds: float, times: int) -> object:
    """Run an event loop with tasks that sleep, time out, and use threads."""

    async def task(number: int) -> str:
        await asyncio.sleep(seconds * number)
        run.note(name, "task", number)
        if which == 0:
            return str(await asyncio.to_thread(wait_event, run, name, which, seconds, 1))
        try:
            await asyncio.wait_for(asyncio.Event().wait(), seconds + 1)
        except asyncio.TimeoutError:
            return "timed out"
        return "never"

    async def all_tasks() -> list[str]:
        return await asyncio.gather(*(task(number) for number in range(times)))

    return asyncio.run(all_tasks())


STEPS: dict[str, Callable[[Run, str, int, float, int], object]] = {
    step.__name__: step
    for step in (
        sleep, set_event, wait_event, put, get, wait_condition, notify_condition, hold_semaphore, use_shared_pool,
        use_own_pool, start_thread, start_timer, run_loop,
    )
}  # fmt: skip
