"""Tasks and threads that outlive the mock that they were started in are answered neither by another mock nor by AWS."""

from __future__ import annotations

import _thread
import asyncio
import contextvars
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from multiprocessing.pool import ThreadPool

import pytest

import emrs_mock
from emrs_mock import mock_emr_serverless
from emrs_mock.activation.active_mocks import MockHasEnded
from tests.activation.work import create, is_active, listed

SAYS = r"This {} was started inside of a mock that has ended.*emr\.client\(\).*docs: leaving-the-process"


class Late:
    """A thread that works when it is told to."""

    def __init__(self) -> None:
        self._go, self.outcome = threading.Event(), None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self._go.wait()
        try:
            self.outcome = self.work()
        except Exception as error:
            self.outcome = error

    def do(self, work=listed):
        """Let it work; returns or raises what comes of it."""
        self.work = work
        self._go.set()
        self._thread.join()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


# --- tasks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", ["no mock", "a later mock", "the mock around"])
def test_a_task_that_outlives_its_mock_is_refused(other):
    """Whether nothing is active, another mock is, or the one that was around its own."""

    async def main():
        async def late():
            await ended.wait()
            return listed()

        ended = asyncio.Event()
        with mock_emr_serverless():
            task = asyncio.create_task(late())
        if other == "a later mock":
            with mock_emr_serverless():
                ended.set()
                return await task
        ended.set()
        return await task

    around = mock_emr_serverless() if other == "the mock around" else nullcontext()
    with around, pytest.raises(MockHasEnded, match=SAYS.format("task")):
        asyncio.run(main())


def test_a_callback_of_a_loop_is_refused_as_a_task_is():
    """It runs in the context of the moment at which it was handed in."""

    async def main():
        outcome = asyncio.get_running_loop().create_future()

        def call():
            try:
                outcome.set_result(listed())
            except Exception as error:
                outcome.set_exception(error)

        with mock_emr_serverless():
            asyncio.get_running_loop().call_later(0.01, call)
        with mock_emr_serverless():
            return await outcome

    with pytest.raises(MockHasEnded):
        asyncio.run(main())


def test_a_late_task_may_enter_a_mock_of_its_own():
    """And is late again afterwards."""

    async def main():
        async def late():
            await ended.wait()
            with mock_emr_serverless():
                create("own")
                assert listed() == ["own"]
            return listed()

        ended = asyncio.Event()
        with mock_emr_serverless():
            task = asyncio.create_task(late())
        ended.set()
        return await task

    with pytest.raises(MockHasEnded):
        asyncio.run(main())


def test_a_late_task_may_use_a_client_that_belongs_to_an_active_mock():
    """As the refusal says."""

    async def main():
        async def late():
            return (await given).list_applications()["applications"]

        given = asyncio.get_running_loop().create_future()
        with mock_emr_serverless():
            task = asyncio.create_task(late())
        with mock_emr_serverless() as emr:
            given.set_result(emr.client("us-east-1"))
            return await task

    assert asyncio.run(main()) == []


def test_current_is_refused_to_a_late_task_too():
    """It would be another mock's handle."""
    with mock_emr_serverless():
        inside = contextvars.copy_context()
    with mock_emr_serverless(), pytest.raises(MockHasEnded):
        inside.run(emrs_mock.current)


def test_a_context_that_entered_the_mock_itself_is_not_late():
    """Wherever the mock was ended: this context lives on."""
    mock = mock_emr_serverless()
    mock.start()
    contextvars.copy_context().run(mock.stop)
    assert not is_active()
    mock.start()
    thread = threading.Thread(target=mock.stop)
    thread.start()
    thread.join()
    there = contextvars.Context()
    other = mock_emr_serverless()
    there.run(other.start)
    assert listed() == []
    other.stop()


def test_a_test_in_a_long_lived_loop_is_answered_by_its_own_mock():
    """A runner that was made under one test's mock runs the tests that follow."""
    if not hasattr(asyncio, "Runner"):
        pytest.skip("needs Python 3.11")

    async def test():
        create()
        return listed()

    with asyncio.Runner() as runner:
        for _ in range(3):
            with mock_emr_serverless():
                context = contextvars.copy_context()
                assert runner.run(test(), context=context) == ["etl"]


# --- threads --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", [True, False])
def test_a_thread_that_outlives_its_mock_is_refused(other):
    """With another mock active, and without."""
    with mock_emr_serverless():
        late = Late()
    with mock_emr_serverless() if other else nullcontext(), pytest.raises(MockHasEnded, match=SAYS.format("thread")):
        late.do()


def test_a_late_thread_may_work_in_the_context_of_a_mock():
    """Which says whom it works for."""
    with mock_emr_serverless():
        late = Late()
    with mock_emr_serverless():
        create("later")
        here = contextvars.copy_context()
        assert late.do(lambda: here.run(listed)) == ["later"]


def test_a_thread_that_is_older_than_the_mock_is_not_late():
    """It was born outside, and takes what is active."""
    old = Late()
    with mock_emr_serverless():
        pass
    with mock_emr_serverless():
        create("later")
        assert old.do() == ["later"]


def test_a_thread_belongs_to_the_mock_in_which_it_was_started():
    """Where unrelated mocks are active at the same time too, and after the end of its own."""
    other = mock_emr_serverless()
    contextvars.Context().run(other.start)
    with mock_emr_serverless():
        create("its")
        early, late = Late(), Late()
        assert early.do() == ["its"]
    with pytest.raises(MockHasEnded):
        late.do()
    other.stop()


def test_a_thread_that_is_started_where_no_mock_can_be_chosen_belongs_to_none():
    """Unrelated mocks are active, and the code that starts it knows none of them."""
    mocks = [mock_emr_serverless(), mock_emr_serverless()]
    for each in mocks:
        contextvars.Context().run(each.start)
    unknown = Late()
    mocks[0].stop()
    assert unknown.do() == []
    mocks[1].stop()


def test_threads_are_wrapped_once_below_a_virtual_clock():
    """A mock inside of it puts nothing over its patches, and the end of both leaves our own wrappers."""
    with mock_emr_serverless():
        wrappers = threading.Thread.start, _thread.start_new_thread
    with mock_emr_serverless(clock="virtual"):
        patches = threading.Thread.start, _thread.start_new_thread
        assert not {*wrappers} & {*patches}
        with mock_emr_serverless():
            assert (threading.Thread.start, _thread.start_new_thread) == patches
    assert (threading.Thread.start, _thread.start_new_thread) == wrappers


def raw(work):
    """Run work in a thread that `threading` does not know; returns a function that waits for what comes of it."""
    outcome, done = [], threading.Event()

    def run():
        try:
            outcome.append(work())
        except Exception as error:
            outcome.append(error)
        done.set()

    _thread.start_new_thread(run, ())

    def result():
        assert done.wait(10)
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    return result


def in_a_thread(work):
    """Run work in a thread of `threading`; as `raw` does."""
    late = Late()
    return lambda: late.do(work)


def in_a_timer(work):
    """Run work in a thread of a Timer."""
    outcome = Future()

    def run():
        try:
            outcome.set_result(work())
        except Exception as error:
            outcome.set_exception(error)

    threading.Timer(0, run).start()
    return lambda: outcome.result(10)


def in_a_pool(work):
    """Run work in a pool that is made for it."""
    return ThreadPoolExecutor(1).submit(work).result


def in_a_thread_pool(work):
    """Run work in a pool of multiprocessing that is made for it."""
    pool = ThreadPool(1)
    outcome = pool.apply_async(work)

    def result():
        try:
            return outcome.get(10)
        finally:
            pool.terminate()
            pool.join()

    return result


WAYS = [raw, in_a_thread, in_a_timer, in_a_pool, in_a_thread_pool]


@pytest.mark.parametrize("other", [True, False])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("late", [raw, in_a_thread])
def test_what_a_late_thread_starts_is_late_too(late, way, other):
    """Whichever way it does: no mock answers, and nothing goes to AWS."""
    ended = threading.Event()

    def work():
        ended.wait(10)
        return way(listed)()

    with mock_emr_serverless():
        result = late(work)
    with mock_emr_serverless() if other else nullcontext():
        ended.set()
        with pytest.raises(MockHasEnded, match="started inside of a mock that has ended"):
            result()


@pytest.mark.parametrize("other", [True, False])
def test_a_raw_thread_that_outlives_its_mock_is_refused(other):
    """`threading` does not know it."""
    ended = threading.Event()

    def work():
        ended.wait(10)
        return listed()

    with mock_emr_serverless():
        result = raw(work)
    with mock_emr_serverless() if other else nullcontext():
        ended.set()
        with pytest.raises(MockHasEnded, match=SAYS.format("thread")):
            result()


@pytest.mark.parametrize("way", [raw, in_a_thread, in_a_pool, in_a_thread_pool])
def test_what_begins_in_a_thread_that_knows_no_mock_belongs_to_the_active_one(way):
    """The thread is older than the mock; what it starts or hands in meanwhile is late afterwards."""
    begun, ended, made = threading.Event(), threading.Event(), []

    def work():
        ended.wait(10)
        return listed()

    def begin():
        made.append(way(work))
        begun.set()

    old = Late()
    with mock_emr_serverless():
        old.do(begin)
        assert begun.wait(10)
    ended.set()
    with pytest.raises(MockHasEnded):
        made[0]()


@pytest.mark.parametrize(
    "make", [lambda: ThreadPoolExecutor(2), lambda: ThreadPool(2)], ids=["concurrent.futures", "multiprocessing"]
)
def test_a_pool_that_lives_longer_works_for_each_test_that_hands_work_in(make):
    """Its threads begin under the first mock."""

    def run(pool):
        return pool.submit(listed).result() if isinstance(pool, ThreadPoolExecutor) else pool.apply(listed)

    pool = None
    for name in ("first", "second", "third"):
        with mock_emr_serverless():
            pool = pool or make()
            create(name)
            assert run(pool) == [name]
    pool.shutdown() if isinstance(pool, ThreadPoolExecutor) else pool.terminate()
    if isinstance(pool, ThreadPool):
        pool.join()


@pytest.mark.parametrize("other", [True, False])
def test_work_that_a_pool_does_late_is_refused(other):
    """It knows the mock of the code that handed it in, whichever thread does it."""
    go = threading.Event()

    def work():
        go.wait()
        return listed()

    with ThreadPoolExecutor(1) as pool:
        with mock_emr_serverless():
            future = pool.submit(work)
        with mock_emr_serverless() if other else nullcontext():
            go.set()
            with pytest.raises(MockHasEnded):
                future.result()
        with mock_emr_serverless():
            create("next")
            assert pool.submit(listed).result() == ["next"]


HAND_IN = {
    "apply_async": lambda pool, work: pool.apply_async(work).get,
    "apply_async(func=)": lambda pool, work: pool.apply_async(func=work).get,
    "map_async": lambda pool, work: pool.map_async(lambda _: work(), [1]).get,
    "starmap_async": lambda pool, work: pool.starmap_async(lambda *_: work(), [(1, 2)]).get,
    "imap": lambda pool, work: pool.imap(lambda _: work(), [1]).__next__,
    "imap in chunks": lambda pool, work: pool.imap(lambda _: work(), [1, 2], chunksize=2).__next__,
    "imap_unordered": lambda pool, work: pool.imap_unordered(lambda _: work(), [1]).__next__,
}


@pytest.mark.parametrize("other", [True, False])
@pytest.mark.parametrize("hand_in", HAND_IN)
def test_work_that_a_pool_of_multiprocessing_does_late_is_refused(hand_in, other):
    """However it is handed in; and the next test's is answered."""
    go = threading.Event()

    def work():
        go.wait(10)
        return listed()

    with ThreadPool(1) as pool:
        with mock_emr_serverless():
            result = HAND_IN[hand_in](pool, work)
        with mock_emr_serverless() if other else nullcontext():
            go.set()
            with pytest.raises(MockHasEnded):
                result()
        with mock_emr_serverless():
            create("next")
            assert pool.map(lambda _: listed(), [1]) == [["next"]]


@pytest.mark.parametrize("kind", ["concurrent.futures", "multiprocessing"])
def test_a_callback_of_a_late_result_is_refused(kind):
    """It belongs to the mock in which it was registered, and not to the thread that happens to call it."""
    go, called, told = threading.Event(), threading.Event(), []

    def callback(_):
        try:
            told.append(listed())
        except Exception as error:
            told.append(error)
        called.set()

    pool = ThreadPoolExecutor(1) if kind == "concurrent.futures" else ThreadPool(1)
    with pool:
        with mock_emr_serverless():
            if kind == "multiprocessing":
                pool.apply_async(go.wait, (10,), callback=callback)
            else:
                pool.submit(go.wait, 10).add_done_callback(callback)
        go.set()
        assert called.wait(10)
    assert isinstance(told[0], MockHasEnded)


def test_work_of_an_executor_of_the_loop_is_refused_late():
    """`run_in_executor` hands it in without a context."""
    go = threading.Event()

    def work():
        go.wait()
        return listed()

    async def main():
        with mock_emr_serverless():
            late = asyncio.get_running_loop().run_in_executor(None, work)
        go.set()
        return await late

    with pytest.raises(MockHasEnded):
        asyncio.run(main())


def test_pools_of_parallel_mocks_work_for_their_own():
    """The pool's threads know none, the work does."""

    def one(name):
        with mock_emr_serverless():
            create(name)
            both.wait(10)
            with ThreadPoolExecutor(1) as pool:
                found.append((name, pool.submit(listed).result()))
            both.wait(10)

    both, found = threading.Barrier(2), []
    threads = [threading.Thread(target=one, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [("a", ["a"]), ("b", ["b"])]


def test_work_that_a_pool_does_late_is_refused_where_it_has_a_context():
    """As `asyncio.to_thread` gives it."""
    go = threading.Event()

    def work():
        go.wait()
        return listed()

    with ThreadPoolExecutor(1) as pool:
        with mock_emr_serverless():
            future = pool.submit(contextvars.copy_context().run, work)
        with mock_emr_serverless():
            go.set()
            with pytest.raises(MockHasEnded):
                future.result()


# --- frameworks whose loop lives longer than a test -----------------------------------------------------------------

SESSION = """
import asyncio, boto3, pytest

def call():
    client = boto3.client("emr-serverless", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.create_application(name="etl", type="SPARK", releaseLabel="emr-6.6.0")
    return len(client.list_applications()["applications"])
"""


def test_pytest_asyncio_with_a_loop_of_the_session(runners):
    """Each test is answered by its own mock."""
    outcome = runners["pytest"](
        SESSION
        + """
pytestmark = pytest.mark.asyncio(loop_scope="session")

@pytest.mark.parametrize("n", range(3))
async def test_it(emr_serverless, n):
    assert call() == 1
    assert await asyncio.create_task(asyncio.to_thread(call)) == 2
"""
    )
    assert (outcome.passed, outcome.problems) == (3, [])


def test_anyio_with_a_runner_of_the_session(runners):
    """Its runner is one task for all tests, which begins under the mock of the first."""
    pytest.importorskip("anyio")
    outcome = runners["pytest"](
        SESSION
        + """
@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"

@pytest.mark.anyio
@pytest.mark.parametrize("n", range(3))
async def test_it(emr_serverless, n):
    assert call() == 1
"""
    )
    assert (outcome.passed, outcome.problems) == (3, [])
