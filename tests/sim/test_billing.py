"""Utilisation and billing: the formula on worker-seconds (facts §5, §16)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.sim.billing import Usage, Utilization, taken
from emrs_mock.sim.workers import SIZES, Size

CAPTURED, EVENT = Size(1, 5), Size(2, 10)

SIZE = st.builds(Size, st.sampled_from(sorted(SIZES)), st.integers(2, 244), st.integers(20, 2000))
USAGES = st.lists(st.builds(Usage, SIZE, st.integers(0, 100_000), st.integers(1, 1000)), max_size=20)


def hours(*figures):
    """Figures as they are written in the facts."""
    return Utilization(*map(Decimal, figures))


def total(usages):
    """What workers used."""
    return taken(usages).total


def billed(usages):
    """What is paid for them."""
    return taken(usages).billed


def test_3_7_the_captured_job_run_took_382_seconds_of_small_workers():
    """Capture #1, whose disks were free."""
    usages = [Usage(CAPTURED, 382)]
    assert total(usages) == hours("0.106", "0.531", "2.122")
    assert billed(usages) == hours("0.106", "0.531", "0")


def test_5_the_sample_event_took_41_seconds_and_two_minutes_are_billed():
    """Each of two workers costs a minute at least."""
    usages = [Usage(EVENT, 20), Usage(EVENT, 21)]
    assert total(usages) == hours("0.023", "0.114", "0.228")
    assert billed(usages) == hours("0.067", "0.333", "0")


@pytest.mark.parametrize(("seconds", "paid"), [(0, 60), (1, 60), (60, 60), (61, 61)])
def test_5_a_worker_costs_a_minute_at_least(seconds, paid):
    """From then on, it costs what it takes."""
    assert billed([Usage(EVENT, seconds)]) == total([Usage(EVENT, paid)])._replace(storage_gb_hours=Decimal(0))


@pytest.mark.parametrize(("disk", "paid"), [(20, "0"), (21, "1"), (200, "180")])
def test_5_storage_costs_above_20_gb_of_each_worker(disk, paid):
    """What one worker leaves of its 20 GB is not another's."""
    usages = [Usage(Size(1, 2, disk), 3600), Usage(Size(1, 2, 20), 3600)]
    assert billed(usages).storage_gb_hours == Decimal(paid)
    assert total(usages).storage_gb_hours == disk + 20


@pytest.mark.parametrize(("seconds", "figure"), [(9, "0.002"), (27, "0.008"), (26, "0.007"), (28, "0.008")])
def test_16_figures_have_three_decimals_and_a_half_goes_to_the_even_one(seconds, figure):
    """0.0025 is 0.002, and 0.0075 is 0.008; they are rounded once, when all is added up."""
    assert total([Usage(Size(1, 2), seconds)]).vcpu_hours == Decimal(figure)
    assert total([Usage(Size(1, 2), 1)] * seconds).vcpu_hours == Decimal(figure)


def test_5_nothing_costs_nothing():
    """A job run that never ran had no workers."""
    assert total([]) == billed([]) == hours("0", "0", "0")


@given(USAGES)
def test_5_storage_is_the_only_thing_of_which_less_is_billed_than_used(usages):
    """And nothing is ever negative."""
    used, paid = total(usages), billed(usages)
    assert paid[:2] >= used[:2]
    assert all(figure >= 0 for figure in (*used, *paid))


@given(SIZE, st.integers(0, 100_000), st.integers(1, 50))
def test_5_alike_workers_cost_as_much_together_as_one_by_one(size, seconds, number):
    """The minute, and the free storage, are each one's own."""
    together, one_by_one = [Usage(size, seconds, number)], [Usage(size, seconds)] * number
    assert (total(together), billed(together)) == (total(one_by_one), billed(one_by_one))


@given(USAGES, USAGES)
def test_5_more_workers_never_cost_less(some, more):
    """In no figure."""
    assert all(fewer <= all_ for fewer, all_ in zip(billed(some), billed(some + more), strict=True))


@given(USAGES, USAGES)
def test_5_what_was_taken_before_is_added_up(some, more):
    """Before anything is rounded."""
    assert taken(more, taken(some)) == taken(some + more)
