"""Logs: what the workers of job runs wrote, attempt by attempt."""

from __future__ import annotations

import pytest

from tests.service.requests import HIVE


def test_a_job_run_that_ran_has_logs_of_every_worker(emr, submit):
    """Logs that no rule writes are empty."""
    run = emr.run_until(submit())
    logs = emr.logs[run]
    assert (logs.stdout, logs.stderr, logs.executors) == ("", "", [1, 2, 3])
    assert logs.executor(3) == ("", "")


def test_a_rule_says_what_workers_write(emr, submit):
    """The driver, and executors by number."""
    emr.when().logs("counted 3 rows\n", "WARN slow\n").logs(stderr="lost a block\n", executor=2)
    logs = emr.logs[emr.run_until(submit())]
    assert (logs.stdout, logs.stderr) == ("counted 3 rows\n", "WARN slow\n")
    assert [logs.executor(number).stderr for number in logs.executors] == ["", "lost a block\n", ""]


def test_nothing_is_written_before_a_run_is_running(emr, submit):
    """A job run that never runs has no logs."""
    emr.when().logs("started")
    run = submit()
    emr.run_until(run, "SCHEDULED")
    assert (emr.logs[run].stdout, emr.logs[run].executors) == ("", [])
    emr.run_until(run, "RUNNING")
    assert emr.logs[run].stdout == "started"


def test_an_executor_has_logs_from_when_it_came(emr, submit):
    """It keeps them when it has left; one that never came has none."""
    emr.when().succeed(after=900).executors([(0, 1), (300, 2), (600, 1)]).logs("late", executor=2).logs(
        "no", executor=3
    )
    run = emr.run_until(submit(), "RUNNING")
    assert emr.logs[run].executors == [1]
    emr.clock.advance(300)
    assert emr.logs[run].executor(2).stdout == "late"
    emr.run_until(run)
    assert emr.logs[run].executors == [1, 2]
    with pytest.raises(LookupError, match="had no executor 3"):
        emr.logs[run].executor(3)


def test_the_tasks_of_hive_are_executors_here(emr, submit):
    """Counted the same way."""
    app = emr.add_application(type="HIVE").id
    run = emr.run_until(submit(applicationId=app, jobDriver=HIVE))
    assert emr.logs[run].executors == [1]


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_every_attempt_has_logs_of_its_own(emr, submit):
    """The newest unless asked for."""

    def handler(run):
        print("attempt", run.attempt)  # noqa: T201 - as jobs do
        assert run.attempt == 2

    emr.when().run(handler).logs("begin\n")
    logs = emr.logs[emr.run_until(submit(retryPolicy={"maxAttempts": 3}))]
    assert (logs.number, logs.stdout) == (2, "begin\nattempt 2\n")
    assert logs.attempt(1).stdout == "begin\nattempt 1\n"
    assert "AssertionError" in logs.attempt(1).stderr


def test_logs_are_found_by_whatever_names_a_job_run(emr, submit, client, app):
    """A record, an id, an ARN, an answer."""
    emr.when().logs("mine")
    run = emr.run_until(submit())
    answer = client.get_job_run(applicationId=app, jobRunId=run.id)
    assert {emr.logs[name].stdout for name in (run, run.id, run.arn, answer)} == {"mine"}


def test_what_has_no_logs_is_refused_with_what_has(emr, submit, app):
    """An application, an executor or an attempt that there was not."""
    run = emr.run_until(submit())
    with pytest.raises(KeyError, match=f"There are: {run.id}"):
        emr.logs[app]
    with pytest.raises(LookupError, match=r"had no executor 4\. It had: \[1, 2, 3\]"):
        emr.logs[run].executor(4)
    for number in (2, 0, -1):
        with pytest.raises(LookupError, match=f"it had attempts 1 to 1, not {number} "):
            emr.logs[run].attempt(number)
    pending = submit()
    with pytest.raises(LookupError) as raised:
        emr.logs[pending].executor(1)
    assert str(raised.value) == (f"<Logs of job run {pending}, attempt 1> had no executor 1. It had: none (docs: logs)")
