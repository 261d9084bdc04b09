"""Pools: a worker of a thread pool takes part while it works on an item; a process pool's work is real.

Works for pools that were made before the mock was entered.
"""

from __future__ import annotations

import sys
import weakref
from _thread import RLock
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import thread as pool_threads
from typing import Any

from emrs_mock.clocks.virtual.participants import Participant, Wait
from emrs_mock.clocks.virtual.patches import Patches
from emrs_mock.clocks.virtual.real_work import RealWork
from emrs_mock.clocks.virtual.turns import Turns


class Pool:
    """Which items of one executor have a worker and which must wait for one: first in, first out."""

    def __init__(self, turns: Turns, workers: int) -> None:
        self._turns = turns
        self._workers = workers
        self._flying: set[Wait] = set()
        self._queued: deque[Wait] = deque()
        self._idle: list[Wait] = []

    def enter(self, item: Wait) -> None:
        """Take an item on."""
        with self._turns.lock:
            self._queued.append(item)
            self._fly()

    def done(self, item: Wait) -> None:
        """An item has ended, or will never begin."""
        with self._turns.lock:
            self._flying.discard(item)
            self._fly()
            if not self._flying:
                for wait in self._idle:
                    self._turns.notify(wait)
                self._idle.clear()

    def cancelled(self, item: Wait) -> None:
        """An item was cancelled; if its turn has come already, its worker finds out."""
        with self._turns.lock:
            if item.granted or item.dropped:
                return
            if item in self._queued:
                self._queued.remove(item)
            self._turns.take_back(item)
            self.done(item)

    def wait_until_idle(self, participant: Participant) -> None:
        """Let the participant wait until no item is left."""
        wait = Wait(self._turns, participant)
        with self._turns.lock:
            if not self._flying:
                return
            self._idle.append(wait)
        self._turns.block(wait)

    def _fly(self) -> None:
        while self._queued and len(self._flying) < self._workers:
            item = self._queued.popleft()
            self._flying.add(item)
            self._turns.announce(item)


class Pools:
    """The patches of the executors."""

    def __init__(self, turns: Turns, real_work: RealWork) -> None:
        self._turns = turns
        self._real_work = real_work
        self._pools: weakref.WeakKeyDictionary[ThreadPoolExecutor, Pool] = weakref.WeakKeyDictionary()
        self._items: weakref.WeakKeyDictionary[Future[Any], tuple[Pool, Wait]] = weakref.WeakKeyDictionary()
        # A worker must not look for its item before the item is known.
        self._admission = RLock()

    def patch(self, patches: Patches) -> None:
        """Let pools know who submits, and who waits for them to end."""
        patches.put(ThreadPoolExecutor, "submit", self._make_submit(ThreadPoolExecutor.submit))
        patches.put(ThreadPoolExecutor, "shutdown", self._make_shutdown(ThreadPoolExecutor.shutdown))
        patches.put(pool_threads._WorkItem, "run", self._make_run(pool_threads._WorkItem.run))
        # Without multiprocessing there is no pool of processes, and who has not imported it has none to wait for.
        if processes := sys.modules.get("concurrent.futures.process"):
            executor = processes.ProcessPoolExecutor
            patches.put(executor, "submit", self._make_submit_to_processes(executor.submit))

    def _make_submit(self, original: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
        turns = self._turns

        def submit(self_: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if turns.participants.me(sys._getframe(1)) is None:
                return original(self_, fn, *args, **kwargs)
            pool = self._pools.setdefault(self_, Pool(turns, self_._max_workers))
            with self._admission, turns.participants.really():
                future = original(self_, fn, *args, **kwargs)
                item = Wait(turns, Participant(f"an item of {type(self_).__name__}"))
                self._items[future] = pool, item
            pool.enter(item)
            future.add_done_callback(lambda _: pool.cancelled(item))
            return future

        return submit

    def _make_run(self, original: Callable[..., None]) -> Callable[..., None]:
        turns = self._turns

        def run(work: Any, *args: Any) -> None:
            with self._admission:
                pool, item = self._items.pop(work.future, (None, None))
            if pool is None or item is None:
                original(work, *args)
                return
            try:
                turns.arrive(item)
                original(work, *args)
            finally:
                pool.done(item)
                turns.leave(item.participant)

        return run

    def _make_shutdown(self, original: Callable[..., None]) -> Callable[..., None]:
        turns = self._turns

        def shutdown(self_: ThreadPoolExecutor, wait: bool = True, *, cancel_futures: bool = False) -> None:
            participant, pool = turns.participants.me(sys._getframe(1)), self._pools.get(self_)
            if participant is None or pool is None or not wait:
                original(self_, wait, cancel_futures=cancel_futures)
                return
            original(self_, False, cancel_futures=cancel_futures)
            pool.wait_until_idle(participant)
            with turns.participants.really():
                original(self_, True)

        return shutdown

    def _make_submit_to_processes(self, original: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
        turns = self._turns

        def submit(self_: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if turns.participants.me(sys._getframe(1)) is None:
                return original(self_, fn, *args, **kwargs)
            with turns.participants.really():
                future = original(self_, fn, *args, **kwargs)
            self._real_work.wait_for(future)
            return future

        return submit
