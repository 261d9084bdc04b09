"""The section about the mock in the report of a failed test."""

from __future__ import annotations

SUBMIT = """
ROLE = "arn:aws:iam::123456789012:role/etl"
DRIVER = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}

def run_of(emr, name="nightly"):
    client, app = boto3.client("emr-serverless", "us-east-1"), emr.add_application()
    made = client.start_job_run(applicationId=app.id, executionRoleArn=ROLE, jobDriver=DRIVER, name=name)
    return emr.run_until(made)
"""
SECTION = "*EMR Serverless: what happened in the mock*"


def test_a_failed_test_tells_its_timeline_and_the_rules_that_decided(project):
    """It names a rule that was removed later, and no rule that decided nothing."""
    result = project(f"""{SUBMIT}
def test_one(emr_serverless):
    emr_serverless.when(name="other").succeed()
    with emr_serverless.when(name="night*").fail("ExitCode: 137"):
        run = run_of(emr_serverless)
        assert run.state == "SUCCESS"
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [SECTION, "*since start*", "job run *nightly", "*FAILED*ExitCode: 137", "rules that decided", "*when(*night*"]
    )
    result.stdout.no_fnmatch_line("*: when(*other*")


def test_a_test_that_passes_tells_nothing(project):
    """Also if pytest shows everything."""
    result = project(f"{SUBMIT}\ndef test_one(emr_serverless): run_of(emr_serverless)", "-rA")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line(SECTION)


def test_the_mock_of_a_decorator_or_a_block_tells_too(project):
    """Although it is gone when the report is made."""
    result = project(f"""{SUBMIT}
@mock_emr_serverless(clock="manual", as_kwarg="emr")
def test_decorator(emr):
    run_of(emr, "decorated")
    assert False

def test_block():
    with mock_emr_serverless(clock="manual") as emr:
        run_of(emr, "blocked")
    assert False
""")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines([SECTION, "job run *decorated", SECTION, "job run *blocked"])


def test_the_mock_of_a_class_tells_what_happened_in_the_test(project):
    """As pytest sees a TestCase."""
    result = project(f"""{SUBMIT}
import unittest

@mock_emr_serverless(clock="manual", as_kwarg="emr")
class TestOne(unittest.TestCase):
    def test_one(self, emr):
        run_of(emr, "in a class")
        self.fail()
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([SECTION, "job run *in a class"])


def test_a_fixture_that_fails_tells_too(project):
    """What was arranged until then."""
    result = project("""
@pytest.fixture
def app(emr_serverless):
    emr_serverless.add_application(name="half-done")
    raise RuntimeError

def test_one(app):
    pass
""")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([SECTION, "application *half-done"])


def test_a_mock_in_which_nothing_happened_tells_nothing(project):
    """A failed test has no empty sections."""
    result = project("def test_one(emr_serverless): assert False")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line(SECTION)


def test_a_long_story_is_cut(project):
    """The end is kept, because the failure is there."""
    result = project("""
def test_one(emr_serverless):
    for number in range(100):
        emr_serverless.add_application(name=f"app{number}")
    assert False
""")
    result.stdout.fnmatch_lines([SECTION, "  ... * lines are left out", "application *app99"])
    result.stdout.no_fnmatch_line("application *app1")
