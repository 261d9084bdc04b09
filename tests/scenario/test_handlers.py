"""Handlers: functions that are asked, at RUNNING, how a job run ends."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import pytest

from emrs_mock import Fail, Hang, Succeed, mock_emr_serverless
from tests.service.requests import SPARK, START


def test_a_handler_gets_the_job_run_at_its_running_instant(emr, submit):
    """Its entry point, arguments and configuration in effect."""
    seen = []

    def handler(run):
        seen.append((run.state, emr.clock.now(), run.entry_point, run.entry_point_arguments, run.properties))

    emr.when().run(handler)
    driver = {
        **SPARK["sparkSubmit"],
        "entryPointArguments": ["--day", "1"],
        "sparkSubmitParameters": "--conf spark.executor.cores=2",
    }
    run = emr.run_until(submit(jobDriver={"sparkSubmit": driver}))
    ((state, now, entry_point, arguments, properties),) = seen
    assert (state, now, entry_point) == ("RUNNING", run.started_at, "s3://code/etl.py")
    assert arguments == ["--day", "1"]
    assert (properties["spark.executor.cores"], properties["spark.driver.cores"]) == ("2", "4")


OUTCOMES = {
    "nothing": (lambda run: None, "SUCCESS", ""),
    "a value of its own": (lambda run: {"rows": 3}, "SUCCESS", ""),
    "Succeed": (lambda run: Succeed(), "SUCCESS", ""),
    "Fail": (lambda run: Fail("no rows"), "FAILED", "no rows"),
    "a ready-made Fail": (lambda run: Fail.out_of_memory(), "FAILED", "ExitCode: 137"),
    "Hang": (lambda run: Hang(), "CANCELLED", "execution timeout"),
    "an exception": (lambda run: 1 / 0, "FAILED", "ExitCode: 1. Last few exceptions: ZeroDivisionError: division by"),
    "exit": (lambda run: sys.exit(), "SUCCESS", ""),
    "exit 0": (lambda run: sys.exit(0), "SUCCESS", ""),
    "exit 3": (lambda run: sys.exit(3), "FAILED", "ExitCode: 3."),
    "exit with a text": (
        lambda run: sys.exit("no input"),
        "FAILED",
        "ExitCode: 1. Last few exceptions: SystemExit: no input",
    ),
}


@pytest.mark.parametrize(("handler", "state", "text"), OUTCOMES.values(), ids=OUTCOMES)
def test_what_a_handler_returns_or_raises_is_the_outcome(emr, submit, handler, state, text):
    """With AWS's text around an exception."""
    emr.when().run(handler)
    run = emr.run_until(submit())
    assert run.state == state
    assert text in run.state_details


@pytest.mark.parametrize(("after", "seconds"), [(None, 120), (0, 0), (timedelta(hours=1), 3600)])
def test_after_says_how_long_the_run_lasts(emr, submit, after, seconds):
    """The time that the handler takes does not count. The `after` of a returned ending comes first."""
    emr.when().run(lambda run: None, after=after)
    emr.when(name="fails").run(lambda run: 1 / 0, after=after)
    emr.when(name="says").run(lambda run: Succeed(after=77), after=after)
    assert emr.run_until(submit()).total_execution_duration_seconds == seconds
    assert emr.run_until(submit(name="fails")).total_execution_duration_seconds == seconds
    assert emr.run_until(submit(name="says")).total_execution_duration_seconds == 77


def test_a_handler_runs_on_the_thread_that_moved_time(emr, submit):
    """Which is the test's, so that its context and debugger are there."""
    threads = []
    emr.when().run(lambda run: threads.append(threading.current_thread()))
    submit()
    emr.clock.advance(minutes=10)
    assert threads == [threading.current_thread()]


def test_a_thread_that_moves_time_waits_for_the_handler_of_another_and_then_goes_all_the_way(emr, submit):
    """The instant lasts until the handler returns."""
    began, may_return = threading.Event(), threading.Event()

    def handler(run):
        began.set()
        assert may_return.wait(10)

    emr.when().run(handler)
    submit()
    start = emr.clock.now()
    other = threading.Thread(target=emr.clock.advance, kwargs={"minutes": 10})
    other.start()
    assert began.wait(10)
    threading.Timer(0.05, may_return.set).start()
    emr.clock.advance(minutes=30)
    other.join()
    assert emr.clock.now() - start >= timedelta(minutes=30)


def test_a_handler_can_call_the_service(emr, client, app, submit):
    """Also from its own threads, because no lock is held. Job runs that it submits begin at that instant."""

    def handler(run):
        def call():
            return client.get_job_run(applicationId=app, jobRunId=run.id)["jobRun"]["state"]

        with ThreadPoolExecutor(1) as pool:
            assert (call(), pool.submit(call).result(timeout=10)) == ("RUNNING", "RUNNING")
        submit(name="child")

    emr.when().run(handler)
    emr.when(name="child").succeed()
    parent = emr.run_until(submit())
    assert (parent.state, parent.state_details) == ("SUCCESS", "")
    assert emr.job_runs[-1].name == "child"
    assert emr.job_runs[-1].created_at == parent.started_at


LOOKS = {
    "a call": lambda emr, app: emr.client().get_application(applicationId=app),
    "a record": lambda emr, app: emr.job_runs[0].state,
    "the records": lambda emr, app: len(emr.job_runs),
    "the clock": lambda emr, app: emr.clock.next_due(),
    "the events": lambda emr, app: emr.events,
    "arranging": lambda emr, app: emr.add_job_run(app, "SUCCESS"),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_handler_is_called_at_the_first_look(emr, app, client, submit, look):
    """With a system clock, the next read calls the handler; no lock is held then either."""
    said = []

    def handler(run):
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(client.get_job_run, applicationId=app, jobRunId=run.id)
            said.append(call.result(timeout=10)["jobRun"]["state"])

    emr.when().run(handler)
    submit()
    emr._simulation.clock.move(timedelta(minutes=5))
    look(emr, app)
    assert said == ["RUNNING"]
    assert emr.job_runs[0].state == "SUCCESS"


def test_nothing_happens_while_a_handler_is_asked(emr, submit):
    """Other events of the same instant happen afterwards; each handler is called once."""
    order = []

    def handler(run):
        order.append((run.name, [other.state for other in emr.job_runs]))

    emr.when().run(handler)
    submit(name="first")
    submit(name="second")
    emr.clock.advance(minutes=10)
    assert order == [("first", ["RUNNING", "SCHEDULED"]), ("second", ["RUNNING", "RUNNING"])]


@pytest.mark.parametrize(
    "move",
    [
        lambda emr: emr.clock.advance(1),
        lambda emr: emr.clock.move_to(emr.clock.now() + timedelta(1)),
        lambda emr: emr.run_until(emr.job_runs[0]),
    ],
    ids=["advance", "move_to", "run_until"],
)
def test_a_handler_cannot_move_the_clock(emr, submit, move):
    """It reaches the test, and is no outcome."""
    emr.when().run(lambda run: move(emr))
    submit()
    with pytest.raises(RuntimeError, match=r"A handler cannot move the clock: .*after="):
        emr.clock.advance(minutes=10)
    assert emr.job_runs[0].state == "RUNNING"


def test_a_handler_cannot_sleep_where_sleeping_moves_time(plain_client):
    """Calls are answered all the same, and take no time."""
    naps = []

    def handler(run):
        naps.append(plain_client.get_job_run(applicationId=run.application_id, jobRunId=run.id)["jobRun"]["state"])
        time.sleep(1)

    with mock_emr_serverless(clock="virtual", start=START, latency=1) as emr:
        app = emr.add_application().id
        emr.add_job_run(app)
        emr.when().run(handler)
        emr.add_job_run(app, "SCHEDULED")
        with pytest.raises(RuntimeError, match=r"A handler cannot sleep: .*after="):
            time.sleep(600)
    assert naps == ["RUNNING"]


def test_a_handler_works_under_every_clock():
    """Code that polls gets the outcome that the handler decided."""
    with mock_emr_serverless(clock="virtual", start=START) as emr:
        app = emr.add_application().id
        client = boto3.client("emr-serverless", "us-east-1")
        emr.when().run(lambda run: Fail("said"), after=60)
        run = emr.add_job_run(app, "SUBMITTED").id
        while (shown := client.get_job_run(applicationId=app, jobRunId=run)["jobRun"])["state"] != "FAILED":
            time.sleep(10)
        assert shown["stateDetails"] == "said"


def test_a_run_that_its_handler_cancelled_stays_cancelled(emr, client, app, submit):
    """What the handler returned comes too late."""
    emr.when().run(lambda run: client.cancel_job_run(applicationId=app, jobRunId=run.id))
    assert emr.run_until(submit()).state == "CANCELLED"


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_a_handler_is_asked_for_each_attempt(emr, submit):
    """It sees which one it is."""
    emr.when().run(lambda run: run.attempt < 3 and 1 / 0)
    run = emr.run_until(submit(retryPolicy={"maxAttempts": 5}))
    assert (run.state, run.attempt) == ("SUCCESS", 3)


def test_a_test_that_fails_in_a_handler_fails(emr, submit):
    """`pytest.fail`, Ctrl-C and the like are no outcome of a job."""
    emr.when().run(lambda run: pytest.fail("wrong arguments"))
    submit()
    with pytest.raises(pytest.fail.Exception, match="wrong arguments"):
        emr.clock.advance(minutes=10)


def test_what_a_handler_prints_is_the_drivers_log_and_not_the_tests(emr, submit, capsys):
    """An exception's traceback too."""

    def handler(run):
        print("reading")  # noqa: T201 - as jobs do
        print("careful", file=sys.stderr)  # noqa: T201 - as jobs do
        raise ValueError("no such column")

    emr.when().run(handler)
    logs = emr.logs[emr.run_until(submit())]
    assert logs.stdout == "reading\n"
    assert logs.stderr.startswith("careful\nTraceback (most recent call last)")
    assert logs.stderr.endswith("ValueError: no such column\n")
    assert capsys.readouterr() == ("", "")


def test_a_copy_of_a_world_asks_the_same_handler(emr, submit):
    """As the tests of a decorated class do: the handler, and all it holds, is not copied."""

    class Spy:
        def __init__(self):
            self.asked = 0

        def handler(self, run):
            self.asked += 1

    spy = Spy()
    emr.when().run(spy.handler)
    submit()
    emr._rewind(emr._checkpoint())
    emr.clock.advance(minutes=10)
    assert spy.asked == 1
