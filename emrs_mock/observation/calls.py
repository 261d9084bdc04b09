"""`emr.calls`: all tries of all calls that a mock answered, as the client saw them.

A record has what was sent and answered, so that a test can compare it. What prints or exports records by itself masks
the secrets.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple, Protocol, overload

from emrs_mock._annotations import checked
from emrs_mock._call import Answer, Call, NoReply, Reply, ServiceError
from emrs_mock._forks import survives_forks
from emrs_mock._misspelt import Hinting
from emrs_mock.observation.newest import Kept
from emrs_mock.operations.member_names import snake_case
from emrs_mock.sim.simulation import Simulation

GARBLED = "garbled"

Convert = Callable[[Any], Any]
Note = tuple[Call, datetime, "Reply | Exception"]
Noted = tuple[int, tuple[Note, ...]]
"""How many older notes were dropped, and the notes that are kept."""


class Masks(Protocol):
    """The functions that mask the secrets in an operation's params and answers, and in the text of its error."""

    @property
    def params(self) -> Convert: ...
    @property
    def answer(self) -> Convert: ...
    def message(self, text: str, sent: Any) -> str: ...


class Brief(NamedTuple):
    """A try without its request and answer, which would have to be copied."""

    operation: str
    error: str | None
    at: datetime
    region: str
    account_id: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CallRecord(Hinting):
    """One try of one client call.

    operation, params: the request as it was sent, in the names of the service model.
    answer: the members of the answer; None if the try had another result.
    error, message: the error's code and text. If the client received no answer, `error` is a name for that, such as
        "read timeout"; if the test made a mistake, it is the Python exception. None and "" after success.
    at: the simulated time of the try, aware, UTC.
    region, account_id: the region and the account of the call.
    attempt: 1 for the first try of a client call, 2 for its first retry, and so on.
    invocation_id: the same for all tries of a client call.
    request_id: the id in the answer, different for each try.

    In its `repr`, and in what `masked()` returns, sensitive values of `params` and `answer`, and
    what `message` quotes of them, are `"********"`.
    """

    operation: str
    params: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    error: str | None
    message: str
    at: datetime
    region: str
    account_id: str
    attempt: int
    invocation_id: str
    request_id: str
    _masks: Masks | None = field(default=None, repr=False, compare=False)

    def masked(self) -> dict[str, Any]:
        """The members by name, without secrets, to be printed or exported."""
        members = {each.name: getattr(self, each.name) for each in fields(self) if each.repr}
        if self._masks is not None:
            members["params"] = self._masks.params(self.params)
            members["answer"] = None if self.answer is None else self._masks.answer(self.answer)
            members["message"] = self._masks.message(self.message, self.params)
        return members

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.masked().items())})"


Try = Brief | CallRecord


@checked("calls")
class Calls(Hinting, Collection[CallRecord]):
    """Tries in the order in which they were answered, by position; `of` and `filter` select some.

    The mock keeps the newest `calls_kept=` tries. All that is here, counts too, is about those that are kept.
    """

    def __init__(
        self, records: Sequence[CallRecord], operations: Callable[[], Sequence[str]], dropped: Callable[[], int]
    ) -> None:
        self._records = records
        self._operations = operations
        self._dropped = dropped

    def of(self, *operations: str) -> Calls:
        """The tries of these operations until now, by AWS's name or boto3's: `GetJobRun`, `get_job_run`.

        Raises ValueError, with a list, for an unknown operation.
        """
        known = self._operations()
        names = {**{name: name for name in known}, **{snake_case(name): name for name in known}}
        unknown = [name for name in operations if name not in names]
        if unknown:
            raise ValueError(
                f"No operation {', '.join(map(repr, unknown))}. There are: {', '.join(known)} (docs: calls)"
            )
        wanted = {names[name] for name in operations}
        return self.filter(lambda call: call.operation in wanted)

    def filter(self, takes: Callable[[CallRecord], bool]) -> Calls:
        """The tries until now for which `takes` returns true."""
        dropped = self.dropped
        return Calls([record for record in self._records if takes(record)], self._operations, lambda: dropped)

    @property
    def dropped(self) -> int:
        """How many older tries of the mock were dropped, of any operation, because `calls_kept=` newer ones came."""
        return self._dropped()

    @property
    def tries(self) -> int:
        """The number of tries, which includes retries; the same as `len()`."""
        return len(self._records)

    @property
    def count(self) -> int:
        """The number of calls that clients made; a call and its retries count as one."""
        return len({record.invocation_id for record in self._records})

    @property
    def per_minute(self) -> Mapping[datetime, int]:
        """The number of tries in each minute of simulated time that had any, by the start of the minute."""
        return Counter(record.at.replace(second=0, microsecond=0) for record in self._records)

    @overload
    def __getitem__(self, key: int) -> CallRecord: ...
    @overload
    def __getitem__(self, key: slice) -> Calls: ...
    def __getitem__(self, key: int | slice) -> CallRecord | Calls:
        if isinstance(key, slice):
            return Calls(self._records[key], self._operations, self._dropped)
        return self._records[key]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[CallRecord]:
        return iter(self._records)

    def __contains__(self, call: object) -> bool:
        return call in self._records

    def __repr__(self) -> str:
        counts = dict(Counter(call.operation for call in self))
        dropped = f" ({self.dropped} older ones were dropped)" if self.dropped else ""
        return f"<Calls count={self.count} tries={self.tries}{dropped}: {counts}>"


class Recorder(Sequence[CallRecord]):
    """The outermost layer. It notes the result of each try, and makes `CallRecord`s of its notes when they are read.

    Of the notes, and of the records, it keeps the newest `most` (None: all).
    """

    def __init__(self, simulation: Simulation, masks_of: Callable[[str], Masks], most: int | None = None) -> None:
        self._simulation = simulation
        self._masks_of = masks_of
        self._most = sys.maxsize if most is None else most
        self._kept: Kept[Note, CallRecord] = Kept(0, ())
        self._lock = survives_forks(threading.RLock())

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        at = self._simulation.catch_up()
        try:
            reply = proceed(call)
        except Exception as error:
            self._note(call, at, error)
            raise
        self._note(call, at, reply)
        return reply

    def _note(self, call: Call, at: datetime, outcome: Reply | Exception) -> None:
        kept = self._kept
        kept.notes.append((call, at, outcome))
        if len(kept.notes) > self._most:
            with self._lock:
                kept.drop_the_oldest(self._most)

    @property
    def dropped(self) -> int:
        """How many notes were dropped since the start."""
        return self._kept.dropped

    def in_brief(self) -> Iterator[Brief]:
        """The tries that are kept, as far as they can be shown without a copy."""
        for call, at, outcome in list(self._kept.notes):
            caller = call.caller
            yield Brief(call.operation, client_view(outcome)[1], at, caller.region, caller.account_id, call.attempt)

    def checkpoint(self) -> Noted:
        """Copy the notes made until now."""
        return self._kept.dropped, tuple(self._kept.notes)

    def rewind(self, checkpoint: Noted = (0, ())) -> None:
        """Restore the notes of the checkpoint; `Calls` objects that exist show the change."""
        kept: Kept[Note, CallRecord] = Kept(*checkpoint)
        kept.drop_the_oldest(self._most)
        self._kept = kept

    def __len__(self) -> int:
        return len(self._kept.notes)

    def __iter__(self) -> Iterator[CallRecord]:
        return iter(self._made())

    @overload
    def __getitem__(self, key: int) -> CallRecord: ...
    @overload
    def __getitem__(self, key: slice) -> list[CallRecord]: ...
    def __getitem__(self, key: int | slice) -> CallRecord | list[CallRecord]:
        if isinstance(key, slice):
            return self._made()[key]
        with self._lock:
            return self._make()[key]

    def _made(self) -> list[CallRecord]:
        with self._lock:
            return list(self._make())

    def _make(self) -> deque[CallRecord]:
        """Make the records that are missing: those of the newest notes."""
        kept = self._kept
        kept.records += [self._record(*note) for note in kept.without_record()]
        return kept.records

    def _record(self, call: Call, at: datetime, outcome: Reply | Exception) -> CallRecord:
        answer, error, message = client_view(outcome)
        return CallRecord(
            operation=call.operation,
            params=deepcopy(dict(call.params)),
            answer=deepcopy(answer),
            error=error,
            message=message,
            at=at,
            region=call.caller.region,
            account_id=call.caller.account_id,
            attempt=call.attempt,
            invocation_id=call.invocation_id,
            request_id=call.request_id,
            _masks=self._masks_of(call.operation),
        )


def client_view(outcome: Reply | Exception) -> tuple[Mapping[str, Any] | None, str | None, str]:
    """The result of a try as the client gets it: the answer, the error, and the error's text."""
    if isinstance(outcome, Exception):
        return None, type(outcome).__name__, str(outcome)
    content = outcome.outcome
    if isinstance(content, ServiceError):
        return None, content.code, content.message
    if isinstance(content, NoReply):
        return None, content.value, ""
    return (None, GARBLED, content.decode(errors="replace")) if isinstance(content, bytes) else (content, None, "")
