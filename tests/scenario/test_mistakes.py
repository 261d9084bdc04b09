"""What an author cannot have meant is refused in one sentence: what was said, what is possible, the page about it."""

from __future__ import annotations

import pytest

from emrs_mock import Fail, Quotas, mock_emr_serverless
from emrs_mock.operations.dispatch import OPERATIONS
from emrs_mock.scenario.endings import Hang, Succeed
from emrs_mock.scenario.named_endings import ENDINGS
from emrs_mock.scenario.rules import UnfinishedRule
from emrs_mock.sim.lifecycles import TABLES
from tests.service.requests import everything


def states(kind):
    """The states of a kind of record, as they are told."""
    return ", ".join(TABLES[kind])


MISTAKES = {
    "a second verb of a rule": (
        lambda emr: emr.when(name="etl").fail().hang(),
        "when(name='etl') has its verb already: make a second rule (docs: rules)",
    ),
    "a rule for no job run": (
        lambda emr: emr.when().fail(times=0),
        "times= counts job runs, from 1; not 0 (docs: rules)",
    ),
    "an attempt that does not end": (
        lambda emr: emr.when().attempts("fail"),
        "attempts('fail',): say Succeed(...), Fail(...) or Hang() for each (docs: rules)",
    ),
    "a handler that is none": (
        lambda emr: emr.when().run("etl"),
        "run('etl'): a handler is a function that gets the job run (docs: handlers)",
    ),
    "an executor below the driver": (
        lambda emr: emr.when().logs("out", executor=-1),
        "executor=-1: executors are counted from 1, 0 is the driver (docs: logs)",
    ),
    "a failure before RUNNING after a time in RUNNING": (
        lambda emr: emr.when().fail(Fail.capacity(), after=5),
        f"{Fail.capacity()!r} comes before RUNNING, from which after= counts (docs: rules)",
    ),
    "a mode that no job run has": (
        lambda emr: emr.when(mode="BULK"),
        "No job run has mode='BULK'. There are: BATCH, STREAMING (docs: rules)",
    ),
    "a matcher that matches nothing": (
        lambda emr: emr.when(name=5),
        "name=5: not a string, re.Pattern or callable (docs: rules)",
    ),
    "tags that are none": (
        lambda emr: emr.when(tags="team"),
        "tags='team': not a string, re.Pattern or callable (docs: rules)",
    ),
    "a stay in a state that rests": (
        lambda emr: emr.when().stay("SUCCESS"),
        "No job_run can be told to stay in 'SUCCESS'. "
        "It can stay in: QUEUED, SUBMITTED, PENDING, SCHEDULED, CANCELLING (docs: rules)",
    ),
    "a stay in RUNNING": (
        lambda emr: emr.when().stay("RUNNING"),
        "No job_run can be told to stay in 'RUNNING'. It can stay in: QUEUED, SUBMITTED, PENDING, SCHEDULED, "
        "CANCELLING; how long it is RUNNING other verbs say with after= (docs: rules)",
    ),
    "a negative duration": (
        lambda emr: emr.when().hang().stay("PENDING", -1),
        "for_= cannot be negative: -1 (docs: clocks)",
    ),
    "a duration that is none": (
        lambda emr: emr.when().succeed(after="5 minutes"),
        "after= is a timedelta or a number of seconds, not '5 minutes' (docs: clocks)",
    ),
    "an operation that there is not": (
        lambda emr: emr.fault("StartJob"),
        "No operation 'StartJob'. There are: {operations} (docs: faults)",
    ),
    "a time-out that there is not": (
        lambda emr: emr.fault("GetJobRun").time_out("write"),
        "No time-out 'write'. There are: connect, read (docs: faults)",
    ),
    "a second verb of a fault": (
        lambda emr: emr.fault("GetJobRun", every=2).reset().unreachable(),
        "fault('GetJobRun', every=2) has its verb already: make a second fault (docs: faults)",
    ),
    "a fault with text for bytes": (
        lambda emr: emr.fault("GetJobRun").garble("text"),
        "garble() takes the bytes that arrive, not 'text' (docs: faults)",
    ),
    "a where that cannot be asked": (
        lambda emr: emr.fault("GetJobRun", where={"jobRunId": "1"}),
        "where={'jobRunId': '1'}: a callable that gets the call's parameters is wanted (docs: faults)",
    ),
    "a fault of no try": (
        lambda emr: emr.fault("GetJobRun").reset(times=0),
        "times=0: a count of tries is wanted, from 1 (docs: faults)",
    ),
    "a fault of each True-th try": (
        lambda emr: emr.fault("GetJobRun", every=True),
        "every=True: a count of tries is wanted, from 1 (docs: faults)",
    ),
    "a fault that never happens": (
        lambda emr: emr.fault("GetJobRun", probability=0),
        "probability=0: above 0, at most 1 is wanted (docs: faults)",
    ),
    "more than certainty": (
        lambda emr: emr.fault("GetJobRun", probability=1.01),
        "probability=1.01: above 0, at most 1 is wanted (docs: faults)",
    ),
    "quotas of nothing": (
        lambda emr: Quotas(vcpus=0),
        "Quotas(vcpus=0): a positive number is wanted (docs: quotas)",
    ),
    "a rate without a burst": (
        lambda emr: Quotas(rates={"GetJobRun": (1,)}),
        "Quotas(rates={'GetJobRun': (1,)}): (calls a second, burst) is wanted (docs: quotas)",
    ),
    "an application in a job run's state": (
        lambda emr: emr.add_application("RUNNING"),
        f"No application can be in state 'RUNNING'. There are: {states('application')} (docs: states)",
    ),
    "two durations in one": (
        lambda emr: emr.clock.advance(5, minutes=1),
        "advance() takes one duration: either a timedelta or seconds, or named units (docs: clocks)",
    ),
}


@pytest.mark.parametrize(("mistake", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_refused_in_one_sentence_and_changes_nothing(emr, mistake, says):
    """Of the words that a reader needs, none is missing."""
    before, rules, faults = everything(emr), emr.when().succeed(), emr.fault("GetJobRun").slow(0)
    with pytest.raises((TypeError, ValueError)) as caught:
        mistake(emr)
    operations = ", ".join(emr._backend.faults.known.operations())
    assert str(caught.value) == says.replace("{operations}", operations)
    assert everything(emr) == before
    rules.remove()
    faults.remove()
    emr.reset()


def test_the_operations_that_a_fault_may_name_are_those_that_are_simulated(emr):
    """All that the installed model has of them."""
    assert set(emr._backend.faults.known.operations()) <= set(OPERATIONS) | {"GetResourceDashboard"}


def test_rules_and_faults_that_say_nothing_are_named_with_what_they_could_say():
    """At the end of the test."""
    mock = mock_emr_serverless()
    emr = mock.start()
    emr.when(name="a")
    emr.when(name="b", mode="BATCH")
    with pytest.raises(UnfinishedRule) as caught:
        mock.stop()
    said = "when(name='a'), when(name='b', mode='BATCH')"
    assert str(caught.value) == f"{said}: say .succeed(), .fail() or .hang(), or another verb (docs: rules)"


def test_a_rule_that_decided_nothing_is_named(emr, submit):
    """Those that did are not."""
    emr.when().succeed()
    emr.when(name="nightly").fail()
    submit()
    with pytest.raises(AssertionError) as caught:
        emr.assert_all_matched()
    said, *_ = str(caught.value).splitlines()  # pytest adds what it compared
    assert said == "These rules decided about no job run: when(name='nightly') (docs: rules)"


def test_an_ending_says_what_it_is_in_python():
    """As it is written; two that say the same are equal, and one key."""
    assert repr(Fail("No")) == "Fail('No')"
    assert (repr(Succeed()), repr(Hang())) == ("Succeed()", "Hang()")
    assert Fail("No", 5) == Fail("No", 5) != Fail("No", 6)
    assert len({Succeed(), Succeed(5), Succeed(5), Hang(), Hang()}) == 3
    assert Hang() != "Hang()"


def test_a_named_ending_that_there_is_not_is_refused_with_those_that_there_are():
    """All that are unknown are named."""
    from emrs_mock.scenario.named_endings import endings

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below
        endings(["success", "failed", "lost"])
    assert str(caught.value) == f"No ending 'failed', 'lost'. There are: {', '.join(ENDINGS)} (docs: endings)"
    assert [ending.name for ending in endings([])] == list(ENDINGS)
    assert [str(ending) for ending in endings(["lost_reply", "success"])] == ["lost_reply", "success"]
