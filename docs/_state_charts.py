"""Draws the states of a kind of record from its table in `emrs_mock/sim/lifecycles.py`.

The states stand one below the other. An event that leads to the next one is an arrow between the two. Every other event
leaves its state to the side: right if it leads down, left if it leads back up. All that lead to the same state share a
lane.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from emrs_mock.observation.gantt_chart import DARK, GROUPS, LIGHT
from emrs_mock.sim.lifecycles import CALLED, TABLES, is_final

BOX, PITCH, BETWEEN, LANE, MARGIN, LETTER = 132, 19, 38, 18, 14, 6.7
ROWS: Mapping[str, tuple[str, ...]] = {
    "job_run": (
        "SUBMITTED",
        "QUEUED",
        "PENDING",
        "SCHEDULED",
        "RUNNING",
        "SUCCESS",
        "FAILED",
        "CANCELLING",
        "CANCELLED",
    ),
}
"""From the top, where that is not the order of the table."""
PAPER = {"paper": ("#ffffff", "#16191d"), "ink": ("#1c2126", "#e8ebee"), "faint": ("#5d6771", "#a3adb7")}
LEGEND = (
    "bold: a call, or the test, brings it about",
    "other events come by themselves",
    "double frame: a final state",
)


class Arrow(NamedTuple):
    """The events of one state that lead to the same other state."""

    source: int
    target: int
    events: tuple[str, ...]

    def width(self) -> float:
        """How much room the names of the events take."""
        return LETTER * len(", ".join(self.events))


def arrows(kind: str, rows: tuple[str, ...]) -> Iterator[Arrow]:
    """All transitions, one arrow for each pair of states."""
    for state in rows:
        reached: dict[str, list[str]] = {}
        for event, to in TABLES[kind][state].items():
            if to != state:
                reached.setdefault(to, []).append(event)
        for to, events in reached.items():
            yield Arrow(rows.index(state), rows.index(to), tuple(events))


class Side:
    """The lanes of one side, nearest first, and the places at which arrows leave a state."""

    def __init__(self, found: list[Arrow], edge: float, to_the: int) -> None:
        self.arrows, self.edge, self.to_the = found, edge, to_the
        self.targets = sorted({arrow.target for arrow in found}, key=lambda target: to_the * target)
        self.labels = max((arrow.width() for arrow in found), default=-12) + 12

    def width(self) -> float:
        """How much room the side takes."""
        return self.labels + LANE * max(len(self.targets) - 1, 0) if self.arrows else 0

    def x(self, target: int) -> float:
        """Where the lane to a state is."""
        return self.edge + self.to_the * (self.labels + LANE * self.targets.index(target))

    def of(self, source: int) -> list[Arrow]:
        """The arrows that leave a state, from the top: the longest way first, so that they cross least."""
        leaving = [arrow for arrow in self.arrows if arrow.source == source]
        return sorted(leaving, key=lambda arrow: -self.targets.index(arrow.target))

    def places(self, row: int) -> int:
        """How many arrows leave a state on this side or come to it."""
        return len(self.of(row)) + (row in self.targets)


def chart(kind: str) -> str:
    """The chart of a kind of record as SVG, for light and dark pages."""
    rows = ROWS.get(kind, tuple(TABLES[kind]))
    found = list(arrows(kind, rows))
    straight = [arrow for arrow in found if arrow.target == arrow.source + 1]
    back = Side([arrow for arrow in found if arrow.target < arrow.source], 0, -1)
    left = MARGIN + back.width()
    back.edge = left
    ahead = Side([arrow for arrow in found if arrow.target > arrow.source + 1], left + BOX, 1)
    heights = [max(30, 6 + PITCH * max(back.places(row), ahead.places(row))) for row in range(len(rows))]
    tops = [MARGIN + sum(heights[:row]) + BETWEEN * row for row in range(len(rows))]
    width = max(left + BOX + ahead.width() + MARGIN, 300)
    height = tops[-1] + heights[-1] + 20 + 16 * len(LEGEND)
    lines = [*boxes(kind, rows, left, tops, heights), *down(straight, left, tops, heights)]
    for side in (back, ahead):
        lines += lanes(side, rows, tops)
    lines += [
        f'<text class="faint small" x="{MARGIN}" y="{height - 16 * (len(LEGEND) - place) + 6:.0f}">{text}</text>'
        for place, text in enumerate(LEGEND)
    ]
    name = kind.replace("_", " ")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="states" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="The states of {name}s">',
            f"<style>{style()}</style>",
            '<marker id="tip" orient="auto" markerWidth="9" markerHeight="8" refX="8" refY="4">'
            '<path class="ink" d="M0 0L9 4L0 8z"/></marker>',
            f'<rect class="paper" width="{width:.0f}" height="{height:.0f}" rx="6"/>',
            *lines,
            "</svg>\n",
        ]
    )


def boxes(kind: str, rows: tuple[str, ...], left: float, tops: list[float], heights: list[int]) -> Iterator[str]:
    """A box for each state, in the colour that it has in a timeline."""
    group = {state: name for name, states in GROUPS.items() for state in states}
    for state, top, height in zip(rows, tops, heights, strict=True):
        colour = group[state].replace(" ", "-")
        place = f'x="{left:.0f}" y="{top:.0f}" width="{BOX}" height="{height}" rx="5"'
        yield f'<rect class="box {colour}" {place}/>'
        if is_final(kind, state):
            inner = f'x="{left + 3:.0f}" y="{top + 3:.0f}" width="{BOX - 6}" height="{height - 6}" rx="3"'
            yield f'<rect class="frame" {inner}/>'
        yield f'<text class="ink name" x="{left + BOX / 2:.0f}" y="{top + height / 2 + 4.5:.1f}">{state}</text>'


def down(straight: list[Arrow], left: float, tops: list[float], heights: list[int]) -> Iterator[str]:
    """The arrows to the next state."""
    for arrow in straight:
        x, top, bottom = left + BOX / 2, tops[arrow.source] + heights[arrow.source], tops[arrow.target]
        yield f'<path class="line" d="M{x:.0f} {top:.0f}V{bottom - 1:.0f}" marker-end="url(#tip)"/>'
        yield label(arrow, x + 8, (top + bottom) / 2 + 3, "start")


def lanes(side: Side, rows: tuple[str, ...], tops: list[float]) -> Iterator[str]:
    """The arrows of one side: each leaves its state, and follows the lane of its target."""
    for row in range(len(rows)):
        for place, arrow in enumerate(side.of(row), start=int(row in side.targets)):
            y, x = tops[row] + 14 + PITCH * place, side.x(arrow.target)
            end = tops[arrow.target] + 14
            turn = 6 if end > y else -6
            yield (
                f'<path class="line lane{arrow.target}" d="M{side.edge:.0f} {y:.0f}H{x - side.to_the * 6:.0f}'
                f"Q{x:.0f} {y:.0f} {x:.0f} {y + turn:.0f}V{end - turn:.0f}"
                f'Q{x:.0f} {end:.0f} {x - side.to_the * 6:.0f} {end:.0f}H{side.edge + side.to_the:.0f}" '
                'marker-end="url(#tip)"/>'
            )
            yield label(arrow, side.edge + side.to_the * 6, y - 4, "start" if side.to_the > 0 else "end")


def label(arrow: Arrow, x: float, y: float, anchor: str) -> str:
    """The names of the events of an arrow."""
    names = (f'<tspan class="called">{event}</tspan>' if event in CALLED else event for event in arrow.events)
    return f'<text class="ink event" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{", ".join(names)}</text>'


def style() -> str:
    """The colours, light and dark."""

    def colours(which: int) -> str:
        of = {name: pair[which] for name, pair in PAPER.items()}
        fills = "".join(f".{name}{{fill:{colour}}}" for name, colour in of.items())
        names = (group.replace(" ", "-") for group in GROUPS)
        fills += "".join(f".{name}{{fill:{fill}}}" for name, fill in zip(names, (LIGHT, DARK)[which], strict=True))
        return f"{fills}.line{{stroke:{of['faint']}}}.frame{{stroke:{of['ink']}}}.name{{fill:{of['ink']}}}"

    fonts = (
        "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}.small{font-size:11px}"
        ".event{font:11px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}.called{font-weight:bold}"
        ".name{font-weight:bold;text-anchor:middle}.line,.frame{fill:none}.line{stroke-width:1.3}"
    )
    return f"{fonts}{colours(0)}@media(prefers-color-scheme:dark){{{colours(1)}}}"
