"""What the picture of a timeline says, read from the picture: where bars are, what stands beside them, what fits."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.observation.gantt_chart import GROUPS, Bar, CallMark, Row, html, svg

START = datetime(2026, 1, 31, 4, tzinfo=timezone.utc)
SVG = "{http://www.w3.org/2000/svg}"
SMALL, LARGE = 6.2, 6.8  # about how wide a letter is, in pixels, of the two sizes of text
NEAR = pytest.approx
STATES = [state for states in GROUPS.values() for state in states]


def after(minutes):
    """A moment that many minutes after the start."""
    return START + timedelta(minutes=minutes)


def bar(start, end, state="RUNNING", tooltip="a tooltip"):
    """A bar from and to a minute; without an end a mark."""
    return Bar(after(start), None if end is None else after(end), state, tooltip)


class Box(NamedTuple):
    """Where something is in the picture, and what it says."""

    left: float
    top: float
    right: float
    bottom: float
    name: str
    tooltip: str = ""


class Picture:
    """What is in an SVG document of rows and calls, by its meaning for a reader."""

    def __init__(self, *rows, calls=(), minutes=80):
        self.text = svg(rows, calls, START, after(minutes))
        self.root = ElementTree.fromstring(self.text)
        tooltips = {id(part): group[0].text for group in self.root.iter(f"{SVG}g") for part in group[1:]}
        boxes = [(part, tooltips.get(id(part), "")) for part in self.root.iter(f"{SVG}rect")]
        self.paper, *rest = [box(part, tooltip) for part, tooltip in boxes]
        self.shapes = [shape for shape in rest if shape.tooltip]
        self.bars = [shape for shape in self.shapes if shape.name not in ("faint", "failed") or self.is_above(shape)]
        self.strokes = [shape for shape in self.shapes if shape not in self.bars]
        self.legend = [shape for shape in rest if not shape.tooltip]
        self.dots = [dot(part, tooltips[id(part)]) for part in self.root.iter(f"{SVG}circle")]
        self.words = [word(part) for part in self.root.iter(f"{SVG}text")]
        self.grid = [
            Box(*(float(part.get(name)) for name in ("x1", "y1", "x2", "y2")), "grid")
            for part in self.root.iter(f"{SVG}line")
        ]

    def is_above(self, shape):
        """Whether a shape is in the row of a record, not in that of the calls."""
        return not any(text.name == "calls" and text.bottom < shape.bottom + 3 for text in map(word, self.texts()))

    def texts(self):
        """The elements with words."""
        return self.root.iter(f"{SVG}text")

    def said(self, name):
        """The only words like that."""
        (found,) = (word for word in self.words if word.name == name)
        return found

    def ticks(self):
        """The words above the grid, and where their middle is."""
        lines = {round(line.left, 1): line for line in self.grid}
        middles = {tick.name: (tick.left + tick.right) / 2 for tick in self.words if tick.bottom < 32}
        return {name: middle for name, middle in middles.items() if round(middle, 1) in lines}

    def moment(self, minutes):
        """Where a minute of the first 80 is, as the ticks tell it."""
        ticks = self.ticks()
        return ticks["0:00"] + (ticks["1:20:00"] - ticks["0:00"]) * minutes / 80


def box(part, tooltip):
    """A rectangle."""
    x, y, width, height = (float(part.get(name, 0)) for name in ("x", "y", "width", "height"))
    return Box(x, y, x + width, y + height, part.get("class"), tooltip)


def dot(part, tooltip):
    """A circle."""
    x, y, radius = (float(part.get(name)) for name in ("cx", "cy", "r"))
    return Box(x - radius, y - radius, x + radius, y + radius, part.get("class"), tooltip)


def word(part):
    """A text, with the room that it takes by its letters."""
    x, y, wide = float(part.get("x")), float(part.get("y")), len(part.text) * letter(part)
    left = x - {"end": wide, "middle": wide / 2, None: 0}[part.get("text-anchor")]
    return Box(left, y - 11, left + wide, y + 3, part.text)


def letter(part):
    """How wide a letter of a text is."""
    return SMALL if "small" in part.get("class").split() else LARGE


def is_beside(one, other):
    """Whether two boxes do not overlap."""
    return one.right <= other.left or other.right <= one.left or one.bottom <= other.top or other.bottom <= one.top


def etl(*bars, title="job run etl", subtitle="00f1"):
    """A row."""
    return Row(title, subtitle, bars)


def call(minutes, tooltip="GetJobRun", *, has_failed=False):
    """A call at a minute."""
    return CallMark(after(minutes), tooltip, has_failed)


# --- time ------------------------------------------------------------------------------------------------------------


def test_a_bar_starts_and_ends_where_the_ticks_say():
    """Whatever its place among the others."""
    picture = Picture(etl(bar(0, 10, "PENDING"), bar(10, 30)), etl(bar(40, 80)))
    assert [(shape.left, shape.right) for shape in picture.bars] == [
        (NEAR(picture.moment(start), abs=0.2), NEAR(picture.moment(end), abs=0.2))
        for start, end in ((0, 10), (10, 30), (40, 80))
    ]


def test_the_time_fills_the_width_beside_the_titles():
    """From the end of the titles' column nearly to the right edge."""
    picture = Picture(etl(bar(0, 80)))
    (whole,) = picture.bars
    assert whole.left == 250
    assert picture.paper.right - 40 < whole.right < picture.paper.right


def test_what_lasted_no_time_is_there_too():
    """Two pixels wide."""
    (shape,) = Picture(etl(bar(20, 20))).bars
    assert shape.right - shape.left == NEAR(2)


def test_a_timeline_of_no_time_has_a_scale():
    """A second long."""
    picture = Picture(etl(bar(0, None)), minutes=0)
    assert list(picture.ticks()) == ["0:00", "0:01"]
    assert (picture.dots[0].left + picture.dots[0].right) / 2 == NEAR(picture.ticks()["0:00"], abs=0.1)


@pytest.mark.parametrize(
    ("minutes", "ticks"),
    [
        (0.1, ["0:00", "0:01", "0:02", "0:03", "0:04", "0:05", "0:06"]),
        (8 / 60, [f"0:0{number}" for number in range(9)]),
        (9 / 60, ["0:00", "0:05"]),
        (1, ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00"]),
        (3, ["0:00", "0:30", "1:00", "1:30", "2:00", "2:30", "3:00"]),
        (80, [f"{number}:00" for number in range(0, 60, 10)] + ["1:00:00", "1:10:00", "1:20:00"]),
        (8 * 60, ["0:00"] + [f"{number}:00:00" for number in range(1, 9)]),
        (3 * 1440, ["0:00", "12:00:00", "1 d", "1 d 12 h", "2 d", "2 d 12 h", "3 d"]),
        (30 * 1440, ["0:00", "7 d", "14 d", "21 d", "28 d"]),
    ],
)
def test_ticks_are_whole_units_of_time(minutes, ticks):
    """Nine at most, in seconds, minutes, hours or days."""
    assert list(Picture(etl(bar(0, minutes)), minutes=minutes).ticks()) == ticks


SECOND_TICKS = {
    1: "0:01",
    5: "0:05",
    10: "0:10",
    30: "0:30",
    60: "1:00",
    120: "2:00",
    300: "5:00",
    600: "10:00",
    1800: "30:00",
    3600: "1:00:00",
    7200: "2:00:00",
    21600: "6:00:00",
    43200: "12:00:00",
    86400: "1 d",
    172800: "2 d",
    604800: "7 d",
}


@pytest.mark.parametrize(("step", "tick"), SECOND_TICKS.items())
def test_ticks_are_as_near_to_each_other_as_nine_can_be(step, tick):
    """Eight steps fit; a timeline that is a tenth longer has the next step."""
    ticks = list(Picture(etl(bar(0, 8 * step / 60)), minutes=8 * step / 60).ticks())
    assert (ticks[1], len(ticks)) == (tick, 9)
    assert list(Picture(etl(bar(0, 1)), minutes=8.8 * step / 60).ticks())[1] != tick


@given(minutes=st.floats(0.02, 10_000_000))
def test_ticks_are_evenly_spaced_and_readable(minutes):
    """They begin at the start, end before the right edge, do not overlap, and stand over their lines."""
    picture = Picture(etl(bar(0, minutes)), minutes=minutes)
    lines = [line.left for line in picture.grid]
    assert 2 <= len(lines) <= 9
    assert lines[0] == 250
    assert {round(right - left) for left, right in pairwise(lines)} <= {
        value + more for value in [round(lines[1] - lines[0])] for more in (-1, 0, 1)
    }
    assert lines[-1] <= picture.paper.right - 24
    assert len(picture.ticks()) == len(lines)


def test_the_start_of_the_axis_is_told():
    """To the second, in UTC, left of the first tick."""
    picture = Picture(etl(bar(0, 80)))
    told = picture.said("from 2026-01-31 04:00:00 UTC")
    assert 0 < told.left < told.right < picture.grid[0].left


# --- rows ------------------------------------------------------------------------------------------------------------


def full():
    """A picture with all that there is."""
    bars = [bar(3 * number, 3 * number + 3, state, state) for number, state in enumerate(STATES)]
    rows = [etl(*bars, bar(79, None, "SUCCESS")), etl(bar(0, 40), bar(40, None, "FAILED")), etl(bar(10, 70, "STARTED"))]
    return Picture(*rows, calls=[call(0), call(30), call(30.01, has_failed=True), call(80)])


def test_everything_is_on_the_paper():
    """Which has the size of the picture, in a frame of that size."""
    picture = full()
    size = (picture.paper.right, picture.paper.bottom)
    assert (picture.paper.left, picture.paper.top) == (0, 0)
    assert picture.root.get("viewBox") == "0 0 {:.0f} {:.0f}".format(*size)
    assert (float(picture.root.get("width")), float(picture.root.get("height"))) == size
    for part in [*picture.shapes, *picture.legend, *picture.dots, *picture.words, *picture.grid]:
        assert 0 <= part.left <= part.right <= size[0], part
        assert 0 <= part.top <= part.bottom <= size[1], part


def test_nothing_overlaps_what_is_not_in_it():
    """Bars with bars, words with words, dots and the legend with anything."""
    picture = full()
    for parts in ([*picture.bars, *picture.legend], picture.words, [*picture.legend, *picture.words]):
        for number, one in enumerate(parts):
            assert all(is_beside(one._replace(right=one.right - 0.2), other) for other in parts[number + 1 :]), one


def test_a_row_has_its_title_its_subtitle_and_its_bars_side_by_side():
    """Title above subtitle, both left of the bars, each row below the one before."""
    picture = Picture(etl(bar(0, 80), title="one", subtitle="1"), etl(bar(0, 80), title="two", subtitle="2"))
    for shape, title, subtitle in zip(picture.bars, ("one", "two"), ("1", "2"), strict=True):
        first, second = picture.said(title), picture.said(subtitle)
        assert 0 < first.left == second.left < first.right < shape.left
        assert shape.top - 4 < first.top < second.top < shape.bottom
        assert first.bottom <= second.top + 1
        assert second.bottom <= shape.bottom + 12
    first, second = picture.bars
    assert second.top - first.bottom == 18
    assert second.bottom - second.top == 22


def test_the_grid_runs_through_all_rows_and_not_through_the_legend():
    """From below the ticks to above the legend."""
    picture = full()
    for line in picture.grid:
        assert picture.said("0:00").bottom < line.top < min(shape.top for shape in picture.shapes)
        assert max(shape.bottom for shape in picture.shapes) < line.bottom < min(sign.top for sign in picture.legend)


@pytest.mark.parametrize("part", ["title", "subtitle"])
def test_a_long_name_is_cut_before_the_bars(part):
    """What is cut ends with an ellipsis; what fits is whole."""
    long = Picture(etl(bar(0, 80), **{part: "W" * 34}))
    (cut,) = (word for word in long.words if word.name.startswith("W"))
    assert cut.name == "W" * 32 + "…"
    assert long.words.index(cut) == len(long.ticks()) + 1 + (part == "subtitle")
    assert Picture(etl(bar(0, 80), **{part: "W" * 33})).said("W" * 33)


def test_the_tooltip_is_shown_as_text():
    """Markup in it is escaped."""
    picture = Picture(etl(bar(0, 40, tooltip="<&> for 0:40:00"), bar(40, None, "SUCCESS", "SUCCESS, then nothing")))
    assert [shape.tooltip for shape in picture.bars] == ["<&> for 0:40:00"]
    assert [mark.tooltip for mark in picture.dots] == ["SUCCESS, then nothing"]


# --- names of states -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["RUNNING", "SCHEDULED", "BUSY"])
@given(minutes=st.floats(0, 80))
def test_a_bar_has_its_states_name_in_it_if_that_fits(state, minutes):
    """A bar that is a little wider than the name has it, a narrower one has not."""
    picture = Picture(etl(bar(0, minutes, state)))
    (shape,), names = picture.bars, [word for word in picture.words if word.name == state]
    for name in names:
        assert shape.left < name.left < name.right < shape.right
        assert shape.top < name.top < name.bottom < shape.bottom
    wide = shape.right - shape.left
    assert len(names) == 1 if wide > len(state) * 6.6 + 9 else not names if wide < len(state) * 6.6 + 7 else True


@given(minutes=st.floats(0, 80), state=st.sampled_from(["SUCCESS", "CANCELLED"]))
def test_the_name_beside_a_dot_is_on_the_paper(minutes, state):
    """To the right where there is room, else to the left, and never on the dot."""
    picture = Picture(etl(bar(minutes, None, state)))
    (mark,), name = picture.dots, picture.said(state)
    assert (mark.left + mark.right) / 2 == NEAR(picture.moment(minutes), abs=0.1)
    assert mark.right <= name.left <= mark.right + 5 or mark.left - 5 <= name.right <= mark.left
    assert name.left > mark.right or mark.right + len(state) * 7 + 6 > picture.paper.right
    assert name.right < picture.paper.right
    assert name.top < (mark.top + mark.bottom) / 2 < name.bottom


def test_a_dot_is_in_the_middle_of_its_row():
    """As high as a bar's middle."""
    picture = Picture(etl(bar(0, 40), bar(40, None, "SUCCESS")))
    (shape,), (mark,) = picture.bars, picture.dots
    assert (shape.top + shape.bottom) / 2 == (mark.top + mark.bottom) / 2
    assert mark.right - mark.left == 12


# --- calls -----------------------------------------------------------------------------------------------------------


def test_calls_are_strokes_below_the_rows_where_they_happened():
    """With how many there were."""
    picture = Picture(etl(bar(0, 80)), calls=[call(0), call(20), call(60)])
    assert [(stroke.left + stroke.right) / 2 for stroke in picture.strokes] == [
        NEAR(picture.moment(minutes), abs=0.6) for minutes in (0, 20, 60)
    ]
    assert {stroke.right - stroke.left for stroke in picture.strokes} == {2}
    assert {stroke.top for stroke in picture.strokes} == {picture.bars[0].top + 40}
    title, number = picture.said("calls"), picture.said("3")
    assert 0 < title.left == number.left < picture.grid[0].left
    stroke = picture.strokes[0]
    assert stroke.top - 4 < title.top < title.bottom <= number.top + 1 < number.bottom < stroke.bottom + 12


def test_calls_at_one_place_are_one_stroke_that_tells_all():
    """Those that are alike once, with their number."""
    calls = [call(20), call(20.001, "StartJobRun"), call(20.002), call(60)]
    assert [stroke.tooltip for stroke in Picture(etl(bar(0, 80)), calls=calls).strokes] == [
        "GetJobRun ×2\nStartJobRun",
        "GetJobRun",
    ]


def test_a_call_that_failed_has_a_stroke_of_its_own():
    """In the colour of failure."""
    calls = [call(20), call(20, "<GetJobRun>: Refused", has_failed=True)]
    assert [(stroke.name, stroke.tooltip) for stroke in Picture(etl(bar(0, 80)), calls=calls).strokes] == [
        ("faint", "GetJobRun"),
        ("failed", "<GetJobRun>: Refused"),
    ]


def test_without_calls_there_is_no_row_for_them():
    """The picture is a row lower."""
    with_calls, without = Picture(etl(bar(0, 80)), calls=[call(0)]), Picture(etl(bar(0, 80)))
    assert "calls" not in [word.name for word in without.words]
    assert with_calls.paper.bottom - without.paper.bottom == 40


# --- colours ---------------------------------------------------------------------------------------------------------


def test_the_legend_has_what_is_shown_and_nothing_else():
    """Each sign in the colour of its bars, its words to the right of it, in the order of a record's life."""
    picture = Picture(etl(bar(0, 20, "PENDING"), bar(20, 40), bar(40, 60, "SUBMITTED"), bar(60, None, "SUCCESS")))
    assert [sign.name for sign in picture.legend] == ["on-its-way", "at-work", "success"]
    assert [shape.name for shape in picture.bars] == ["on-its-way", "at-work", "on-its-way"]
    assert [mark.name for mark in picture.dots] == ["success dot"]
    for sign, text in zip(picture.legend, ("on its way", "at work", "success"), strict=True):
        words = picture.said(text)
        assert sign.right < words.left < sign.right + 8
        assert words.top <= sign.top < sign.bottom <= words.bottom
        assert sign.right - sign.left == sign.bottom - sign.top == 10


def test_the_legend_begins_below_the_bars_and_leaves_room_between_its_entries():
    """All of them on one line."""
    picture = full()
    assert len(picture.legend) == len(GROUPS)
    assert picture.legend[0].left == picture.bars[0].left
    for sign, following in pairwise(picture.legend):
        words = picture.said(sign.name.replace("-", " "))
        assert words.right + 5 < following.left < words.right + 25
        assert sign.top == following.top


def test_an_unknown_state_looks_like_one_that_is_over():
    """And has no place in the legend."""
    picture = Picture(etl(bar(0, 80, "HIBERNATING")))
    assert [shape.name for shape in picture.bars] == ["over"]
    assert picture.legend == []


def test_everything_has_a_colour_in_light_and_in_dark():
    """Bars of different groups different ones, none that of the paper, and words ones that can be read on it."""
    style = Picture().root.find(f"{SVG}style").text
    light, dark = style.split("@media(prefers-color-scheme:dark)")
    groups = [group.replace(" ", "-") for group in GROUPS]
    for colours in (dict(re.findall(r"\.([a-z-]+)\{(?:fill):(#[0-9a-f]{6})\}", part)) for part in (light, dark)):
        assert set(colours) == {*groups, "paper", "ink", "faint"}
        assert len(set(colours.values())) == len(colours)
        assert abs(brightness(colours["paper"]) - brightness(colours["ink"])) > 180
        assert abs(brightness(colours["paper"]) - brightness(colours["faint"])) > 90
    assert all(
        re.search(r"\.grid\{stroke:#[0-9a-f]{6}\}.*\.dot\{stroke:#[0-9a-f]{6}\}", part) for part in (light, dark)
    )
    assert brightness(re.search(r"\.paper\{fill:(#\w+)", light)[1]) == 255
    assert brightness(re.search(r"\.paper\{fill:(#\w+)", dark)[1]) < 40


def brightness(colour):
    """0 for black, 255 for white."""
    return sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) / 3


def test_the_style_is_valid_and_touches_nothing_but_the_chart():
    """It stands in the page that has the chart, so each rule names it."""
    style = Picture().root.find(f"{SVG}style").text
    assert style.count("{") == style.count("}")
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", style)
    assert all(selector.startswith(".emrs ") for selector in selectors)
    assert Picture().root.get("class") == "emrs"


def test_the_chart_can_be_named_by_a_screen_reader():
    """It is one image, called what it is."""
    root = Picture().root
    assert (root.get("role"), root.get("aria-label")) == ("img", "Timeline of EMR Serverless")


def test_the_page_holds_the_chart_and_the_text_below_it():
    """With the text as text, whatever is in it."""
    page = html("<svg/>", "a <b> & c")
    assert page.startswith("<!doctype html>\n")
    assert re.search(
        r"<title>Timeline of EMR Serverless</title>.*\n<svg/>\n<pre>a &lt;b&gt; &amp; c</pre>\n", page, re.S
    )
    assert page.endswith("</html>\n")
    assert '<meta charset="utf-8">' in page
