"""Child processes of the test: while one lives, and is waited for, simulated time stands still.

A child that has run for `UNASKED` real seconds without being asked for is a server: time goes on beside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import weakref
from _thread import get_ident
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from types import FrameType
from typing import Any

from emrs_mock.clocks.virtual.late_imports import LateImports
from emrs_mock.clocks.virtual.patches import Patches
from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.clocks.virtual.real_io import waits_for_us
from emrs_mock.clocks.virtual.turns import Turns

UNASKED = 5.0
"""Real seconds for which a child counts that no thread waits for, since it was begun or asked for last."""

AFTERMATH = 0.05
"""Real seconds between a child's end and what it wrote, or its exit code, reaching the program."""

Method = Callable[..., Any]


class Child:
    """One child process, and since when no thread has asked for it."""

    def __init__(self, process: Any, is_alive: Callable[[Any], bool], is_awaited: Callable[[], bool]) -> None:
        self.pid = process.pid
        self._process = weakref.ref(process)
        self._is_alive = is_alive
        self._is_awaited = is_awaited
        self._ended_at: float | None = None
        self._asked_at = Real.monotonic()
        self._asking = 0

    def ask(self, question: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Ask for the child, or wait for it."""
        self._asking += 1
        try:
            return question(*args, **kwargs)
        finally:
            self._asking -= 1
            self._asked_at = Real.monotonic()

    @property
    def is_asked_for(self) -> bool:
        """Whether a thread asks for it just now."""
        return self._asking > 0

    def is_pending(self) -> bool:
        """Whether time must stand for it."""
        now, process = Real.monotonic(), self._process()
        if self._ended_at is None and process is not None and self._is_alive(process):
            counts = self.is_asked_for or now - self._asked_at < UNASKED or self._is_awaited()
            return counts and not waits_for_us(self.pid)
        if self._ended_at is None:
            self._ended_at = now
        return not self.is_over()

    def is_over(self) -> bool:
        """Whether it has ended, and what it left has arrived."""
        return self._ended_at is not None and Real.monotonic() - self._ended_at >= AFTERMATH

    def __str__(self) -> str:
        return f"child process {self.pid}"


class PoolItem:
    """What was given to a pool of `multiprocessing`, until all of its results have come or the pool is terminated."""

    def __init__(self, result: Any) -> None:
        self._result = result

    def is_pending(self) -> bool:
        """Whether time must stand for it."""
        return not self.is_over()

    def is_over(self) -> bool:
        """Whether the pool has forgotten it."""
        pool = self._result._pool
        return self._result._job not in self._result._cache or pool is None or pool._state == "TERMINATE"

    def __str__(self) -> str:
        return "an item of multiprocessing.Pool"


class Forked:
    """A child of `os.fork`, as far as `subprocess.Popen` would tell it."""

    returncode = None

    def __init__(self, pid: int) -> None:
        self.pid = pid


class ChildProcesses:
    """The patches of `subprocess.Popen` and `multiprocessing.Process`: asyncio's children are the former."""

    def __init__(self, turns: Turns, imports: LateImports) -> None:
        self._turns = turns
        self._imports = imports
        self._forked: dict[int, Forked] = {}
        self._children: weakref.WeakKeyDictionary[Any, Child] = weakref.WeakKeyDictionary()

    def patch(self, patches: Patches) -> None:
        """Know of the children that the test's threads begin, and of those that they ask for."""
        popen = subprocess.Popen
        patches.put(popen, "__init__", self._make_begin(popen.__init__))
        for name in ("poll", "wait", "communicate"):
            patches.put(popen, name, self._make_ask(getattr(popen, name), self._add_popen))
        if hasattr(os, "fork"):
            patches.put(os, "fork", self._make_fork(os.fork))
            patches.put(os, "waitpid", self._make_waitpid(os.waitpid))
        self._imports.when_loaded("multiprocessing.process", lambda module: self._patch_processes(module, patches))
        self._imports.when_loaded("multiprocessing.pool", lambda module: self._patch_pools(module, patches))

    def _patch_processes(self, module: Any, patches: Patches) -> None:
        process = module.BaseProcess
        patches.put(process, "start", self._make_start(process.start))
        for name in ("is_alive", "join"):
            patches.put(process, name, self._make_ask(getattr(process, name), self._add_process))

    def _patch_pools(self, module: Any, patches: Patches) -> None:
        for result in (module.ApplyResult, module.IMapIterator):
            patches.put(result, "__init__", self._make_give(result.__init__, module.ThreadPool))

    def _is_ours(self) -> bool:
        """Whether the current thread is one of the test's, and does not hold time itself."""
        participant = self._turns.participants.get(get_ident())
        return participant is not None and not participant.real

    def _make_begin(self, original: Method) -> Method:
        @wraps(original)
        def __init__(popen: Any, *args: Any, **kwargs: Any) -> None:
            original(popen, *args, **kwargs)
            if self._is_ours():
                self._add_popen(popen, sys._getframe(1))

        return __init__

    def _make_start(self, original: Method) -> Method:
        @wraps(original)
        def start(process: Any) -> None:
            original(process)
            # Workers of pools live as long as their pool, and wait for work.
            caller = str(sys._getframe(1).f_globals.get("__name__")).partition(".")[0]
            if self._is_ours() and caller not in ("concurrent", "multiprocessing"):
                self._add_process(process, None)

        return start

    def _make_give(self, original: Method, threads: type) -> Method:
        @wraps(original)
        def __init__(result: Any, pool: Any, *args: Any, **kwargs: Any) -> None:
            original(result, pool, *args, **kwargs)
            # The workers of a pool of threads sleep in simulated time.
            if self._is_ours() and not isinstance(pool, threads):
                with self._turns.lock:
                    self._turns.pending.add(PoolItem(result))

        return __init__

    def _make_fork(self, original: Callable[[], int]) -> Callable[[], int]:
        @wraps(original)
        def fork() -> int:
            # The standard library's own children are known by their objects.
            participant = self._turns.participants.me(sys._getframe(1))
            pid = original()
            if pid and participant:
                self._forked[pid] = Forked(pid)
                self._add_popen(self._forked[pid], None)
            return pid

        return fork

    def _make_waitpid(self, original: Callable[[int, int], Any]) -> Callable[[int, int], Any]:
        @wraps(original)
        def waitpid(pid: int, options: int, /) -> Any:
            child = next((each for each in self._children.values() if each.pid == pid), None)
            if child and pid in self._forked:
                return child.ask(original, pid, options)
            participant = self._turns.participants.get(get_ident())
            if child and participant and not child.is_asked_for:
                # A thread of asyncio's that watches the child: what is waited for is the child, by its own rules.
                participant.overtaken = True
            return original(pid, options)

        return waitpid

    def _make_ask(self, original: Method, add: Callable[[Any, FrameType | None], Child | None]) -> Method:
        @wraps(original)
        def ask(process: Any, *args: Any, **kwargs: Any) -> Any:
            child = self._children.get(process)
            if child is None and self._is_ours():
                child = add(process, None)
            if child is None:
                return original(process, *args, **kwargs)
            return child.ask(original, process, *args, **kwargs)

        return ask

    def _add_popen(self, popen: Any, frame: FrameType | None) -> Child | None:
        if popen.returncode is not None or not hasattr(popen, "pid"):
            return None
        return self._add(popen, _is_running, _awaited_by_loop(frame))

    def _add_process(self, process: Any, _: FrameType | None) -> Child | None:
        return self._add(process, _is_process_running, lambda: False) if getattr(process, "_popen", None) else None

    def _add(self, process: Any, is_alive: Callable[[Any], bool], is_awaited: Callable[[], bool]) -> Child:
        child = self._children[process] = Child(process, is_alive, is_awaited)
        with self._turns.lock:
            self._turns.pending.add(child)
        return child


def _is_running(popen: Any) -> bool:
    """Whether a child lives, without taking its exit code from those who wait for it."""
    if popen.returncode is not None:
        return False
    if not hasattr(os, "waitid"):
        # No such look on this system: it counts until a thread has its exit code.
        return True
    try:
        return os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False


def _is_process_running(process: Any) -> bool:
    from multiprocessing.connection import wait

    with suppress(ValueError, OSError):
        return not wait([process.sentinel], 0)
    return False


def _awaited_by_loop(frame: FrameType | None) -> Callable[[], bool]:
    """For a child of asyncio's: whether a task awaits its end, or something that it writes."""
    transport = frame.f_locals.get("self") if frame else None
    if not hasattr(transport, "_exit_waiters"):
        return lambda: False
    known = weakref.ref(transport)

    def is_awaited() -> bool:
        transport: Any = known()
        protocol = getattr(transport, "_protocol", None)
        readers = (getattr(protocol, name, None) for name in ("stdout", "stderr"))
        waiters = [getattr(transport, "_exit_waiters", None), *(getattr(each, "_waiter", None) for each in readers)]
        return any(waiters)

    return is_awaited
