"""The fixtures `emr_serverless` and `emr_serverless_client`."""

from __future__ import annotations


def test_the_fixture_is_the_handle_of_the_active_mock(project):
    """Any client sees the records that were added with the handle."""
    project("""
def test_one(emr_serverless):
    arranged = emr_serverless.add_application()
    assert current() is emr_serverless
    assert [found["id"] for found in applications()] == [arranged.id]
""").assert_outcomes(passed=1)


def test_the_client_belongs_to_the_fixtures_mock(project):
    """Another mock inside does not take its calls."""
    project("""
def test_one(emr_serverless, emr_serverless_client):
    emr_serverless.add_application()
    with mock_emr_serverless():
        assert len(emr_serverless_client.list_applications()["applications"]) == 1
""").assert_outcomes(passed=1)


def test_every_test_has_a_mock_of_its_own_and_none_is_left(project):
    """A test sees neither the records nor the mock of another test."""
    project("""
@pytest.mark.parametrize("number", [1, 2])
def test_fresh(emr_serverless, number):
    assert not applications()
    emr_serverless.add_application()

def test_none():
    assert not is_mocked()
""").assert_outcomes(passed=3)


def test_a_rule_without_a_verb_is_an_error_at_teardown(project):
    """The test's own verdict stands beside it, and nothing stays active."""
    result = project("""
def test_one(emr_serverless):
    emr_serverless.when(name="etl")

def test_two():
    assert not is_mocked()
""")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_one*", "*UnfinishedRule*"])


def test_a_project_may_override_the_fixture(project):
    """The marker then activates the project's own."""
    project("""
@pytest.fixture
def emr_serverless(emr_serverless):
    emr_serverless.add_application(name="ours")
    return emr_serverless

@pytest.mark.emr_serverless
def test_one():
    assert [found["name"] for found in applications()] == ["ours"]
""").assert_outcomes(passed=1)


UNUSED = """
def test_one({fixture}emr_serverless):
    with mock_emr_serverless():
        {inner}
    {outer}
"""


def unused(inner, outer="pass", fixture=""):
    """A test that asks for the fixture and enters a mock of its own."""
    return UNUSED.format(inner=inner, outer=outer, fixture=fixture)


def test_a_mock_that_an_inner_one_kept_from_being_called_is_told_of(project):
    """The fixture and a decorator: what was arranged with the handle was for nothing."""
    result = project(unused("applications()"))
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*EMRServerlessUnusedWarning: *::test_one: the mock of the fixture*decorator*"])


def test_a_mock_that_was_called_is_not_told_of(project):
    """Nesting is all right as long as both are used."""
    project(unused("applications()", outer="applications()")).assert_outcomes(passed=1)


def test_an_inner_mock_that_was_not_called_either_is_not_told_of(project):
    """Nothing was called: nothing went to the wrong place."""
    project(unused("pass")).assert_outcomes(passed=1)


def test_a_mock_that_ended_before_is_not_told_of(project):
    """Only what happens while the fixture is active counts."""
    project("""
@pytest.fixture
def earlier():
    with mock_emr_serverless():
        applications()

def test_one(earlier, emr_serverless):
    pass
""").assert_outcomes(passed=1)


def test_the_url_reaches_the_mock_of_the_handle(project):
    """For programs in other languages that the test starts."""
    done = project(
        """
import urllib.request

def test_it(emr_serverless, emr_serverless_url):
    with urllib.request.urlopen(f"{emr_serverless_url}/applications") as answer:
        assert answer.read() == b'{"applications":[]}'
    assert [call.operation for call in emr_serverless.calls] == ["ListApplications"]
"""
    )
    done.assert_outcomes(passed=1)
