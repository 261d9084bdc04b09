"""One mistake, one report: what pytest prints about a test that went wrong says the cause, and only that."""

from __future__ import annotations

import pytest

MISTAKES = {
    "a verb with a wrong argument": 'emr.when(name="etl").fail(after="5 minutes")',
    "a verb that does not exist": 'emr.when(name="etl").sucess()',
    "a fault with a wrong argument": 'emr.fault("GetJobRun").slow("5 minutes")',
    "a fault's verb that does not exist": 'emr.fault("GetJobRun").eror("ThrottlingException")',
    "a failure before the verb": 'rule = emr.when(name="etl"); assert False; rule.fail()',
    "a failure that leaves orphans": "emr.add_job_run(emr.add_application()); emr.clock.advance(5); assert False",
}
WAYS = {
    "fixture": """
@pytest.mark.emr_serverless(clock="manual", on_orphans="error")
def test_one(emr_serverless):
    emr = emr_serverless
    {mistake}
""",
    "decorator": """
@mock_emr_serverless(clock="manual", on_orphans="error", as_kwarg="emr")
def test_one(emr):
    {mistake}
""",
    "start and stop": """
mock = mock_emr_serverless(clock="manual", on_orphans="error")

@pytest.fixture
def emr():
    yield mock.start()
    mock.stop()

def test_one(emr):
    {mistake}
""",
    "unittest": """
import unittest

class TestOne(unittest.TestCase):
    def setUp(self):
        mock = mock_emr_serverless(clock="manual", on_orphans="error")
        self.emr = mock.start()
        self.addCleanup(mock.stop)

    def test_one(self):
        emr = self.emr
        {mistake}
""",
    "setup and teardown": """
class TestOne:
    def setup_method(self):
        self.mock = mock_emr_serverless(clock="manual", on_orphans="error")
        self.emr = self.mock.start()

    def teardown_method(self):
        self.mock.stop()

    def test_one(self):
        emr = self.emr
        {mistake}
""",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_once(project, mistake, way):
    """The test fails; its teardown has nothing to add."""
    result = project(WAYS[way].format(mistake=MISTAKES[mistake]))
    result.assert_outcomes(failed=1)
    assert "Unfinished" not in result.stdout.str()


def test_a_verb_that_was_refused_is_not_reported_again(project):
    """Where the test expects the refusal, it passes; a rule that just has no verb is still a mistake."""
    result = project("""
def test_refused(emr_serverless):
    with pytest.raises(TypeError):
        emr_serverless.when(name="etl").fail(after="5 minutes")

def test_forgotten(emr_serverless):
    emr_serverless.when(name="etl")
""")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*UnfinishedRule: when(name='etl'): add a verb*"])


# --- mocks that a test left active ----------------------------------------------------------------------------------

LEFT = {
    "a test": "def test_one(): mock_emr_serverless().start()",
    "a fixture": """
@pytest.fixture
def emr():
    return mock_emr_serverless().start()

def test_one(emr): pass
""",
    "a set-up": """
class TestOne:
    def setup_method(self):
        mock_emr_serverless().start()

    def test_one(self): pass
""",
    "a TestCase": """
import unittest

class TestOne(unittest.TestCase):
    def setUp(self):
        mock_emr_serverless().start()

    def test_one(self): pass
""",
    "a coroutine": """
@pytest.mark.asyncio
async def test_one(): mock_emr_serverless().start().when(name="unfinished")
""",
}


@pytest.mark.parametrize("code", LEFT.values(), ids=LEFT)
def test_a_mock_that_a_test_left_active_is_reported_and_stopped(project, code):
    """At that test's teardown: the next test runs without it."""
    result = project(f"{code}\n\ndef test_two(): assert not is_mocked()\n", "-W", "default")
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*EMRServerlessLeftActiveWarning: *test_one left a mock of EMR Serverless active*"])


def test_a_mock_of_a_wider_fixture_goes_on(project):
    """Until its fixture ends; neither is a mock that a test stops itself reported."""
    result = project("""
@pytest.fixture(scope="module")
def emr():
    with mock_emr_serverless() as emr:
        yield emr

def test_one(emr): assert current() is emr
def test_two(emr): assert current() is emr
def test_three():
    mock = mock_emr_serverless()
    mock.start()
    mock.stop()
""")
    result.assert_outcomes(passed=3)


def test_where_warnings_are_errors_the_mock_is_stopped_too(project):
    """The teardown of that test fails."""
    result = project("def test_one(): mock_emr_serverless().start()\n\ndef test_two(): assert not is_mocked()\n")
    result.assert_outcomes(passed=2, errors=1)


# --- a handle that was expected -------------------------------------------------------------------------------------

WITHOUT_HANDLE = {
    "bare": "@mock_emr_serverless\ndef test_one(emr): pass",
    "with options": "@mock_emr_serverless(clock='manual')\ndef test_one(emr): pass",
    "a method": "class TestOne:\n    @mock_emr_serverless\n    def test_one(self, emr): pass",
    "a class": "@mock_emr_serverless\nclass TestOne:\n    def test_one(self, emr): pass",
    "below another decorator": """
from functools import wraps

def logged(function):
    @wraps(function)
    def call(*args, **kwargs):
        return function(*args, **kwargs)
    return call

@logged
@mock_emr_serverless
def test_one(emr): pass
""",
}


@pytest.mark.parametrize("code", WITHOUT_HANDLE.values(), ids=WITHOUT_HANDLE)
def test_a_fixture_that_is_not_found_in_a_decorated_test_names_as_kwarg(project, code):
    """It is probably meant to be the handle."""
    result = project(code)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*fixture 'emr' not found*",
            "*The parameter 'emr' gets the handle with @mock_emr_serverless(as_kwarg=\"emr\").*",
        ]
    )


def test_a_fixture_that_is_not_found_in_any_other_test_is_pytests_matter(project):
    """The parameter may be anything."""
    result = project("""
def test_one(emr): pass

@mock_emr_serverless(as_kwarg="emr")
def test_two(emr, other): pass
""")
    result.assert_outcomes(errors=2)
    result.stdout.no_fnmatch_line("*as_kwarg*(docs*")


# --- tracebacks -----------------------------------------------------------------------------------------------------

FAILING = {
    "a wrong argument": "emr.when(name=5)",
    "a wrong verb's argument": 'emr.when().fail(after="x")',
    "a state that cannot come": "emr.run_until(emr.add_job_run(emr.add_application(), 'SUCCESS'), 'RUNNING')",
    "a rule that decided nothing": "emr.when().fail(); emr.assert_all_matched()",
    "a call of a mock that has ended": "emr.client(); emr._backend.closed = True; emr.client().list_applications()",
    "a client that the author's where breaks": "emr.fault('*', where=broken).reset(); emr.client().list_applications()",
}


@pytest.mark.parametrize("line", FAILING.values(), ids=FAILING)
@pytest.mark.parametrize("style", ["long", "short", "native"])
def test_a_traceback_ends_in_the_users_code(project, line, style):
    """No frame of ours, nor of botocore between the two."""
    result = project(
        f"def broken(params):\n    raise KeyError(params)\n\ndef test_one(emr_serverless):\n"
        f"    emr = emr_serverless\n    {line}\n",
        f"--tb={style}",
    )
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    for path in ("emrs_mock/", "botocore/", "contextlib.py", "wrapt"):
        assert path not in text
    assert line in text


def test_the_causes_of_an_error_are_shown_without_our_frames_too(project):
    """`raise ... from` of ours, and of the user's around ours."""
    result = project("""
def test_one(emr_serverless):
    try:
        emr_serverless.add_application(name=" ")
    except ValueError as problem:
        raise RuntimeError("no application") from problem
""")
    result.assert_outcomes(failed=1)
    assert "emrs_mock/" not in result.stdout.str()
    result.stdout.fnmatch_lines(["*emr_serverless.add_application*", "*no application*"])


def test_an_error_at_the_end_of_the_fixture_has_no_traceback(project):
    """There is no line of the user's in it: the message is all."""
    result = project("def test_one(emr_serverless): emr_serverless.when(name='etl')")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E   emrs_mock.*UnfinishedRule: when(name='etl'): add a verb*"])
    assert "runner.py" not in result.stdout.str()


def test_exceptions_that_are_each_others_cause_are_shown(project):
    """Python allows the circle, and so does the search for our frames."""
    result = project("""
def test_one(emr_serverless):
    first, second = ValueError("the first"), ValueError("the second")
    first.__cause__, second.__cause__ = second, first
    raise first
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*ValueError: the first"])


def test_a_failed_test_tells_nothing_of_the_mocks_of_earlier_tests(project):
    """Not even of those that are kept."""
    result = project("""
KEPT = []

@mock_emr_serverless(as_kwarg="emr")
def test_one(emr):
    emr.add_application(name="of-the-first")
    KEPT.append(emr)

def test_two():
    assert KEPT == []
""")
    result.assert_outcomes(passed=1, failed=1)
    assert "what happened in the mock" not in result.stdout.str()


def test_a_clean_up_that_fails_tells_nothing_of_the_test_that_passed(project):
    """What happened in its mocks is not why."""
    result = project("""
KEPT = []

@pytest.fixture
def failing():
    yield
    raise ValueError("of the clean-up")

@mock_emr_serverless(as_kwarg="emr")
def test_one(emr, failing):
    emr.add_application()
    KEPT.append(emr)
""")
    result.assert_outcomes(passed=1, errors=1)
    assert "what happened in the mock" not in result.stdout.str()


def test_a_full_trace_has_all_frames(project):
    """For those who look for a bug of ours."""
    result = project("def test_one(emr_serverless): emr_serverless.when(name=5)", "--full-trace")
    result.stdout.fnmatch_lines(["*emrs_mock*_annotations.py*"])


def test_an_error_that_aws_answers_with_is_botocores(project):
    """It looks as it does without the mock."""
    result = project("""
def test_one(emr_serverless_client):
    emr_serverless_client.get_application(applicationId="00nothere0000000")
""")
    result.assert_outcomes(failed=1)
    assert "emrs_mock/" not in result.stdout.str()
    result.stdout.fnmatch_lines(["*ResourceNotFoundException*"])
