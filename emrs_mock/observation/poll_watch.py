"""The poll watch: a layer that warns, once, about a loop that polls without progress or in real time."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from emrs_mock._call import Answer, Call, Reply
from emrs_mock.sim.lifecycles import FINAL
from emrs_mock.sim.records import Record
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.timers import TIMERS

_ASKED: Mapping[str, str] = {"GetJobRun": "jobRunId", "GetSession": "sessionId", "GetApplication": "applicationId"}

REAL_SECONDS = 3.0
MAX_POLLS = 100


class EMRServerlessWaitWarning(UserWarning):
    """Code under test waits for a record, while the mock's clock stands still or runs in real time."""


@dataclass(slots=True)
class _Wait:
    """A record that code polls: the real and the simulated time of the first poll, and the number of polls."""

    began: float
    now: datetime
    polls: int = 0


class PollWatch:
    """Warns once if an unfinished record is polled for 3 real seconds, or 100 times at one simulated instant."""

    def __init__(self, simulation: Simulation, real_seconds: Callable[[], float] = time.monotonic) -> None:
        self._simulation = simulation
        self._real_seconds = real_seconds
        self._waits: dict[str, _Wait] = {}
        self._warned = False

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        reply = proceed(call)
        asked = _ASKED.get(call.operation)
        if asked is not None and not self._warned:
            self._check(call, call.params.get(asked, ""))
        return reply

    def _check(self, call: Call, record_id: str) -> None:
        _, record = self._simulation.owners.get(record_id, (None, None))
        if record is None or not _may_change(record) or record_id in self._simulation.works:
            self._waits.pop(record_id, None)
            return
        now, real = self._simulation.now, self._real_seconds()
        wait = self._waits.get(record_id) or self._waits.setdefault(record_id, _Wait(real, now))
        wait.polls = wait.polls + 1 if wait.now == now else 1
        wait.now = now
        if real - wait.began >= REAL_SECONDS:
            self._warn(call, record, f"for {REAL_SECONDS:.0f} real seconds")
        elif wait.polls >= MAX_POLLS:
            self._warn(call, record, f"{MAX_POLLS} times while the clock stood at {now.isoformat()}")

    def _warn(self, call: Call, record: Record, how: str) -> None:
        self._warned = True
        due = self._simulation.agenda.of(record.id)
        ahead = f"{due[0].event!r} is due at {due[0].at.isoformat()}" if due else "nothing is due for it"
        warnings.warn(
            f"{call.operation} was called {how} for {record.kind} {record.id}, which is {record.state}; {ahead}. "
            'With clock="virtual" sleeping advances the clock; with clock="manual" advance it in the test: '
            "emr.clock.advance(...), emr.run_until(...) (docs: clocks).",
            EMRServerlessWaitWarning,
            stacklevel=2,
        )


def _may_change(record: Record) -> bool:
    """Whether code may wait for the record: a job run until it ends, an application in a transitional state."""
    if record.kind == "application":
        return record.state in TIMERS["application"]
    return record.state not in FINAL[record.kind]
