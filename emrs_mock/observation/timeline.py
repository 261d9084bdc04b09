"""The timeline: for each record its states and their times; and the calls. Computed from the simulation's changes.

`tracks` makes the data, `as_text` the text for a terminal; `Timeline` gives both to the test's author. The chart is in
`gantt_chart`; how workers are shown is in `worker_stints`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from emrs_mock._misspelt import Hinting
from emrs_mock.observation import gantt_chart
from emrs_mock.observation.calls import Try
from emrs_mock.observation.harmless_text import encodable, printable
from emrs_mock.observation.places import Place, place_in_words
from emrs_mock.observation.worker_stints import WorkerStint, changing_levels, in_words, worker_stints
from emrs_mock.sim.copies import uncollected
from emrs_mock.sim.lifecycles import is_final
from emrs_mock.sim.records import Change, JobRun, Session
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.stints import Level

HEADER = ("time (UTC)", "since start", "state", "lasted", "")
ALIGNED = "<><><"
NOBODY: Mapping[str, JobRun | Session] = {}
Row = tuple[str, str, str, str, str]


class Step(NamedTuple):
    """A state of a record: its start, its duration (None: it has not ended), the attempt and the state details."""

    at: datetime
    state: str
    lasted: timedelta | None
    attempt: int | None
    details: str


class Track(NamedTuple):
    """The states of one record, in order; for a job run or session its workers too."""

    kind: str
    id: str
    steps: tuple[Step, ...]
    workers: tuple[WorkerStint, ...] = ()


class Timeline(Hinting):
    """What happened in a mock before this object was made. `str(timeline)` is the text."""

    def __init__(self, simulation: Simulation, calls: Iterable[Try]) -> None:
        with simulation.lock:
            self._now = simulation.now
            with uncollected():
                self._calls = tuple(calls)
                owned = ((key, record) for key, (_, record) in simulation.owners.items())
                self._working = {key: record for key, record in owned if isinstance(record, JobRun | Session)}
                self.tracks = tracks(simulation.changes, self._working)
                self._levels = list(changing_levels(self._working.values()))
                self._names = {key: str(record.spec.get("name", "")) for key, (_, record) in simulation.owners.items()}
                self._places = {key: (world.account_id, world.region) for key, (world, _) in simulation.owners.items()}
                self._all_places = set(simulation.worlds)
        begun = [track.steps[0].at for track in self.tracks] + [call.at for call in self._calls]
        self._start = min(begun, default=self._now)

    def to_json(self) -> str:
        """All of it as a JSON document: times in ISO 8601, durations in seconds."""
        calls = [
            {"at": _iso(call.at), "operation": call.operation, "attempt": call.attempt, "error": call.error}
            | dict(zip(_PLACE, _place(call), strict=True))
            for call in self._calls
        ]
        span = {"start": _iso(self._start), "end": _iso(self._now)}
        return json.dumps({**span, "records": list(self._records()), "calls": calls})

    def to_svg(self) -> str:
        """A Gantt chart as an SVG document without external files; it follows the reader's light or dark mode."""
        marks = [gantt_chart.CallMark(call.at, self._label(call), call.error is not None) for call in self._calls]
        return gantt_chart.svg(list(self._rows()), marks, self._start, self._now)

    def to_html(self) -> str:
        """The chart and the text as an HTML document without external files."""
        return gantt_chart.html(self.to_svg(), str(self))

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __str__(self) -> str:
        parts = [
            as_text(self.tracks, self._titles(), self._start),
            workers_as_text(self._levels, self._names, self._start),
            calls_as_text([(call, self._where(_place(call))) for call in self._calls], self._start),
        ]
        return "\n\n".join(filter(None, parts)) or "Nothing has happened."

    __repr__ = __str__

    def _where(self, place: Place) -> str:
        return place_in_words(place, self._all_places)

    def _label(self, call: Try) -> str:
        return " ".join(filter(None, (_label(call), self._where(_place(call)))))

    def _titles(self) -> Mapping[str, str]:
        """What is shown of each record beside its kind and id: its name, and its place if there are several."""
        places = {key: self._where(place) for key, place in self._places.items()}
        return {key: "  ".join(filter(None, (name, places[key]))) for key, name in self._names.items()}

    def _records(self) -> Iterator[dict[str, Any]]:
        for track in self.tracks:
            steps = [
                {
                    "at": _iso(step.at),
                    "state": step.state,
                    "seconds": None if step.lasted is None else step.lasted.total_seconds(),
                    "attempt": step.attempt,
                    "details": encodable(step.details),
                }
                for step in track.steps
            ]
            name = encodable(self._names.get(track.id, ""))
            place = dict(zip(_PLACE, self._places.get(track.id, (None, None)), strict=True))
            record = {"kind": track.kind, "id": track.id, "name": name or None, **place, "states": steps}
            yield {**record, "workers": [_plain(stint) for stint in track.workers]} if track.workers else record

    def _rows(self) -> Iterator[gantt_chart.Row]:
        """One row for each record; for a job run with several attempts, one row for each attempt."""
        for track in self.tracks:
            attempts = sorted({step.attempt or 1 for step in track.steps})
            for attempt in attempts:
                title = track.kind.replace("_", " ") + (f", attempt {attempt}" if len(attempts) > 1 else "")
                steps = [step for step in track.steps if (step.attempt or 1) == attempt]
                bars = [self._bar(track.kind, step) for step in steps]
                if attempt != attempts[-1] and bars[-1].end is not None:  # an attempt ends where the next one begins
                    bars.append(gantt_chart.Bar(bars[-1].end, None, "FAILED", "FAILED"))
                name = printable(self._titles().get(track.id, ""))
                yield gantt_chart.Row(f"{title} {name}".rstrip(), track.id, tuple(bars))

    def _bar(self, kind: str, step: Step) -> gantt_chart.Bar:
        end = None if is_final(kind, step.state) else step.at + step.lasted if step.lasted is not None else self._now
        lasted = "" if end is None else f" for {format_duration(end - step.at)}"
        return gantt_chart.Bar(step.at, end, step.state, f"{step.state}{lasted}\n{printable(step.details)}".rstrip())


def _iso(moment: datetime) -> str:
    return moment.isoformat()


def _plain(stint: WorkerStint) -> dict[str, Any]:
    until = None if stint.until is None else _iso(stint.until)
    return {**stint._asdict(), "since": _iso(stint.since), "until": until}


def tracks(changes: Iterable[Change], working: Mapping[str, JobRun | Session] = NOBODY) -> list[Track]:
    """The tracks of all records, in order of creation; with the workers of those that are given, by id."""
    by_id: dict[str, list[Change]] = {}
    for change in changes:
        by_id.setdefault(change.id, []).append(change)
    return [
        Track(own[0].kind, key, _steps(own), worker_stints(working[key]) if key in working else ())
        for key, own in by_id.items()
    ]


def _steps(changes: Sequence[Change]) -> tuple[Step, ...]:
    steps = [Step(one.at, one.after, then.at - one.at, one.attempt, one.details) for one, then in pairwise(changes)]
    last = changes[-1]
    return (*steps, Step(last.at, last.after, None, last.attempt, last.details))


def as_text(tracks: Sequence[Track], names: Mapping[str, str], start: datetime) -> str:
    """The tracks as aligned lines; `names` are the records' names by id, times count from `start`."""
    tables = [(track, [_row(step, start) for step in track.steps]) for track in tracks]
    widths = _widths([HEADER, *(row for _, rows in tables for row in rows)])
    lines = [_line(HEADER, widths)] if tracks else []
    for track, rows in tables:
        lines += ["", f"{track.kind.replace('_', ' ')} {track.id}  {printable(names.get(track.id, ''))}".rstrip()]
        lines += [_line(row, widths) for row in rows]
    return "\n".join(lines)


def _row(step: Step, start: datetime) -> Row:
    again = f" (attempt {step.attempt})" if (step.attempt or 1) > 1 else ""
    lasted = "" if step.lasted is None else format_duration(step.lasted)
    return (*_moment(step.at, start), step.state + again, lasted, printable(step.details))


def _moment(at: datetime, start: datetime) -> tuple[str, str]:
    return at.replace(tzinfo=None).isoformat(" ", "seconds"), format_duration(at - start)


def workers_as_text(
    changing: Iterable[tuple[JobRun | Session, int, Sequence[Level]]], names: Mapping[str, str], start: datetime
) -> str:
    """The numbers of executors over time as lines, for the attempts and sessions in which they changed."""
    lines = []
    for record, attempt, levels in changing:
        again = f" (attempt {attempt})" if attempt > 1 else ""
        title = f"executors of {record.kind.replace('_', ' ')} {record.id}{again}"
        lines += ["", f"{title}  {printable(names.get(record.id, ''))}".rstrip()]
        rows = [(*_moment(level.at, start), in_words(level), "", "") for level in levels]
        widths = _widths(rows)
        lines += [_line(row, widths) for row in rows]
    return "\n".join(lines[1:])


def calls_as_text(calls: Sequence[tuple[Try, str]], start: datetime) -> str:
    """The calls, each with its place in words, as lines; consecutive calls that differ in time only share one."""
    groups = groupby(calls, key=lambda each: (_label(each[0]), each[1]))
    rows = [_call_row([call for call, _ in group], place, start) for (_, place), group in groups]
    widths = _widths(rows) if rows else []
    return "\n".join(["calls", *(_line(row, widths) for row in rows)]) if rows else ""


def _call_row(group: Sequence[Try], place: str, start: datetime) -> Row:
    first, last = group[0], group[-1]
    times = f" ×{len(group)}" if len(group) > 1 else ""
    lasted = format_duration(last.at - first.at) if last.at > first.at else ""
    return (*_moment(first.at, start), first.operation + times, lasted, "  ".join(filter(None, (place, first.error))))


_PLACE = ("account", "region")


def _place(call: Try) -> Place:
    return call.account_id, call.region


def _label(call: Try) -> str:
    return f"{call.operation}: {call.error}" if call.error else call.operation


def _widths(rows: Sequence[Row]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(row: Row, widths: Sequence[int]) -> str:
    cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, ALIGNED, widths, strict=True))
    return "  " + "  ".join(cells).rstrip()


def format_duration(span: timedelta) -> str:
    """A duration as `0:01:30`, cut to the second."""
    return str(timedelta(seconds=span // timedelta(seconds=1)))
