"""The source of `clock="system"` follows whatever steers the time of day, and moves it where it can be moved."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest
import time_machine
from freezegun import freeze_time

from emrs_mock.clocks.system_clock import SystemSource

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


@pytest.fixture
def source():
    """A fresh source."""
    return SystemSource()


def test_the_time_of_day_is_told_as_it_is(source):
    """Between two looks of our own, aware and in UTC."""
    before = datetime.now(timezone.utc)
    assert before <= source.now() <= datetime.now(timezone.utc)
    assert source.now().tzinfo is timezone.utc
    assert repr(source) == "system clock"
    assert not source.standing


def test_what_is_moved_is_added_to_the_time_of_day(source):
    """The process's own time stays as it was."""
    source.move(60 * MINUTE)
    assert timedelta(minutes=59) < source.now() - datetime.now(timezone.utc) <= 60 * MINUTE


def test_a_freeze_is_followed_and_ticked(source):
    """One time remains: the source moves the user's own freeze, also one that began after the source was made."""
    with freeze_time(NOON) as freeze:
        assert source.now() == NOON
        source.move(MINUTE)
        assert source.now() == NOON + MINUTE == datetime.now(timezone.utc)
        freeze.tick(MINUTE)
        assert source.now() == NOON + 2 * MINUTE
        assert source.standing
        assert repr(source) == "freezegun's freeze"


def test_the_innermost_freeze_is_the_one_that_moves(source):
    """The outer one stands where it stood."""
    with freeze_time(NOON), freeze_time(NOON + 60 * MINUTE):
        source.move(MINUTE)
        assert source.now() == NOON + 61 * MINUTE
    with freeze_time(NOON):
        assert source.now() == NOON


def test_a_ticking_freeze_loses_no_real_time_when_moved(source):
    """freezegun's own tick would forget what has passed since the freeze began."""
    with freeze_time(NOON, tick=True) as freeze:
        freeze.start -= timedelta(hours=5)
        source.move(MINUTE)
        assert timedelta(hours=5) + MINUTE <= source.now() - NOON < timedelta(hours=5) + 2 * MINUTE
        assert not source.standing


def test_looking_does_not_step_a_freeze_that_ticks_when_looked_at(source):
    """Each look of the code under test costs a step, ours are free."""
    with freeze_time(NOON, auto_tick_seconds=15):
        assert source.now() == source.now() == NOON
        source.move(timedelta(0))
        source.move(MINUTE)
        assert source.now() == NOON + MINUTE == datetime.now(timezone.utc)
        assert source.now() == NOON + MINUTE + timedelta(seconds=15)


@pytest.mark.parametrize("options", [{}, {"auto_tick_seconds": 15}, {"tick": True}], ids=str)
def test_an_offset_is_told_as_the_process_tells_it(source, options):
    """freezegun adds `tz_offset` to UTC times too; the code under test must see the same."""
    with freeze_time(NOON), freeze_time(NOON, tz_offset=-4, **options):
        assert abs(source.now() - datetime.now(timezone.utc)) < timedelta(seconds=5)


def test_a_journey_of_time_machine_is_followed_and_shifted(source):
    """One time remains: its shifts are seen, and the whole process sees by what the source is moved."""
    with time_machine.travel(NOON, tick=False) as journey:
        assert source.now() == NOON
        journey.shift(60)
        source.move(MINUTE)
        assert source.now() == NOON + 2 * MINUTE == datetime.now(timezone.utc)
        assert source.standing
        assert repr(source) == "time-machine's travel"
        journey.shift(timedelta(microseconds=1234))
        assert source.now() == NOON + 2 * MINUTE + timedelta(microseconds=1234)


def test_the_innermost_journey_is_the_one_that_moves(source):
    """As of freezes."""
    with time_machine.travel(NOON, tick=False):
        with time_machine.travel(NOON + 60 * MINUTE, tick=False):
            source.move(MINUTE)
            assert source.now() == NOON + 61 * MINUTE
        assert source.now() == NOON


def test_a_journey_that_ticks_does_not_stand(source):
    """A loop inside it that polls and sleeps comes to an end."""
    with time_machine.travel(NOON):
        assert not source.standing
        assert source.now() - NOON < MINUTE


def test_the_source_needs_nothing_that_steers_time():
    """In a process that has loaded no such library it tells the time of day, and loads none."""
    code = """
import sys
from datetime import datetime, timedelta, timezone
from emrs_mock.clocks.system_clock import ManualSource, SystemSource
source = SystemSource()
source.move(timedelta(hours=1))
print(timedelta(minutes=59) < source.now() - datetime.now(timezone.utc) <= timedelta(hours=1), source, source.standing)
print(ManualSource(None).now() <= datetime.now(timezone.utc))
print({"freezegun", "time_machine"} & set(sys.modules))
"""
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert printed.splitlines() == ["True system clock False", "True", "set()"]
