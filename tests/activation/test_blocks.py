"""`with`, `async with`, start and stop; several mocks at once; misuse."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import itertools
import threading
import weakref

import pytest

import emrs_mock
from emrs_mock import UnfinishedRule, mock_emr_serverless
from emrs_mock.activation import active_mocks, installation
from emrs_mock.handle.emr_serverless import EMRServerless
from tests.activation.work import client, create, is_active, listed, names
from tests.conftest import world


def in_thread(function, *args):
    """The result of a function in a thread that was started without a mock."""
    result = []
    thread = threading.Thread(target=contextvars.Context().run, args=(lambda: result.append(function(*args)),))
    thread.start()
    thread.join()
    return result[0]


def test_with_gives_the_handle():
    """The one that `current()` gives too."""
    with mock_emr_serverless(clock="manual") as emr:
        create()
        assert emr is emrs_mock.current()
        assert len(emr.applications) == 1
    assert not is_active()


def test_with_needs_no_parentheses():
    """The one object has all doors."""
    with mock_emr_serverless as emr:
        assert emr is emrs_mock.current()
    assert not is_active()


def test_async_with_gives_the_handle():
    """In a task of its own, as everything async."""

    async def main():
        async with mock_emr_serverless(clock="manual") as emr:
            create()
            assert emr is emrs_mock.current()
        return is_active()

    assert asyncio.run(main()) is False


def test_start_gives_the_handle_and_stop_ends_it():
    """For notebooks and set-ups."""
    mock = mock_emr_serverless(clock="manual")

    emr = mock.start()
    create()
    assert len(emr.applications) == 1

    mock.stop()
    assert not is_active()


def test_a_stopped_mock_can_start_again_with_a_new_simulation():
    """Nothing is left of the first."""
    mock = mock_emr_serverless()
    with mock as first:
        create()
    with mock as second:
        assert names() == []
    assert first is not second


def test_the_handle_stops_its_mock():
    """Once."""
    emr = mock_emr_serverless().start()

    emr.stop()

    assert not is_active()
    with pytest.raises(RuntimeError, match="not active"):
        emr.stop()


def test_the_handle_of_a_former_run_stops_nothing():
    """Least of all the run after it."""
    mock = mock_emr_serverless()
    former = mock.start()
    mock.stop()
    with mock as emr:
        with pytest.raises(RuntimeError, match="not active"):
            former.stop()
        assert emrs_mock.current() is emr


def test_a_context_lets_go_of_mocks_that_ended_elsewhere():
    """With all their records, when it enters the next."""
    here, mock = contextvars.Context(), mock_emr_serverless()
    ended = weakref.ref(here.run(mock.start))
    mock.stop()

    here.run(mock.start)
    gc.collect()

    assert ended() is None
    mock.stop()


def test_entering_an_active_mock_is_an_error_that_leaves_it_working():
    """And the next mock too."""
    mock = mock_emr_serverless()
    with mock as emr:
        with pytest.raises(RuntimeError, match="active already"):
            mock.start()
        create()
        assert emrs_mock.current() is emr
        assert len(emr.applications) == 1
    with mock_emr_serverless():
        assert listed() == []


def test_stopping_without_start_is_an_error_that_changes_nothing():
    """Neither for this mock nor for one that is active."""
    with mock_emr_serverless() as emr:
        with pytest.raises(RuntimeError, match="not active"):
            mock_emr_serverless().stop()
        assert emrs_mock.current() is emr


def test_a_stray_stop_does_not_disable_the_next_mock():
    """The trap that counting entries has."""
    mock = mock_emr_serverless()
    mock.start()
    mock.stop()
    with pytest.raises(RuntimeError, match="not active"):
        mock.stop()
    with mock:
        assert listed() == []


def test_an_exception_in_a_block_undoes_everything():
    """And comes out as it is, whatever is unfinished."""

    def body():
        with mock_emr_serverless() as emr:
            emr.when(name="etl")
            raise KeyError("x")

    before = world()
    with pytest.raises(KeyError, match="x"):
        body()
    assert world() == before


def test_what_is_wrong_at_the_end_of_a_block_is_raised_after_everything_is_undone():
    """A rule without a verb."""
    before = world()
    mock = mock_emr_serverless()
    with pytest.raises(UnfinishedRule), mock as emr:
        emr.when(name="etl")
    assert world() == before
    with mock:
        assert is_active()


@pytest.mark.parametrize(
    ("owner", "step"),
    [(EMRServerless, "__init__"), (installation, "install"), (active_mocks, "enter")],
)
def test_an_error_while_entering_undoes_everything(monkeypatch, owner, step):
    """Whichever step it comes from; the mock can be entered afterwards."""

    def broken(*args):
        raise OSError(step)

    before = world()
    mock = mock_emr_serverless()
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, broken)
        with pytest.raises(OSError, match=step):
            mock.start()
    assert world() == before
    with mock:
        assert is_active()


def test_nested_mocks_are_answered_by_the_innermost():
    """And each has its own simulation."""
    with mock_emr_serverless():
        create("outer")
        with mock_emr_serverless():
            create("inner")
            assert listed() == ["inner"]
        assert listed() == ["outer"]


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_mocks_may_end_in_any_order(order):
    """The innermost of those that are left answers; the environment comes back with the last."""
    before = world()
    mocks = [mock_emr_serverless() for _ in range(3)]
    handles = [mock.start() for mock in mocks]
    left = list(handles)

    for position in order:
        assert emrs_mock.current() is left[-1]
        mocks[position].stop()
        left.remove(handles[position])

    assert world() == before


def test_a_mock_may_end_in_another_context_than_it_began():
    """Where its context still names it, it is not found any more."""
    mock = mock_emr_serverless()
    emr = contextvars.Context().run(mock.start)
    assert emrs_mock.current() is emr
    contextvars.Context().run(mock.stop)
    assert not is_active()

    mock.start()
    in_thread(mock.stop)
    assert not is_active()


def test_a_thread_that_knows_no_mock_takes_the_only_one():
    """As worker threads do that were there before."""
    with mock_emr_serverless():
        create()
        assert in_thread(listed) == ["etl"]


def test_a_thread_that_knows_no_mock_takes_the_innermost_of_a_nest():
    """Which it may be only while all others are around it."""
    outer, middle, inner = mocks = [mock_emr_serverless() for _ in range(3)]
    handles = [mock.start() for mock in mocks]
    assert in_thread(emrs_mock.current) is handles[2]
    middle.stop()
    assert in_thread(emrs_mock.current) is handles[2]
    inner.stop()
    assert in_thread(emrs_mock.current) is handles[0]
    outer.stop()


def test_a_thread_that_knows_none_of_several_unrelated_mocks_is_told_how_to_choose():
    """Rather than being answered by any. A thread of code that knows one is answered by that."""
    one, other = mock_emr_serverless(), mock_emr_serverless()
    here, there = one.start(), contextvars.Context().run(other.start)
    client()

    def ask():
        with pytest.raises(RuntimeError, match=r"2 mocks are active.*emr\.client\(\)") as told:
            client().list_applications()
        return type(told.value)

    assert contextvars.Context().run(in_thread, ask) is active_mocks.SeveralMocks
    assert in_thread(emrs_mock.current) is here
    assert emrs_mock.current() is here
    assert there.client().list_applications()["applications"] == []
    one.stop()
    assert in_thread(emrs_mock.current) is there
    other.stop()


def test_threads_may_start_and_stop_mocks_at_the_same_time():
    """Each is answered by its own, and nothing is left."""
    problems = []
    go = threading.Barrier(8)

    def run(number):
        go.wait()
        for _ in range(20):
            with mock_emr_serverless() as emr:
                create(str(number))
                if listed() != [str(number)] or emrs_mock.current() is not emr:
                    problems.append(number)

    client()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert not is_active()


def test_one_mock_is_entered_by_one_thread_only():
    """However many try at once."""
    mock = mock_emr_serverless()
    go = threading.Barrier(8)
    outcomes = []

    def run():
        go.wait()
        try:
            outcomes.append(mock.start())
        except RuntimeError:
            outcomes.append(None)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mock.stop()
    assert outcomes.count(None) == 7


def test_where_no_mock_is_active_current_says_what_to_do():
    """Fixture, decorator, block."""
    with pytest.raises(RuntimeError, match=r"emr_serverless.*@mock_emr_serverless.*with mock_emr_serverless\(\)"):
        emrs_mock.current()


def test_a_mock_tells_what_it_is():
    """In a notebook."""
    mock = mock_emr_serverless(clock="manual")
    assert repr(mock).startswith("<mock_emr_serverless inactive Options(clock='manual'")
    with mock:
        assert repr(mock).startswith("<mock_emr_serverless active Options(")
