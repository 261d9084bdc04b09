"""The poll watch: a layer that finds loops which poll a record in real time, or while the clock stands still.

It warns once. If the clock stands still by itself, such a loop can never end, and the poll raises an error instead. How
a warning reaches the terminal is in `announcements`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from emrs_mock._call import Answer, Call, Reply
from emrs_mock.observation.announcements import warn
from emrs_mock.sim.lifecycles import FINAL, TABLES
from emrs_mock.sim.records import Record
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.timers import TIMERS

_ASKED: Mapping[str, str] = {"GetJobRun": "jobRunId", "GetSession": "sessionId", "GetApplication": "applicationId"}
_LISTED: Mapping[str, tuple[str, str]] = {
    "ListJobRuns": ("jobRuns", "id"),
    "ListJobRunAttempts": ("jobRunAttempts", "id"),
    "ListSessions": ("sessions", "sessionId"),
}
"""The operations that a loop may poll with: the member that names the record, or the list and the member of an item.

ListApplications is not one of them: what a loop that lists applications waits for cannot be known.
"""

REAL_SECONDS = 3.0
MAX_POLLS = 100
"""When the warning is given."""
POLLS_OF_A_LOOP = 3
POLLS_WITHOUT_END = 1000
"""When the error is raised: so many polls in `patience=` real seconds, or so many in any time."""

WHAT_HELPS = (
    'With clock="virtual" sleeping advances the clock (in pytest: @pytest.mark.emr_serverless(clock="virtual"), or '
    'emr_serverless_clock = virtual in the ini file); with clock="manual" advance it in the test: '
    "emr.clock.advance(...), emr.run_until(...)"
)


class EMRServerlessWaitWarning(UserWarning):
    """Code under test waits for a record, while the mock's clock stands still or runs in real time."""


class EMRServerlessWaitError(RuntimeError):
    """Code under test waits for a record that cannot change, because the mock's clock stands still."""


@dataclass(slots=True)
class _Wait:
    """A record that code polls: the real time of the first poll; and at one simulated instant, its first and count."""

    began: float
    now: datetime
    stood_since: float
    polls: int = 0

    def note(self, now: datetime, real: float) -> None:
        """Count one more poll."""
        if now != self.now:
            self.now, self.stood_since, self.polls = now, real, 0
        self.polls += 1


class PollWatch:
    """Warns once if an unfinished record is polled for 3 real seconds, or 100 times at one simulated instant.

    Raises EMRServerlessWaitError if a clock that never moves by itself stood still during 1000 polls, or during at
    least three polls and `patience`, in real time. With None it never does.
    """

    def __init__(
        self, simulation: Simulation, patience: timedelta | None, real_seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._simulation = simulation
        self._patience = None if patience is None else patience.total_seconds()
        self._real_seconds = real_seconds
        self._waits: dict[str, _Wait] = {}
        self._warned = False

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        reply = proceed(call)
        for record_id in _polled(call, reply):
            _, record = self._simulation.owners.get(record_id, (None, None))
            if record is not None and _may_change(record) and record_id not in self._simulation.works:
                self._check(call, record)
                break
            self._waits.pop(record_id, None)
        return reply

    def _check(self, call: Call, record: Record) -> None:
        now, real = self._simulation.now, self._real_seconds()
        wait = self._waits.get(record.id) or self._waits.setdefault(record.id, _Wait(real, now, real))
        wait.note(now, real)
        if self._is_endless(wait, real):
            raise EMRServerlessWaitError(self._why_endless(call, record, wait, real))
        if self._warned:
            return
        if real - wait.began >= REAL_SECONDS:
            self._warn(call, record, f"for {real - wait.began:.0f} real seconds")
        elif wait.polls >= MAX_POLLS:
            self._warn(call, record, f"{MAX_POLLS} times while the clock stood at {now.isoformat()}")

    def _is_endless(self, wait: _Wait, real: float) -> bool:
        if self._patience is None or not self._simulation.clock.source.standing:
            return False
        waits_too_long = wait.polls >= POLLS_OF_A_LOOP and real - wait.stood_since >= self._patience
        return waits_too_long or wait.polls >= POLLS_WITHOUT_END

    def _why_endless(self, call: Call, record: Record, wait: _Wait, real: float) -> str:
        clock, lasted = self._simulation.clock.source, real - wait.stood_since
        return (
            f"{call.operation} was called {wait.polls} times in {lasted:.1f} real seconds for "
            f"{self._state_of(record)}. The {clock!r} stands at {wait.now.isoformat()} and does not move by itself, "
            f"so this loop would never end. {WHAT_HELPS}. patience=None lets the loop go on (docs: clocks)."
        )

    def _warn(self, call: Call, record: Record, how: str) -> None:
        self._warned = True
        text = f"{call.operation} was called {how} for {self._state_of(record)}. {WHAT_HELPS} (docs: clocks)."
        warn(text, EMRServerlessWaitWarning)

    def _state_of(self, record: Record) -> str:
        leads_to = TABLES[record.kind][record.state]
        due = [(leads_to.get(entry.event, record.state), entry.at) for entry in self._simulation.agenda.of(record.id)]
        others = [f"{state} is due at {moment.isoformat()}" for state, moment in due if state != record.state]
        ahead = others[0] if others else "no other state is due for it"
        return f"{record.kind} {record.id}, which is {record.state}; {ahead}"


def _polled(call: Call, reply: Reply) -> Iterator[str]:
    """The ids of the records that a call asks about: the one that it names, or those that its answer lists."""
    if call.operation in _ASKED:
        yield call.params.get(_ASKED[call.operation], "")
    elif call.operation in _LISTED and isinstance(reply.outcome, Mapping):
        members, name = _LISTED[call.operation]
        items: list[Mapping[str, Any]] = reply.outcome.get(members, [])
        yield from (item[name] for item in items if name in item)


def _may_change(record: Record) -> bool:
    """Whether code may wait for the record: a job run until it ends, an application in a transitional state."""
    if record.kind == "application":
        return record.state in TIMERS["application"]
    return record.state not in FINAL[record.kind]
