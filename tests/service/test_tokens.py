"""clientToken: the same request again is the same answer, another one is a conflict (facts §7, §15.8, §16)."""

from __future__ import annotations

import pytest

from tests.service.requests import RELEASE, ROLE, SPARK, application, nothing_changes

CONFLICT = (
    "ConflictException",
    "A request with the same clientToken but different parameters was already made.",
    409,
)


def create_application(emr, client):
    """What makes an application."""
    return client.create_application, {"releaseLabel": RELEASE, "type": "SPARK"}, {"name": "other"}


def update_application(emr, client):
    """What changes one."""
    members = [{"autoStopConfiguration": {"idleTimeoutMinutes": minutes}} for minutes in (30, 31)]
    return client.update_application, {"applicationId": emr.add_application("CREATED").id, **members[0]}, members[1]


def start_job_run(emr, client):
    """What starts a job run."""
    app = emr.add_application().id
    return client.start_job_run, {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK}, {"name": "other"}


def start_session(emr, client):
    """What starts a session."""
    app = emr.add_application(release_label="emr-7.13.0", interactive_configuration={"sessionEnabled": True}).id
    return client.start_session, {"applicationId": app, "executionRoleArn": ROLE}, {"name": "other"}


OPERATIONS = [
    create_application,
    update_application,
    start_job_run,
    pytest.param(start_session, marks=pytest.mark.needs_model("StartSession")),
]


@pytest.fixture(params=OPERATIONS)
def operation(request, emr, client):
    """Each operation that has a token: the call, a request, and a member that makes it another request."""
    return request.param(emr, client)


def answer(call, **members):
    """What is answered, without the metadata."""
    return {name: value for name, value in call(**members).items() if name != "ResponseMetadata"}


def test_7_the_same_token_and_request_is_the_same_answer_and_changes_nothing(emr, operation):
    """However much later: tokens are remembered for the life of the mock (facts §16)."""
    call, request, _ = operation
    first = answer(call, **request, clientToken="t")
    emr.clock.advance(days=30)
    with nothing_changes(emr):
        assert answer(call, **request, clientToken="t") == first


def test_7_the_same_token_with_another_request_is_a_conflict(operation, refuses):
    """The first request stays what the token stands for."""
    call, request, other = operation
    first = answer(call, **request, clientToken="t")
    assert refuses(call, **{**request, **other}, clientToken="t") == CONFLICT
    assert answer(call, **request, clientToken="t") == first


def test_7_another_token_is_another_request(emr, operation):
    """Although it says the same; botocore makes one up where none is given."""
    call, request, _ = operation
    for members in ({"clientToken": "t"}, {"clientToken": "u"}, {}, {}):
        emr.clock.advance(1)
        before = shown(emr)
        call(**request, **members)
        assert shown(emr) != before


def shown(emr):
    """How much there is, and when each application was last changed."""
    return len(emr.job_runs), len(emr.sessions), [record.updated_at for record in emr.applications]


def test_16_a_refused_request_uses_no_token_up(operation, refuses):
    """With the same token a request that is right succeeds."""
    call, request, _ = operation
    wrong = (
        {"name": "n" * 257}
        if call.__name__ != "update_application"
        else {"autoStopConfiguration": {"idleTimeoutMinutes": 10081}}
    )
    refuses(call, **{**request, **wrong}, clientToken="t")
    assert answer(call, **request, clientToken="t")


def test_16_a_token_that_was_refused_for_a_state_works_in_another_one(emr, client, refuses):
    """What was wrong then is right later."""
    app = emr.add_application("CREATED", autoStartConfiguration={"enabled": False}).id
    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK, "clientToken": "t"}
    refuses(client.start_job_run, **request)
    client.start_application(applicationId=app)
    assert client.start_job_run(**request)["jobRunId"] in emr.job_runs


def test_16_a_token_is_its_operations(client, submit, create):
    """The same token in two operations is no conflict."""
    assert submit(clientToken="t") != create(clientToken="t")


def test_16_a_token_is_its_applications(emr, client, submit):
    """The same token for two applications starts two job runs."""
    other = emr.add_application().id
    request = {"executionRoleArn": ROLE, "jobDriver": SPARK, "clientToken": "t"}
    assert submit(clientToken="t") != client.start_job_run(applicationId=other, **request)["jobRunId"]


def test_16_a_token_is_its_regions(emr, create):
    """The same token in two regions makes two applications."""
    request = {"releaseLabel": RELEASE, "type": "SPARK", "clientToken": "t"}
    assert create(clientToken="t") != emr.client("eu-west-1").create_application(**request)["applicationId"]


def test_7_what_is_different_for_python_may_be_the_same_request(client, app):
    """Compared is what arrives, whatever the order of members."""
    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK, "tags": {"a": "1", "b": "2"}}
    runs = {
        client.start_job_run(**members, clientToken="t")["jobRunId"]
        for members in (request, dict(reversed({**request, "tags": {"b": "2", "a": "1"}}.items())))
    }
    assert len(runs) == 1


def test_7_an_answer_stays_what_it_was(emr, client):
    """An update that is sent again after another one does not take that one back."""
    app = emr.add_application("CREATED").id
    for token, minutes in (("a", 30), ("b", 31), ("a", 30)):
        updated = client.update_application(
            applicationId=app, clientToken=token, autoStopConfiguration={"idleTimeoutMinutes": minutes}
        )
        assert updated["application"]["autoStopConfiguration"]["idleTimeoutMinutes"] == minutes
    assert application(client, app)["autoStopConfiguration"]["idleTimeoutMinutes"] == 31
