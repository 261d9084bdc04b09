"""nextToken and maxResults, for every list operation.

A token names the last record of its page and belongs to one question: operation, account, region and filters. So a
page goes on where the last one ended, whatever became of the records in between (facts §8, §15.6, §16).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

from emrs_mock._call import Call
from emrs_mock.operations import page_tokens
from emrs_mock.operations.errors import invalid
from emrs_mock.sim.records import Attempt, JobRun, Record
from emrs_mock.sim.registers import Register


class Positioned(Protocol):
    """What can be listed: `seq` orders by age."""

    @property
    def seq(self) -> int: ...


R = TypeVar("R", bound=Record)
P = TypeVar("P", bound=Positioned)

Walk = Callable[[int, "int | None"], Iterator[tuple[int, P]]]
"""From a group and a position in it on: what follows, newest first, each with its group's number."""

PAGE_SIZE = 50  # assumed: the default is not documented (facts §8, §16)
_PAGING = ("nextToken", "maxResults")
_START = (0, None)


def page(call: Call, key: str, walk: Walk[P], view: Callable[[P], Mapping[str, Any]]) -> dict[str, Any]:
    """One page of what `walk` finds, and the token of the next one if there is more."""
    question = _question(call)
    size = call.params.get("maxResults") or PAGE_SIZE
    rows = list(islice(walk(*_read(call.params.get("nextToken"), question)), size + 1))
    answer: dict[str, Any] = {key: [view(item) for _, item in rows[:size]]}
    if len(rows) > size:
        group, last = rows[size - 1]
        answer["nextToken"] = page_tokens.write(question, (group, last.seq))
    return answer


def records(call: Call, register: Register[R], by_default: Collection[str] | None = None) -> Walk[R]:
    """Walk a register, grouped by state where states are asked for, within the bounds of creation.

    `by_default` are the states that are listed when none is asked for (None: all).
    """
    params = call.params
    asked = params.get("states")
    groups: Sequence[Collection[str] | None] = [(s,) for s in dict.fromkeys(asked)] if asked else [by_default]
    modes = (params["mode"],) if "mode" in params else None

    def walk(first: int, older_than: int | None) -> Iterator[tuple[int, R]]:
        for number in range(first, len(groups)):
            found = register.newest_first(
                register.drawers(groups[number], modes),
                older_than=older_than if number == first else None,
                created_from=params.get("createdAtAfter"),
                created_to=params.get("createdAtBefore"),
            )
            yield from ((number, record) for record in found)

    return walk


def attempts(run: JobRun) -> Walk[Attempt]:
    """Walk the attempts of a job run."""

    def walk(_: int, older_than: int | None) -> Iterator[tuple[int, Attempt]]:
        end = len(run.attempts) if older_than is None else older_than - 1
        return ((0, attempt) for attempt in reversed(run.attempts[:end]))

    return walk


def _question(call: Call) -> str:
    filters = {name: value for name, value in call.params.items() if name not in _PAGING}
    caller = call.caller
    return repr((call.operation, caller.account_id, caller.region, sorted(filters.items())))


def _read(token: str | None, question: str) -> tuple[int, int | None]:
    if token is None:
        return _START
    try:
        group, seq = page_tokens.read(token, question)
        return group, seq
    except ValueError:
        raise invalid("The nextToken is not valid.") from None
