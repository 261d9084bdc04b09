"""What the tests of virtual time share: a virtual time, a toy world, and the proof that nothing stays patched."""

from __future__ import annotations

import _thread
import asyncio.base_events
import concurrent.futures
import concurrent.futures.thread as pool_threads
import datetime as dt
import queue
import selectors
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from types import FunctionType

import freezegun.api as api
import pytest
import time_machine

from emrs_mock import mock_emr_serverless
from emrs_mock.clocks.virtual.clock_functions import REPLACED
from emrs_mock.clocks.virtual.raw_threads import _SimpleQueue
from emrs_mock.clocks.virtual.virtual_time import VirtualTime
from tests.conftest import without_ours

START = datetime(2026, 1, 31, 4, tzinfo=timezone.utc)

OWNERS = (
    time,
    dt,
    api,
    uuid,
    selectors.EpollSelector,
    selectors.SelectSelector,
    threading.Condition,
    threading.Thread,
    pool_threads._WorkItem,
    concurrent.futures.ThreadPoolExecutor,
    asyncio.base_events.BaseEventLoop,
    _thread,
    queue,
    subprocess.Popen,
)
"""Whose attributes virtual time replaces."""

NAMES = {
    time: [name for name in vars(time) if not name.startswith("_")],
    dt: ["date", "datetime"],
    api: [name for name in vars(api) if name.startswith(("real_", "_should", "_get_fake", "_parse"))],
    uuid: ["_generate_time_safe"],
}


def patched_attributes() -> dict[tuple[str, str], object]:
    """What the owners hold now, under the wrappers that stay for good."""
    places = [(owner, name) for owner in OWNERS for name in NAMES.get(owner, list(vars(owner)))]
    return {(owner.__name__, name): without_ours(vars(owner)[name]) for owner, name in places}


def _is_of_ours(value: object) -> bool:
    """Whether it is one of our replacements for `time.sleep`, `_thread.start_new_thread` or `queue.SimpleQueue`."""
    if isinstance(value, type):
        return _SimpleQueue in value.__mro__[1:]
    named = type(value) is FunctionType and value.__code__.co_name in ("sleep", "start_new_thread")
    return named and value.__code__.co_filename.endswith(("virtual/threads.py", "virtual/raw_threads.py"))


def holders_of_fakes() -> list[str]:
    """Modules that hold a class or function that is not the interpreter's."""
    fakes = {id(fake) for fake in (*REPLACED.values(), api.FakeDate, api.FakeDatetime, api.fake_monotonic)}
    return [
        f"{module}.{name}"
        for module, held in list(sys.modules.items())
        if held is not None and not module.startswith(("freezegun", "emrs_mock.clocks.virtual"))
        for name, value in list(vars(held).items())
        if id(value) in fakes or _is_of_ours(value)
    ]


@pytest.fixture(autouse=True, scope="session")
def _wrapped_for_good() -> None:
    """The first mock of a process wraps what begins other processes, and leaves it so (`activation.children`)."""
    with mock_emr_serverless():
        pass


@pytest.fixture(autouse=True)
def _nothing_stays_patched() -> Iterator[None]:
    before = patched_attributes()
    yield
    assert patched_attributes() == before
    assert holders_of_fakes() == []
    assert not any((api.freeze_factories, api.ignore_lists, api.tick_flags, api.tz_offsets))
    assert not time_machine.traveller_stack


@pytest.fixture
def virtual() -> Iterator[VirtualTime]:
    """Virtual time, from 04:00 of a Saturday on."""
    time_ = VirtualTime(START)
    time_.enter()
    yield time_
    time_.leave()


@pytest.fixture
def ctrl_c():
    """SIGINT raises KeyboardInterrupt, also where the process that started the tests ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class ToyWorld:
    """A world with a list of instants at which something happens, told to a list."""

    def __init__(self, *seconds: float) -> None:
        self.dues = sorted(START + timedelta(seconds=each) for each in seconds)
        self.happened: list[datetime] = []
        self.on_due = lambda: None

    def next_due(self) -> datetime | None:
        """The next instant."""
        return self.dues[0] if self.dues else None

    def run_to(self, now: datetime) -> None:
        """Let happen what is due."""
        while self.dues and self.dues[0] <= now:
            self.happened.append(self.dues.pop(0))
            self.on_due()

    def waited_for(self) -> str:
        """What a person reads."""
        return f"the toy world waits for {len(self.dues)} things"


def seconds_since_start(time_: VirtualTime) -> float:
    """How many simulated seconds have passed since the start."""
    return (time_.now() - START).total_seconds()


def real_time() -> float:
    """Seconds since the epoch, whatever the process is told."""
    return time_machine.escape_hatch.time.time() if time_machine.traveller_stack else time.time()
