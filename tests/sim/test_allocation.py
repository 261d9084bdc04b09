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
    """Submit job runs of one application with these settings; returns them, an hour later."""

    def submit(*workloads, **settings):
        world = a_world(simulation)
        application = an_application(world, **settings)
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


def test_4_5_workers_are_shared_out_in_the_order_of_submission(simulation, submit):
    """The second gets what the first one leaves, the third waits until one has ended."""
    runs = submit(FOUR, FOUR, FOUR, maximum=Capacity(24, 96))
    assert [run.attempt.workload.executors for run in runs] == [3, 1, 3]
    ends = dict(history(simulation, runs[0].id))["SUCCESS"]
    assert began(simulation, runs[2])[1] == ends


def test_4_5_idle_pre_initialised_workers_are_part_of_the_maximum(submit):
    """What is kept ready in one size is not there for another."""
    (run,) = submit(Workload(OTHER, OTHER, 9), initial={WORKER: 3}, maximum=Capacity(16, 64))
    assert run.attempt.workload == Workload(OTHER, OTHER, 1)


def test_4_5_a_driver_that_can_never_fit_fails_its_job_run(submit):
    """It is not made to wait for what will not come."""
    (run,) = submit(FOUR, maximum=Capacity(4, 15))
    assert (run.state, run.state_details) == (
        "FAILED",
        "Job failed as application has exceeded maximumCapacity settings.",
    )


def test_4_5_without_a_maximum_everybody_gets_everything(submit):
    """However much it is."""
    runs = submit(*[FOUR] * 20)
    assert {run.attempt.workload for run in runs} == {FOUR}


def test_6_a_job_run_that_would_exceed_the_accounts_vcpus_fails(simulation, submit):
    """One default job run is the whole default quota."""
    simulation.vcpus = 16
    first, second = submit(FOUR, FOUR)
    assert (first.state, second.state) == ("SUCCESS", "FAILED")
    assert second.state_details == (
        "Job failed as account has reached the service limit on the maximum vCPU it can use concurrently."
    )
