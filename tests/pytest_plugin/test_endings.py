"""`@pytest.mark.emr_serverless_endings`: a test that runs once per ending."""

from __future__ import annotations

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.scenario.named_endings import ENDINGS

has_queues = pytest.mark.needs_model("SchedulerConfiguration")
PIPELINE = """
import time

import botocore.exceptions

DONE = ("SUCCESS", "FAILED", "CANCELLED")

def run_pipeline(app):
    client = boto3.client("emr-serverless", "us-east-1")
    driver = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}
    role = "arn:aws:iam::123456789012:role/etl"
    run = client.start_job_run(applicationId=app.id, executionRoleArn=role, jobDriver=driver)["jobRunId"]
    while True:
        try:
            state = client.get_job_run(applicationId=app.id, jobRunId=run)["jobRun"]["state"]
        except client.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "ThrottlingException"
            print("throttled")
        else:
            if state in DONE:
                return state
        time.sleep(60)

@pytest.fixture
def app(emr_serverless):
    return emr_serverless.add_application(region_name="us-east-1")
"""


@has_queues
def test_a_test_with_the_marker_runs_once_per_ending(project):
    """Unchanged code sees each of them; the ids are the names."""
    result = project(
        f"""{PIPELINE}
@pytest.mark.emr_serverless(clock="virtual")
@pytest.mark.emr_serverless_endings
def test_one(emr_serverless, app, emr_serverless_ending):
    assert run_pipeline(app) == emr_serverless_ending.state
    assert [run.state for run in emr_serverless.job_runs] == [emr_serverless_ending.state]
""",
        "-v",
    )
    result.assert_outcomes(passed=len(ENDINGS))
    result.stdout.fnmatch_lines_random([f"*::test_one?{name}? PASSED*" for name in ENDINGS])


@pytest.mark.parametrize(
    ("ending", "seen"),
    [
        ("execution_time_out", "run.state_details == 'The JobRun exceeded its execution timeout of 720 minutes.'"),
        pytest.param(
            "queue_time_out",
            "run.state_details == 'The JobRun exceeded its queue timeout of 360 minutes.'",
            marks=has_queues,
        ),
        ("capacity_failure", "'maximumCapacity' in run.state_details and run.started_at is None"),
        ("cancellation", "run.state_details == 'The JobRun was cancelled by the user.'"),
        ("throttling", "emr.calls.filter(lambda call: call.error == 'ThrottlingException').tries == 5"),
        ("lost_reply", "[call.error for call in emr.calls.of('StartJobRun')] == ['read timeout', None]"),
    ],
)
def test_an_ending_is_what_its_name_says(project, ending, seen):
    """As the author sees it afterwards."""
    result = project(f"""{PIPELINE}
@pytest.mark.emr_serverless(clock="virtual")
@pytest.mark.emr_serverless_endings("{ending}")
def test_one(emr_serverless, app):
    run_pipeline(app)
    emr, run = emr_serverless, emr_serverless.job_runs[-1]
    assert {seen}
""")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("arguments", ['"failure", "lost_reply"', '["failure", "lost_reply"]'])
def test_the_marker_takes_names_or_a_list_of_them(project, arguments):
    """The nearest marker is the one that counts; it alone activates the mock."""
    result = project(
        f"""
pytestmark = [pytest.mark.emr_serverless_endings, pytest.mark.emr_serverless(clock="manual")]

@pytest.mark.emr_serverless_endings({arguments})
def test_one():
    assert is_mocked()
""",
        "-v",
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*::test_one?failure? *", "*::test_one?lost_reply? *"])


def test_the_fixture_alone_runs_a_test_with_every_ending(project):
    """Another fixture may use it too."""
    result = project(
        """
@pytest.fixture
def expected(emr_serverless_ending):
    return emr_serverless_ending.state

def test_one(expected):
    assert expected in ("SUCCESS", "FAILED", "CANCELLED")
""",
        ini="emr_serverless_clock = manual",
    )
    result.assert_outcomes(passed=len(ENDINGS))


def test_the_marker_for_endings_sets_the_mock_up_after_the_tests_fixtures(project):
    """It is the marker `emr_serverless` that sets the mock up first."""
    result = project(
        """
@pytest.fixture
def before():
    return is_mocked()

@pytest.mark.emr_serverless_endings("success")
def test_one(before):
    assert (before, is_mocked()) == (False, True)

@pytest.mark.emr_serverless
@pytest.mark.emr_serverless_endings("success")
def test_two(before):
    assert (before, is_mocked()) == (True, True)
""",
        ini="emr_serverless_clock = manual",
    )
    result.assert_outcomes(passed=2)


def test_a_rule_of_the_tests_own_wins_over_the_ending(project):
    """As it wins over those of fixtures; the ending wins over these."""
    result = project("""
@pytest.fixture
def app(emr_serverless):
    emr_serverless.when().succeed()
    return emr_serverless.add_application()

@pytest.mark.emr_serverless(clock="manual")
@pytest.mark.emr_serverless_endings("failure")
def test_one(emr_serverless, app):
    emr_serverless.when(name="mine").hang()
    arranged = [emr_serverless.add_job_run(app, "SUBMITTED", name=name) for name in ("mine", "other")]
    emr_serverless.clock.advance(hours=1)
    assert [run.state for run in arranged] == ["RUNNING", "FAILED"]
""")
    result.assert_outcomes(passed=1)


def test_a_coroutine_runs_with_every_ending_too(project):
    """Under pytest-asyncio."""
    result = project("""
import asyncio

@pytest.mark.asyncio
@pytest.mark.emr_serverless(clock="virtual")
@pytest.mark.emr_serverless_endings("success", "failure")
async def test_one(emr_serverless, emr_serverless_ending):
    run = emr_serverless.add_job_run(emr_serverless.add_application(), "SUBMITTED")
    await asyncio.sleep(3600)
    assert run.state == emr_serverless_ending.state
""")
    result.assert_outcomes(passed=2)


def test_an_unknown_ending_is_refused_at_collection(project):
    """The message names the test and lists what there is."""
    result = project("""
@pytest.mark.emr_serverless_endings("succes")
def test_one(): pass
""")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*::test_one: No ending 'succes'. There are: success, failure, *(docs: endings)"])


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("@pytest.mark.emr_serverless_endings\ndef test_one(): pass", 'needs another clock*clock="virtual"*'),
        (
            "import unittest\n@pytest.mark.emr_serverless_endings\nclass TestOne(unittest.TestCase):\n"
            "    def test_one(self): pass",
            "cannot be used there (docs: endings)",
        ),
    ],
)
def test_a_test_that_cannot_have_endings_is_refused(project, test, told):
    """On the system clock they would take hours, and pytest cannot run a method of unittest's more than once."""
    result = project(test)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*::test_one: *{told}"])


def test_an_ending_shows_its_name_and_state():
    """In the report of a failed assertion; a test cannot change it for the next one."""
    ending = ENDINGS["success"]
    assert (str(ending), repr(ending)) == ("success", "NamedEnding(name='success', state='SUCCESS')")
    with pytest.raises(AttributeError):
        ending.state = "FAILED"


@pytest.mark.parametrize("poll", ["get_job_run", "list_job_runs"])
def test_throttling_hits_whichever_call_polls(poll):
    """Code that waits by listing has to stand it too; the poll after it is answered."""
    with mock_emr_serverless(clock="virtual") as emr:
        run = emr.add_job_run(emr.add_application())
        names = {"applicationId": run.application_id}
        client = emr.client("us-east-1")
        ENDINGS["throttling"].arrange(emr)
        asked = names if poll == "list_job_runs" else {**names, "jobRunId": run.id}
        with pytest.raises(client.exceptions.ClientError, match="ThrottlingException"):
            getattr(client, poll)(**asked)
        getattr(client, poll)(**asked)
