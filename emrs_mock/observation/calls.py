"""`emr.calls`: every try of every call that a mock answered, as its client saw it. Secrets are not shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, overload

from emrs_mock._annotations import checked
from emrs_mock._call import Answer, Call, NoReply, Reply, ServiceError
from emrs_mock.sim.simulation import Simulation

GARBLED = "garbled"

Convert = Callable[[Any], Any]
Note = tuple[Call, datetime, "Reply | Exception"]


class Masks(Protocol):
    """How an operation's requests and answers lose their secrets."""

    @property
    def params(self) -> Convert: ...
    @property
    def answer(self) -> Convert: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One try of one client call.

    operation, params: what was asked, in the service model's names; sensitive values are `"********"`.
    answer: the members of the answer; None where there was none.
    error, message: the error's code and text; where AWS was not heard, what was seen instead, such as "read timeout";
        where the test was at fault, the Python exception. None and "" where all went well.
    at: the simulated time of the try, aware, UTC.
    region, account_id: where to, and who called.
    attempt: 1 for the first try of a client call, then one more for each retry.
    invocation_id: the same for all tries of a client call.
    request_id: the answer's, another one for each try.
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


@checked("calls")
class Calls(Collection[CallRecord]):
    """Tries in the order in which they were answered: by position, by operation, or those that a callable takes."""

    def __init__(self, records: Sequence[CallRecord], operations: Callable[[], Sequence[str]]) -> None:
        self._records = records
        self._operations = operations

    def of(self, *operations: str) -> Calls:
        """The tries of these operations until now. Raises ValueError, with the list, for one that does not exist."""
        known = self._operations()
        unknown = [name for name in operations if name not in known]
        if unknown:
            raise ValueError(f"No operation {', '.join(unknown)}. There are: {', '.join(known)} (docs: calls)")
        return self.filter(lambda call: call.operation in operations)

    def filter(self, takes: Callable[[CallRecord], bool]) -> Calls:
        """The tries until now that `takes` takes."""
        return Calls([record for record in self._records if takes(record)], self._operations)

    @property
    def tries(self) -> int:
        """How often the service was asked, retries included; `len()` is the same."""
        return len(self._records)

    @property
    def count(self) -> int:
        """How many calls the client made; a call and its retries are one."""
        return len({record.invocation_id for record in self._records})

    @property
    def per_minute(self) -> Mapping[datetime, int]:
        """How many tries there were in each minute of simulated time that had any, by its beginning."""
        return Counter(record.at.replace(second=0, microsecond=0) for record in self._records)

    @overload
    def __getitem__(self, key: int) -> CallRecord: ...
    @overload
    def __getitem__(self, key: slice) -> Calls: ...
    def __getitem__(self, key: int | slice) -> CallRecord | Calls:
        if isinstance(key, slice):
            return Calls(self._records[key], self._operations)
        return self._records[key]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[CallRecord]:
        return iter(self._records)

    def __contains__(self, call: object) -> bool:
        return call in self._records

    def __repr__(self) -> str:
        return f"<Calls count={self.count} tries={self.tries}: {dict(Counter(call.operation for call in self))}>"


class Recorder(Sequence[CallRecord]):
    """The outermost layer: it notes what each try was answered. Records are made of its notes when somebody looks."""

    def __init__(self, simulation: Simulation, masks_of: Callable[[str], Masks]) -> None:
        self._simulation = simulation
        self._masks_of = masks_of
        self._notes: list[Note] = []
        self._records: list[CallRecord] = []

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        at = self._simulation.catch_up()
        try:
            reply = proceed(call)
        except Exception as wrong:
            self._notes.append((call, at, wrong))
            raise
        self._notes.append((call, at, reply))
        return reply

    def checkpoint(self) -> list[Note]:
        """What was noted until now."""
        return list(self._notes)

    def rewind(self, checkpoint: list[Note]) -> None:
        """Be again as at the checkpoint; who holds `emr.calls` sees it."""
        self._notes[:] = checkpoint
        self._records.clear()

    def __len__(self) -> int:
        return len(self._notes)

    def __iter__(self) -> Iterator[CallRecord]:
        return iter(self._made())

    @overload
    def __getitem__(self, key: int) -> CallRecord: ...
    @overload
    def __getitem__(self, key: slice) -> list[CallRecord]: ...
    def __getitem__(self, key: int | slice) -> CallRecord | list[CallRecord]:
        return self._made()[key]

    def _made(self) -> list[CallRecord]:
        self._records += [self._record(*note) for note in self._notes[len(self._records) :]]
        return self._records

    def _record(self, call: Call, at: datetime, outcome: Reply | Exception) -> CallRecord:
        masks = self._masks_of(call.operation)
        answer, error, message = seen(outcome)
        return CallRecord(
            operation=call.operation,
            params=masks.params(call.params),
            answer=None if answer is None else masks.answer(answer),
            error=error,
            message=message,
            at=at,
            region=call.caller.region,
            account_id=call.caller.account_id,
            attempt=call.attempt,
            invocation_id=call.invocation_id,
            request_id=call.request_id,
        )


def seen(outcome: Reply | Exception) -> tuple[Mapping[str, Any] | None, str | None, str]:
    """What a client sees of how a try ended: the answer, or the error and its text."""
    if isinstance(outcome, Exception):
        return None, type(outcome).__name__, str(outcome)
    said = outcome.outcome
    if isinstance(said, ServiceError):
        return None, said.code, said.message
    if isinstance(said, NoReply):
        return None, said.value, ""
    return (None, GARBLED, said.decode(errors="replace")) if isinstance(said, bytes) else (said, None, "")
