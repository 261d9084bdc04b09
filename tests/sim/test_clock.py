"""Time never runs back, and moving it moves the source."""

from __future__ import annotations

import re
import warnings
from datetime import datetime, timedelta, timezone

import pytest

from emrs_mock.sim.clock import EARLIEST, LATEST, Clock, EMRServerlessClockWarning, StandingSource, in_reach, in_utc
from tests.sim.arranged import START, seconds


class Steered:
    """A source whose time a test sets."""

    standing = True

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def move(self, by: timedelta) -> None:
        self.time += by

    def __repr__(self) -> str:
        return "steered clock"


def test_a_standing_source_starts_at_the_first_look():
    """A freeze that begins after the mock was entered is the start."""
    starts = []
    source = StandingSource(lambda: starts.append("looked") or START)
    assert starts == []
    assert source.now() == source.now() == START
    assert starts == ["looked"]


def test_a_clock_tells_its_sources_time_and_moves_it():
    """One time remains: the source is what moves."""
    source = Steered()
    clock = Clock(source)
    clock.move(seconds(90))
    assert clock.now() == source.time == START + seconds(90)


def test_a_step_back_is_no_step():
    """Only the source can jump back, never the one who moves it."""
    clock = Clock(Steered())
    clock.move(seconds(-5))
    assert clock.now() == START


def test_after_a_jump_back_the_clock_goes_on_by_the_sources_steps():
    """The world stands still for an instant and then counts on: a tick of 300 s is 300 s."""
    source = Steered()
    clock = Clock(source)
    clock.now()
    source.time = datetime(2020, 5, 1, tzinfo=timezone.utc)
    with pytest.warns(EMRServerlessClockWarning) as told:
        assert clock.now() == START
    assert START.isoformat() in str(told[0].message)
    assert "2020-05-01T00:00:00+00:00" in str(told[0].message)
    source.time += seconds(300)
    assert clock.now() == START + seconds(300)


def test_a_jump_back_is_told_of_once():
    """One warning a mock: a source that is set back again and again would flood the report."""
    source = Steered()
    clock = Clock(source)
    clock.now()
    source.time -= seconds(10)
    with pytest.warns(EMRServerlessClockWarning):
        clock.now()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source.time -= seconds(10)
        assert clock.now() == START


def test_naive_datetimes_are_utc_and_aware_ones_are_converted():
    """What an author writes without a zone is UTC."""
    assert in_utc(datetime(2024, 1, 1)) == START
    two_hours_east = timezone(timedelta(hours=2))
    assert in_utc(datetime(2024, 1, 1, 2, tzinfo=two_hours_east)) == START
    assert in_utc(datetime(2024, 1, 1, 2, tzinfo=two_hours_east)).tzinfo is timezone.utc


A_MOMENT = "expected a datetime, or a string such as '2026-01-31T04:00:00Z' (docs: clocks)"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-01", START),
        (" 2024-01-01T00:00:00Z\n", START),
        ("2024-01-01T02:00:00+02:00", START),
        ("2024-01-01T00:00:01z", START + seconds(1)),
    ],
)
def test_a_text_is_a_time_in_iso_8601(text, moment):
    """With the letter Z too, which older Pythons do not read."""
    assert in_utc(text) == moment


@pytest.mark.parametrize(
    ("given", "error"), [(5, TypeError), (None, TypeError), ("soon", ValueError), ("", ValueError)]
)
def test_what_is_no_time_is_refused_with_what_was_expected(given, error):
    """The message begins as the caller says."""
    with pytest.raises(error) as caught:
        in_utc(given, "move_to: ")
    assert str(caught.value) == f"move_to: {given!r}: {A_MOMENT}"
    with pytest.raises(error) as caught:
        in_utc(given)
    assert str(caught.value) == f"{given!r}: {A_MOMENT}"


@pytest.mark.parametrize("limit", [EARLIEST, LATEST])
def test_a_clock_can_have_the_times_at_its_limits(limit):
    """And none beyond them."""
    source = Steered()
    source.time = limit
    assert Clock(source).now() == in_reach(limit) == in_utc(limit) == limit


@pytest.mark.parametrize("beyond", [EARLIEST - seconds(0.000001), LATEST + seconds(0.000001)])
def test_a_clock_cannot_have_a_time_beyond_its_limits(beyond):
    """Every duration after the latest time has to end in a year that Python can write."""
    source = Steered()
    source.time = beyond
    message = f"A clock can be between 1000-01-01 and 9000-01-01, not at {beyond.isoformat()} (docs: clocks)"
    for reads in (Clock(source).now, lambda: in_reach(beyond), lambda: in_utc(beyond)):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            reads()
