"""`emr.calls`: every try, as its client saw it."""

from __future__ import annotations

import dataclasses
from collections import deque
from contextlib import suppress

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emrs_mock import mock_emr_serverless
from emrs_mock.observation.newest import Kept
from emrs_mock.wire.masking import masks_of
from tests.service.model import has
from tests.service.requests import ROLE, START, at, create_application, refused, start_job_run

SECRET = "hunter2-in-disguise"


@pytest.fixture
def emr():
    """The handle of the mock."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        yield emr


@pytest.fixture
def client(emr):
    """A client that belongs to the mock."""
    return emr.client("eu-west-1")


@pytest.fixture(autouse=True)
def _retries_wait_in_no_time(monkeypatch):
    """botocore's back-off is not tested here."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_a_call_is_recorded_with_its_answer(emr, client):
    """The request, the answer, the time, the account and the region."""
    created = create_application(client, name="etl")
    emr.clock.advance(minutes=1)
    client.get_application(applicationId=created)
    create, get = emr.calls
    assert (create.operation, create.params["name"]) == ("CreateApplication", "etl")
    assert create.answer["applicationId"] == created
    assert (create.at, create.region, create.account_id) == (START, "eu-west-1", "123456789012")
    assert (create.error, create.message, create.attempt) == (None, "", 1)
    assert (get.operation, get.at) == ("GetApplication", at(minutes=1))
    assert get.answer["application"]["state"] == "CREATED"


def test_a_refusal_is_recorded_as_the_client_sees_it(emr, client):
    """Code and text."""
    refusal = refused(client.get_application, applicationId="00nothere0000000")
    (call,) = emr.calls
    assert (call.error, call.message) == (refusal.code, refusal.message)
    assert call.answer is None


def test_the_request_id_is_the_answers(emr, client):
    """A log line of the code can be found with it."""
    answer = client.list_applications()
    assert emr.calls[-1].request_id == answer["ResponseMetadata"]["RequestId"]


def test_retries_are_tries_of_one_call(emr, client):
    """They share the invocation, and number their attempts."""
    emr.fault("ListApplications").error("ThrottlingException", times=2)
    client.list_applications()
    assert (emr.calls.count, emr.calls.tries, len(emr.calls)) == (1, 3, 3)
    assert [call.attempt for call in emr.calls] == [1, 2, 3]
    assert len({call.invocation_id for call in emr.calls}) == 1
    assert len({call.request_id for call in emr.calls}) == 3


def test_silence_and_garbage_are_recorded(emr, client, answers_that_misfit):
    """As what arrived, or did not."""
    emr.fault("ListApplications").garble(b"<html>", times=1)
    client.list_applications()
    answers_that_misfit.clear()
    emr.fault("ListApplications").reset(times=1)
    client.list_applications()
    assert [(call.answer, call.error, call.message) for call in emr.calls] == [
        (None, "garbled", "<html>"),
        (None, "connection reset", ""),
        ({"applications": []}, None, ""),
    ]


def test_garbage_that_is_no_text_is_recorded_as_text(emr, client, answers_that_misfit):
    """What cannot be decoded is replaced; how the client fails depends on botocore."""
    emr.fault("ListApplications").garble(b"\xff<html>")
    with suppress(Exception):
        client.list_applications()
    answers_that_misfit.clear()
    assert (emr.calls[0].error, emr.calls[0].message) == ("garbled", "\ufffd<html>")


def test_what_the_test_did_wrong_is_recorded_too(emr, client):
    """A callable that raises is not AWS's refusal."""
    emr.fault("ListApplications", where=lambda params: params["nothing"]).reset()
    with pytest.raises(KeyError):
        client.list_applications()
    call = emr.calls[-1]
    assert (call.answer, call.error, call.message) == (None, "KeyError", "'nothing'")


def test_of_picks_operations(emr, client):
    """One or several."""
    created = create_application(client)
    client.get_application(applicationId=created)
    client.list_applications()
    assert emr.calls.of("GetApplication").count == 1
    assert [call.operation for call in emr.calls.of("CreateApplication", "ListApplications")] == [
        "CreateApplication",
        "ListApplications",
    ]


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb", "\ud800"])
def test_the_refusal_of_an_operation_is_harmless_in_a_terminal(emr, name):
    """It quotes what was asked for, with everything escaped that does not print."""
    with pytest.raises(ValueError, match="No operation") as raised:
        emr.calls.of(name)
    assert str(raised.value).isprintable()


def test_of_takes_the_names_of_boto3_too(emr, client):
    """As the code under test writes them."""
    client.list_applications()
    create_application(client)
    assert [call.operation for call in emr.calls.of("list_applications")] == ["ListApplications"]
    assert emr.calls.of("list_applications", "CreateApplication").count == 2


def test_an_operation_that_does_not_exist_is_refused_with_those_that_do(emr):
    """An assertion that nothing was called must not pass by a typing error."""
    with pytest.raises(ValueError, match=r"No operation 'GetJobRuns'\. There are: .*GetJobRun,"):
        emr.calls.of("GetJobRuns")
    with pytest.raises(ValueError, match=r"^No operation 'GetJobRuns', 'get_runs'\. There are: CancelJobRun, "):
        emr.calls.of("GetJobRuns", "GetJobRun", "get_runs")


def test_filter_takes_a_callable(emr, client):
    """It gets the record of each try."""
    create_application(client, name="a")
    create_application(client, name="b")
    assert [call.params["name"] for call in emr.calls.filter(lambda call: call.params["name"] == "b")] == ["b"]


def test_a_slice_is_calls_too(emr, client):
    """With all that can be asked of calls."""
    client.list_applications()
    client.list_applications()
    assert emr.calls[1:].count == 1
    assert repr(emr.calls[1:]) == "<Calls count=1 tries=1: {'ListApplications': 1}>"


def test_calls_know_which_tries_they_have(emr, client):
    """A try is in all calls, and in those selections that took it."""
    client.list_applications()
    create_application(client)
    listed, created = emr.calls
    assert listed in emr.calls
    assert created in emr.calls
    assert listed in emr.calls.of("ListApplications")
    assert created not in emr.calls.of("ListApplications")
    assert "ListApplications" not in emr.calls


def test_tries_are_counted_by_the_minute_of_simulated_time(emr, client):
    """How hard a poller polls."""
    for seconds in (0, 30, 20, 70):
        emr.clock.advance(seconds)
        client.list_applications()
    assert emr.calls.per_minute == {START: 3, at(minutes=2): 1}


DRIVER = {
    "sparkSubmit": {
        "entryPoint": f"s3://code/{SECRET}.py",
        "entryPointArguments": ["--password", SECRET],
        "sparkSubmitParameters": f"--conf spark.password={SECRET}",
    }
}
CONFIGURATION = [{"classification": "spark-defaults", "properties": {"spark.hadoop.key": SECRET}}]


@pytest.fixture
def refused_call(emr, client):
    """The record of a StartJobRun with secrets, which was refused."""
    members = {"jobDriver": DRIVER, "configurationOverrides": {"applicationConfiguration": CONFIGURATION}}
    refused(client.start_job_run, applicationId="00nothere0000000", executionRoleArn=ROLE, **members)
    return emr.calls[-1]


def test_a_refused_call_shows_what_was_sent(refused_call):
    """Where AWS masks it too: this is what a test compares."""
    assert refused_call.error == "ResourceNotFoundException"
    assert refused_call.params["jobDriver"] == DRIVER
    assert refused_call.params["configurationOverrides"]["applicationConfiguration"] == CONFIGURATION


def test_a_call_that_no_model_allows_shows_what_was_sent(emr):
    """A client that validates nothing can send it."""
    config = Config(parameter_validation=False)
    client = boto3.client("emr-serverless", "eu-west-1", config=config)
    refused(client.create_application, releaseLabel="emr-7.10.0", type="SPARK", name="", tags={"a" * 200: SECRET})
    assert (emr.calls[-1].params["name"], emr.calls[-1].params["tags"]) == ("", {"a" * 200: SECRET})


def test_what_is_printed_or_exported_of_a_call_has_no_secret(refused_call):
    """All that the service model calls sensitive is masked; names, keys and ids stay."""
    shown = refused_call.masked()
    assert SECRET not in repr(refused_call) + str(refused_call) + repr([refused_call]) + repr(shown)
    assert shown["params"]["jobDriver"]["sparkSubmit"]["entryPointArguments"] == ["********", "********"]
    (configuration,) = shown["params"]["configurationOverrides"]["applicationConfiguration"]
    assert configuration == {"classification": "spark-defaults", "properties": {"spark.hadoop.key": "********"}}
    assert f"operation='StartJobRun', params={shown['params']!r}" in repr(refused_call)


@pytest.mark.parametrize("secret", ["hunter2", 'it\'s "hunter2"', "hunter2" * 100])
def test_a_message_that_quotes_a_secret_is_masked_where_it_is_printed(emr, client, secret):
    """The text that the client got stays as it was, cut as it was."""
    properties = {"spark.executor.memory": secret}
    overrides = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": properties}]}
    app = emr.add_application(region_name="eu-west-1").id
    with pytest.raises(client.exceptions.ValidationException):
        start_job_run(client, app, configurationOverrides=overrides)
    call = emr.calls[-1]
    assert "hunter2" in call.message
    assert "hunter2" not in repr(call) + repr(call.masked())
    assert "is not a size" in call.masked()["message"]


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("seven77", "seven77: '********', \"********\" and 'other'"),
        ("eight888", "********: '********', \"********\" and 'other'"),
        ("two\nlines", "********: '********', \"********\" and 'other'"),
    ],
)
def test_a_short_secret_is_masked_where_it_is_quoted_and_a_long_one_everywhere(secret, shown):
    """A message may have a short word by chance: eight characters are none."""
    masks = masks_of("StartJobRun")
    said = repr(secret)[1:-1]
    message = f"{said}: '{said}', \"{secret[:6]}...\" and 'other'"
    assert masks.message(message, {"jobDriver": {"sparkSubmit": {"entryPoint": secret}}}) == shown


@pytest.mark.needs_model("GetDashboardForJobRun")
def test_an_answer_is_as_the_client_got_it(emr, client):
    """A dashboard's URL has its token; where it is printed it has none."""
    run = emr.add_job_run(emr.add_application(region_name="eu-west-1"))
    url = client.get_dashboard_for_job_run(applicationId=run.application_id, jobRunId=run.id)["url"]
    assert emr.calls[-1].answer["url"] == url
    assert url.partition("?")[2] not in repr(emr.calls[-1])


def test_what_a_test_does_to_a_record_changes_nothing_else(emr, client, refused_call):
    """Its parts are copies."""
    create_application(client, name="etl", tags={"a": "1"})
    emr.calls[-1].params["tags"]["a"] = "2"
    assert emr.applications[-1].tags == {"a": "1"}


def test_what_is_no_secret_is_shown_as_it_was_sent(emr, client):
    """Maps of structures, lists and numbers too."""
    sent = {
        "releaseLabel": "emr-7.10.0",
        "type": "SPARK",
        "initialCapacity": {
            "Driver": {"workerCount": 1, "workerConfiguration": {"cpu": "4vCPU", "memory": "16GB"}},
            "Executor": {"workerCount": 2, "workerConfiguration": {"cpu": "4vCPU", "memory": "16GB"}},
        },
        "networkConfiguration": {"subnetIds": ["subnet-1", "subnet-2"]},
        "tags": {"team": "data"},
    }
    client.create_application(**sent)
    asked = emr.calls[-1].params
    assert {name: asked[name] for name in sent} == sent


def test_what_does_not_fit_the_model_is_masked_whole():
    """A client may send invalid values; the recorder must accept them."""
    mask = masks_of("CreateApplication").params
    assert mask({"name": "etl", "tags": "none", "runtimeConfiguration": {"a": 1}}) == {
        "name": "etl",
        "tags": "********",
        **({"runtimeConfiguration": "********"} if has("CreateApplication.runtimeConfiguration") else {}),
    }


def test_records_cannot_be_changed_nor_change(emr, client):
    """A record is frozen, and does not change when the service does."""
    application = emr.add_application(region_name="eu-west-1", tags={"a": "1"})
    client.list_tags_for_resource(resourceArn=application.arn)
    client.tag_resource(resourceArn=application.arn, tags={"a": "2"})
    assert emr.calls[0].answer["tags"] == {"a": "1"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        emr.calls[0].operation = "GetJobRun"


def test_what_is_arranged_is_no_call(emr):
    """Reading through the handle is not a call either."""
    emr.add_job_run(emr.add_application())
    assert (len(emr.applications), emr.calls.tries) == (1, 0)


def test_accounts_and_regions_are_told_apart():
    """One mock, two accounts."""
    with mock_emr_serverless(clock="manual", accounts={"AKIAOTHER": "210987654321"}) as emr:
        for key in ("AKIAOTHER", "AKIAMINE"):
            boto3.client(
                "emr-serverless", "eu-west-1", aws_access_key_id=key, aws_secret_access_key="x"
            ).list_applications()
        assert [call.account_id for call in emr.calls] == ["210987654321", "123456789012"]


def test_throttled_tries_are_calls_too():
    """The recorder stands outside of everything."""
    from emrs_mock import Quotas

    with mock_emr_serverless(clock="manual", quotas=Quotas(rates={"ListApplications": (1, 1)})) as emr:
        client = emr.client("eu-west-1")
        client.list_applications()
        with pytest.raises(ClientError):
            client.list_applications()
        assert [call.error for call in emr.calls.of("ListApplications")][:2] == [None, "ThrottlingException"]


def test_a_poller_is_seen_in_simulated_time(monkeypatch):
    """With a virtual clock, code that sleeps for minutes is recorded at its own times."""
    import time

    # A sleep that a test has replaced stays replaced inside of a virtual mock too.
    monkeypatch.undo()
    with mock_emr_serverless(clock="virtual", start=START, latency=0) as emr:
        application = emr.add_application(region_name="eu-west-1")
        client = emr.client("eu-west-1")
        run = start_job_run(client, application.id)
        for _ in range(3):
            client.get_job_run(applicationId=application.id, jobRunId=run)
            time.sleep(30)
        assert [call.at for call in emr.calls.of("GetJobRun")] == [at(seconds=30 * n) for n in range(3)]


def test_reset_forgets_calls(emr, client):
    """The mock is as on entry."""
    client.list_applications()
    emr.reset()
    assert emr.calls.tries == 0


def test_the_newest_calls_are_kept_and_the_older_ones_counted():
    """`calls_kept=` bounds what is kept, also of what was read already."""
    with mock_emr_serverless(clock="manual", start=START, calls_kept=3) as emr:
        client, calls = emr.client("eu-west-1"), emr.calls
        for number in range(1, 6):
            client.list_applications(maxResults=number)
            assert [call.params["maxResults"] for call in calls] == [*range(1, 6)][max(0, number - 3) : number]
            assert (len(calls), calls.dropped) == (min(number, 3), max(0, number - 3))
            assert calls[-1].params["maxResults"] == number
        assert [call.params["maxResults"] for call in calls[1:]] == [4, 5]
        assert "tries=3 (2 older ones were dropped)" in repr(calls)
        emr.reset()
        assert (len(calls), calls.dropped) == (0, 0)


def test_a_selection_counts_what_had_been_dropped_when_it_was_made():
    """It does not change later."""
    with mock_emr_serverless(clock="manual", start=START, calls_kept=1) as emr:
        client = emr.client("eu-west-1")
        client.list_applications()
        before = emr.calls.of("ListApplications")
        client.list_applications()
        after = emr.calls.of("ListApplications")
    assert [(each.count, each.dropped) for each in (before, after)] == [(1, 0), (1, 1)]


def test_a_snapshot_knows_what_had_been_dropped():
    """A restored mock says the same as it did; a fork keeps as many."""
    with mock_emr_serverless(clock="manual", start=START, calls_kept=2) as emr:
        for _ in range(3):
            emr.client("eu-west-1").list_applications()
        snapshot = emr.snapshot()
        emr.client("eu-west-1").list_applications()
        assert emr.calls.dropped == 2
        with emr.fork() as fork:
            assert (len(fork.calls), fork.calls.dropped) == (2, 2)
        emr.restore(snapshot)
        assert (len(emr.calls), emr.calls.dropped) == (2, 1)


def test_a_mock_keeps_as_many_calls_of_a_snapshot_as_of_its_own():
    """The newest of them; the others count as dropped."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        for number in range(1, 6):
            emr.client("eu-west-1").list_applications(maxResults=number)
        snapshot = emr.snapshot()
    with mock_emr_serverless(clock="manual", start=START, calls_kept=2) as emr:
        emr.restore(snapshot)
        assert ([call.params["maxResults"] for call in emr.calls], emr.calls.dropped) == ([4, 5], 3)


def test_all_calls_are_kept_where_no_number_is_given():
    """`None` is no limit, and there are limits that make no sense."""
    with mock_emr_serverless(clock="manual", calls_kept=None) as emr:
        for _ in range(5):
            emr.client("eu-west-1").list_applications()
        assert (len(emr.calls), emr.calls.dropped) == (5, 0)
        assert "dropped" not in repr(emr.calls)
    for nonsense in (0, -1, 1.5, "many"):
        with pytest.raises(ValueError, match=r"calls_kept=.*: expected a whole number greater than 0, or None"):
            mock_emr_serverless(calls_kept=nonsense)


def test_threads_that_call_at_a_time_lose_no_call():
    """What was dropped and what is kept is all that there was."""
    from concurrent.futures import ThreadPoolExecutor

    with mock_emr_serverless(clock="manual", start=START, calls_kept=7) as emr:
        client = emr.client("eu-west-1")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: client.list_applications() and len(emr.calls), range(40)))
        assert (len(emr.calls), emr.calls.dropped) == (7, 33)


class AppendsOnce(deque):
    """Another thread adds a note, just when the newest are taken."""

    def __reversed__(self):
        newest = list(super().__reversed__())
        if self[-1] != "late":
            self.append("late")
            newest.insert(0, "late")
        return iter(newest)


def test_a_note_that_comes_while_records_are_made_is_neither_lost_nor_doubled():
    """What another thread's call adds between two looks at the notes moves those that have no record."""
    kept = Kept(0, ["first", "second", "third"])
    kept.notes, kept.records = AppendsOnce(kept.notes), deque(["record of the first"])
    assert kept.without_record() == ["second", "third", "late"]
