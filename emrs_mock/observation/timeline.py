"""`emr.timeline()`: the states of each record over time, the workers of job runs, and the calls.

`tracks` makes the data of the changes, `as_text` the text of a terminal; `Timeline` has both. The chart is drawn in
`gantt_chart`; how workers are shown is in `worker_stints`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from emrs_mock.observation import gantt_chart
from emrs_mock.observation.calls import CallRecord
from emrs_mock.observation.worker_stints import WorkerStint, changing_levels, said, worker_stints
from emrs_mock.sim.lifecycles import is_final
from emrs_mock.sim.records import Attempt, Change, JobRun
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.stints import Level

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
    """The states of one record over time; of a job run its workers too."""

    kind: str
    id: str
    steps: tuple[Step, ...]
    workers: tuple[WorkerStint, ...] = ()


class Timeline:
    """What happened in a mock until the moment it was asked for. Its text is `str(timeline)`."""

    def __init__(self, simulation: Simulation, calls: Iterable[CallRecord]) -> None:
        with simulation.lock:
            self._now = simulation.now
            self._calls = tuple(calls)
            self._runs = {key: run for key, (_, run) in simulation.owners.items() if isinstance(run, JobRun)}
            self.tracks = [self._with_workers(way) for way in tracks(simulation.changes)]
            self._levels = list(changing_levels(self._runs.values()))
            self._names = {key: str(record.spec.get("name", "")) for key, (_, record) in simulation.owners.items()}
        begun = [way.steps[0].at for way in self.tracks] + [call.at for call in self._calls]
        self._start = min(begun, default=self._now)

    def to_json(self) -> str:
        """All of it as a JSON document: times in ISO 8601, durations in seconds."""
        calls = [
            {"at": _iso(call.at), "operation": call.operation, "attempt": call.attempt, "error": call.error}
            for call in self._calls
        ]
        span = {"start": _iso(self._start), "end": _iso(self._now)}
        return json.dumps({**span, "records": list(self._records()), "calls": calls})

    def to_svg(self) -> str:
        """A Gantt chart as an SVG document that needs no other file; it follows the reader's light or dark mode."""
        looks = [gantt_chart.Look(call.at, _told(call), call.error is not None) for call in self._calls]
        return gantt_chart.svg(list(self._rows()), looks, self._start, self._now)

    def to_html(self) -> str:
        """The chart and the text as an HTML document that needs no other file."""
        return gantt_chart.html(self.to_svg(), str(self))

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __str__(self) -> str:
        parts = [
            as_text(self.tracks, self._names, self._start),
            workers_as_text(self._levels, self._names, self._start),
            calls_as_text(self._calls, self._start),
        ]
        return "\n\n".join(filter(None, parts)) or "Nothing has happened."

    __repr__ = __str__

    def _with_workers(self, way: Track) -> Track:
        run = self._runs.get(way.id)
        return way if run is None else replace(way, workers=worker_stints(run))

    def _records(self) -> Iterator[dict[str, Any]]:
        for way in self.tracks:
            steps = [
                {
                    "at": _iso(step.at),
                    "state": step.state,
                    "seconds": None if step.lasted is None else step.lasted.total_seconds(),
                    "attempt": step.attempt,
                    "details": step.details,
                }
                for step in way.steps
            ]
            record = {"kind": way.kind, "id": way.id, "name": self._names.get(way.id) or None, "states": steps}
            yield {**record, "workers": [_plain(stint) for stint in way.workers]} if way.workers else record

    def _rows(self) -> Iterator[gantt_chart.Row]:
        """A row for each record; where a job run had several attempts, one for each."""
        for way in self.tracks:
            attempts = sorted({step.attempt or 1 for step in way.steps})
            for attempt in attempts:
                title = way.kind.replace("_", " ") + (f", attempt {attempt}" if len(attempts) > 1 else "")
                steps = [step for step in way.steps if (step.attempt or 1) == attempt]
                bars = [self._bar(way.kind, step) for step in steps]
                if attempt != attempts[-1] and bars[-1].end is not None:  # its end is the next one's beginning
                    bars.append(gantt_chart.Bar(bars[-1].end, None, "FAILED", "FAILED"))
                yield gantt_chart.Row(f"{title} {self._names.get(way.id, '')}".rstrip(), way.id, tuple(bars))

    def _bar(self, kind: str, step: Step) -> gantt_chart.Bar:
        end = None if is_final(kind, step.state) else step.at + step.lasted if step.lasted is not None else self._now
        lasted = "" if end is None else f" for {clock_face(end - step.at)}"
        return gantt_chart.Bar(step.at, end, step.state, f"{step.state}{lasted}\n{step.details}".rstrip())


def _iso(moment: datetime) -> str:
    return moment.isoformat()


def _plain(stint: WorkerStint) -> dict[str, Any]:
    until = None if stint.until is None else _iso(stint.until)
    return {**asdict(stint), "since": _iso(stint.since), "until": until}


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
    lasted = "" if step.lasted is None else clock_face(step.lasted)
    return (*_moment(step.at, start), step.state + again, lasted, step.details)


def _moment(at: datetime, start: datetime) -> tuple[str, str]:
    return at.replace(tzinfo=None).isoformat(" ", "seconds"), clock_face(at - start)


def workers_as_text(
    changing: Iterable[tuple[JobRun, Attempt, Sequence[Level]]], names: Mapping[str, str], start: datetime
) -> str:
    """The numbers of executors over time as lines, of the attempts in which they changed."""
    lines = []
    for run, attempt, levels in changing:
        again = f" (attempt {attempt.number})" if attempt.number > 1 else ""
        lines += ["", f"executors of job run {run.id}{again}  {names.get(run.id, '')}".rstrip()]
        rows = [(*_moment(level.at, start), said(level), "", "") for level in levels]
        widths = _widths(rows)
        lines += [_line(row, widths) for row in rows]
    return "\n".join(lines[1:])


def calls_as_text(calls: Sequence[CallRecord], start: datetime) -> str:
    """The calls as lines, those that follow each other and are alike as one."""
    stretches = [list(alike) for _, alike in groupby(calls, key=_told)]
    rows = [_call_row(stretch, start) for stretch in stretches]
    widths = _widths(rows) if rows else []
    return "\n".join(["calls", *(_line(row, widths) for row in rows)]) if rows else ""


def _call_row(alike: Sequence[CallRecord], start: datetime) -> Row:
    first, last = alike[0], alike[-1]
    times = f" ×{len(alike)}" if len(alike) > 1 else ""
    lasted = clock_face(last.at - first.at) if last.at > first.at else ""
    return (*_moment(first.at, start), first.operation + times, lasted, first.error or "")


def _told(call: CallRecord) -> str:
    return f"{call.operation}: {call.error}" if call.error else call.operation


def _widths(rows: Sequence[Row]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(row: Row, widths: Sequence[int]) -> str:
    cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, ALIGNED, widths, strict=True))
    return "  " + "  ".join(cells).rstrip()


def clock_face(span: timedelta) -> str:
    """A span as `0:01:30`, cut to the second."""
    return str(timedelta(seconds=span // timedelta(seconds=1)))
