"""The marker `emr_serverless`: it alone activates the mock, and says its options."""

from __future__ import annotations


def test_the_marker_alone_activates_the_mock(project):
    """In functions, and in all functions of a marked class; not in their neighbours."""
    project("""
@pytest.mark.emr_serverless
def test_function():
    assert not applications()

@pytest.mark.emr_serverless
class TestClass:
    def test_method(self):
        assert not applications()

def test_neighbour():
    assert not is_mocked()
""").assert_outcomes(passed=3)


def test_the_marker_activates_the_mock_before_the_fixtures_of_the_test(project):
    """They can call the service, also autouse fixtures and `setup_method`."""
    project("""
@pytest.fixture(autouse=True)
def own():
    boto3.client("emr-serverless").create_application(name="own", type="SPARK", releaseLabel="emr-7.2.0")

@pytest.mark.emr_serverless
class TestClass:
    def setup_method(self):
        assert len(applications()) == 1

    def test_method(self):
        assert len(applications()) == 1
""").assert_outcomes(passed=1)


def test_the_marker_activates_the_mock_for_async_tests(project):
    """The mock is found from the loop's own context."""
    project("""
import asyncio

@pytest.mark.asyncio
@pytest.mark.emr_serverless
async def test_one():
    await asyncio.sleep(0)
    assert not applications()
""").assert_outcomes(passed=1)


def test_the_marker_activates_the_mock_for_methods_of_unittest(project):
    """From `setUp` on; sync and async ones, each with a mock of its own."""
    project("""
import unittest

@pytest.mark.emr_serverless
class TestSync(unittest.TestCase):
    def setUp(self):
        current().add_application()

    def test_one(self):
        assert len(applications()) == 1

    def test_two(self):
        assert len(applications()) == 1

class TestAsync(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.mocked = is_mocked()

    @pytest.mark.emr_serverless
    async def test_marked(self):
        assert self.mocked and not applications()

    async def test_neighbour(self):
        assert not self.mocked and not is_mocked()
""").assert_outcomes(passed=4)


def test_marker_and_fixture_are_one_mock(project):
    """The fixture is the handle of the mock that the marker describes."""
    project("""
@pytest.mark.emr_serverless(seed=7)
def test_one(emr_serverless):
    assert current() is emr_serverless
    assert emr_serverless.options.seed == 7
""").assert_outcomes(passed=1)


def test_markers_merge_and_the_nearest_wins_per_option(project):
    """Module, class, base class, function, parameter: an option comes from the innermost one that has it."""
    project("""
pytestmark = pytest.mark.emr_serverless(clock="manual", seed=1, account_id="111111111111")

@pytest.mark.emr_serverless(seed=2, account_id="222222222222")
class TestBase:
    @pytest.mark.emr_serverless(seed=3)
    def test_function(self, emr_serverless):
        options = emr_serverless.options
        assert (options.clock, options.seed, options.account_id) == ("manual", 3, self.account)

    @pytest.mark.parametrize(
        "seed", [pytest.param(4, marks=pytest.mark.emr_serverless(seed=4)), pytest.param(2)]
    )
    def test_parameter(self, emr_serverless, seed):
        assert emr_serverless.options.seed == seed

    account = "222222222222"

@pytest.mark.emr_serverless(account_id="333333333333")
class TestDerived(TestBase):
    account = "333333333333"
""").assert_outcomes(passed=6)


def test_every_option_of_the_mock_can_be_said(project):
    """Values that no string can express too."""
    project("""
import datetime

@pytest.mark.emr_serverless(clock="manual", start=datetime.datetime(2026, 1, 31), timing=emrs_mock.Timing.instant())
def test_one(emr_serverless):
    assert emr_serverless.clock.now().isoformat() == "2026-01-31T00:00:00+00:00"
    assert emr_serverless.options.timing == emrs_mock.Timing.instant()
""").assert_outcomes(passed=1)


def test_the_marker_is_registered(project):
    """`pytest --markers` lists it, and strict markers allow it."""
    project("def test_one(): pass", "--markers").stdout.fnmatch_lines(["@pytest.mark.emr_serverless(*options):*"])
    project("@pytest.mark.emr_serverless\ndef test_one(): pass", "--strict-markers").assert_outcomes(passed=1)


def test_the_mock_begins_after_wider_fixtures_and_before_those_of_the_test(project):
    """Also if a class has a narrower fixture of the same name."""
    result = project("""
@pytest.fixture(scope="module")
def wide():
    return is_mocked()

@pytest.fixture(scope="module")
def place():
    return is_mocked()

@pytest.mark.emr_serverless
class TestIt:
    @pytest.fixture
    def place(self):
        return is_mocked()

    def test_one(self, place, wide):
        assert (place, wide) == (True, False)
""")
    result.assert_outcomes(passed=1)
