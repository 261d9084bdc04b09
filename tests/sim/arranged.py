"""Records made by hand, for simulations without a service around them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from emrs_mock.sim.clock import Clock, StandingSource
from emrs_mock.sim.outcomes import Plan
from emrs_mock.sim.records import Application, JobRun
from emrs_mock.sim.settings import ApplicationSettings, JobRunSettings
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.timing import Timing
from emrs_mock.sim.world import World

START = datetime(2024, 1, 1, tzinfo=timezone.utc)


def seconds(number: float) -> timedelta:
    """A duration."""
    return timedelta(seconds=number)


def a_simulation(timing: Timing | None = None, seed: int = 0) -> Simulation:
    """A simulation on a standing clock."""
    return Simulation(Clock(StandingSource(lambda: START)), timing or Timing(), seed)


def a_world(simulation: Simulation) -> World:
    """One account in one region."""
    return simulation.world("123456789012", "us-east-1", "aws")


def an_application(world: World, **settings: Any) -> Application:
    """A new application, CREATING."""
    seq, application_id = world.simulation.identifiers.new("application", world.region, world.now)
    application = Application(
        id=application_id,
        arn=world.arn(application_id),
        seq=seq,
        created_at=world.now,
        created_by="",
        spec={},
        tags={},
        settings=ApplicationSettings(**settings),
    )
    world.take_in(application, "create")
    return application


def a_job_run(world: World, application: Application, plan: Plan | None = None, **settings: Any) -> JobRun:
    """A new job run, SUBMITTED."""
    seq, run_id = world.simulation.identifiers.new("job_run", world.region, world.now)
    run = JobRun(
        id=run_id,
        arn=world.arn(application.id, "jobruns", run_id),
        seq=seq,
        created_at=world.now,
        created_by="",
        spec={},
        tags={},
        application_id=application.id,
        inherited={},
        mode="BATCH",
        settings=JobRunSettings(**settings),
        plan=plan or Plan(),
    )
    world.take_in(run, "submit")
    return run


def history(simulation: Simulation, record_id: str) -> list[tuple[str, float]]:
    """The states a record went through, and when, in seconds from the start."""
    return [(c.after, (c.at - START).total_seconds()) for c in simulation.changes if c.id == record_id]
