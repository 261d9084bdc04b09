"""What an author cannot have meant is refused with what was said, what is possible, and the page about it."""

from __future__ import annotations

import pytest

from emrs_mock import Fail, Quotas, mock_emr_serverless
from emrs_mock.operations.dispatch import OPERATIONS
from emrs_mock.scenario.endings import Hang, Succeed
from emrs_mock.scenario.named_endings import ENDINGS, endings
from emrs_mock.scenario.rules import UnfinishedRule
from emrs_mock.sim.lifecycles import TABLES
from tests.service.requests import everything

MISTAKES = {
    "a second verb of a rule": (
        lambda emr: emr.when(name="etl").fail().hang(),
        "when(name='etl').fail() ",
        ["second rule"],
        "rules",
    ),
    "a rule for no job run": (lambda emr: emr.when().fail(times=0), "times=0: expected ", ["at least 1"], "rules"),
    "an attempt that does not end": (
        lambda emr: emr.when().attempts("fail"),
        "Rule.attempts: endings='fail': ",
        ["expected an Ending"],
        "rules",
    ),
    "a handler that is none": (lambda emr: emr.when().run("etl"), "Rule.run: handler='etl': ", ["a callable"], "rules"),
    "an executor below the driver": (
        lambda emr: emr.when().logs("out", executor=-1),
        "executor=-1: ",
        ["from 1", "0 is the driver"],
        "logs",
    ),
    "a failure before RUNNING after a time in RUNNING": (
        lambda emr: emr.when().fail(Fail.capacity(), after=5),
        repr(Fail.capacity()),
        ["RUNNING", "after="],
        "rules",
    ),
    "a mode that no job run has": (
        lambda emr: emr.when(mode="BULK"),
        "No job run has mode='BULK'. ",
        ["BATCH, STREAMING"],
        "rules",
    ),
    "a matcher that matches nothing": (
        lambda emr: emr.when(name=5),
        "EMRServerless.when: name=5: ",
        ["string", "re.Pattern", "callable"],
        "handle",
    ),
    "tags that are none": (
        lambda emr: emr.when(tags="team"),
        "EMRServerless.when: tags='team': ",
        ["mapping"],
        "handle",
    ),
    "a stay in a state that rests": (
        lambda emr: emr.when().stay("SUCCESS"),
        "stay('SUCCESS'): ",
        ["QUEUED, SUBMITTED, PENDING, SCHEDULED, CANCELLING (docs"],
        "rules",
    ),
    "a stay in RUNNING": (
        lambda emr: emr.when().stay("RUNNING"),
        "stay('RUNNING'): ",
        ["QUEUED, SUBMITTED, PENDING, SCHEDULED, CANCELLING; ", "after="],
        "rules",
    ),
    "a negative duration": (lambda emr: emr.when().hang().stay("PENDING", -1), "for_= ", ["negative: -1 "], "clocks"),
    "a duration that is none": (
        lambda emr: emr.when().succeed(after="5 minutes"),
        "Rule.succeed: after='5 minutes': ",
        ["timedelta", "number of seconds"],
        "rules",
    ),
    "an operation that there is not": (
        lambda emr: emr.fault("StartJob"),
        "No operation 'StartJob'. ",
        ["CancelJobRun, ", ", StartJobRun, "],
        "faults",
    ),
    "a time-out that there is not": (
        lambda emr: emr.fault("GetJobRun").time_out("write"),
        "No time-out 'write'. ",
        [": connect, read (docs"],
        "faults",
    ),
    "a second verb of a fault": (
        lambda emr: emr.fault("GetJobRun", every=2).reset().unreachable(),
        "fault('GetJobRun', every=2) ",
        ["second fault"],
        "faults",
    ),
    "a fault with text for bytes": (
        lambda emr: emr.fault("GetJobRun").garble("text"),
        "Fault.garble: body='text': ",
        ["bytes"],
        "faults",
    ),
    "a where that cannot be asked": (
        lambda emr: emr.fault("GetJobRun", where={"jobRunId": "1"}),
        "EMRServerless.fault: where={'jobRunId': '1'}: ",
        ["callable"],
        "handle",
    ),
    "a fault of no try": (lambda emr: emr.fault("GetJobRun").reset(times=0), "times=0: ", ["at least 1"], "faults"),
    "a fault of each True-th try": (
        lambda emr: emr.fault("GetJobRun", every=True),
        "EMRServerless.fault: every=True: ",
        ["whole number"],
        "handle",
    ),
    "a fault that never happens": (
        lambda emr: emr.fault("GetJobRun", probability=0),
        "probability=0: ",
        ["above 0", "at most 1"],
        "faults",
    ),
    "more than certainty": (
        lambda emr: emr.fault("GetJobRun", probability=1.01),
        "probability=1.01: ",
        ["above 0", "at most 1"],
        "faults",
    ),
    "quotas of nothing": (lambda emr: Quotas(vcpus=0), "Quotas(vcpus=0): ", ["positive number"], "quotas"),
    "a rate without a burst": (
        lambda emr: Quotas(rates={"GetJobRun": (1,)}),
        "Quotas(rates={'GetJobRun': (1,)}): ",
        ["second, burst)"],
        "quotas",
    ),
    "an application in a job run's state": (
        lambda emr: emr.add_application("RUNNING"),
        "No application can be in state 'RUNNING'. ",
        [f": {', '.join(TABLES['application'])} (docs"],
        "states",
    ),
    "two durations in one": (
        lambda emr: emr.clock.advance(5, minutes=1),
        "advance() ",
        ["timedelta", "seconds", "units"],
        "clocks",
    ),
}


def check(text, begins, mentions, page):
    """A refusal begins with what was said, ends with the page about it, and mentions what is possible in between."""
    assert text.startswith(begins)
    assert text.endswith(f" (docs: {page})")
    assert [said for said in mentions if said not in text] == []


@pytest.mark.parametrize(("mistake", "begins", "mentions", "page"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_refused_with_what_is_possible_and_changes_nothing(emr, mistake, begins, mentions, page):
    """Where it is made; the mock goes on."""
    before, rule, fault = everything(emr), emr.when().succeed(), emr.fault("GetJobRun").slow(0)
    with pytest.raises((TypeError, ValueError)) as caught:
        mistake(emr)
    assert everything(emr) == before
    rule.remove()
    fault.remove()
    emr.reset()
    check(str(caught.value), begins, mentions, page)


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
    check(
        str(caught.value), "when(name='a'), when(name='b', mode='BATCH'): ", [".succeed(), .fail() or .hang()"], "rules"
    )


def test_an_ending_says_what_it_is_in_python():
    """As it is written; two that say the same are equal, and one key."""
    assert repr(Fail("No")) == "Fail('No')"
    assert (repr(Succeed()), repr(Hang())) == ("Succeed()", "Hang()")
    assert Fail("No", 5) == Fail("No", 5) != Fail("No", 6)
    assert len({Succeed(), Succeed(5), Succeed(5), Hang(), Hang()}) == 3
    assert Hang() != "Hang()"


def test_a_named_ending_that_there_is_not_is_refused_with_those_that_there_are():
    """All that are unknown are named."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below
        endings(["success", "failed", "lost"])
    check(str(caught.value), "No ending 'failed', 'lost'. ", [f": {', '.join(ENDINGS)} (docs"], "endings")
    assert [ending.name for ending in endings([])] == list(ENDINGS)
    assert [str(ending) for ending in endings(["lost_reply", "success"])] == ["lost_reply", "success"]
