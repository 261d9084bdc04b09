"""Durations as authors write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emrs_mock.sim.demand import demand
from emrs_mock.sim.timing import LONGEST, duration


@pytest.mark.parametrize(
    ("written", "length"),
    [
        (0, timedelta(0)),
        (1.5, timedelta(milliseconds=1500)),
        (timedelta(hours=1), timedelta(hours=1)),
        (LONGEST, LONGEST),
        (LONGEST.total_seconds(), LONGEST),
    ],
)
def test_a_duration_is_a_timedelta_or_seconds_up_to_the_longest(written, length):
    """The longest one may be used."""
    assert duration(written) == length


TOO_LONG = "A wait is at most 146000 days, and a number; not {0!r} (docs: clocks)"


@pytest.mark.parametrize(
    ("written", "error", "message"),
    [
        (True, TypeError, "A wait is a timedelta or a number of seconds, not {0!r} (docs: clocks)"),
        ("1", TypeError, "A wait is a timedelta or a number of seconds, not {0!r} (docs: clocks)"),
        (None, TypeError, "A wait is a timedelta or a number of seconds, not {0!r} (docs: clocks)"),
        (-0.1, ValueError, "A wait cannot be negative: {0!r} (docs: clocks)"),
        (timedelta(microseconds=-1), ValueError, "A wait cannot be negative: {0!r} (docs: clocks)"),
        (LONGEST + timedelta(microseconds=1), ValueError, TOO_LONG),
        (LONGEST.total_seconds() + 1, ValueError, TOO_LONG),
        (float("inf"), ValueError, TOO_LONG),
        (float("nan"), ValueError, TOO_LONG),
    ],
)
def test_what_is_no_duration_is_refused(written, error, message):
    """The message says what was expected, and what was given."""
    with pytest.raises(error) as caught:
        duration(written, "A wait")
    assert str(caught.value) == message.format(written)


def test_without_a_name_it_is_called_a_duration():
    """Where the caller has no better word."""
    with pytest.raises(ValueError, match=r"^A duration cannot be negative: -1 "):
        duration(-1)


def test_a_function_of_executors_is_asked_at_each_minute_of_seven_days():
    """Not again after that: no BATCH job run lasts longer (facts §3.3)."""
    sampled = demand(lambda seconds: int(seconds // 60))
    assert sampled.next_after(timedelta(seconds=59)) == timedelta(minutes=1)
    assert sampled.next_after(timedelta(minutes=1)) == timedelta(minutes=2)
    assert sampled.next_after(timedelta(days=7, minutes=-1)) == timedelta(days=7)
    assert sampled.next_after(timedelta(days=7)) is None
    assert [sampled.at(timedelta(seconds=each)) for each in (0, 59.9, 60, 119, 120)] == [0, 0, 1, 1, 2]
