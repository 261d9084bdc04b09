"""Rules: what becomes of the job runs that they are about, and how a rule ends. Matchers are in test_matchers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from emrs_mock import UnfinishedRule, current, mock_emr_serverless
from tests.service.requests import ROLE, SPARK, START, nothing_changes


def test_without_a_rule_a_job_run_succeeds_after_two_minutes(emr, submit):
    """`Timing.run`."""
    run = emr.run_until(submit())
    assert (run.state, run.ended_at - run.started_at) == ("SUCCESS", timedelta(minutes=2))


VERBS = {"succeed": "SUCCESS", "fail": "FAILED"}


@pytest.mark.parametrize(("verb", "ends"), VERBS.items())
@pytest.mark.parametrize(
    ("after", "length"),
    [
        (None, timedelta(minutes=2)),
        (0, timedelta(0)),
        (0.25, timedelta(milliseconds=250)),
        (90, timedelta(seconds=90)),
        (timedelta(hours=1), timedelta(hours=1)),
    ],
)
def test_after_counts_from_running(emr, submit, verb, ends, after, length):
    """It is the execution time: a number of seconds, or a timedelta; the default is `Timing.run`."""
    getattr(emr.when(), verb)(after=after)
    run = emr.run_until(submit())
    assert (run.state, run.ended_at - run.started_at) == (ends, length)


def test_a_failure_says_what_the_rule_says(emr, submit):
    """As stateDetails."""
    emr.when().fail("S3 access is denied.", after=1)
    assert emr.run_until(submit()).state_details == "S3 access is denied."


def test_what_hangs_runs_until_it_is_cancelled(emr, client, app, submit):
    """Or until the execution time-out, if that comes first."""
    emr.when().hang()
    one, other = submit(executionTimeoutMinutes=60), submit()
    emr.clock.advance(minutes=59)
    assert {emr.job_runs[run].state for run in (one, other)} == {"RUNNING"}
    client.cancel_job_run(applicationId=app, jobRunId=other)
    assert [emr.run_until(run).state for run in (other, one)] == ["CANCELLED", "CANCELLED"]
    assert emr.job_runs[one].state_details.startswith("The JobRun exceeded its execution timeout")


@pytest.mark.parametrize("times", [1, 3])
def test_a_rule_that_is_used_up_matches_no_longer(emr, submit, times):
    """The first submission fails, the resubmission succeeds."""
    emr.when().fail(times=times)
    outcomes = [emr.run_until(submit()).state for _ in range(times + 2)]
    assert outcomes == ["FAILED"] * times + ["SUCCESS"] * 2


@pytest.mark.parametrize("verb", ["succeed", "fail", "hang"])
def test_every_verb_takes_times(emr, submit, verb):
    """Used up, the rule before it matches."""
    emr.when().fail("the rule before")
    getattr(emr.when(name="etl"), verb)(times=1)
    assert submit(name="other")
    first, second = (emr.run_until(submit(name="etl")) for _ in range(2))
    assert "the rule before" not in first.state_details
    assert second.state_details == "the rule before"


def test_the_last_rule_that_matches_wins(emr, submit):
    """A test can override its fixtures."""
    emr.when().fail()
    emr.when(name="lucky").succeed()
    emr.when(name="other").hang()
    assert [emr.run_until(submit(name=name)).state for name in ("lucky", "unlucky")] == ["SUCCESS", "FAILED"]


def test_a_rule_is_undone_by_leaving_its_block(emr, submit):
    """Job runs that were submitted inside stay decided."""
    with emr.when(name="etl").fail():
        inside = submit(name="etl")
    after = submit(name="etl")
    assert [emr.run_until(run).state for run in (inside, after)] == ["FAILED", "SUCCESS"]


def test_a_block_that_raises_undoes_its_rule_too(emr, submit):
    """The exception is not hidden."""
    with pytest.raises(KeyError, match="mine"), emr.when().fail():
        raise KeyError("mine")
    assert emr.run_until(submit()).state == "SUCCESS"


def test_a_rule_can_be_removed(emr, submit):
    """Once and again; other rules stay, also one that says the same."""
    rule, same = emr.when().fail("rule"), emr.when().fail("same")
    same.remove()
    same.remove()
    assert emr.run_until(submit()).state_details == "rule"
    rule.remove()
    assert emr.run_until(submit()).state == "SUCCESS"


def test_a_rule_is_asked_when_a_job_run_is_accepted(emr, submit):
    """Later rules do not change it."""
    run = submit()
    emr.when().fail()
    assert emr.run_until(run).state == "SUCCESS"


def test_a_submission_that_is_refused_uses_no_rule_up(emr, client, app, submit, refuses):
    """A request that is repeated with its token uses none up either."""
    emr.when().fail(times=2)
    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK}
    refuses(client.start_job_run, executionTimeoutMinutes=1, **request)
    runs = {client.start_job_run(clientToken="t", **request)["jobRunId"] for _ in range(3)}
    assert [emr.run_until(run).state for run in (*runs, submit(), submit())] == ["FAILED", "FAILED", "SUCCESS"]


@pytest.mark.parametrize("matcher", ["name", "entry_point", "where"])
def test_an_exception_in_a_matcher_reaches_the_caller_and_submits_nothing(emr, client, app, matcher):
    """It is asked once: nothing is tried again. The same token works when the rule is gone."""
    asked = []

    def broken(value):
        asked.append(value)
        raise ZeroDivisionError("in my matcher")

    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK, "clientToken": "t"}
    rule = emr.when(**{matcher: broken}).fail()
    with nothing_changes(emr), pytest.raises(ZeroDivisionError, match="in my matcher"):
        client.start_job_run(**request)
    rule.remove()
    assert len(asked) == 1
    assert emr.run_until(client.start_job_run(**request)["jobRunId"]).state == "SUCCESS"


def test_a_rule_without_a_verb_is_an_error_at_the_end_of_the_mock():
    """It is a mistake; the error says which rule, and what it could do. The mock has ended all the same."""
    mock = mock_emr_serverless(clock="manual", start=START)
    emr = mock.start()
    emr.when(name="other").hang()
    emr.when(name="etl")
    with pytest.raises(
        UnfinishedRule, match=r"^when\(name='etl'\): add a verb, such as \.succeed\(\), \.fail\(\) or \.hang\(\)"
    ):
        mock.stop()
    with pytest.raises(RuntimeError, match="No mock is active"):
        current()


def test_a_rule_without_a_verb_decides_nothing(emr, submit):
    """The rule before it does."""
    emr.when().fail()
    unfinished = emr.when()
    assert emr.run_until(submit()).state == "FAILED"
    unfinished.remove()


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda rule: rule.succeed(after=-1), ValueError, "after= cannot be negative"),
        (
            lambda rule: rule.fail(after="1 min"),
            TypeError,
            "after='1 min': expected a timedelta or a number of seconds",
        ),
        (lambda rule: rule.hang(times=0), ValueError, "times=0: expected a number of job runs, at least 1"),
        (lambda rule: rule.fail().succeed(), ValueError, "already has a verb for this: make a second rule"),
    ],
)
def test_a_verb_is_checked_where_it_is_said(emr, wrong, error, text):
    """With what was possible instead."""
    rule = emr.when()
    with pytest.raises(error, match=re.escape(text)):
        wrong(rule)
    rule.remove()


def test_a_rule_tells_what_it_is_about(emr):
    """Its repr has the matchers and verbs."""
    rule = emr.when(name="etl", mode="BATCH").fail()
    assert repr(rule) == "when(name='etl', mode='BATCH').fail()"
