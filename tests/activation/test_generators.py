"""Decorated generators and async generators: active from the first `next` until they end."""

from __future__ import annotations

import asyncio
import contextvars
import gc
from contextlib import asynccontextmanager, contextmanager

import pytest

import emrs_mock
from emrs_mock import mock_emr_serverless
from tests.activation.work import create, is_active, names


class Boom(Exception):
    """What a caller throws into a generator."""


@mock_emr_serverless(clock="manual", as_kwarg="emr")
def talk(log, emr):
    """Answer what is sent, survive what is thrown, note how it ends."""
    answer = emr
    try:
        while answer != "end":
            try:
                answer = yield answer
            except Boom:
                answer = "survived"
        return "returned"
    finally:
        log.append(is_active())


@mock_emr_serverless(clock="manual", as_kwarg="emr")
async def talk_async(log, emr):
    """The same, with awaits between."""
    answer = emr
    try:
        while answer != "end":
            await asyncio.sleep(0)
            try:
                answer = yield answer
            except Boom:
                answer = "survived"
    finally:
        await asyncio.sleep(0)
        log.append(is_active())


def test_a_generator_is_active_from_the_first_next():
    """Not when it is made, which runs nothing of it."""
    generator = talk([])
    assert not is_active()

    assert next(generator) is emrs_mock.current()

    generator.close()
    assert not is_active()


def test_a_generator_is_sent_to_thrown_into_and_returns_as_ever():
    """All that `yield from` does."""
    log = []
    generator = talk(log)
    next(generator)

    assert generator.send("hello") == "hello"
    assert generator.throw(Boom()) == "survived"
    with pytest.raises(StopIteration) as stop:
        generator.send("end")

    assert (stop.value.value, log, is_active()) == ("returned", [True], False)


def test_a_generator_that_is_left_alone_leaves_its_mock():
    """The garbage collector closes it."""
    log = []
    generator = talk(log)
    next(generator)

    del generator
    gc.collect()

    assert (log, is_active()) == ([True], False)


def test_a_generator_thrown_into_undoes_everything():
    """With an exception that it does not survive."""
    generator = talk([])
    next(generator)

    with pytest.raises(KeyError):
        generator.throw(KeyError("x"))

    assert not is_active()


def test_a_generator_may_go_on_in_another_context():
    """As fixtures do: where nothing else is active, its mock is found from everywhere."""

    @mock_emr_serverless
    def body():
        create("first")
        yield names()
        create("second")
        yield names()

    generator = body()
    assert contextvars.Context().run(next, generator) == ["first"]
    assert names() == ["first"]
    assert contextvars.Context().run(next, generator) == ["first", "second"]
    contextvars.Context().run(generator.close)
    assert not is_active()


def test_a_decorated_generator_may_be_a_context_manager():
    """`contextmanager` above the decorator."""

    @contextmanager
    @mock_emr_serverless(as_kwarg="emr")
    def application(name, emr):
        yield emr.applications[create(name)]

    with application("etl") as made:
        assert (made.name, names()) == ("etl", ["etl"])
    with pytest.raises(Boom), application("etl"):
        raise Boom
    assert not is_active()


def test_an_async_generator_is_active_from_the_first_step():
    """Until it is closed."""

    async def main():
        generator = talk_async(log := [])
        assert not is_active()
        assert await generator.asend(None) is emrs_mock.current()
        await generator.aclose()
        return log, is_active()

    assert asyncio.run(main()) == ([True], False)


def test_an_async_generator_is_sent_to_and_thrown_into_as_ever():
    """All that `yield from` would do, if it existed there."""

    async def main():
        generator = talk_async(log := [])
        await generator.asend(None)
        assert await generator.asend("hello") == "hello"
        assert await generator.athrow(Boom()) == "survived"
        with pytest.raises(StopAsyncIteration):
            await generator.asend("end")
        return log, is_active()

    assert asyncio.run(main()) == ([True], False)


def test_an_async_generator_thrown_into_undoes_everything():
    """With an exception that it does not survive, which comes out as it went in."""

    async def main():
        generator = talk_async(log := [])
        await generator.asend(None)
        thrown = KeyError("x")
        with pytest.raises(KeyError) as caught:
            await generator.athrow(thrown)
        assert caught.value is thrown
        return log, is_active()

    assert asyncio.run(main()) == ([True], False)


def test_an_async_generator_may_take_each_step_in_another_task():
    """As async fixtures do."""

    async def main():
        generator = talk_async([])
        emr = await asyncio.create_task(generator.__anext__())
        assert emr is emrs_mock.current()
        await asyncio.create_task(generator.aclose())
        return is_active()

    assert asyncio.run(main()) is False


def test_an_async_generator_that_is_left_alone_leaves_its_mock():
    """The event loop closes it."""

    async def main():
        async for _ in talk_async(log := []):
            break
        while is_active():
            await asyncio.sleep(0)
        return log

    assert asyncio.run(asyncio.wait_for(main(), 10)) == [True]


def test_an_async_generator_that_its_loop_forgets_leaves_its_mock():
    """A loop that ends closes what is left in it."""

    async def main():
        await (left := talk_async([])).asend(None)
        return left

    left = asyncio.run(main())
    assert not is_active()
    del left


def test_a_cancelled_task_leaves_the_mock_of_its_async_generator():
    """CancelledError undoes everything too."""

    @mock_emr_serverless
    async def body():
        await asyncio.sleep(60)
        yield

    async def main():
        task = asyncio.create_task(body().__anext__())
        await asyncio.sleep(0)
        assert is_active()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return is_active()

    assert asyncio.run(main()) is False


def test_a_decorated_async_generator_may_be_a_context_manager():
    """`asynccontextmanager` above the decorator."""

    @asynccontextmanager
    @mock_emr_serverless
    async def application(name):
        yield create(name)

    async def main():
        async with application("etl"):
            assert names() == ["etl"]
        return is_active()

    assert asyncio.run(main()) is False
