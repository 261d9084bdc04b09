"""Ten typed tests of the quickstart's kinds: they run here, and `python -m tests.typed.check` has them type-checked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from emrs_mock import (
    ApplicationView,
    CallRecord,
    EMRServerless,
    Fail,
    Fault,
    JobRunState,
    JobRunView,
    Rule,
    Succeed,
    Timing,
    UnreachableState,
    connect,
    current,
    mock_emr_serverless,
)

if TYPE_CHECKING:
    from typing_extensions import assert_type

else:

    def assert_type(value, kind):
        """For type checkers."""
        return value


@mock_emr_serverless
def test_a_bare_decorator() -> None:
    """The handle is the current one."""
    assert_type(current(), EMRServerless)
    assert len(current().applications) == 0


@mock_emr_serverless(clock="virtual", as_kwarg="emr")
def test_the_handle_as_the_only_parameter(emr: EMRServerless) -> None:
    """Members in AWS's spelling."""
    application = emr.add_application(state="STARTED", type="SPARK", releaseLabel="emr-7.2.0", region_name="eu-west-1")
    assert_type(application, ApplicationView)
    assert application.release_label == "emr-7.2.0"


@mock_emr_serverless(clock="manual", as_kwarg="emr", timing=Timing(run=300))
def test_the_handle_before_a_fixture(emr: EMRServerless, tmp_path: object) -> None:
    """Members in Python's spelling, and structures."""
    application = emr.add_application(
        maximum_capacity={"cpu": "16 vCPU", "memory": "64 GB"},
        autoStopConfiguration={"enabled": True, "idleTimeoutMinutes": 5},
    )
    run = emr.add_job_run(application, execution_timeout_minutes=5, tags={"team": "data"})
    assert_type(run, JobRunView)
    assert run.tags == {"team": "data"}
    assert run.job_driver["sparkSubmit"]["entryPoint"].startswith("s3://")


@mock_emr_serverless(clock="manual", as_kwarg="emr")
def state_after(minutes: int, emr: EMRServerless) -> JobRunState:
    """A function that is not a test, with the handle after another parameter."""
    run = emr.add_job_run(emr.add_application(), "SUBMITTED")
    emr.clock.advance(minutes=minutes)
    return run.state


def test_a_decorated_helper() -> None:
    """Its callers do not give the handle."""
    state: JobRunState = state_after(60)
    assert state == "SUCCESS"


class TestMethods:
    @mock_emr_serverless(clock="manual", as_kwarg="emr")
    def test_a_method(self, emr: EMRServerless) -> None:
        """The handle comes after `self`."""
        assert emr.add_application("CREATED").state == "CREATED"


@mock_emr_serverless(clock="manual")
class TestDecorated:
    def test_a_class_stays_a_class(self) -> None:
        """Its tests share a mock."""
        assert current().options.clock == "manual"


@pytest.fixture
@mock_emr_serverless(clock="manual", as_kwarg="emr")
def application(emr: EMRServerless) -> Iterator[ApplicationView]:
    """A fixture within a mock."""
    made = emr.add_application(state="STARTED")
    yield made
    assert made.state == "STOPPED"


def test_a_fixture_of_ones_own(application: ApplicationView) -> None:
    """What it yields has its type."""
    stopped = current().run_until(application, "STOPPED")
    assert_type(stopped, ApplicationView)
    assert stopped.state_details == "AUTO_STOPPING"


@pytest.mark.emr_serverless(clock="manual")
def test_the_fixtures_of_the_plugin(emr_serverless: EMRServerless) -> None:
    """Rules and faults have types."""
    rule = emr_serverless.when(entry_point="s3://code/*.py").attempts(Fail("x"), Succeed(after=5))
    fault = emr_serverless.fault("GetJobRun").error("ThrottlingException", times=1)
    assert_type(rule, Rule)
    assert_type(fault, Fault)
    run = emr_serverless.add_job_run(emr_serverless.add_application())
    assert_type(emr_serverless.run_until(run), JobRunView)
    assert emr_serverless.job_runs[0].state == "SUCCESS"
    emr_serverless.calls.of("GetJobRun")


def test_a_block_and_its_calls() -> None:
    """The client answers, and the calls are records."""
    with mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z") as emr:
        client = emr.client("eu-west-1")
        created = client.create_application(name="etl", type="SPARK", releaseLabel="emr-7.2.0", clientToken="etl")
        assert emr.run_until(created, "CREATED").name == "etl"
        assert_type(emr.calls[0], CallRecord)
        assert [call.operation for call in emr.calls] == ["CreateApplication"]
        assert emr.clock.now().year == 2026


def test_a_state_that_cannot_be_reached() -> None:
    """An id stands for any record."""
    with mock_emr_serverless(clock="manual") as emr:
        run = emr.add_job_run(emr.add_application())
        assert emr.run_until(run.id).state == "SUCCESS"
        with pytest.raises(UnreachableState):
            emr.run_until(run, "FAILED")


def test_a_handle_of_another_process() -> None:
    """Records have the members that they have here; they are as they were when they were asked for."""
    pytest.importorskip("h11")
    with mock_emr_serverless(clock="manual") as emr, emr.serve() as url:
        remote = connect(url)
        assert_type(remote.when(entry_point="*.py", tags={"team": "data"}).fail("boom"), Rule)
        application = remote.add_application(name="etl", region_name="eu-west-1")
        run = remote.add_job_run(application, "SUBMITTED")
        assert_type(run.created_at, datetime)
        assert run.created_at == emr.job_runs[0].created_at
        assert remote.run_until(run).state == "SUCCESS"
        assert remote.applications[0].name == application.name
        assert remote.logs_of(run).stdout == ""
        remote.client().list_applications()
        assert_type(remote.calls[0].at, datetime)
        assert (remote.calls[0].operation, remote.calls[0].at) == ("ListApplications", emr.calls[0].at)
