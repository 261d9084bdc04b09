"""Near the years 1 and 9999: refused before anything is done, and the mock works on."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest
from freezegun import freeze_time

from emrs_mock import Timing, mock_emr_serverless
from emrs_mock.sim.clock import EARLIEST, LATEST
from emrs_mock.sim.timing import LONGEST
from tests.service.requests import START, create_application, everything, start_job_run

EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-14))
OUT_OF_REACH = [
    datetime.min, datetime.max, datetime.min.replace(tzinfo=EAST), datetime.max.replace(tzinfo=WEST),
    EARLIEST - timedelta.resolution, LATEST + timedelta.resolution,
]  # fmt: skip


def works_on(emr):
    """Calls are answered and time passes."""
    client = emr.client("us-east-1")
    app = create_application(client)
    client.start_application(applicationId=app)
    assert emr.run_until(start_job_run(client, app)).state == "SUCCESS"


@pytest.mark.parametrize("moment", OUT_OF_REACH, ids=str)
def test_the_clock_cannot_be_moved_out_of_reach(moment):
    """To no moment, and by no duration."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        run = emr.add_job_run(emr.add_application())
        before = everything(emr), emr.clock.now()
        with pytest.raises(ValueError, match=r"A clock can be between 1000-01-01 and 9000-01-01"):
            emr.clock.move_to(moment)
        for by in (timedelta.max, LONGEST + timedelta.resolution, 1e300, 10**30, float("inf"), float("nan")):
            with pytest.raises(ValueError, match=r"days|number"):
                emr.clock.advance(by)
        for units in ({"days": 1e300}, {"days": 10**9, "hours": 24}):
            with pytest.raises(ValueError, match="is at most 146000 days"):
                emr.clock.advance(**units)
        assert (everything(emr), emr.clock.now()) == before
        assert run.state == "RUNNING"
        works_on(emr)


@pytest.mark.parametrize("moment", OUT_OF_REACH, ids=str)
def test_no_mock_starts_out_of_reach(moment):
    """Refused where it is said."""
    for start in (moment, moment.isoformat()):
        with pytest.raises(ValueError, match="A clock can be between"):
            mock_emr_serverless(clock="manual", start=start).start()


@pytest.mark.parametrize("edge", [EARLIEST, LATEST - timedelta(days=1)], ids=str)
def test_a_mock_works_at_the_edges(edge):
    """Everything that is due after the latest time of a clock still has a date."""
    with mock_emr_serverless(clock="manual", start=edge, timing=Timing(run=LONGEST)) as emr:
        app = emr.add_application(region_name="us-east-1")
        emr.when(name="late").succeed(after=LONGEST)
        client = emr.client("us-east-1")
        run = start_job_run(client, app.id, name="late")
        assert emr.run_until(run, "RUNNING").state == "RUNNING"
        client.get_job_run(applicationId=app.id, jobRunId=run)
        str(emr.timeline()), list(emr.events), emr.timeline().to_svg()
        emr.clock.advance(hours=23)
        assert emr.job_runs[run].state == "CANCELLED"


def test_at_the_latest_time_the_clock_stays_and_calls_are_answered():
    """A step beyond is refused, and what was due before it has not happened."""
    with mock_emr_serverless(clock="manual", start=LATEST - timedelta(seconds=30)) as emr:
        run = emr.add_job_run(emr.add_application(region_name="us-east-1"))
        with pytest.raises(ValueError, match="A clock can be between"):
            emr.clock.advance(60)
        assert emr.clock.now() == LATEST - timedelta(seconds=30)
        with pytest.raises(ValueError, match="A clock can be between"):
            emr.run_until(run)
        assert run.state == "RUNNING"
        create_application(emr.client("us-east-1"))
        emr.clock.advance(30)
        create_application(emr.client("us-east-1"))


@pytest.mark.parametrize("frozen", ["0001-01-02", "9999-12-30"])
def test_a_call_in_a_freeze_out_of_reach_is_refused_and_later_ones_are_answered(frozen):
    """Nothing was done then."""
    with mock_emr_serverless() as emr:
        client = emr.client("us-east-1")
        with freeze_time("2024-01-01"):
            create_application(client)
            with freeze_time(frozen), pytest.raises(ValueError, match="A clock can be between"):
                create_application(client)
            create_application(client)
            assert len(emr.applications) == 2
            works_on(emr)


@pytest.mark.parametrize("length", [timedelta.max, float("nan"), float("inf"), 1e12, 10**30])
def test_no_duration_is_longer_than_there_are_dates(length):
    """Wherever one is taken."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        for take in (
            lambda: Timing(run=length),
            lambda: emr.when().succeed(after=length),
            lambda: emr.when().stay("PENDING", length),
            lambda: emr.fault("GetJobRun").slow(length),
            lambda: mock_emr_serverless(clock="manual", latency=length).start(),
        ):
            with pytest.raises(ValueError, match=r"at most 146000 days|expected a timedelta"):
                take()
        emr._rules.entries.clear()
        emr._backend.faults.entries.clear()
        works_on(emr)


def test_a_virtual_clock_cannot_be_slept_out_of_reach():
    """The sleep is refused, calls are answered at the time that it was, and the mock ends as any other."""
    with mock_emr_serverless(clock="virtual", start=LATEST - timedelta(hours=1)) as emr:
        with pytest.raises(OverflowError, match="the last day of a simulated clock"):
            time.sleep(2 * 3600)
        assert emr.clock.now() == LATEST - timedelta(hours=1)
        works_on(emr)
    assert datetime.now(timezone.utc) < LATEST
