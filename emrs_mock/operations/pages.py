"""nextToken and maxResults, for every list operation.

A token names the last record of its page and belongs to one question: operation, account, region and filters. So a
page goes on where the last one ended, whatever became of the records in between (facts §8, §15.6, §16).
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from emrs_mock._call import Call
from emrs_mock.operations.refusals import invalid
from emrs_mock.sim.records import Record
from emrs_mock.sim.registers import Register

R = TypeVar("R", bound=Record)

PAGE_SIZE = 50  # assumed: the default is not documented (facts §8, §16)
_PAGING = ("nextToken", "maxResults")
_START = (0, None)


def page(
    call: Call,
    key: str,
    register: Register[R],
    view: Callable[[R], Mapping[str, Any]],
    by_default: Collection[str] | None = None,
) -> dict[str, Any]:
    """One page of a register, newest first, grouped by state where states are asked for.

    `by_default` are the states that are listed when none is asked for (None: all).
    """
    asked = call.params.get("states")
    groups: Sequence[Collection[str] | None] = [(s,) for s in dict.fromkeys(asked)] if asked else [by_default]
    question = _question(call)
    found = _walk(call.params, register, groups, *_read(call.params.get("nextToken"), question))
    size = call.params.get("maxResults") or PAGE_SIZE
    rows = list(islice(found, size + 1))
    answer: dict[str, Any] = {key: [view(record) for _, record in rows[:size]]}
    if len(rows) > size:
        group, last = rows[size - 1]
        answer["nextToken"] = _write(question, group, last.seq)
    return answer


def _walk(
    params: Mapping[str, Any],
    register: Register[R],
    groups: Sequence[Collection[str] | None],
    first: int,
    older_than: int | None,
) -> Iterator[tuple[int, R]]:
    mode = params.get("mode")
    for number in range(first, len(groups)):
        drawers = register.drawers(groups[number], None if mode is None else (mode,))
        yield from (
            (number, record)
            for record in register.newest_first(
                drawers,
                older_than=older_than if number == first else None,
                created_from=params.get("createdAtAfter"),
                created_to=params.get("createdAtBefore"),
            )
        )


def _question(call: Call) -> int:
    filters = {name: value for name, value in call.params.items() if name not in _PAGING}
    caller = call.caller
    return zlib.crc32(repr((call.operation, caller.account_id, caller.region, sorted(filters.items()))).encode())


def _write(question: int, group: int, seq: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([question, group, seq]).encode()).decode()


def _read(token: str | None, question: int) -> tuple[int, int | None]:
    if token is None:
        return _START
    try:
        asked, group, seq = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
        if asked == question:
            return int(group), int(seq)
    except (binascii.Error, ValueError, TypeError):
        pass
    raise invalid("The nextToken is not valid.")
