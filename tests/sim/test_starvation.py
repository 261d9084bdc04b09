"""A driver without executors: its success waits for them, and after 20 minutes it is abandoned (facts §3.2)."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.sim.demand import demand
from emrs_mock.sim.outcomes import HANGS, Outcome, Plan
from emrs_mock.sim.timing import Timing
from emrs_mock.sim.workers import Capacity, Size, Workload
from tests.sim.arranged import a_job_run, a_simulation, a_world, an_application, history, seconds

WORKER = Size(4, 16)
PATIENCE = 1200
FULL = Capacity(4, 16)
"""Room for a driver alone."""


def end_of(maximum, wishes, succeeds_after, *, frees_at=None, attempts=1):
    """How a job run with these wishes ends, and after how many seconds; another one leaves room for executors then."""
    simulation = a_simulation(Timing.instant())
    world = a_world(simulation)
    application = an_application(world, maximum=maximum)
    if frees_at is not None:
        leaves = Plan((Outcome("succeed", after=seconds(frees_at)),))
        a_job_run(world, application, leaves, workload=Workload(WORKER, WORKER, 0))
    outcome = HANGS if succeeds_after is None else Outcome("succeed", after=seconds(succeeds_after))
    plan = Plan((outcome,), executors=demand(wishes))
    run = a_job_run(world, application, plan, workload=Workload(WORKER, WORKER, 0), max_attempts=attempts)
    simulation.advance(seconds(100_000))
    return history(simulation, run.id)[-1]


@pytest.mark.parametrize(
    ("wishes", "end"),
    [
        ([(0, 0), (30, 2)], ("FAILED", 30 + PATIENCE)),
        ([(0, 0), (30, 2), (400, 0)], ("SUCCESS", 400)),
        ([(0, 2), (60, 0), (90, 1)], ("FAILED", 90 + PATIENCE)),
        ([(0, 0), (101, 2)], ("SUCCESS", 100)),
    ],
)
def test_3_2_a_success_is_put_off_whenever_executors_are_wanted_and_none_ever_came(wishes, end):
    """Also where they are wanted only some time after RUNNING; the 20 minutes count from then."""
    assert end_of(FULL, wishes, 100) == end


def test_3_2_a_success_that_was_put_off_comes_with_the_first_executor():
    """When it was planned, or at that moment if that is past."""
    room = Capacity(8, 32)
    assert end_of(room, [(0, 0), (30, 1)], 100, frees_at=500) == ("SUCCESS", 500)
    assert end_of(room, [(0, 0), (30, 1)], 900, frees_at=500) == ("SUCCESS", 900)


def test_3_6_each_attempt_waits_for_executors_of_its_own():
    """The wishes of the second one count from its own RUNNING."""
    assert end_of(FULL, [(0, 0), (30, 2)], 100, attempts=2) == ("FAILED", 2 * (30 + PATIENCE))


def starved(wishes, comes):
    """The spans of time in which executors are wanted and none ever came; the first one that can come, `comes` then."""
    first = next((max(at, comes) for (at, n), (to, _) in pairwise([*wishes, (math.inf, 0)]) if n and to > comes), None)
    end, spans = math.inf if first is None else first, []
    for (at, number), (to, _) in pairwise([*wishes, (math.inf, 0)]):
        if number and at < end:
            to = min(to, end)
            spans = [*spans[:-1], (spans[-1][0], to)] if spans and spans[-1][1] == at else [*spans, (at, to)]
    return spans


def expected_end(wishes, succeeds_after, comes):
    """The first of: the success, put off to the end of a span without executors; 20 minutes of such a span."""
    spans = starved(wishes, comes)
    ends = [(start + PATIENCE, "FAILED") for start, end in spans if end - start > PATIENCE]
    if succeeds_after is not None:
        held = next((end for start, end in spans if start <= succeeds_after < end), succeeds_after)
        ends.append((held, "SUCCESS"))
    at, state = min(ends, default=(0, "RUNNING"))
    return state, at


# No two of these times, nor 20 minutes after one of them, are the same.
WISHES = st.dictionaries(st.integers(1, 600).map(lambda n: 7 * n), st.sampled_from([0, 0, 1, 3]), max_size=6).map(
    lambda wishes: [(0, wishes.pop(7, 0)), *sorted(wishes.items())]
)
PLANNED = st.none() | st.integers(0, 4000).map(lambda n: n + 0.25)
FREED = st.sampled_from([0, math.inf]) | st.integers(0, 4000).map(lambda n: n + 0.5)


@given(wishes=WISHES, planned=PLANNED, comes=FREED)
def test_3_2_success_and_abandonment_follow_wishes_and_capacity(wishes, planned, comes):
    """For any wishes over time, any planned success, and room for executors always, never, or from some time on."""
    capacity = {0: None, math.inf: FULL}.get(comes, Capacity(8, 32))
    frees_at = None if comes in (0, math.inf) else comes
    assert end_of(capacity, wishes, planned, frees_at=frees_at) == expected_end(wishes, planned, comes)
