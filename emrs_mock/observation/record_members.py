"""The members of each kind of view: those that the service returns, and some that only the test's author sees."""

from __future__ import annotations

from emrs_mock.observation.record_views import View
from emrs_mock.operations import responses
from emrs_mock.operations.properties import effective_properties, said_of_job_run
from emrs_mock.sim.records import Application, JobRun, Session
from emrs_mock.sim.workers import Unfit
from emrs_mock.sim.world import World


def application(world: World, record: Application) -> View:
    """An application."""
    return responses.application(record)


def session(world: World, record: Session) -> View:
    """A session."""
    return responses.session(record)


def job_run(world: World, record: JobRun) -> View:
    """A job run, with its application's name, its driver's members and the engine's effective properties."""
    application = world.application_of(record).spec
    driver = {name: value for members in record.spec["jobDriver"].values() for name, value in members.items()}
    shown = {**driver, **responses.job_run(record, world.now)}
    return {**shown, "applicationName": application.get("name"), "properties": _properties(application, record)}


def _properties(application: View, run: JobRun) -> View:
    try:
        return effective_properties(said_of_job_run(application, run.spec))
    except Unfit:
        return {}
