"""Pools: a worker of a thread pool takes part while it begins or works on an item; a process pool's work is real.

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

from emrs_mock.clocks.virtual.late_imports import LateImports
from emrs_mock.clocks.virtual.participants import Participant, Wait
from emrs_mock.clocks.virtual.patches import Patches
from emrs_mock.clocks.virtual.real_work import RealWork
from emrs_mock.clocks.virtual.turns import Turns


class Pool:
    """Which items of one executor have a worker and which must wait for one: first in, first out."""

    def __init__(self, turns: Turns, executor: ThreadPoolExecutor) -> None:
        self._turns = turns
        self._executor = weakref.ref(executor)
        self._has_initializer = executor._initializer is not None
        self._beginning: deque[Wait] = deque()
        self._unfit = 0
        """Workers that have not ended their initializer, or never will."""
        self._initializing = 0
        """Workers that are about to call it, or do so now."""
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

    def never_ran(self, item: Wait, cancelled: bool) -> None:
        """An item is done without a worker: it was cancelled, or the pool is broken and has no workers any more.

        If the turn of a cancelled item has come already, its worker finds out.
        """
        with self._turns.lock:
            if item.dropped or (item.granted and (cancelled or item.participant.ident is not None)):
                return
            if item in self._queued:
                self._queued.remove(item)
            self._turns.take_back(item)
            self.done(item)

    def worker_begins(self) -> None:
        """A worker was started that has an initializer: it has a turn for that, and items wait for its end."""
        with self._turns.lock:
            wait = Wait(self._turns, Participant("the initializer of a pool"))
            self._beginning.append(wait)
            self._unfit += 1
            self._initializing += 1
            self._turns.announce(wait)

    def initialize(self, initializer: Callable[..., object], args: tuple[Any, ...]) -> None:
        """Call the initializer, in a new worker. One that raises breaks the pool, before time goes on."""
        with self._turns.lock:
            wait = self._beginning.popleft() if self._beginning else None
        if wait is None:
            initializer(*args)
            return
        try:
            self._turns.arrive(wait)
            initializer(*args)
            with self._turns.lock:
                self._unfit -= 1
        except BaseException:
            if executor := self._executor():
                executor._initializer_failed()
            raise
        finally:
            with self._turns.lock:
                self._initializing -= 1
                self._fly()
            self._turns.leave(wait.participant)

    def wait_until_idle(self, participant: Participant) -> None:
        """Let the participant wait until no item is left, and no worker begins."""
        wait = Wait(self._turns, participant)
        with self._turns.lock:
            if self._is_idle():
                return
            self._idle.append(wait)
        self._turns.block(wait)

    def _fly(self) -> None:
        while self._queued and len(self._flying) < self._workers():
            item = self._queued.popleft()
            self._flying.add(item)
            self._turns.announce(item)
        if self._is_idle():
            for wait in self._idle:
                self._turns.notify(wait)
            self._idle.clear()

    def _is_idle(self) -> bool:
        return not (self._flying or self._queued or self._initializing)

    def _workers(self) -> int:
        """How many items may be worked on at once."""
        executor = self._executor()
        if executor is None or not self._has_initializer:
            return executor._max_workers if executor else 1
        return len(executor._threads) - self._unfit


class Pools:
    """The patches of the executors."""

    def __init__(self, turns: Turns, real_work: RealWork, imports: LateImports) -> None:
        self._turns = turns
        self._real_work = real_work
        self._imports = imports
        self._pools: weakref.WeakKeyDictionary[ThreadPoolExecutor, Pool] = weakref.WeakKeyDictionary()
        self._items: weakref.WeakKeyDictionary[Future[Any], tuple[Pool, Wait]] = weakref.WeakKeyDictionary()
        # A worker must not look for its item before the item is known.
        self._admission = RLock()

    def patch(self, patches: Patches) -> None:
        """Let pools know which thread submits, and which waits for their end."""
        self._patches = patches
        patches.put(ThreadPoolExecutor, "submit", self._make_submit(ThreadPoolExecutor.submit))
        patches.put(ThreadPoolExecutor, "shutdown", self._make_shutdown(ThreadPoolExecutor.shutdown))
        patches.put(pool_threads._WorkItem, "run", self._make_run(pool_threads._WorkItem.run))
        self._imports.when_loaded("concurrent.futures.process", self._patch_processes)

    def _patch_processes(self, module: Any) -> None:
        executor = module.ProcessPoolExecutor
        self._patches.put(executor, "submit", self._make_submit_to_processes(executor.submit))

    def _make_submit(self, original: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
        turns = self._turns

        def submit(self_: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if turns.participants.me(sys._getframe(1)) is None:
                return original(self_, fn, *args, **kwargs)
            pool = self._pools.get(self_) or self._add(self_)
            with self._admission, turns.participants.really():
                workers = len(self_._threads)
                future = original(self_, fn, *args, **kwargs)
                item = Wait(turns, Participant(f"an item of {type(self_).__name__}"))
                self._items[future] = pool, item
                if self_._initializer and len(self_._threads) > workers:
                    pool.worker_begins()
            pool.enter(item)
            future.add_done_callback(lambda done: pool.never_ran(item, done.cancelled()))
            return future

        return submit

    def _add(self, executor: ThreadPoolExecutor) -> Pool:
        pool = self._pools[executor] = Pool(self._turns, executor)
        if original := executor._initializer:

            def initializer(*args: Any) -> None:
                with self._admission:
                    """Its turn is known by now."""
                pool.initialize(original, args)

            self._patches.put(executor, "_initializer", initializer)
        return pool

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
                # What the item refers to is free before time goes on; its worker forgets the item only afterwards.
                vars(work).clear()
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
            # Its own waits are real by their module; a worker that is forked here lives in simulated time.
            future = original(self_, fn, *args, **kwargs)
            self._real_work.wait_for(future)
            return future

        return submit
