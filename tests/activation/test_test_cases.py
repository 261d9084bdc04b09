"""Decorated `unittest.TestCase` classes, run by unittest and by pytest."""

from __future__ import annotations

import pytest

HEAD = """
import asyncio, unittest
import emrs_mock
from emrs_mock import mock_emr_serverless
from tests.activation.work import create, is_active, listed, names
"""

ISOLATED = """
@mock_emr_serverless(clock="manual", as_kwarg="emr")
class TestIsolated(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        create("class")
        cls.addClassCleanup(cls.cleaned_up)

    @classmethod
    def tearDownClass(cls):
        assert names() == ["class"]

    @classmethod
    def cleaned_up(cls):
        assert names() == ["class"]

    def setUp(self):
        self.assertEqual(names(), ["class"])
        create("setUp")
        self.addCleanup(lambda: self.assertEqual(names()[:2], ["class", "setUp"]))

    def tearDown(self):
        self.assertEqual(names()[:2], ["class", "setUp"])

    def test_one(self):
        create("one")
        self.assertEqual(names(), ["class", "setUp", "one"])

    def test_two(self, emr):
        self.assertIs(emr, emrs_mock.current())
        create("two")
        self.assertEqual(names(), ["class", "setUp", "two"])

    def test_three(self):
        with mock_emr_serverless():
            self.assertEqual(names(), [])
        self.assertEqual(names(), ["class", "setUp"])
"""

ASYNC = """
@mock_emr_serverless(as_kwarg="emr")
class TestAsync(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        create("class")

    def setUp(self):
        create("setUp")

    async def asyncSetUp(self):
        await asyncio.sleep(0)
        create("asyncSetUp")
        self.addAsyncCleanup(self.cleaned_up)

    async def cleaned_up(self):
        assert names()[:3] == ["class", "setUp", "asyncSetUp"]

    async def asyncTearDown(self):
        self.assertEqual(names()[:3], ["class", "setUp", "asyncSetUp"])

    async def test_one(self, emr):
        await asyncio.sleep(0)
        create("one")
        self.assertEqual([each.name for each in emr.applications], ["class", "setUp", "asyncSetUp", "one"])

    async def test_two(self):
        async with mock_emr_serverless():
            self.assertEqual(names(), [])
            self.assertEqual(await asyncio.get_running_loop().run_in_executor(None, names), [])
        self.assertEqual(await asyncio.to_thread(names), ["class", "setUp", "asyncSetUp"])
"""

OUTER = """
OUTER = mock_emr_serverless()
OUTER.start()

def tearDownModule():
    assert names() == []
    OUTER.stop()
"""

INHERITED = """
@mock_emr_serverless(account_id="111122223333")
class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        create("base")

    def test_of_the_base(self):
        self.assertEqual(names()[0], "base")

class TestCallsSuper(Base):
    @classmethod
    def setUpClass(cls):
        assert names() == []
        super().setUpClass()
        create("sub")

    def setUp(self):
        create("setUp")
        super().setUp()

    def test_of_the_sub(self):
        self.assertEqual(names(), ["base", "sub", "setUp"])

class TestDoesNotCallSuper(Base):
    @classmethod
    def setUpClass(cls):
        create("base")

    @classmethod
    def tearDownClass(cls):
        assert names() == ["base"]

    def setUp(self):
        create("setUp")

    def test_of_the_sub(self):
        self.assertEqual(names(), ["base", "setUp"])

class Mixin:
    def test_of_the_mixin(self):
        self.assertEqual(names(), ["base"])

@mock_emr_serverless(account_id="444455556666")
class TestDecoratedAgain(Mixin, Base):
    def test_of_the_sub(self):
        self.assertIn(":444455556666:", emrs_mock.current().applications[0].arn)

@mock_emr_serverless
class TestOfUndecorated(TestDoesNotCallSuper):
    pass
"""

CLEAN_UPS_AFTER_A_FAILURE = """
@mock_emr_serverless
class TestFails(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(lambda: print("cleaned up under the mock:", is_active()))
        raise ERROR

    def test_one(self):
        raise AssertionError("not reached")

class TestNext(unittest.TestCase):
    def test_nothing_is_active(self):
        self.assertFalse(is_active())
"""

FAILING_SET_UP = """
@mock_emr_serverless
class TestFails(unittest.TestCase):
    def setUp(self):
        self.assertEqual(names(), [])
        create()
        raise KeyError("on purpose")

    def test_one(self):
        raise AssertionError("not reached")

    def test_two(self):
        raise AssertionError("not reached")
"""

UNFINISHED = """
@mock_emr_serverless
class TestUnfinished(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        emrs_mock.current().when(name="etl")

    def test_one(self):
        pass
"""

UNFINISHED_IN_A_TEST = """
@mock_emr_serverless(as_kwarg="emr")
class TestUnfinishedInATest(unittest.TestCase):
    def test_one(self, emr):
        emr.when(name="etl")

    def test_two(self, emr):
        emr.when(name="etl").fail()
"""

STARTED_IN_SET_UP = """
class TestCleanUp(unittest.TestCase):
    def setUp(self):
        mock = mock_emr_serverless(clock="manual")
        self.emr = mock.start()
        self.stop(mock)

    def stop(self, mock):
        self.addCleanup(mock.stop)

    def test_fails(self):
        self.emr.when(name="etl")
        self.fail("on purpose")

    def test_has_a_part_that_fails(self):
        with self.subTest("part"):
            self.emr.when(name="etl")
            raise KeyError("on purpose")

    def test_passes(self):
        self.emr.when(name="etl").fail()

class TestTearDown(TestCleanUp):
    def stop(self, mock):
        self.mock = mock

    def tearDown(self):
        self.mock.stop()

class TestAsync(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.mock = mock_emr_serverless(clock="manual")
        self.emr = self.mock.start()
        self.addCleanup(self.mock.stop)

    async def test_fails(self):
        self.emr.when(name="etl")
        self.fail("on purpose")
"""

FORGOTTEN = """
class TestForgotten(unittest.TestCase):
    def test_one(self):
        mock = mock_emr_serverless(clock="manual")
        self.addCleanup(mock.stop)
        mock.start().when(name="etl")
"""

SKIPPED = """
@mock_emr_serverless
@unittest.skip("on purpose")
class TestSkipped(unittest.TestCase):
    def test_one(self):
        raise AssertionError("not reached")

@mock_emr_serverless
class TestSkipsItself(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("on purpose")

    def test_one(self):
        raise AssertionError("not reached")
"""


@pytest.fixture(params=["unittest", "pytest"])
def run(request, runners):
    """Run a module by either runner."""
    return runners[request.param]


def test_every_test_starts_from_a_copy_of_what_the_class_set_up(run):
    """What one test does, set-up and tear-down included, no other sees."""
    outcome = run(HEAD + ISOLATED)
    assert (outcome.problems, outcome.passed) == ([], 3)


def test_async_cases_have_the_mock_of_the_class_in_all_their_steps(run):
    """A mock inside a test is inside of the class's."""
    outcome = run(HEAD + ASYNC)
    assert (outcome.problems, outcome.passed) == ([], 2)


def test_async_cases_know_the_mock_of_the_class_although_their_context_is_older(run):
    """It may know another one already: that of the module, say."""
    outcome = run(HEAD + OUTER + ASYNC)
    assert (outcome.problems, outcome.passed) == ([], 2)


def test_subclasses_have_a_mock_each(run):
    """Whether their methods call `super()` or not; where they are decorated again, the nearest options win."""
    outcome = run(HEAD + INHERITED)
    assert (outcome.problems, outcome.passed) == ([], 10)


@pytest.mark.parametrize("error", ["KeyError", "unittest.SkipTest", "pytest.skip.Exception"])
def test_a_class_whose_set_up_fails_leaves_no_mock(runners, error):
    """Its own clean-ups still have it: they do not delete a real application."""
    for name in ["pytest"] if error.startswith("pytest") else ["unittest", "pytest"]:
        outcome = runners[name](HEAD + "import pytest\n" + CLEAN_UPS_AFTER_A_FAILURE.replace("ERROR", error))
        assert outcome.passed == 1
        assert "cleaned up under the mock: True" in outcome.printed


def test_a_test_whose_set_up_fails_leaves_no_trace(run):
    """The next starts from the same copy."""
    outcome = run(HEAD + FAILING_SET_UP)
    assert len(outcome.problems) == 2
    assert all("on purpose" in problem for problem in outcome.problems)


@pytest.mark.parametrize("source", [UNFINISHED, UNFINISHED_IN_A_TEST])
def test_what_is_wrong_at_the_end_of_a_class_or_a_test_is_reported(run, source):
    """A rule without a verb: it is not lost because the next test starts from a copy that does not have it."""
    outcome = run(HEAD + source)
    assert outcome.problems
    assert all("UnfinishedRule" in problem for problem in outcome.problems)


def test_what_a_failure_leaves_unfinished_is_not_reported_beside_it(run):
    """Where `stop` is called in a clean-up or tearDown, which is not told of the failure."""
    outcome = run(HEAD + STARTED_IN_SET_UP)
    assert len(outcome.problems) == 5
    assert outcome.passed >= 2  # pytest counts a test whose part fails
    assert all("on purpose" in problem and "Unfinished" not in problem for problem in outcome.problems)


def test_what_is_forgotten_in_a_test_that_passes_is_reported(run):
    """Also if another test has failed before."""
    outcome = run(HEAD + STARTED_IN_SET_UP + FORGOTTEN)
    assert ["UnfinishedRule" in problem for problem in outcome.problems].count(True) == 1
    assert len(outcome.problems) == 6


def test_skipped_classes_are_skipped(run):
    """Decorated or by themselves."""
    outcome = run(HEAD + SKIPPED)
    assert (outcome.problems, outcome.passed, outcome.skipped > 0) == ([], 0, True)


def test_a_class_runs_again(run):
    """With a new mock."""
    for _ in range(2):
        assert run(HEAD + ISOLATED).passed == 3
