"""nextToken and maxResults, for every list operation.

A token names the last record of its page and belongs to one question: operation, account, region and filters. A page
goes on where the last one ended. A record that has moved meanwhile, from a group that was still to come into one that
has been listed, is the first on the next page: no record is lost that matched from beginning to end (facts §8, §15.6,
§16).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeVar

from emrs_mock._call import Call
from emrs_mock.operations import page_tokens
from emrs_mock.operations.error_texts import invalid
from emrs_mock.sim.records import Attempt, JobRun, Record
from emrs_mock.sim.registers import Register
from emrs_mock.sim.world import World


class Positioned(Protocol):
    """What can be listed: `seq` orders by age."""

    @property
    def seq(self) -> int: ...


R = TypeVar("R", bound=Record)
P = TypeVar("P", bound=Positioned)


class Position(NamedTuple):
    """How far a list got: up to this record in this group, when so many changes had happened."""

    group: int
    seq: int
    changes: int = 0


Walk = Callable[["Position | None"], Iterator[tuple[Position, P]]]
"""From a position on (None: from the beginning): what follows, newest first, each with its own position."""

PAGE_SIZE = 50  # assumed: the default is not documented (facts §8, §16)
_PAGING = ("nextToken", "maxResults")


def page(call: Call, key: str, walk: Walk[P], view: Callable[[P], Mapping[str, Any]]) -> dict[str, Any]:
    """One page of what `walk` finds, and the token of the next one if there is more."""
    question = _question(call)
    size = call.params.get("maxResults") or PAGE_SIZE
    rows = list(islice(walk(_read(call.params.get("nextToken"), question)), size + 1))
    answer: dict[str, Any] = {key: [view(item) for _, item in rows[:size]]}
    if len(rows) > size:
        answer["nextToken"] = page_tokens.write(question, rows[size - 1][0])
    return answer


def records(world: World, call: Call, register: Register[R], by_default: Callable[[R], bool] | None = None) -> Walk[R]:
    """Walk a register, grouped by state where states are asked for, within the bounds of creation.

    `by_default` says which records are listed when no states are asked for (None: all).
    """
    asked = call.params.get("states")
    question = _Question(call.params, [(s,) for s in dict.fromkeys(asked)] if asked else [None])
    is_listed = (lambda record: True) if asked or by_default is None else by_default

    def walk(start: Position | None) -> Iterator[tuple[Position, R]]:
        if start is not None:
            yield from _moved_back(world, register, question, start)
        now = len(world.simulation.changes)
        first, older_than = (0, None) if start is None else start[:2]
        for group in range(first, len(question.groups)):
            found = question.walk(register, group, older_than if group == first else None)
            yield from ((Position(group, record.seq, now), record) for record in found if is_listed(record))

    return walk


class _Question:
    """What a list is asked for: groups of states (None: all), the mode, and the bounds of creation."""

    def __init__(self, params: Mapping[str, Any], groups: Sequence[Collection[str] | None]) -> None:
        self.groups = groups
        self._modes = (params["mode"],) if "mode" in params else None
        self._bounds = {"created_from": params.get("createdAtAfter"), "created_to": params.get("createdAtBefore")}

    def walk(self, register: Register[R], group: int, older_than: int | None) -> Iterator[R]:
        """The records of a group, newest first, beyond a position."""
        drawers = register.drawers(self.groups[group], self._modes)
        return register.newest_first(drawers, older_than=older_than, **self._bounds)

    def place(self, record: Record, state: str) -> tuple[int, int] | None:
        """Where a record is listed while it is in `state`; None where it is not."""
        after, before = self._bounds.values()
        fits = (
            (self._modes is None or record.drawer[1] in self._modes)
            and (after is None or record.created_at >= after)
            and (before is None or record.created_at <= before)
        )
        groups = (number for number, states in enumerate(self.groups) if states is None or state in states)
        group = next(groups, None)
        return (group, -record.seq) if fits and group is not None else None


def _moved_back(
    world: World, register: Register[R], question: _Question, start: Position
) -> Iterator[tuple[Position, R]]:
    """The records that were still to come at `start`, and have moved to where the list has been since."""
    listed_until, ahead, back = (start.group, -start.seq), set(), dict[str, int]()
    for number, change in enumerate(world.simulation.changes[start.changes :], start.changes):
        record = register.get(change.id)
        if record is None or change.before is None:
            continue
        before, after = (question.place(record, state) for state in (change.before, change.after))
        if before is not None and before > listed_until:
            ahead.add(record.id)
        if after is None or after > listed_until:
            back.pop(record.id, None)
        elif record.id in ahead:
            back.setdefault(record.id, number)
    for record_id, number in sorted(back.items(), key=lambda item: item[1]):
        moved = register.get(record_id)
        assert moved is not None
        yield start._replace(changes=number + 1), moved


def attempts(run: JobRun) -> Walk[Attempt]:
    """Walk the attempts of a job run."""

    def walk(start: Position | None) -> Iterator[tuple[Position, Attempt]]:
        end = None if start is None else start.seq - 1
        return ((Position(0, attempt.number), attempt) for attempt in reversed(run.attempts[:end]))

    return walk


def _question(call: Call) -> str:
    filters = {name: value for name, value in call.params.items() if name not in _PAGING}
    caller = call.caller
    return repr((call.operation, caller.account_id, caller.region, sorted(filters.items())))


def _read(token: str | None, question: str) -> Position | None:
    if token is None:
        return None
    try:
        return Position(*page_tokens.read(token, question))
    except (TypeError, ValueError):
        raise invalid("The nextToken is not valid.") from None
