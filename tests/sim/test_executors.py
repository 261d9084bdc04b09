"""Executors come and go: wishes, batches, idle time-outs, contention, and a driver alone (facts §3.2, §4.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from emrs_mock.sim.demand import demand
from emrs_mock.sim.outcomes import HANGS, Outcome, Plan
from emrs_mock.sim.timing import Timing
from emrs_mock.sim.workers import Capacity, Scaling, Size, Workload
from tests.sim.arranged import START, a_job_run, a_simulation, a_world, an_application, history, seconds

WORKER = Size(4, 16)
ABANDONED = "Abandoning job due to no executor being launched within 1200000ms after driver starts"
ENDLESS = Plan((HANGS,))


@pytest.fixture
def simulation():
    """A simulation in which job runs are RUNNING at once."""
    return a_simulation(Timing.instant())


@pytest.fixture
def world(simulation):
    """Its one world."""
    return a_world(simulation)


def room_for(workers):
    """A maximum capacity of so many workers."""
    return Capacity(4 * workers, 16 * workers)


def wanting(*changes, scaling=None, outcome=HANGS):
    """A plan and a workload: executors over time, as a rule says them."""
    workload = Workload(WORKER, WORKER, 3, *([scaling] if scaling else []))
    return {"plan": Plan((outcome,), executors=demand(list(changes)) if changes else None), "workload": workload}


def levels(run, attempt=-1):
    """How many executors there were, and from which second on."""
    return [((level.at - START).total_seconds(), level.executors) for level in run.attempts[attempt].workers.levels()]


def test_4_2_executors_follow_what_a_job_run_wants(simulation, world):
    """More come at once, those that are not wanted leave when they were idle for a minute."""
    run = a_job_run(world, an_application(world), **wanting((0, 3), (600, 13), (1800, 5)))
    simulation.advance(seconds(3600))
    assert levels(run) == [(0, 3), (600, 13), (1800, 13), (1860, 5)]


def test_4_2_before_the_first_time_a_job_run_wants_what_its_properties_say(simulation, world):
    """And without a rule always."""
    runs = [a_job_run(world, an_application(world), **wanting(*changes)) for changes in ([(60, 1)], [])]
    simulation.advance(seconds(3600))
    assert [levels(run) for run in runs] == [[(0, 3), (60, 3), (120, 1)], [(0, 3)]]


def test_4_2_executors_come_in_batches_a_second_apart(simulation, world):
    """The first batch too."""
    run = a_job_run(world, an_application(world), **wanting((0, 7), (100, 12), scaling=Scaling(batch=3)))
    simulation.advance(seconds(3600))
    assert levels(run) == [(0, 3), (1, 6), (2, 7), (100, 10), (101, 12)]


def test_4_2_a_wish_within_a_cycle_waits_for_the_next_one(simulation, world):
    """What is left of the batch comes at once."""
    changes = [(0, 2), (0.5, 9)]
    run = a_job_run(world, an_application(world), **wanting(*changes, scaling=Scaling(batch=3)))
    simulation.advance(seconds(3600))
    assert levels(run) == [(0, 2), (0.5, 3), (1, 5), (1.5, 6), (2, 8), (2.5, 9)]


@pytest.mark.parametrize(
    ("least", "most", "had"),
    [(0, None, [3, 10, 0]), (2, 6, [3, 6, 2]), (4, 4, [4])],
)
def test_4_2_executors_stay_within_their_minimum_and_maximum(simulation, world, least, most, had):
    """Without dynamic allocation both are the number of instances."""
    scaling = Scaling(least, most)
    run = a_job_run(world, an_application(world), **wanting((0, 3), (100, 10), (200, 0), scaling=scaling))
    simulation.advance(seconds(3600))
    assert list(dict.fromkeys(number for _, number in levels(run))) == had


@pytest.mark.parametrize("idle", [0, 10, 500])
def test_4_2_an_executor_that_is_wanted_again_in_time_stays(simulation, world, idle):
    """The idle time-out counts from when it was last wanted."""
    changes = [(0, 5), (100, 2), (150, 5), (200, 2)]
    run = a_job_run(world, an_application(world), **wanting(*changes, scaling=Scaling(idle=seconds(idle))))
    simulation.advance(seconds(3600))
    stayed = [(0, 5), (100, 5), (150, 5), (200, 5), (200 + idle, 2)]
    left = [(0, 5), (100, 5), (110, 2), (150, 5), (200, 5), (210, 2)]
    at_once = [(0, 5), (100, 2), (150, 5), (200, 2)]
    assert levels(run) == {0: at_once, 10: left, 500: stayed}[idle]


def test_4_2_the_newest_executors_leave_and_numbers_are_never_used_again(simulation, world):
    """As Spark numbers its executors."""
    run = a_job_run(world, an_application(world), **wanting((0, 3), (100, 1), (300, 2)))
    simulation.advance(seconds(3600))
    stints = [(each.first, each.number, each.until is None) for each in run.attempt.workers.stints]
    assert stints == [(0, 1, True), (1, 1, True), (2, 2, False), (4, 1, True)]


def test_4_2_a_function_is_asked_at_running_and_at_each_whole_minute(simulation, world):
    """With the seconds since RUNNING, and once for each."""
    asked = []
    function = demand(lambda elapsed: asked.append(elapsed) or int(elapsed // 100))
    simulation.advance(seconds(5))
    run = a_job_run(
        world, an_application(world), Plan((HANGS,), executors=function), workload=Workload(WORKER, WORKER, 3)
    )
    simulation.advance(seconds(200))
    assert asked == [0, 60, 120, 180]
    assert levels(run) == [(5, 0), (125, 1)]


def test_4_2_a_function_is_asked_for_seven_days(simulation, world):
    """So that an endless job run does not keep time from coming to an end."""
    plan = Plan((HANGS,), executors=demand(lambda elapsed: 1))
    run = a_job_run(world, an_application(world), plan, workload=Workload(WORKER, WORKER, 3))
    simulation.advance(timedelta(days=8))
    assert simulation.agenda.of(run.id) == []


def test_4_2_a_function_that_fails_changes_nothing(simulation, world):
    """Its error reaches the one who moved time; the job run goes on with what it has."""
    plan = Plan((Outcome("succeed", after=seconds(600)),), executors=demand(lambda elapsed: 1 // (elapsed < 120) or 2))
    run = a_job_run(world, an_application(world), plan, workload=Workload(WORKER, WORKER, 3))
    with pytest.raises(ZeroDivisionError):
        simulation.advance(seconds(300))
    simulation.advance(seconds(600))
    assert levels(run) == [(0, 1), (600, 0)]
    assert run.state == "SUCCESS"


@pytest.mark.parametrize(
    ("wanted", "error", "text"),
    [
        ([], ValueError, "one or more times"),
        ([(60, 3), (60, 4)], ValueError, "each later than the one before"),
        ([(-1, 3)], ValueError, "negative"),
        ([(0, -3)], ValueError, "between 0 and 1,000,000, not -3"),
        ([(0, 1_000_001)], ValueError, "between 0 and 1,000,000, not 1000001"),
        ([(0, 10**12 - 1)], ValueError, "between 0 and 1,000,000, not 999999999999"),
        ([(0, 10**12)], ValueError, "not a number of more than 12 digits"),
        ([(0, 10**5000)], ValueError, "more than 12 digits"),
        (lambda elapsed: 10**5000, ValueError, "more than 12 digits"),
        ([(0, 2.5)], TypeError, "a whole number"),
        ([(0, True)], TypeError, "a whole number"),
        ([3, 4], TypeError, r"\[\(time, executors\), ...\]"),
        ("12", TypeError, r"\[\(time, executors\), ...\]"),
        (5, TypeError, r"\[\(time, executors\), ...\]"),
        (lambda elapsed: None, TypeError, "a whole number"),
        (lambda elapsed: 1 // 0, ZeroDivisionError, "zero"),
    ],
)
def test_a_demand_that_cannot_be_is_refused(wanted, error, text):
    """When it is said."""
    with pytest.raises(error, match=text):
        demand(wanted)


def test_3_2_executors_come_when_another_job_run_has_ended(simulation, world):
    """At that moment; the driver was there all the time."""
    application = an_application(world, maximum=room_for(5))
    first = a_job_run(
        world, application, Plan((Outcome("succeed", after=seconds(300)),)), workload=wanting()["workload"]
    )
    second = a_job_run(world, application, **wanting(outcome=Outcome("succeed", after=seconds(900))))
    simulation.advance(seconds(3600))
    assert levels(first) == [(0, 3), (300, 0)]
    assert levels(second) == [(0, 0), (300, 3), (900, 0)]
    assert (second.state, second.attempt.started_at) == ("SUCCESS", START)


def test_3_2_executors_come_when_others_are_idle_for_too_long(simulation, world):
    """And when an attempt has failed and is tried again."""
    application = an_application(world, maximum=room_for(6))
    a_job_run(world, application, **wanting((0, 4), (100, 2)))
    waits = a_job_run(world, application, **wanting((0, 2)))
    simulation.advance(seconds(1000))
    assert levels(waits) == [(0, 0), (160, 2)]


def test_3_2_an_attempt_that_failed_leaves_its_executors_to_those_who_wait(simulation, world):
    """Who waited first."""
    application = an_application(world, maximum=room_for(6))
    fails = Outcome("fail", after=seconds(100))
    retried = a_job_run(world, application, **{**wanting(outcome=fails), "max_attempts": 2})
    waits = a_job_run(world, application, **wanting())
    simulation.advance(seconds(1000))
    assert levels(waits) == [(0, 1), (100, 3)]
    assert levels(retried, 0) == [(0, 3), (100, 0)]
    assert levels(retried, 1) == [(100, 1), (200, 0)]


def test_3_2_those_who_waited_longest_get_executors_first(simulation, world):
    """As many as there is capacity for."""
    application, workload = an_application(world, maximum=Capacity(44, 176)), Workload(WORKER, Size(8, 32), 3)
    a_job_run(world, application, Plan((Outcome("succeed", after=seconds(100)),)), workload=workload)
    runs = [a_job_run(world, application, ENDLESS, workload=workload) for _ in range(2)]
    simulation.advance(seconds(1000))
    assert [levels(run) for run in runs] == [[(0, 1), (100, 3)], [(0, 0), (100, 1)]]


def test_3_2_a_request_that_fits_does_not_wait_for_one_that_does_not(simulation, world):
    """Executors of 16 vCPU will not fit beside what runs; small ones do."""
    application = an_application(world, maximum=room_for(6))
    huge = a_job_run(world, application, ENDLESS, workload=Workload(WORKER, Size(32, 120), 1))
    small = a_job_run(world, application, **wanting())
    simulation.advance(seconds(1000))
    assert (levels(huge), levels(small)) == ([(0, 0)], [(0, 3)])


def test_3_2_a_driver_without_any_executor_is_abandoned_after_20_minutes(simulation, world):
    """Captured; what was planned for it does not come before."""
    application = an_application(world, maximum=Capacity(16, 64))
    for outcome in (Outcome("succeed", after=seconds(60)), HANGS):
        run = a_job_run(world, application, Plan((outcome,)), workload=Workload(Size(8, 60), Size(16, 64), 3))
        simulation.advance(seconds(1199))
        assert run.state == "RUNNING"
        simulation.advance(seconds(1))
        assert (run.state, run.state_details) == ("FAILED", ABANDONED)


def test_3_6_an_abandoned_attempt_is_tried_again_if_the_policy_says_so(simulation, world):
    """Each attempt has its 20 minutes."""
    application = an_application(world, maximum=Capacity(16, 64))
    run = a_job_run(world, application, ENDLESS, workload=Workload(WORKER, Size(16, 64), 3), max_attempts=2)
    simulation.advance(seconds(3600))
    assert (run.state, len(run.attempts), history(simulation, run.id)[-1]) == ("FAILED", 2, ("FAILED", 2400))


def test_3_2_one_executor_is_enough_not_to_be_abandoned(simulation, world):
    """The others may come or not."""
    application = an_application(world, maximum=room_for(2))
    run = a_job_run(world, application, **wanting())
    simulation.advance(seconds(5000))
    assert (run.state, levels(run)) == ("RUNNING", [(0, 1)])


def test_3_2_a_driver_whose_executors_came_late_is_not_abandoned(simulation, world):
    """They came before its 20 minutes were over, and it runs on."""
    application = an_application(world, maximum=room_for(5))
    a_job_run(world, application, Plan((Outcome("succeed", after=seconds(1199)),)), workload=wanting()["workload"])
    late = a_job_run(world, application, **wanting())
    simulation.advance(seconds(5000))
    assert (late.state, levels(late)) == ("RUNNING", [(0, 0), (1199, 3)])


def test_3_2_who_was_satisfied_and_wants_more_waits_behind_others(simulation, world):
    """The place in the queue belongs to one time of waiting."""
    application = an_application(world, maximum=room_for(7))
    a_job_run(world, application, **wanting((0, 2), (100, 1), (300, 0)))
    second = a_job_run(world, application, **wanting((0, 0), (190, 1)))
    first = a_job_run(world, application, **wanting((0, 3), (200, 4)))
    simulation.advance(seconds(1000))
    assert levels(first) == [(0, 2), (160, 3), (200, 3)]
    assert levels(second) == [(0, 0), (190, 0), (360, 1)]


def test_3_2_a_driver_that_wants_no_executor_is_not_abandoned(simulation, world):
    """Captured: a driver was alone for 22 minutes."""
    run = a_job_run(world, an_application(world), ENDLESS, workload=Workload(WORKER, WORKER, 0))
    simulation.advance(seconds(5000))
    assert run.state == "RUNNING"


def test_3_2_a_success_needs_executors_and_a_failure_does_not(simulation, world):
    """The success comes as planned, or with the first executor; the failure as planned."""
    application = an_application(world, maximum=room_for(6))
    a_job_run(world, application, Plan((Outcome("succeed", after=seconds(300)),)), workload=wanting()["workload"])
    ends = [Outcome("succeed", after=seconds(100)), Outcome("fail", after=seconds(100))]
    filler = a_job_run(world, application, ENDLESS, workload=Workload(Size(4, 16), WORKER, 0))
    late = a_job_run(world, application, Plan(ends[:1]), workload=Workload(WORKER, Size(8, 16), 1))
    simulation.advance(seconds(1000))
    assert filler.state == "RUNNING"
    assert history(simulation, late.id)[-1] == ("SUCCESS", 300)
    failing = a_job_run(world, application, Plan(ends[1:]), workload=Workload(WORKER, Size(32, 120), 1))
    simulation.advance(seconds(1000))
    assert history(simulation, failing.id)[-1] == ("FAILED", 1100)


def test_3_2_a_success_comes_too_when_no_executors_are_wanted_any_more(simulation, world):
    """Then the driver waits for none."""
    application = an_application(world, maximum=room_for(1))
    run = a_job_run(world, application, **wanting((0, 2), (300, 0), outcome=Outcome("succeed", after=seconds(100))))
    simulation.advance(seconds(5000))
    assert history(simulation, run.id)[-1] == ("SUCCESS", 300)


def test_3_5_a_job_run_that_is_cancelled_gets_no_more_executors(simulation, world):
    """It keeps those that it has until it is CANCELLED."""
    simulation.timing = replace(Timing.instant(), cancel=30)
    application = an_application(world, maximum=room_for(6))
    first = a_job_run(world, application, **wanting())
    second = a_job_run(world, application, **wanting())
    simulation.advance(seconds(10))
    world.fire(second, "cancel")
    world.fire(first, "cancel")
    simulation.advance(seconds(100))
    assert (levels(first), levels(second)) == ([(0, 3), (40, 0)], [(0, 1), (40, 0)])
    assert application.pool.waiting == {}


def test_6_executors_wait_for_the_accounts_vcpus(simulation, world):
    """In whatever application they become free."""
    simulation.vcpus = 32
    ends = Plan((Outcome("succeed", after=seconds(100)),))
    a_job_run(world, an_application(world), ends, workload=Workload(WORKER, WORKER, 3))
    grows = a_job_run(world, an_application(world), **wanting((0, 3), (50, 5)))
    simulation.advance(seconds(1000))
    assert levels(grows) == [(0, 3), (50, 3), (100, 5)]


def test_6_the_executors_that_a_rule_wants_at_first_count_for_the_quota(simulation, world):
    """As those of the properties do."""
    simulation.vcpus = 16
    run = a_job_run(world, an_application(world), **wanting((0, 4)))
    simulation.advance(seconds(1))
    assert run.state == "FAILED"


def test_10_000_executors_are_few_objects(simulation, world):
    """One stint for each batch; their usage too."""
    scaling = Scaling(batch=4000)
    run = a_job_run(world, an_application(world), **wanting((0, 10_000), scaling=scaling))
    simulation.advance(seconds(100))
    assert run.attempt.workers.executors == 10_000
    assert len(run.attempt.workers.stints) == len(run.attempt.workers.usage(simulation.now)) == 4
