"""Draws a Gantt chart as SVG, and an HTML page with the chart. It draws rows and bars, and does not know records.

No document needs external fonts, scripts or files. The colours follow `prefers-color-scheme`. The chart has its own
background, so that it is readable in light and dark notebooks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import NamedTuple

WIDTH, LEFT, RIGHT = 960, 250, 24
TOP, ROW, BAR, FOOT = 46, 40, 22, 36
LETTER = 6.6
"""Approximate width of a letter in a bar."""
MIN_WIDTH = 2.0
"""Minimum width of a bar, so that states without duration are visible."""

STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800)
)
MAX_TICKS = 8

GROUPS: Mapping[str, tuple[str, ...]] = {
    "on its way": ("CREATING", "SUBMITTED", "PENDING", "SCHEDULED", "STARTING"),
    "queued": ("QUEUED",),
    "ready": ("CREATED", "STARTED", "IDLE"),
    "at work": ("RUNNING", "BUSY"),
    "ending": ("STOPPING", "CANCELLING", "TERMINATING"),
    "over": ("STOPPED", "TERMINATED", "CANCELLED"),
    "success": ("SUCCESS",),
    "failed": ("FAILED",),
}
"""The states that share a colour, by the name in the legend."""
_GROUP = {state: group for group, states in GROUPS.items() for state in states}

LIGHT = ("#b6c6d9", "#e3c567", "#a9d5c4", "#4f8fd9", "#d9a37e", "#9aa3ad", "#2e9e5b", "#d1373f")
DARK = ("#4a5d75", "#8a6d14", "#2f6b57", "#2f6fb8", "#8a5a38", "#6b7480", "#2ea862", "#e5535a")
_PAPER = {"paper": ("#ffffff", "#16191d"), "ink": ("#1c2126", "#e8ebee"), "faint": ("#5d6771", "#a3adb7")}


class Bar(NamedTuple):
    """A state from `start` to `end`. A final state has no end and is drawn as a dot."""

    start: datetime
    end: datetime | None
    state: str
    tooltip: str


class Row(NamedTuple):
    """One line of the chart."""

    title: str
    subtitle: str
    bars: tuple[Bar, ...]


class CallMark(NamedTuple):
    """A try of a call, drawn as a stroke."""

    at: datetime
    tooltip: str
    has_failed: bool


def svg(rows: Sequence[Row], marks: Sequence[CallMark], start: datetime, end: datetime) -> str:
    """An SVG document with the rows, and the calls below them."""
    height = TOP + ROW * (len(rows) + bool(marks)) + FOOT
    scale = _Scale(start, end)
    body = [*_axis(scale, height), *(part for at, row in enumerate(rows) for part in _row(scale, TOP + ROW * at, row))]
    body += _call_marks(scale, TOP + ROW * len(rows), marks)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="emrs" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" aria-label="Timeline of EMR Serverless">',
            f"<style>{_style()}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{height}" rx="6"/>',
            *body,
            *_legend(rows, height - 14),
            "</svg>",
        ]
    )


def html(chart: str, text: str) -> str:
    """An HTML page with a chart, and the text below it."""
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Timeline of EMR Serverless</title>\n'
        "<style>:root{color-scheme:light dark}body{margin:2rem;font-family:system-ui,sans-serif}"
        "svg{max-width:100%;height:auto}pre{overflow-x:auto}</style>\n"
        f"{chart}\n<pre>{escape(text)}</pre>\n</html>\n"
    )


class _Scale:
    """Converts times to horizontal positions."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start = start
        self.span = max(end - start, STEPS[0])

    def x(self, moment: datetime) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ((moment - self.start) / self.span)

    def ticks(self) -> Iterator[datetime]:
        whole = next((step for step in STEPS if self.span / step <= MAX_TICKS), self.span / MAX_TICKS)
        yield from (self.start + whole * number for number in range(int(self.span / whole) + 1))


def _axis(scale: _Scale, height: int) -> Iterator[str]:
    began = scale.start.replace(tzinfo=None).isoformat(" ", "seconds")
    yield f'<text class="faint" x="16" y="24">from {began} UTC</text>'
    for tick in scale.ticks():
        x = f"{scale.x(tick):.1f}"
        yield f'<text class="faint" x="{x}" y="24" text-anchor="middle">{_after(tick - scale.start)}</text>'
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="32" y2="{height - FOOT}"/>'


def _after(span: timedelta) -> str:
    """A duration in its largest units: 90 seconds are `1:30`."""
    seconds = span // timedelta(seconds=1)
    if seconds >= 86400 and seconds % 3600 == 0:
        return f"{seconds // 86400} d" + (f" {seconds % 86400 // 3600} h" if seconds % 86400 else "")
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _row(scale: _Scale, top: int, row: Row) -> Iterator[str]:
    most = int((LEFT - 32) / LETTER)
    yield f'<text class="ink" x="16" y="{top + 14}">{_cut(row.title, most)}</text>'
    yield f'<text class="faint small" x="16" y="{top + 28}">{_cut(row.subtitle, most)}</text>'
    for bar in row.bars:
        shape = _dot(scale, top + 4, bar) if bar.end is None else _stretch(scale, top + 4, bar, bar.end)
        yield f"<g><title>{escape(bar.tooltip)}</title>{shape}</g>"


def _stretch(scale: _Scale, top: int, bar: Bar, end: datetime) -> str:
    x = scale.x(bar.start)
    width = max(scale.x(end) - x, MIN_WIDTH)
    shape = f'<rect class="{_class(bar.state)}" x="{x:.1f}" y="{top}" width="{width:.1f}" height="{BAR}"/>'
    if len(bar.state) * LETTER + 8 > width:
        return shape
    return f'{shape}<text class="ink small" x="{x + 5:.1f}" y="{top + 15}">{escape(bar.state)}</text>'


def _dot(scale: _Scale, top: int, bar: Bar) -> str:
    """A dot, and the name of the state on the side where it fits."""
    x, room = scale.x(bar.start), len(bar.state) * LETTER + 14
    is_right = x + room < WIDTH
    side = f'x="{x + 10:.1f}"' if is_right else f'x="{x - 10:.1f}" text-anchor="end"'
    dot = f'<circle class="{_class(bar.state)} dot" cx="{x:.1f}" cy="{top + BAR / 2}" r="6"/>'
    return f'{dot}<text class="ink small" {side} y="{top + 15}">{escape(bar.state)}</text>'


def _call_marks(scale: _Scale, top: int, marks: Sequence[CallMark]) -> Iterator[str]:
    """A stroke for each call. Calls at the same position share a stroke, whose tooltip names all of them."""
    if not marks:
        return
    yield f'<text class="ink" x="16" y="{top + 14}">calls</text>'
    yield f'<text class="faint small" x="16" y="{top + 28}">{len(marks)}</text>'
    strokes: dict[tuple[int, bool], Counter[str]] = {}
    for mark in marks:
        strokes.setdefault((round(scale.x(mark.at)), mark.has_failed), Counter())[mark.tooltip] += 1
    for (x, has_failed), tooltips in strokes.items():
        text = "\n".join(f"{name} ×{number}" if number > 1 else name for name, number in tooltips.items())
        name = "failed" if has_failed else "faint"
        stroke = f'<rect class="{name}" x="{x - 1}" y="{top + 4}" width="2" height="{BAR}"/>'
        yield f"<g><title>{escape(text)}</title>{stroke}</g>"


def _legend(rows: Sequence[Row], y: int) -> Iterator[str]:
    shown = {_GROUP.get(bar.state) for row in rows for bar in row.bars}
    x = float(LEFT)
    for group in (group for group in GROUPS if group in shown):
        name = group.replace(" ", "-")
        yield f'<rect class="{name}" x="{x:.1f}" y="{y - 9}" width="10" height="10"/>'
        yield f'<text class="faint small" x="{x + 15:.1f}" y="{y}">{group}</text>'
        x += 34 + len(group) * LETTER


def _class(state: str) -> str:
    return _GROUP.get(state, "over").replace(" ", "-")


def _cut(text: str, most: int) -> str:
    return escape(text if len(text) <= most else f"{text[: most - 1]}…")


def _style() -> str:
    fixed = (
        ".emrs text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}"
        ".emrs .small{font-size:11px}.emrs .dot{stroke-width:2}.emrs .grid{stroke-opacity:.25}"
    )
    return f"{fixed}{_colours(0)}@media(prefers-color-scheme:dark){{{_colours(1)}}}"


def _colours(mode: int) -> str:
    paper, ink, faint = (_PAPER[name][mode] for name in ("paper", "ink", "faint"))
    bars = zip(GROUPS, (LIGHT, DARK)[mode], strict=True)
    return (
        "".join(f".emrs .{group.replace(' ', '-')}{{fill:{colour}}}" for group, colour in bars)
        + f".emrs .paper{{fill:{paper}}}.emrs .ink{{fill:{ink}}}.emrs .faint{{fill:{faint}}}"
        + f".emrs .grid{{stroke:{faint}}}.emrs .dot{{stroke:{paper}}}"
    )
