"""Which workers a job run gets: pre-initialised ones first, then what is left (facts §4.4, §4.5, §6, §16)."""

from __future__ import annotations

import pytest

from emrs_mock.sim.timing import Timing
from emrs_mock.sim.workers import Capacity, Size, Workload
from tests.sim.arranged import a_job_run, a_simulation, a_world, an_application, history, seconds

ACQUIRING = Timing().of("scheduled").total_seconds()
WORKER, OTHER = Size(4, 16), Size(2, 8)
FOUR = Workload(WORKER, WORKER, 3)


@pytest.fixture
def simulation():
    """A simulation on a standing clock."""
    return a_simulation()


@pytest.fixture
def submit(simulation):
    """Submit job runs of one application, STARTED, with these settings; returns them, an hour later."""

    def submit(*workloads, **settings):
        world = a_world(simulation)
        application = an_application(world, **settings)
        world.fire(application, "start")
        simulation.advance(seconds(120))
        runs = [a_job_run(world, application, workload=workload) for workload in workloads]
        simulation.advance(seconds(3600))
        return runs

    return submit


def began(simulation, run):
    """When a job run was SCHEDULED and RUNNING."""
    times = dict(history(simulation, run.id))
    return times["SCHEDULED"], times.get("RUNNING")


def test_4_4_pre_initialised_workers_are_there_at_once(simulation, submit):
    """For those that are satisfied with what there is."""
    runs = submit(FOUR, Workload(OTHER, WORKER, 1), initial={WORKER: 4})
    assert [running - scheduled for scheduled, running in (began(simulation, run) for run in runs)] == [0, ACQUIRING]


def test_4_4_pre_initialised_workers_are_promised_once(simulation, submit):
    """Eight serve two of three job runs that are SCHEDULED at one instant."""
    runs = submit(FOUR, FOUR, FOUR, initial={WORKER: 8})
    assert [running - scheduled for scheduled, running in (began(simulation, run) for run in runs)] == [0, 0, ACQUIRING]


def test_4_4_pre_initialised_workers_that_work_are_not_there_for_others(simulation):
    """Until they are idle again."""
    world = a_world(simulation)
    application = an_application(world, initial={WORKER: 4})
    waits = []
    for later in (110, 250, 60):
        run = a_job_run(world, application, workload=FOUR)
        simulation.advance(seconds(later))
        scheduled, running = began(simulation, run)
        waits.append(running - scheduled)
    assert waits == [0, ACQUIRING, 0]


def test_4_4_smaller_executors_use_larger_pre_initialised_workers(submit):
    """Whole ones: what they leave unused is not there for others. A driver uses one of its own size."""
    (run,) = submit(Workload(OTHER, OTHER, 4), initial={OTHER: 2, WORKER: 2})
    assert [(stint.size, stint.first, stint.number, stint.is_warm) for stint in run.attempt.workers.stints] == [
        (OTHER, 0, 1, True),
        (OTHER, 1, 1, True),
        (WORKER, 2, 2, True),
        (OTHER, 4, 1, False),
    ]


def test_4_4_smaller_executors_make_a_job_run_start_at_once_too(simulation, submit):
    """Where larger pre-initialised workers serve all of them."""
    (run,) = submit(Workload(WORKER, OTHER, 3), initial={WORKER: 4})
    scheduled, running = began(simulation, run)
    assert running == scheduled


def test_4_6_serverless_storage_uses_no_pre_initialised_workers(simulation, submit):
    """Everything is created on demand."""
    (run,) = submit(Workload(WORKER, WORKER, 3, uses_initial=False), initial={WORKER: 4})
    scheduled, running = began(simulation, run)
    assert running - scheduled == Timing().of("scheduled").total_seconds()
    assert not any(stint.is_warm for stint in run.attempt.workers.stints)


def test_4_5_idle_pre_initialised_workers_are_part_of_the_maximum(submit):
    """What is kept ready in one size is not there for another."""
    (run,) = submit(Workload(OTHER, OTHER, 9, uses_initial=False), initial={WORKER: 3}, maximum=Capacity(16, 64))
    assert run.attempt.workers.launched == 1


def test_4_5_executors_are_given_in_the_order_of_submission(submit):
    """The second gets what the first one leaves; the driver of the third does not fit."""
    runs = submit(FOUR, FOUR, FOUR, maximum=Capacity(24, 96))
    assert [run.attempt.workers.stints[-1].first for run in runs[:2]] == [1, 2]
    assert [run.state for run in runs] == ["SUCCESS", "SUCCESS", "FAILED"]


@pytest.mark.parametrize("alone", [True, False])
def test_3_2_a_driver_that_does_not_fit_fails_its_job_run(submit, alone):
    """Whether it never could, or does not beside what runs: it is not made to wait (captured text)."""
    runs = submit(*[FOUR] * (1 if alone else 2), maximum=Capacity(4, 15) if alone else Capacity(16, 64))
    assert (runs[-1].state, runs[-1].state_details) == (
        "FAILED",
        "Job failed as application has exceeded maximumCapacity settings.",
    )
    assert runs[-1].attempt.workers.stints == []


def test_4_5_without_a_maximum_every_job_run_gets_all_executors(submit):
    """However many they are."""
    runs = submit(*[FOUR] * 20)
    assert {run.attempt.workers.launched for run in runs} == {3}


def test_6_a_job_run_that_would_exceed_the_accounts_vcpus_fails(simulation, submit):
    """One default job run is the whole default quota."""
    simulation.vcpus = 16
    first, second = submit(FOUR, FOUR)
    assert (first.state, second.state) == ("SUCCESS", "FAILED")
    assert second.state_details == (
        "Job failed as account has reached the service limit on the maximum vCPU it can use concurrently."
    )
