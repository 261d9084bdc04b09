"""What is written down of an attempt's workers, and how it is read."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.sim.billing import Usage
from emrs_mock.sim.stints import DRIVER, Stint, Workers
from emrs_mock.sim.workers import Size
from tests.sim.arranged import START, seconds

SIZE = Size(2, 4)


def at(second: float) -> datetime:
    """An instant, in seconds from the start."""
    return START + seconds(second)


def some_workers(executors: int = 3) -> Workers:
    """A driver, and executors that came ten seconds later."""
    workers = Workers()
    workers.start(SIZE, START, is_warm=False)
    workers.want(executors, START)
    workers.join(SIZE, executors, at(10), is_warm=True)
    return workers


@pytest.mark.parametrize(
    ("until", "asked", "used"),
    [
        (None, 1.0, 1),
        (None, 1.1, 2),
        (None, 0.000001, 1),
        (None, 0, None),
        (None, -1, None),
        (None, None, None),
        (2.5, None, 3),
        (2.5, 9, 3),
        (2.5, 1, 1),
        (0, None, None),
    ],
)
def test_workers_use_whole_seconds_rounded_up_and_nothing_if_they_did_not_exist(until, asked, used):
    """Until they left or until the instant that is asked for, whatever is earlier."""
    stint = Stint(SIZE, DRIVER, 1, START, None if until is None else at(until))
    assert stint.usage(None if asked is None else at(asked)) == (used and Usage(SIZE, used, 1))


def test_the_usage_of_alike_workers_has_their_number():
    """Workers that left and workers that are there, each with their own time."""
    workers = some_workers()
    workers.leave(1, at(30))
    assert workers.usage(at(40)) == [Usage(SIZE, 20, 1), Usage(SIZE, 40, 1), Usage(SIZE, 30, 2)]
    assert workers.usage() == [Usage(SIZE, 20, 1)]


def test_the_driver_is_number_0_and_executors_are_counted_from_1():
    """Also those that come when others have left."""
    workers = some_workers()
    workers.leave(2, at(20))
    workers.join(SIZE, 2, at(30), is_warm=False)
    assert [(list(stint.numbers), stint.is_driver, stint.is_warm) for stint in workers.present] == [
        ([0], True, False),
        ([1], False, True),
        ([4, 5], False, False),
    ]
    assert [list(stint.numbers) for stint in workers.past] == [[2, 3]]
    assert (workers.executors, workers.launched) == (3, 5)


def test_the_newest_executors_leave_first_across_those_that_came_together():
    """Of those that came together, the ones with the highest numbers leave."""
    workers = some_workers()
    workers.join(SIZE, 2, at(20), is_warm=False)
    left = workers.leave(4, at(30))
    assert [(list(stint.numbers), stint.until) for stint in left] == [([4, 5], at(30)), ([2, 3], at(30))]
    assert workers.past == left
    assert [list(stint.numbers) for stint in workers.present] == [[0], [1]]
    assert workers.executors == 1


def test_at_the_end_all_have_left():
    """The driver too; nothing is there any more."""
    workers = some_workers()
    left = workers.end(at(50))
    assert [stint.until for stint in left] == [at(50), at(50)]
    assert (workers.past, workers.present, workers.executors, workers.launched) == (left, [], 0, 3)


@pytest.mark.parametrize(("wanted", "missing"), [(2, 0), (3, 0), (4, 1)])
def test_what_is_missing_is_never_negative(wanted, missing):
    """More executors than are wanted are not less than none."""
    workers = some_workers()
    workers.want(wanted, at(20))
    assert (workers.wanted, workers.missing) == (wanted, missing)


def test_nothing_is_wanted_before_the_first_wish():
    """Nobody is starved who wants nothing."""
    workers = Workers()
    assert (workers.wanted, workers.missing, workers.is_starved, workers.began) == (0, 0, False, None)
    workers.want(1, START)
    assert workers.is_starved
    workers.join(SIZE, 1, START, is_warm=False)
    workers.leave(1, START)
    assert not workers.is_starved


def test_an_equal_wish_is_no_new_one():
    """Only the first one is, whatever it says."""
    workers = Workers()
    for wanted, moment in [(0, 0), (0, 1), (2, 2), (2, 3), (0, 4)]:
        workers.want(wanted, at(moment))
    assert [tuple(wish) for wish in workers.wishes] == [(at(0), 0), (at(2), 2), (at(4), 0)]


def test_the_driver_came_when_it_came_also_after_it_has_left():
    """Executors are no drivers."""
    workers = some_workers()
    assert workers.began == START
    workers.end(at(50))
    assert workers.began == START


def test_executors_that_came_after_an_instant_come_newest_first_without_the_driver():
    """One that came at that very instant did not come after it."""
    workers = some_workers()
    workers.join(SIZE, 1, at(20), is_warm=False)
    assert [stint.first for stint in workers.newer_than(at(9))] == [4, 1]
    assert [stint.first for stint in workers.newer_than(at(10))] == [4]
    assert [stint.first for stint in workers.newer_than(at(-1))] == [4, 1]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(-1, 7))
def test_the_wishes_since_an_instant_are_those_that_were_in_effect_after_it(wanted, asked):
    """Newest first, each with the instant at which the next one replaced it."""
    workers = Workers()
    for second, number in enumerate(wanted):
        workers.want(number, at(second))
    ends = [wish.at for wish in workers.wishes[1:]] + [None]
    expected = [(w, end) for w, end in zip(workers.wishes, ends, strict=True) if end is None or end > at(asked)]
    assert list(workers.wished_since(at(asked))) == expected[::-1]


def test_a_copy_has_workers_of_its_own_until_all_have_left():
    """Then nothing changes any more, and the copy is the same object."""
    workers = some_workers()
    workers.leave(1, at(20))
    twin = deepcopy(workers)
    workers.end(at(50))
    assert (len(twin.present), len(twin.past), twin.executors, twin.launched) == (2, 1, 2, 3)
    assert deepcopy(workers) is workers
    assert deepcopy(Workers()) is not Workers()
