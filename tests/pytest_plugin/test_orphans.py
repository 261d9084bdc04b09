"""`on_orphans=`: records that a test leaves active are reported at its end."""

from __future__ import annotations

import pytest
from freezegun import freeze_time

from emrs_mock import mock_emr_serverless
from emrs_mock.observation.orphans import EMRServerlessOrphanWarning, OrphanError

SUBMIT = """
ROLE = "arn:aws:iam::123456789012:role/etl"
DRIVER = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}

def submit(emr):
    client, app = boto3.client("emr-serverless", "us-east-1"), emr.add_application()
    client.start_job_run(applicationId=app.id, executionRoleArn=ROLE, jobDriver=DRIVER)
"""


def start_one(emr):
    """Create and start an application; returns the client and its id."""
    client = emr.client("us-east-1")
    made = client.create_application(name="etl", type="SPARK", releaseLabel="emr-7.2.0")["applicationId"]
    emr.run_until(made, "CREATED")
    client.start_application(applicationId=made)
    emr.run_until(made, "STARTED")
    return client, made


def test_an_application_that_is_left_started_is_an_orphan():
    """The error names it and says what to do; everything is undone."""
    mock = mock_emr_serverless(clock="manual", on_orphans="error")
    start_one(mock.start())
    with pytest.raises(OrphanError, match=r"application \w+ is STARTED\n.*stop the application.*docs: orphans"):
        mock.stop()
    with mock:
        pass


def test_an_application_that_is_stopping_is_none():
    """It ends by itself."""
    with mock_emr_serverless(clock="manual", on_orphans="error") as emr:
        client, made = start_one(emr)
        client.stop_application(applicationId=made)


def test_a_job_run_that_has_not_ended_is_an_orphan():
    """A warning is enough for some."""
    emr = mock_emr_serverless(clock="manual", on_orphans="warn").start()
    emr.add_job_run(emr.add_application(), "SUBMITTED")
    emr.clock.advance(2)
    with pytest.warns(EMRServerlessOrphanWarning, match=r"job run \w+ is PENDING"):
        emr.stop()


def test_what_was_arranged_and_never_moved_is_none():
    """The author put it there, not the code under test."""
    with mock_emr_serverless(clock="manual", on_orphans="error") as emr:
        app = emr.add_application()
        emr.add_job_run(app)


def test_without_the_option_nothing_is_reported():
    """The default is to ignore."""
    with mock_emr_serverless(clock="manual") as emr:
        start_one(emr)


@pytest.mark.parametrize("on_orphans", ["warn", "error"])
def test_a_body_that_failed_is_all_that_is_told(on_orphans):
    """The failure is the reason for the orphans; warnings are errors here."""

    @mock_emr_serverless(clock="manual", on_orphans=on_orphans, as_kwarg="emr")
    def fail(emr):
        start_one(emr)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def test_what_becomes_of_orphans_is_one_of_three():
    """With the list of them."""
    with pytest.raises(ValueError, match="on_orphans='fail': expected one of 'ignore', 'warn', 'error'"):
        mock_emr_serverless(on_orphans="fail")


def test_the_fixture_tells_of_orphans_of_tests_that_passed(project):
    """As an error at teardown, by marker or ini file; a test that failed says enough itself."""
    result = project(
        f"""{SUBMIT}
def test_passes(emr_serverless):
    submit(emr_serverless)

def test_fails(emr_serverless):
    submit(emr_serverless)
    assert False

@pytest.mark.emr_serverless(on_orphans="ignore")
def test_is_let_go(emr_serverless):
    submit(emr_serverless)
""",
        ini="emr_serverless_clock = manual\nemr_serverless_on_orphans = error",
    )
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_passes*", "*OrphanError*", "*job run * is SUBMITTED"])


def test_a_class_is_asked_after_each_of_its_tests(project):
    """One that failed is not."""
    result = project(f"""{SUBMIT}
import unittest

@mock_emr_serverless(clock="manual", on_orphans="error", as_kwarg="emr")
class TestJobs(unittest.TestCase):
    def test_1_passes(self, emr):
        submit(emr)

    def test_2_fails(self, emr):
        submit(emr)
        self.fail("itself")

    def test_3_leaves_nothing(self, emr):
        emr.add_application()
""")
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*OrphanError*", "*job run * is SUBMITTED"])


@pytest.mark.parametrize("on_orphans", ["warn", "error"])
def test_all_orphans_are_listed_with_what_helps(on_orphans):
    """In order of creation, each with its kind, id and state."""
    mock = mock_emr_serverless(clock="manual", on_orphans=on_orphans)
    emr = mock.start()
    client, made = start_one(emr)
    role, driver = "arn:aws:iam::123456789012:role/etl", {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}
    run = client.start_job_run(applicationId=made, executionRoleArn=role, jobDriver=driver)["jobRunId"]
    expects = pytest.warns(EMRServerlessOrphanWarning) if on_orphans == "warn" else pytest.raises(OrphanError)
    with expects as caught:
        mock.stop()
    told = caught[0].message if on_orphans == "warn" else caught.value
    assert str(told).splitlines() == [
        "At the end of the test these records are still active:",
        f"  application {made} is STARTED",
        f"  job run {run} is SUBMITTED",
        'Cancel job runs or wait for them, and stop the application; or set on_orphans="ignore" (docs: orphans)',
    ]


def test_what_has_ended_by_itself_meanwhile_is_none():
    """The clock of the process has moved since the last look."""
    with freeze_time("2026-01-31") as frozen, mock_emr_serverless(on_orphans="error") as emr:
        _, made = start_one(emr)
        emr.add_job_run(made, "SUBMITTED")
        frozen.tick(86400)
