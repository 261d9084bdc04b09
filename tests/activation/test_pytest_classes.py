"""Decorated classes of pytest, decorated fixtures, and `as_kwarg` there."""

from __future__ import annotations

import pytest

import emrs_mock
from emrs_mock import mock_emr_serverless
from tests.activation.work import create, is_active, names

HEAD = """
import asyncio
import pytest
import emrs_mock
from emrs_mock import mock_emr_serverless
from tests.activation.work import create, is_active, listed, names
"""

ISOLATED = """
@mock_emr_serverless(clock="manual", as_kwarg="emr")
class TestIsolated:
    @classmethod
    def setup_class(cls):
        create("class")

    @classmethod
    def teardown_class(cls):
        assert names() == ["class"]

    def setup_method(self, method):
        assert method.__name__.startswith("test_")
        assert names() == ["class"]
        create("method")

    def teardown_method(self):
        assert names()[:2] == ["class", "method"]

    @pytest.fixture
    def made(self):
        name = create("fixture")
        yield name
        assert name in emrs_mock.current().applications

    @pytest.mark.parametrize("number", [1, 2])
    def test_each(self, made, number):
        create(str(number))
        assert names() == ["class", "method", "fixture", str(number)]

    def test_handle(self, emr, made):
        assert emr is emrs_mock.current()
        assert emr.applications[-1].id == made

    def test_last(self):
        assert names() == listed() == ["class", "method"]
"""

WIDER_FIXTURES = """
@pytest.fixture(scope="class")
def shared():
    return create("shared")

@mock_emr_serverless
class TestWider:
    def test_without(self):
        create("without")
        assert names() == ["without"]

    @pytest.mark.parametrize("number", [1, 2])
    def test_with(self, shared, number):
        create("with")
        assert names() == ["shared", "with"]
"""

SET_UPS_OF_EVERY_FORM = """
@mock_emr_serverless
class TestFunction:
    def setup_class(cls):
        create(cls.__name__)

    def test_one(self):
        assert names() == ["TestFunction"]

@mock_emr_serverless
class TestStatic:
    @staticmethod
    def setup_class():
        create("static")

    @staticmethod
    def test_static():
        assert names() == ["static"]

    @classmethod
    def test_of_the_class(cls):
        assert names() == ["static"]

@mock_emr_serverless
class TestNone:
    def test_one(self):
        create()
        assert listed() == ["etl"]

    def test_two(self):
        assert listed() == []
"""

PATCHED_SET_UPS = """
from unittest import TestCase, mock

class Patched:
    @classmethod
    @mock.patch("os.getcwd")
    def setup_class(cls, getcwd):
        create(type(getcwd).__name__)

    @mock.patch("os.getcwd")
    def setup_method(self, getcwd):
        create(type(getcwd).__name__)

    def test_one(self):
        assert names() == ["MagicMock", "MagicMock"]

@mock_emr_serverless
class TestPatched(Patched):
    pass

@mock_emr_serverless
class TestPatchedCase(TestCase):
    setUpClass = Patched.setup_class
    setUp = Patched.setup_method
    test_one = Patched.test_one
"""

INHERITED = """
@mock_emr_serverless(account_id="111122223333")
class Base:
    def __init_subclass__(cls, label="none", **kwargs):
        super().__init_subclass__(**kwargs)
        cls.label = label

    @classmethod
    def setup_class(cls):
        create("base")

    def setup_method(self):
        create("method")

    def teardown_method(self):
        assert names()[0] == "base"

    @classmethod
    def teardown_class(cls):
        assert names()[0] == "base"

    def test_of_the_base(self):
        assert "base" in names()

class TestCallsSuper(Base, label="sub"):
    @classmethod
    def setup_class(cls):
        assert (names(), cls.label) == ([], "sub")
        super().setup_class()
        create("sub")

    def setup_method(self):
        create("first")
        super().setup_method()

    def teardown_method(self):
        super().teardown_method()
        assert names() == ["base", "sub", "first", "method"]

    @classmethod
    def teardown_class(cls):
        super().teardown_class()
        assert names() == ["base", "sub"]

    def test_of_the_sub(self):
        assert names() == ["base", "sub", "first", "method"]

class TestDoesNotCallSuper(Base):
    @classmethod
    def setup_class(cls):
        create("base")

    def setup_method(self):
        pass

    def test_of_the_sub(self):
        assert names() == ["base"]

@mock_emr_serverless(account_id="444455556666", as_kwarg="emr")
class TestDecoratedAgain(Base):
    def test_of_the_sub(self, emr):
        assert emr is emrs_mock.current()
        assert ":444455556666:" in emr.applications[0].arn
"""

FAILING_SET_UP = """
@mock_emr_serverless
class TestFails:
    def setup_class(cls):
        assert is_active()
        raise ERROR

    def test_one(self):
        raise AssertionError("not reached")

@mock_emr_serverless
class TestFailsInAMethod:
    def setup_method(self):
        print("there are", names())
        create()
        raise ERROR

    def test_one(self):
        raise AssertionError("not reached")

    def test_two(self):
        raise AssertionError("not reached")

class TestNext:
    def test_nothing_is_active(self):
        assert not is_active()
"""

ASYNC = """
@pytest.mark.asyncio
@mock_emr_serverless(as_kwarg="emr")
class TestAsync:
    def setup_class(cls):
        create("class")

    async def test_one(self, emr):
        await asyncio.sleep(0)
        create("one")
        assert [each.name for each in emr.applications] == ["class", "one"]

    async def test_two(self):
        async with mock_emr_serverless():
            assert names() == []
        assert await asyncio.to_thread(names) == ["class"]
"""

FIXTURES = """
import pytest_asyncio

@pytest.fixture
@mock_emr_serverless(clock="manual", as_kwarg="emr")
def handle(emr, tmp_path):
    create("sync")
    yield emr
    assert emrs_mock.current() is emr

@pytest_asyncio.fixture
@mock_emr_serverless(as_kwarg="emr")
async def async_handle(emr, tmp_path):
    await asyncio.sleep(0)
    create("async")
    yield emr
    assert emrs_mock.current() is emr

@pytest.fixture(autouse=True)
def _nothing_is_left():
    yield
    assert not is_active()

def test_sync(handle):
    assert emrs_mock.current() is handle
    assert names() == ["sync"]

@pytest.mark.asyncio
async def test_async(async_handle):
    assert emrs_mock.current() is async_handle
    assert names() == ["async"]

@pytest.mark.asyncio
async def test_both(handle, async_handle):
    assert emrs_mock.current() is async_handle
    assert names() == ["async"]

class TestOfAClass:
    @pytest.fixture
    @mock_emr_serverless(as_kwarg="emr")
    def own(self, emr, tmp_path):
        create("own")
        yield emr

    def test_own(self, own):
        assert emrs_mock.current() is own
        assert names() == ["own"]
"""

FIXTURES_UNDER_THE_NAMES = """
@mock_emr_serverless
class TestOccupied:
    @pytest.fixture(autouse=True)
    def setup_method(self):
        pass
"""


@pytest.fixture
def run(runners):
    """Run a module by pytest."""
    return runners["pytest"]


def test_every_test_starts_from_a_copy_of_what_the_class_set_up(run):
    """Fixtures and methods for each test belong to the test."""
    outcome = run(HEAD + ISOLATED)
    assert (outcome.problems, outcome.passed) == ([], 4)


@pytest.mark.parametrize("chosen", ["test_last", "test_handle or 2"])
def test_some_of_the_tests_may_run(run, chosen):
    """In whatever selection."""
    outcome = run(HEAD + ISOLATED, "-k", chosen)
    assert outcome.problems == []
    assert outcome.passed > 0


def test_what_wider_fixtures_made_is_there_as_long_as_they_are(run):
    """For the tests that ask for them and for those after."""
    outcome = run(HEAD + WIDER_FIXTURES)
    assert (outcome.problems, outcome.passed) == ([], 3)


def test_set_ups_and_tests_have_every_form_that_pytest_allows(run):
    """Functions, static methods, class methods; or no set-up at all."""
    outcome = run(HEAD + SET_UPS_OF_EVERY_FORM)
    assert (outcome.problems, outcome.passed) == ([], 5)


def test_set_ups_may_have_decorators_that_fill_in_parameters(run):
    """As `mock.patch` does."""
    outcome = run(HEAD + PATCHED_SET_UPS)
    assert (outcome.problems, outcome.passed) == ([], 2)


def test_subclasses_have_a_mock_each(run):
    """Whether their methods call `super()` or not; where they are decorated again, the nearest options win."""
    outcome = run(HEAD + INHERITED)
    assert (outcome.problems, outcome.passed) == ([], 6)


@pytest.mark.parametrize("error", ["KeyError", "pytest.skip.Exception"])
def test_a_class_whose_set_up_fails_leaves_no_mock(run, error):
    """A skip is an error like any other, and no Exception."""
    outcome = run(HEAD + FAILING_SET_UP.replace("ERROR", error))
    assert outcome.passed == 1
    assert len(outcome.problems) + outcome.skipped == 3
    assert outcome.printed.count("there are []") == 2


def test_coroutine_functions_are_tests_too(run):
    """By pytest-asyncio; a mock inside of the class's is the inner one."""
    outcome = run(HEAD + ASYNC)
    assert (outcome.problems, outcome.passed) == ([], 2)


def test_a_decorated_fixture_covers_the_test_that_uses_it(run):
    """Sync and async, with the handle and other fixtures."""
    outcome = run(HEAD + FIXTURES)
    assert (outcome.problems, outcome.passed) == ([], 4)


def test_a_fixture_under_the_name_of_a_hook_is_refused(run):
    """pytest would call either the fixture or the hook."""
    outcome = run(HEAD + FIXTURES_UNDER_THE_NAMES)
    assert ["TestOccupied.setup_method is a pytest fixture" in problem for problem in outcome.problems] == [True]


@mock_emr_serverless(as_kwarg="emr")
class ByHand:
    """A class that no runner has set up."""

    def test_one(self, emr):
        create()
        return emr is emrs_mock.current(), names()

    def test_two(self):
        return names()

    def helper(self):
        return is_active()


def test_a_test_that_is_called_by_hand_has_a_fresh_mock():
    """Where no runner has set the class up."""
    assert ByHand().test_one() == (True, ["etl"])
    assert ByHand().test_two() == []
    assert not ByHand().helper()


def test_a_decorated_class_is_the_same_class():
    """Nothing is made anew: `super()`, pickles and references to it hold."""

    class Plain:
        pass

    assert mock_emr_serverless(Plain) is Plain
