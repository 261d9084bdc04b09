"""What happened, record by record: the states each went through and when. Views of changes; pure.

`tracks` is the data, `as_text` what a terminal shows of it. Nothing here looks at a record or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emrs_mock.sim.records import Change

HEADER = ("time (UTC)", "since start", "state", "lasted", "")
ALIGNED = "<><><"
Row = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A state that a record was in: from when, for how long (None: it still is), in which attempt, and why."""

    at: datetime
    state: str
    lasted: timedelta | None
    attempt: int | None
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The way of one record through its states."""

    kind: str
    id: str
    steps: tuple[Step, ...]


def tracks(changes: Iterable[Change]) -> list[Track]:
    """The ways of all records, in order of creation."""
    by_id: dict[str, list[Change]] = {}
    for change in changes:
        by_id.setdefault(change.id, []).append(change)
    return [Track(kind=own[0].kind, id=record_id, steps=tuple(_steps(own))) for record_id, own in by_id.items()]


def _steps(changes: Sequence[Change]) -> Iterator[Step]:
    ends: list[datetime | None] = [change.at for change in changes[1:]]
    for change, end in zip(changes, [*ends, None], strict=True):
        lasted = None if end is None else end - change.at
        yield Step(at=change.at, state=change.after, lasted=lasted, attempt=change.attempt, details=change.details)


def as_text(ways: Sequence[Track], names: Mapping[str, str], start: datetime) -> str:
    """The ways as aligned lines; `names` are the records' names by id, times count from `start`."""
    tables = {way: [_row(step, start) for step in way.steps] for way in ways}
    widths = _widths([HEADER, *(row for rows in tables.values() for row in rows)])
    lines = [_line(HEADER, widths)] if ways else []
    for way, rows in tables.items():
        lines += ["", f"{way.kind.replace('_', ' ')} {way.id}  {names.get(way.id, '')}".rstrip()]
        lines += [_line(row, widths) for row in rows]
    return "\n".join(lines)


def _row(step: Step, start: datetime) -> Row:
    again = f" (attempt {step.attempt})" if (step.attempt or 1) > 1 else ""
    at = step.at.replace(tzinfo=None).isoformat(" ", "seconds")
    lasted = "" if step.lasted is None else clock_face(step.lasted)
    return at, clock_face(step.at - start), step.state + again, lasted, step.details


def _widths(rows: Sequence[Row]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(row: Row, widths: Sequence[int]) -> str:
    cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, ALIGNED, widths, strict=True))
    return "  " + "  ".join(cells).rstrip()


def clock_face(span: timedelta) -> str:
    """A span as `0:01:30`, cut to the second."""
    return str(timedelta(seconds=span // timedelta(seconds=1)))
