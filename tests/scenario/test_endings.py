"""Every ending that there is, whatever the application's configuration; staying, utilization; one record's verbs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from emrs_mock import Fail, Hang, Succeed, UnreachableState
from tests.service.requests import HIVE, nothing_changes


def states(emr, run):
    """The states that a record went through."""
    return [change.after for change in emr._simulation.changes if change.id == run.id]


ON_ITS_WAY = ["SUBMITTED", "PENDING", "SCHEDULED"]
ENDINGS = {
    "succeed": ["RUNNING", "SUCCESS"],
    "fail": ["RUNNING", "FAILED"],
    "time_out": ["RUNNING", "CANCELLING", "CANCELLED"],
    "cancel": ["RUNNING", "CANCELLING", "CANCELLED"],
    "exceed_capacity": ["FAILED"],
}


@pytest.mark.parametrize(("verb", "rest"), ENDINGS.items())
def test_every_ending_takes_its_way_through_the_states(emr, submit, verb, rest):
    """The application configures neither queue nor capacity."""
    rule = emr.when()
    getattr(rule, verb)()
    run = emr.run_until(submit())
    assert states(emr, run) == [*ON_ITS_WAY, *rest]
    assert rule.matched == 1


def test_a_run_that_hangs_is_running_when_nothing_else_comes(emr, submit):
    """Until its execution time-out."""
    emr.when().hang()
    run = submit()
    emr.clock.advance(hours=11)
    assert emr.job_runs[run].state == "RUNNING"


@pytest.mark.parametrize(("after", "length"), [(None, timedelta(hours=6)), (90, timedelta(seconds=90))])
def test_a_run_times_out_in_a_queue_that_is_not_configured(emr, submit, after, length):
    """QUEUED for AWS's default of 360 minutes, or as long as the rule says."""
    emr.when().time_out_in_queue(after)
    run = emr.run_until(submit())
    assert states(emr, run) == ["SUBMITTED", "QUEUED", "CANCELLING", "CANCELLED"]
    assert run.state_details == "The JobRun exceeded its queue timeout of 360 minutes."
    assert run.queued_duration_milliseconds == length // timedelta(milliseconds=1)


@pytest.mark.needs_model("CreateApplication.schedulerConfiguration")
def test_a_queue_that_is_configured_times_out_at_its_own_limit(emr, client, submit):
    """Others pass by the one that waits in vain."""
    app = emr.add_application(scheduler_configuration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 20}).id
    emr.when(name="stuck").time_out_in_queue()
    stuck, other = submit(name="stuck", applicationId=app), submit(applicationId=app)
    assert emr.run_until(other).state == "SUCCESS"
    run = emr.run_until(stuck)
    assert run.state_details == "The JobRun exceeded its queue timeout of 20 minutes."
    assert run.queued_duration_milliseconds == 20 * 60_000


@pytest.mark.parametrize(("after", "length"), [(None, timedelta(minutes=60)), (90, timedelta(seconds=90))])
def test_a_run_exceeds_its_execution_time_out_whenever_the_rule_says(emr, submit, after, length):
    """Its own limit, or earlier; the text names its own."""
    emr.when().time_out(after)
    run = emr.run_until(submit(executionTimeoutMinutes=60))
    assert run.total_execution_duration_seconds == length.total_seconds() + 5
    assert run.state_details == "The JobRun exceeded its execution timeout of 60 minutes."


@pytest.mark.needs_model("StartJobRun.mode")
def test_a_streaming_run_can_time_out_too(emr, submit):
    """It has no limit of its own."""
    emr.when().time_out()
    assert emr.run_until(submit(mode="STREAMING")).state == "CANCELLED"


@pytest.mark.needs_model("StartJobRun.mode")
def test_a_streaming_run_that_is_cancelled_gets_its_grace(emr, submit):
    """120 seconds at most (facts §3.5), by a rule and by the record's verb."""
    emr.when().shut_down(after=300)
    emr.when(name="rule").cancel(after=10)
    by_rule, by_verb = submit(name="rule", mode="STREAMING"), submit(mode="STREAMING")
    emr.run_until(by_verb, "RUNNING")
    emr.job_runs[by_verb].cancel()
    for run in (emr.run_until(by_rule), emr.run_until(by_verb)):
        began = next(c.at for c in emr._simulation.changes if c.id == run.id and c.after == "CANCELLING")
        assert run.ended_at - began == timedelta(seconds=120)


KILLED = (
    "Job failed, please check complete logs in configured logging destination. ExitCode: 137. Last few exceptions: "
    "Worker has been killed as memory usage exceeded configured memory size"
)
FAILURES = {
    "out_of_memory": (Fail.out_of_memory(), "RUNNING", KILLED),
    "s3_access_denied": (Fail.s3_access_denied(), "RUNNING", "S3 access is denied. Please check"),
    "missing_module": (Fail.missing_module("numpy"), "RUNNING", "ModuleNotFoundError: No module named numpy."),
    "role": (Fail.role_cannot_be_assumed("arn:aws:iam::1:role/etl"), "PENDING", "Could not assume execution role etl "),
    "vcpu_limit": (Fail.vcpu_limit(), "SCHEDULED", "service limit on the maximum vCPU"),
    "capacity": (Fail.capacity(), "SCHEDULED", "exceeded maximumCapacity settings"),
}


@pytest.mark.parametrize(("failure", "state", "text"), FAILURES.values(), ids=FAILURES)
def test_a_ready_made_failure_has_the_text_of_aws_and_comes_where_it_would(emr, submit, failure, state, text):
    """What needs no driver to fail never runs (facts §3.2)."""
    emr.when().fail(failure)
    run = emr.run_until(submit())
    assert states(emr, run)[-2:] == [state, "FAILED"]
    assert text in run.state_details
    assert (run.started_at is None) is (state != "RUNNING")


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_attempts_end_one_after_the_other_as_the_rule_says(emr, client, app, submit):
    """Failures before RUNNING are attempts too; the last ending is for all that follow."""
    emr.when().attempts(Fail.vcpu_limit(), Fail("second", after=7), Succeed(after=9))
    run = emr.run_until(submit(retryPolicy={"maxAttempts": 5}))
    attempts = client.list_job_run_attempts(applicationId=app, jobRunId=run.id)["jobRunAttempts"]
    assert [attempt["state"] for attempt in attempts] == ["SUCCESS", "FAILED", "FAILED"]
    assert attempts[1]["stateDetails"] == "second"
    assert run.total_execution_duration_seconds == 7 + 9


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_the_last_of_the_attempts_may_hang(emr, submit):
    """Nothing but the time-out ends it."""
    emr.when().attempts(Fail(), Hang())
    run = emr.run_until(submit(retryPolicy={"maxAttempts": 2}))
    assert (run.state, run.attempt) == ("CANCELLED", 2)


def test_without_a_retry_policy_there_is_one_attempt(emr, submit):
    """The rule does not make a second."""
    emr.when().attempts(Fail("first"), Succeed())
    assert emr.run_until(submit()).state_details == "first"


@pytest.mark.parametrize("state", ["SUBMITTED", "QUEUED", "PENDING", "SCHEDULED"])
def test_a_run_stays_in_a_state_for_as_long_as_the_rule_says(emr, submit, state):
    """Then it continues, also if it was QUEUED although there was room."""
    emr.when().stay(state, 1000)
    run = submit()
    reached = emr.run_until(run, state).updated_at
    emr.clock.advance(999)
    assert emr.job_runs[run].state == state
    emr.clock.advance(1)
    assert emr.job_runs[run].state != state
    assert emr.job_runs[run].updated_at - reached == timedelta(seconds=1000)
    assert emr.run_until(run).state == "SUCCESS"


def test_a_run_stays_for_ever_until_it_is_cancelled(emr, client, app, submit):
    """Without for_; CANCELLING can be stayed in too."""
    emr.when().stay("SCHEDULED").stay("CANCELLING", 60)
    run = submit()
    emr.clock.advance(days=3)
    assert emr.job_runs[run].state == "SCHEDULED"
    with pytest.raises(UnreachableState, match="is SCHEDULED and cannot become"):
        emr.run_until(run)
    client.cancel_job_run(applicationId=app, jobRunId=run)
    emr.clock.advance(59)
    assert emr.job_runs[run].state == "CANCELLING"
    emr.clock.advance(1)
    assert emr.job_runs[run].state == "CANCELLED"


def test_of_each_question_the_last_rule_that_answers_it_decides(emr, submit):
    """A rule about a stay does not change what another rule decided about the ending."""
    emr.when().fail("the end").logs(stderr="from the first")
    emr.when().stay("PENDING", 500)
    emr.when().logs(stderr="from the last")
    run = emr.run_until(submit())
    assert run.state_details == "the end"
    assert run.started_at - run.created_at > timedelta(seconds=500)
    assert emr.logs[run].stderr == "from the last"


def test_an_ending_that_is_overridden_leaves_nothing_behind(emr, submit):
    """The job run is not queued either."""
    emr.when().time_out_in_queue()
    emr.when().succeed()
    assert "QUEUED" not in states(emr, emr.run_until(submit()))


@pytest.mark.parametrize("state", ["PENDING", "QUEUED"])
def test_each_verb_of_a_rule_is_used_up_by_itself(emr, submit, state):
    """`times` belongs to the verb."""
    emr.when().fail(times=1).stay(state, 500, times=2)
    runs = [emr.run_until(submit()) for _ in range(3)]
    assert [run.state for run in runs] == ["FAILED", "SUCCESS", "SUCCESS"]
    assert [run.started_at - run.created_at > timedelta(seconds=500) for run in runs] == [True, True, False]


def test_utilization_is_what_the_rule_says(emr, submit):
    """Billed the same, unless given; to three decimals."""
    emr.when().utilization(1.5, 6, 0.12345)
    emr.when(name="billed").utilization(2, 8, 40, billed=(2, 8, 0))
    one, other = emr.run_until(submit()), emr.run_until(submit(name="billed"))
    assert one.total_resource_utilization == {"vCPUHour": 1.5, "memoryGBHour": 6.0, "storageGBHour": 0.123}
    assert one.billed_resource_utilization == one.total_resource_utilization
    assert other.total_resource_utilization["storageGBHour"] == 40
    assert other.billed_resource_utilization["storageGBHour"] == 0


def test_utilization_that_a_rule_does_not_mention_is_none(emr, submit):
    """Each of the three may stand alone."""
    used = {"vCPUHour": 0.0, "memoryGBHour": 0.0, "storageGBHour": 0.0}
    for name, member in (("vcpu_hours", "vCPUHour"), ("memory_gb_hours", "memoryGBHour")):
        emr.when(name=name).utilization(**{name: 2})
        assert emr.run_until(submit(name=name)).total_resource_utilization == used | {member: 2.0}


def test_whether_rules_matched_can_be_asserted(emr, submit):
    """`matched` is the count; a rule that was overridden has decided nothing."""
    first, second = emr.when(name="etl").fail(), emr.when(name="nightly-*").hang()
    overrides = emr.when(name="etl").succeed()
    for _ in range(2):
        submit(name="etl")
    assert (first.matched, second.matched, overrides.matched) == (0, 0, 2)
    with pytest.raises(
        AssertionError,
        match=r"when\(name='etl'\)\.fail\(\): (.|\n)* when\(name='nightly-\*'\)\.hang\(\): name is 'etl'",
    ):
        emr.assert_all_matched()
    first.remove()
    submit(name="nightly-1")
    emr.assert_all_matched()


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda rule: rule.stay("SUCCESS"), ValueError, "stay in: QUEUED, SUBMITTED, PENDING, SCHEDULED, CANCELLING"),
        (lambda rule: rule.stay("RUNNING", 60), ValueError, "for RUNNING, use after= of another verb"),
        (lambda rule: rule.stay("PENDING", -1), ValueError, "for_= cannot be negative"),
        (lambda rule: rule.stay("PENDING", 1).stay("PENDING", 2), ValueError, "already has a verb for this"),
        (lambda rule: rule.attempts(), TypeError, "expected Succeed(...), Fail(...) or Hang() for each"),
        (lambda rule: rule.attempts("FAILED"), TypeError, "endings='FAILED': expected an Ending"),
        (
            lambda rule: rule.fail(Fail.capacity(), after=5),
            ValueError,
            "comes before RUNNING, from which after= counts",
        ),
        (lambda rule: rule.utilization(-1), ValueError, "each from 0 to"),
        (lambda rule: rule.utilization(1, billed=(1,)), TypeError, "(a number, a number, a number)"),
        (lambda rule: rule.logs("text", executor=-1), ValueError, "executors are counted from 1"),
        (lambda rule: rule.run("handler"), TypeError, "handler='handler': expected a callable"),
    ],
)
def test_a_verb_that_cannot_be_is_refused_at_once(emr, wrong, error, text):
    """The error says what is possible; the rule does not change."""
    rule = emr.when()
    with pytest.raises(error, match=re.escape(text)):
        wrong(rule)
    rule.remove()


def test_endings_are_values(emr):
    """They can be compared, and have a readable repr."""
    assert Fail("a") == Fail("a") != Fail("b")
    assert len({Succeed(1), Succeed(1), Hang()}) == 2
    assert (repr(Fail("a")), repr(Hang())) == ("Fail('a')", "Hang()")


def test_one_job_run_can_be_made_to_fail_now(emr, submit):
    """Whatever was decided about it; others go their way."""
    run, other = submit(), submit()
    emr.run_until(run, "RUNNING")
    emr.job_runs[run].fail(Fail.s3_access_denied())
    assert (emr.job_runs[run].state, emr.job_runs[other].state) == ("FAILED", "RUNNING")
    assert emr.job_runs[run].state_details.startswith("S3 access is denied.")


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_a_job_run_that_is_made_to_fail_is_retried(emr, submit):
    """As its policy says."""
    run = submit(retryPolicy={"maxAttempts": 2})
    emr.run_until(run, "RUNNING")
    emr.job_runs[run].fail("first")
    assert (emr.job_runs[run].state, emr.job_runs[run].attempt) == ("PENDING", 2)


def test_one_job_run_can_be_made_to_succeed_now(emr, submit):
    """Also one that would hang."""
    emr.when().hang()
    run = submit()
    emr.run_until(run, "RUNNING")
    emr.job_runs[run].succeed()
    assert emr.job_runs[run].state == "SUCCESS"


@pytest.mark.parametrize("verb", ["succeed", "fail", "cancel"])
def test_a_job_run_that_has_ended_can_not_end_again(emr, submit, verb):
    """Refused, and nothing changes."""
    run = emr.run_until(submit())
    with nothing_changes(emr), pytest.raises(ValueError, match=r"is SUCCESS: .* is not possible"):
        getattr(run, verb)()


@pytest.mark.parametrize("state", ["QUEUED", "PENDING"])
def test_one_job_run_can_be_told_to_stay_where_it_is(emr, submit, state):
    """From when it got there on."""
    emr.when().stay(state, 100)
    run = submit()
    emr.run_until(run, state)
    emr.clock.advance(50)
    emr.job_runs[run].stay(state, 300)
    emr.clock.advance(249)
    assert emr.job_runs[run].state == state
    emr.clock.advance(1)
    assert emr.job_runs[run].state != state


def test_an_application_can_be_kept_from_getting_started(emr, client, create, submit):
    """What waits for it waits on; the code under test sees STARTING for ever."""
    app = create()
    emr.applications[app].stay("STARTING")
    run = submit(applicationId=app)
    emr.clock.advance(hours=5)
    assert (emr.applications[app].state, emr.job_runs[run].state) == ("STARTING", "PENDING")
    emr.applications[app].stay("STARTING", 0)
    assert emr.run_until(run).state == "SUCCESS"


def test_an_application_can_not_stay_where_time_does_not_lead_on(emr, app):
    """The refusal lists where it can."""
    with (
        nothing_changes(emr),
        pytest.raises(ValueError, match="application records can stay in: CREATING, STARTING, STOPPING "),
    ):
        emr.applications[app].stay("STARTED")


@pytest.mark.needs_model("StartSession")
def test_a_session_can_fail(emr):
    """With the text that the author says (facts §16)."""
    app = emr.add_application(interactive_configuration={"sessionEnabled": True}, release_label="emr-7.13.0")
    session = emr.add_session(app)
    session.fail("out of memory")
    assert (session.state, session.state_details) == ("FAILED", "out of memory")


def test_hive_runs_end_as_rules_say_too(emr, submit):
    """Matched by their query."""
    app = emr.add_application(type="HIVE").id
    emr.when(query="*etl.sql").exceed_capacity()
    run = emr.run_until(submit(applicationId=app, jobDriver=HIVE))
    assert run.state_details == "Job failed as application has exceeded maximumCapacity settings."
