"""Decorated functions, methods and coroutine functions."""

from __future__ import annotations

import asyncio
import functools
import inspect
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emrs_mock
from emrs_mock import UnfinishedRule, current, mock_emr_serverless
from tests.activation.work import create, is_active, listed, names


class Boom(Exception):
    """What a body raises."""


def test_a_bare_decorator_is_active_while_the_body_runs():
    """No parentheses, no options."""

    @mock_emr_serverless
    def body():
        create()
        return listed()

    assert body() == ["etl"]
    assert not is_active()


def test_a_decorator_takes_options():
    """The same as `with` does."""

    @mock_emr_serverless(account_id="111122223333", clock="manual")
    def body():
        create()
        return emrs_mock.current().applications[0].arn

    assert ":111122223333:" in body()


def test_options_are_said_one_upon_the_other():
    """A project may keep a decorator of its own and refine it."""
    ours = mock_emr_serverless(clock="manual", seed=7)

    with ours(account_id="111122223333") as emr:
        assert (emr.options.clock, emr.options.seed, emr.options.account_id) == ("manual", 7, "111122223333")


def test_every_call_has_a_fresh_mock():
    """Nothing is left of the call before."""

    @mock_emr_serverless
    def body():
        create()
        return names()

    assert [body(), body()] == [["etl"], ["etl"]]


def test_recursion_nests_fresh_mocks():
    """The inner call does not see the outer one's records, which are there again when it returns."""

    @mock_emr_serverless
    def body(depth):
        create(f"depth-{depth}")
        inner = body(depth - 1) if depth else []
        return [*inner, names()]

    assert body(2) == [["depth-0"], ["depth-1"], ["depth-2"]]


def test_threads_have_a_mock_each():
    """One decorated function, many threads at once."""

    @mock_emr_serverless
    def body(name):
        create(name)
        return listed()

    wanted = [str(number) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(body, wanted)) == [[name] for name in wanted]
    assert not is_active()


def test_a_coroutine_function_is_active_until_its_body_ends():
    """Not only until the coroutine is made, which is all that calling it does."""

    @mock_emr_serverless(clock="manual")
    async def body():
        await asyncio.sleep(0)
        create()
        await asyncio.sleep(0)
        return names()

    coroutine = body()
    assert not is_active()
    assert asyncio.run(coroutine) == ["etl"]
    assert not is_active()


def test_tasks_have_a_mock_each():
    """Coroutines that interleave do not see each other's records."""

    @mock_emr_serverless
    async def body(name):
        create(name)
        await asyncio.sleep(0)
        return names()

    async def main():
        return await asyncio.gather(*(body(str(number)) for number in range(5)))

    assert asyncio.run(main()) == [[str(number)] for number in range(5)]


class Pipelines:
    """Something with methods of every kind."""

    @mock_emr_serverless
    def method(self, name):
        create(name)
        return self, names()

    @mock_emr_serverless
    @classmethod
    def of_the_class(cls, name):
        create(name)
        return cls, names()

    @classmethod
    @mock_emr_serverless
    def of_the_class_too(cls, name):
        create(name)
        return cls, names()

    @mock_emr_serverless
    @staticmethod
    def of_no_class(name):
        create(name)
        return names()

    @mock_emr_serverless(as_kwarg="emr")
    async def with_handle(self, name, *, emr):
        create(name)
        return emr.applications[0].name

    @mock_emr_serverless(as_kwarg="emr")
    @classmethod
    def of_the_class_with_handle(cls, name, *, emr):
        create(name)
        return cls, emr.applications[0].name


def test_methods_are_bound_as_ever():
    """Instance, class and static methods, in either order of decorators."""
    some = Pipelines()

    assert some.method("a") == (some, ["a"])
    assert some.of_the_class("b") == (Pipelines, ["b"])
    assert Pipelines.of_the_class_too("c") == (Pipelines, ["c"])
    assert Pipelines.of_no_class("d") == ["d"]
    assert asyncio.run(some.with_handle("e")) == "e"
    assert Pipelines.of_the_class_with_handle("f") == (Pipelines, "f")


def test_a_function_stays_what_it_is():
    """Name, docstring, signature, kind and what others put on it."""

    def marks(function):
        function.mark = "slow"
        return function

    @mock_emr_serverless
    @marks
    async def body(one: int, *, two: str = "2") -> None:
        """What it says."""

    assert (body.__name__, body.__doc__, body.mark) == ("body", "What it says.", "slow")
    assert str(inspect.signature(body)) == "(one: 'int', *, two: 'str' = '2') -> 'None'"
    assert inspect.iscoroutinefunction(body)


async def a_coroutine():
    """Of the first kind."""


def a_generator():
    """Of the second kind."""
    yield


async def an_async_generator():
    """Of the third kind."""
    yield


@pytest.mark.parametrize(
    ("is_kind", "function"),
    [
        (inspect.iscoroutinefunction, a_coroutine),
        (inspect.isgeneratorfunction, a_generator),
        (inspect.isasyncgenfunction, an_async_generator),
    ],
)
def test_a_function_stays_of_its_kind(is_kind, function):
    """So that runners know how to run it; as a method, in part and with a hidden parameter too."""
    decorated = mock_emr_serverless(function)
    method = type("Some", (), {"method": decorated})().method

    assert all(is_kind(each) for each in (decorated, method, functools.partial(decorated)))
    assert is_kind(Pipelines.with_handle) is is_kind(a_coroutine)


def test_a_function_gets_the_handle_under_a_name():
    """`as_kwarg`: the same handle as `current()`."""

    @mock_emr_serverless(as_kwarg="emr")
    def body(one, emr):
        return one, emr is emrs_mock.current()

    assert body(1) == (1, True)


def test_the_parameter_that_gets_the_handle_is_hidden():
    """Or pytest would look for a fixture of that name."""

    @mock_emr_serverless(as_kwarg="emr")
    def body(one, emr, two=2):
        """Has a handle."""

    assert str(inspect.signature(body)) == "(one, two=2)"
    assert str(inspect.signature(Pipelines().with_handle)) == "(name)"
    assert str(inspect.signature(Pipelines.with_handle)) == "(self, name)"


@mock_emr_serverless(as_kwarg="emr")
def first(emr, one, two=2, *rest, **more):
    """The handle comes first."""
    return emr is current(), one, two, rest, more


@mock_emr_serverless(as_kwarg="emr")
def middle(one, emr, two=2):
    """The handle is between others."""
    return emr is current(), one, two


@mock_emr_serverless(as_kwarg="emr")
def named(one, *, emr, two=2):
    """The handle has to be named."""
    return emr is current(), one, two


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: first(1), (True, 1, 2, (), {})),
        (lambda: first(1, 3, 4, 5, six=6), (True, 1, 3, (4, 5), {"six": 6})),
        (lambda: first(one=1, two=3), (True, 1, 3, (), {})),
        (lambda: middle(1), (True, 1, 2)),
        (lambda: middle(1, 3), (True, 1, 3)),
        (lambda: middle(1, two=3), (True, 1, 3)),
        (lambda: named(1, two=3), (True, 1, 3)),
    ],
)
def test_positional_arguments_go_where_the_shown_signature_says(call, expected):
    """Wherever the handle's parameter stands."""
    assert call() == expected


def test_arguments_that_the_shown_signature_does_not_take_are_refused():
    """In its terms."""
    with pytest.raises(TypeError, match=r"middle\(\): too many positional arguments"):
        middle(1, 2, 3)
    with pytest.raises(TypeError, match=r"first\(\).* 'one'"):
        first()


@settings(max_examples=5, deadline=None)
@given(st.integers())
@mock_emr_serverless(as_kwarg="emr")
def test_given_may_stand_outside_and_give_by_position(emr, number):
    """Each example gets a new mock."""
    assert emr is current()
    assert not emr.applications
    emr.add_application()
    assert isinstance(number, int)


@settings(max_examples=5, deadline=None)
@given(number=st.integers())
@mock_emr_serverless(as_kwarg="emr")
def test_given_may_stand_outside_and_give_by_name(emr, number):
    """As above."""
    assert emr is current()
    assert isinstance(number, int)


def test_a_function_without_the_parameter_is_refused_when_it_is_decorated():
    """And not when the test runs."""
    with pytest.raises(TypeError, match=r"as_kwarg='emr'.*no such parameter"):

        @mock_emr_serverless(as_kwarg="emr")
        def body(handle):
            """Has none."""


def test_a_function_that_takes_any_keyword_gets_the_handle():
    """As wrappers do."""

    @mock_emr_serverless(as_kwarg="emr")
    def body(*args, **kwargs):
        return args, kwargs["emr"] is current()

    assert body(1) == ((1,), True)
    assert body() == ((), True)


@pytest.mark.parametrize("target", ["manual", 7, [print]])
def test_what_is_no_function_is_refused(target):
    """Such as an option that was not given by name."""
    with pytest.raises(TypeError, match="neither a function nor a class"):
        mock_emr_serverless(target)


def test_an_unknown_option_is_refused_with_the_one_that_was_meant():
    """At once, not when the mock is entered."""
    with pytest.raises(TypeError, match=r"no option clok; did you mean clock=\?"):
        mock_emr_serverless(clok="manual")


@pytest.mark.parametrize("error", [Boom, KeyboardInterrupt, SystemExit])
def test_an_exception_in_the_body_undoes_everything(error):
    """Of whatever kind."""

    @mock_emr_serverless
    def body():
        raise error

    @mock_emr_serverless
    async def coroutine():
        raise error

    with pytest.raises(error):
        body()
    with pytest.raises(error):
        coroutine().send(None)
    assert not is_active()


def test_what_is_wrong_at_the_end_of_a_mock_is_raised_by_the_call():
    """Here a rule that decides nothing; everything is undone all the same."""

    @mock_emr_serverless(as_kwarg="emr")
    def body(emr):
        emr.when(name="etl")

    with pytest.raises(UnfinishedRule):
        body()
    assert not is_active()


def test_what_went_wrong_in_the_body_wins_over_what_is_wrong_at_the_end():
    """The one is often the cause of the other."""

    @mock_emr_serverless(as_kwarg="emr")
    def body(emr):
        emr.when(name="etl")
        raise Boom

    with pytest.raises(Boom):
        body()
    assert not is_active()
