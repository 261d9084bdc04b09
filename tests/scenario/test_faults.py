"""`emr.fault(...)`, through botocore's own retries."""

from __future__ import annotations

from datetime import timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from emrs_mock import UnfinishedFault, current, mock_emr_serverless
from tests.service.requests import ROLE, SPARK, START, at, create_application, refused, start_job_run

MISSING = {"applicationId": "00nothere0000000"}


def client_with(retries, **more):
    """A boto3 client with these retries."""
    config = Config(retries=retries, **more)
    return boto3.client(
        "emr-serverless", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test", config=config
    )


@pytest.fixture(scope="module")
def standard():
    """A client with botocore's standard retries."""
    return client_with({"mode": "standard"})


@pytest.fixture(scope="module")
def once():
    """A client that tries once."""
    return client_with({"total_max_attempts": 1})


@pytest.fixture(autouse=True)
def _retries_wait_in_no_time(monkeypatch):
    """botocore's back-off is not tested here."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def emr():
    """The handle of the mock."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        yield emr


def test_an_error_reaches_the_client_as_its_typed_exception(emr, once):
    """With the message that was given, and the status of the code."""
    emr.fault("StartApplication").error("InternalServerException", "Something broke")
    with pytest.raises(once.exceptions.InternalServerException) as caught:
        once.start_application(applicationId="00f1cbsc6anuij25")
    assert caught.value.response["Error"]["Message"] == "Something broke"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("ThrottlingException", 400, "Rate exceeded"),
        ("ServiceUnavailable", 503, "ListApplications failed because the test asked for it"),
        (
            "AccessDeniedException",
            403,
            "User: arn:aws:iam::123456789012:user/emrs-mock is not authorized to perform: "
            "emr-serverless:ListApplications",
        ),
    ],
)
def test_a_common_error_has_awss_status_and_text(emr, once, code, status, message):
    """Although the service model does not have it."""
    emr.fault("ListApplications").error(code)
    assert refused(once.list_applications) == (code, message, status)


def test_a_throttle_is_retried_away(emr, standard):
    """Two throttled tries, then the service answers the same call."""
    emr.fault("ListApplications").error("ThrottlingException", times=2)
    answer = standard.list_applications()
    assert answer["applications"] == []
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert [call.error for call in emr.calls] == ["ThrottlingException", "ThrottlingException", None]


@pytest.mark.parametrize(("mode", "tries"), [("legacy", 5), ("standard", 3)])
def test_botocore_gives_up_after_its_own_number_of_tries(emr, mode, tries):
    """`times` counts tries, so a fault that shall reach the code has to last as long as these."""
    emr.fault("ListApplications").error("ThrottlingException")
    with pytest.raises(ClientError):
        client_with({"mode": mode}).list_applications()
    assert emr.calls.tries == tries


@pytest.mark.parametrize(
    ("break_it", "exception"),
    [
        (lambda fault: fault.time_out("connect"), ConnectTimeoutError),
        (lambda fault: fault.time_out("read"), ReadTimeoutError),
        (lambda fault: fault.time_out(), ReadTimeoutError),
        (lambda fault: fault.reset(), ConnectionClosedError),
        (lambda fault: fault.unreachable(), EndpointConnectionError),
    ],
)
def test_silence_is_botocores_exception_and_the_service_knows_nothing(emr, once, break_it, exception):
    """The client cannot know, but the service never heard of the call."""
    break_it(emr.fault("CreateApplication"))
    with pytest.raises(exception):
        create_application(once)
    assert len(emr.applications) == 0


def test_a_time_out_can_take_its_time(emr, once):
    """Time passes before the time-out, so that a deadline of the code comes nearer."""
    emr.fault("ListApplications").time_out("read", after=60)
    with pytest.raises(ReadTimeoutError):
        once.list_applications()
    assert emr.clock.now() == at(seconds=60)


def test_a_lost_reply_starts_exactly_one_run(emr, standard):
    """The service performed the call; the retry has the same token and gets the same job run."""
    application = emr.add_application(region_name="us-east-1")
    emr.fault("StartJobRun").lose_reply(times=1)
    run = start_job_run(standard, application.id)
    assert [record.id for record in emr.job_runs] == [run]
    assert [call.error for call in emr.calls] == ["read timeout", None]


def test_a_lost_reply_without_retries_leaves_a_run_that_the_caller_does_not_know(emr, once):
    """Which is the case that code has to be ready for."""
    application = emr.add_application(region_name="us-east-1")
    emr.fault("StartJobRun").lose_reply()
    with pytest.raises(ReadTimeoutError):
        start_job_run(once, application.id)
    assert len(emr.job_runs) == 1


def test_a_slow_answer_takes_simulated_time(emr, once):
    """The service acts at once, the client hears of it later."""
    emr.fault("CreateApplication").slow(30)
    created = create_application(once)
    assert emr.applications[created].created_at == START
    assert emr.clock.now() == at(seconds=30)


def test_a_garbled_answer_is_not_what_the_client_waits_for(emr, once, answers_that_misfit):
    """botocore takes a body that is no JSON for an answer without members; the service acted."""
    emr.fault("CreateApplication").garble()
    answer = once.create_application(releaseLabel="emr-7.10.0", type="SPARK")
    assert "applicationId" not in answer
    assert len(emr.applications) == 1
    assert set(answers_that_misfit) == {"CreateApplication: not JSON"}
    answers_that_misfit.clear()


def test_faults_come_before_the_service_looks_at_the_call(emr, once):
    """A refusal of the service's own is not seen where a fault is first."""
    emr.fault("GetApplication").error("ThrottlingException", times=1)
    assert refused(once.get_application, **MISSING).code == "ThrottlingException"
    assert refused(once.get_application, **MISSING).code == "ResourceNotFoundException"


def test_a_throttle_comes_before_a_fault(once):
    """A throttled try does not reach the fault, and does not use up its `times`."""
    from emrs_mock import Quotas

    with mock_emr_serverless(clock="manual", quotas=Quotas(rates={"ListApplications": (1, 1)})) as emr:
        once.list_applications()
        emr.fault("ListApplications").error("InternalServerException", times=1)
        assert refused(once.list_applications).code == "ThrottlingException"
        emr.clock.advance(1)
        assert refused(once.list_applications).code == "InternalServerException"


def test_where_sees_the_parameters(emr, once):
    """Only the calls that it takes go wrong."""
    emr.fault("GetApplication", where=lambda params: params["applicationId"].startswith("00bad")).reset()
    emr.add_application(id="00good0000000001", region_name="us-east-1")
    once.get_application(applicationId="00good0000000001")
    with pytest.raises(ConnectionClosedError):
        once.get_application(applicationId="00bad00000000001")


def outcomes(client, number):
    """What becomes of so many calls: True where one is answered."""
    return [answered(client) for _ in range(number)]


def answered(client):
    """Whether a call is answered."""
    try:
        client.list_applications()
    except ConnectionClosedError:
        return False
    return True


def test_every_breaks_each_nth_try(emr, once):
    """The third, the sixth, and so on."""
    emr.fault("ListApplications", every=3).reset()
    assert outcomes(once, 7) == [True, True, False, True, True, False, True]


def test_probability_follows_the_seed(once):
    """Two mocks with one seed break the same tries, one with another seed others."""

    def seen_with(seed):
        with mock_emr_serverless(clock="manual", seed=seed) as emr:
            emr.fault("ListApplications", probability=0.5).reset()
            return outcomes(once, 20)

    assert seen_with(1) == seen_with(1)
    assert seen_with(1) != seen_with(2)
    assert set(seen_with(1)) == {True, False}


def test_probability_leaves_ids_alone(once):
    """Another fault must not change the ids of a test with a seed."""

    def first_id(with_fault):
        with mock_emr_serverless(clock="manual", start=START, seed=5) as emr:
            if with_fault:
                emr.fault("ListApplications", probability=0.5).slow(0)
                once.list_applications()
            return create_application(once)

    assert first_id(True) == first_id(False)


def test_a_pattern_breaks_several_operations(emr, once):
    """Written as the patterns of rules are."""
    emr.fault("Get*").reset()
    with pytest.raises(ConnectionClosedError):
        once.get_application(**MISSING)
    assert answered(once)


def test_the_last_fault_that_matches_wins_until_it_is_used_up(emr, once):
    """A test overrides its fixtures."""
    emr.fault("ListApplications").error("InternalServerException")
    emr.fault("ListApplications").error("ThrottlingException", times=1)
    assert [refused(once.list_applications).code for _ in range(2)] == [
        "ThrottlingException",
        "InternalServerException",
    ]


def test_leaving_the_block_takes_the_fault_back(emr, once):
    """As for rules."""
    with emr.fault("ListApplications").reset():
        assert not answered(once)
    assert answered(once)


def test_a_removed_fault_is_gone_and_may_be_removed_again(emr, once):
    """As for rules."""
    fault = emr.fault("ListApplications").reset()
    fault.remove()
    fault.remove()
    assert answered(once)


def test_reset_forgets_faults(emr, once):
    """The mock is as on entry."""
    emr.fault("ListApplications").reset()
    emr.reset()
    assert answered(once)


def test_an_unknown_operation_is_refused_with_what_there_is(emr):
    """At once, and no fault is left behind."""
    with pytest.raises(ValueError, match=r"No operation 'StartJob'\. There are: CancelJobRun, .*UpdateApplication"):
        emr.fault("StartJob")
    emr._check_complete()


def test_an_unknown_error_is_refused_with_what_there_is(emr):
    """Those of the model and AWS's common ones."""
    fault = emr.fault("StartJobRun")
    with pytest.raises(ValueError, match=r"No error 'Oops'\. There are: .*ValidationException.*ThrottlingException"):
        fault.error("Oops")
    fault.remove()


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        (lambda emr: emr.fault("StartJobRun").time_out("write"), "connect, read"),
        (lambda emr: emr.fault("StartJobRun").reset(times=0), "times=0"),
        (lambda emr: emr.fault("StartJobRun").slow(-1), "negative"),
        (lambda emr: emr.fault("StartJobRun").garble("text"), "bytes"),
        (lambda emr: emr.fault("StartJobRun", every=0), "every=0"),
        (lambda emr: emr.fault("StartJobRun", probability=2), "probability=2"),
        (lambda emr: emr.fault("StartJobRun", where="x"), "callable"),
        (lambda emr: emr.fault("StartJobRun").reset().unreachable(), "already has a verb"),
    ],
)
def test_what_cannot_be_is_refused_at_once(mistake, says):
    """The error lists what is possible."""
    mock = mock_emr_serverless(clock="manual")
    with pytest.raises((ValueError, TypeError), match=says), mock as emr:
        mistake(emr)


def test_a_fault_without_a_verb_is_an_error_at_the_end():
    """It is a mistake in the test."""
    with pytest.raises(UnfinishedFault, match=r"fault\('StartJobRun'\).*\.lose_reply\(\)"), mock_emr_serverless():
        current().fault("StartJobRun")


def test_a_test_of_a_decorated_class_leaves_no_fault_to_the_next():
    """It does not use up the faults of the set-up either."""
    import unittest

    seen = []

    @mock_emr_serverless(clock="manual")
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.client = client_with({"total_max_attempts": 1})
            current().fault("ListApplications").reset(times=1)

        def test_a(self):
            """Sees the fault, once."""
            seen.append(outcomes(self.client, 2))
            current().fault("ListApplications").reset()

        def test_b(self):
            """Sees the same."""
            seen.append(outcomes(self.client, 2))

    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Case)
    assert unittest.TestResult.wasSuccessful(suite.run(unittest.TestResult()))
    assert seen == [[False, True], [False, True]]


@pytest.mark.aiobotocore
@pytest.mark.asyncio
async def test_an_async_client_meets_the_same_faults():
    """A lost reply starts one job run; a slow answer comes late, and the event loop continues meanwhile."""
    from aiobotocore.session import get_session

    async with (
        mock_emr_serverless(clock="virtual", start=START, latency=0) as emr,
        get_session().create_client(
            "emr-serverless", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        ) as client,
    ):
        application = emr.add_application(region_name="us-east-1").id
        emr.fault("StartJobRun").lose_reply(times=1)
        run = await client.start_job_run(
            applicationId=application, executionRoleArn=ROLE, jobDriver=SPARK, clientToken="one"
        )
        assert [record.id for record in emr.job_runs] == [run["jobRunId"]]
        before = emr.clock.now()
        emr.fault("ListApplications").slow(30, times=1)
        await client.list_applications()
        assert emr.clock.now() == before + timedelta(seconds=30)


@pytest.mark.parametrize("operation", ["list_applications", "list_*", "ListApplications", "List*"])
def test_a_fault_takes_the_names_of_boto3_too(emr, client, operation):
    """As the code under test writes them, and patterns of both."""
    emr.fault(operation).error("ConflictException")
    assert refused(client.list_applications).code == "ConflictException"
    assert client.create_application(releaseLabel="emr-7.10.0", type="SPARK")["applicationId"]


# --- faults that hit nothing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "limits", "reason"),
    [
        ("ListJobRuns", {}, "no try got to it"),
        ("list_applications", {"where": lambda params: "maxResults" in params}, "no try got to it"),
        ("ListApplications", {"every": 3}, "none of the 2 tries that it matches was its turn"),
    ],
    ids=["another operation", "other parameters", "not its turn"],
)
def test_a_fault_that_hit_no_try_is_told(emr, client, operation, limits, reason):
    """By `assert_all_matched` and by the report, each in the same words."""
    fault = emr.fault(operation, **limits).error("ThrottlingException", times=1)
    client.list_applications()
    client.list_applications()
    assert fault.matched == 0
    line = f"{fault!r}.error('ThrottlingException', times=1): {reason}"
    with pytest.raises(AssertionError) as caught:
        emr.assert_all_matched()
    assert str(caught.value) == f"These faults hit no try of a call (docs: faults):\n  {line}"
    assert emr._report().endswith(f"faults that hit nothing\n  {line}")


def test_a_fault_counts_the_tries_that_it_hit(emr, client):
    """A rewound mock counts anew."""
    fault = emr.fault("ListApplications").error("ThrottlingException", times=2)
    saved = emr.snapshot()
    client.list_applications()
    client.list_applications()
    assert fault.matched == 2
    emr.assert_all_matched()
    assert "faults that hit nothing" not in emr._report()
    emr.restore(saved)
    assert fault.matched == 0


def test_rules_and_faults_without_effect_are_told_together(emr, client):
    """In one error, the rules first."""
    emr.when(name="etl").fail()
    emr.fault("ListJobRuns").reset()
    with pytest.raises(AssertionError) as caught:
        emr.assert_all_matched()
    assert [line for line in str(caught.value).splitlines() if not line.startswith(" ")] == [
        "These rules decided about no job run (docs: rules):",
        "These faults hit no try of a call (docs: faults):",
    ]


def test_a_lost_reply_may_take_the_time_that_the_client_waits_for_it(emr, once):
    """botocore waits for a minute by default; the service has done its part meanwhile."""
    emr.fault("CreateApplication").lose_reply(after=60)
    before = emr.clock.now()
    with pytest.raises(ReadTimeoutError):
        create_application(once)
    assert (emr.clock.now() - before, len(emr.applications)) == (timedelta(seconds=60), 1)
