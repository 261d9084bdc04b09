"""Tags of applications, job runs and sessions (facts §9, §16)."""

from __future__ import annotations

import pytest

from tests.service.requests import ROLE, SPARK, application, job_run

SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}
NO_APPLICATION = "arn:aws:emr-serverless:us-east-1:123456789012:/applications/00abcdefabcdef01"
MOST = {f"k{number}": "" for number in range(50)}
TOO_MANY = ("ValidationException", "Too many tags: a resource can have at most 50.", 400)
RESERVED = ("ValidationException", "Tag keys that begin with aws: are reserved.", 400)


def of_application(emr, client):
    """An application, and how it shows its tags."""
    app = emr.add_application()
    return app.arn, lambda: application(client, app.id)["tags"]


def of_job_run(emr, client):
    """A job run, and how it shows its tags."""
    run = emr.add_job_run(emr.add_application())
    return run.arn, lambda: job_run(client, run.application_id, run.id)["tags"]


def of_session(emr, client):
    """A session, and how it shows its tags."""
    session = emr.add_session(emr.add_application(**SESSIONS))
    request = {"applicationId": session.application_id, "sessionId": session.id}
    return session.arn, lambda: client.get_session(**request)["session"]["tags"]


@pytest.fixture(
    params=[of_application, of_job_run, pytest.param(of_session, marks=pytest.mark.needs_model("GetSession"))]
)
def resource(request, emr, client):
    """What can have tags: its ARN, and how it shows them."""
    return request.param(emr, client)


@pytest.fixture
def tags_of(client):
    """ListTagsForResource."""
    return lambda arn: client.list_tags_for_resource(resourceArn=arn)["tags"]


def test_9_what_has_no_tags_has_an_empty_map(resource, tags_of):
    """Not none at all."""
    arn, shown = resource
    assert tags_of(arn) == shown() == {}


def test_9_tags_come_and_go(client, resource, tags_of):
    """They are live: the resource shows them too. Keys that are not there are nothing to take away."""
    arn, shown = resource
    client.tag_resource(resourceArn=arn, tags={"team": "data", "stage": "test"})
    client.tag_resource(resourceArn=arn, tags={"stage": "prod", "a key/with=all:signs+@-_.": ""})
    assert tags_of(arn) == shown() == {"team": "data", "stage": "prod", "a key/with=all:signs+@-_.": ""}
    client.untag_resource(resourceArn=arn, tagKeys=["stage", "nothing", "a key/with=all:signs+@-_."])
    assert tags_of(arn) == shown() == {"team": "data"}


def test_9_tagging_is_no_change_of_state(emr, client, resource):
    """When a resource was last updated stays as it was."""
    arn, _ = resource
    records = next(records for records in (emr.applications, emr.job_runs, emr.sessions) if arn in records)
    before = records[arn].updated_at
    emr.clock.advance(1)
    client.tag_resource(resourceArn=arn, tags={"team": "data"})
    assert records[arn].updated_at == before


def test_16_a_resource_has_at_most_fifty_tags(client, resource, refuses, tags_of):
    """Those that get a new value do not count twice."""
    arn, _ = resource
    client.tag_resource(resourceArn=arn, tags=MOST)
    client.tag_resource(resourceArn=arn, tags={"k0": "new"})
    assert refuses(client.tag_resource, resourceArn=arn, tags={"one more": ""}) == TOO_MANY
    assert tags_of(arn) == {**MOST, "k0": "new"}


@pytest.mark.parametrize("key", ["aws:team", "AWS:team", "Aws:", "aWs:cloudformation:stack"])
def test_16_awss_own_tags_are_reserved_in_any_case(client, resource, refuses, key):
    """One of them among others suffices."""
    arn, _ = resource
    assert refuses(client.tag_resource, resourceArn=arn, tags={"team": "data", key: "x"}) == RESERVED


@pytest.mark.parametrize(("tags", "refusal"), [({**MOST, "one more": ""}, TOO_MANY), ({"aws:x": ""}, RESERVED)])
def test_16_tags_of_what_is_made_are_checked_too(emr, client, app, refuses, tags, refusal):
    """As those that come later."""
    request = {"applicationId": app, "executionRoleArn": ROLE}
    assert refuses(client.create_application, releaseLabel="emr-7.0.0", type="SPARK", tags=tags) == refusal
    assert refuses(client.start_job_run, **request, jobDriver=SPARK, tags=tags) == refusal


@pytest.mark.needs_model("StartSession")
@pytest.mark.parametrize(("tags", "refusal"), [({**MOST, "one more": ""}, TOO_MANY), ({"aws:x": ""}, RESERVED)])
def test_16_tags_of_a_session_are_checked_too(emr, client, refuses, tags, refusal):
    """As those that come later."""
    app = emr.add_application(**SESSIONS).id
    assert refuses(client.start_session, applicationId=app, executionRoleArn=ROLE, tags=tags) == refusal


def test_9_fifty_tags_can_be_there_from_the_start(create, submit, client, app):
    """That many are allowed."""
    assert application(client, create(tags=MOST))["tags"] == MOST
    assert job_run(client, app, submit(tags=MOST))["tags"] == MOST


def test_9_a_job_run_has_its_own_tags_not_its_applications(client, create):
    """They are not inherited."""
    app = create(tags={"of": "application"})
    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK, "tags": {"of": "run"}}
    assert job_run(client, app, client.start_job_run(**request)["jobRunId"])["tags"] == {"of": "run"}


@pytest.mark.parametrize("place", ["value of 257 characters", "key of 129 characters", "strange key", "strange value"])
def test_9_keys_and_values_have_bounds_and_an_alphabet(emr, client, refuses, place):
    """As the model says."""
    tags = {
        "value of 257 characters": {"k": "v" * 257},
        "key of 129 characters": {"k" * 129: ""},
        "strange key": {"k!": "v"},
        "strange value": {"k": "v!"},
    }[place]
    refusal = refuses(client.tag_resource, resourceArn=emr.add_application().arn, tags=tags)
    what = "Map value" if "value" in place else "Map keys"
    assert refusal.code == "ValidationException"
    assert (
        f"Value at 'tags' failed to satisfy constraint: {what} must satisfy constraint: [Member must" in refusal.message
    )


def test_9_a_key_of_128_and_a_value_of_256_characters_are_allowed(emr, client, tags_of):
    """Just so long."""
    arn = emr.add_application().arn
    client.tag_resource(resourceArn=arn, tags={"k" * 128: "v" * 256})
    assert tags_of(arn) == {"k" * 128: "v" * 256}


@pytest.mark.parametrize(
    ("call", "members"),
    [("list_tags_for_resource", {}), ("tag_resource", {"tags": {"k": "v"}}), ("untag_resource", {"tagKeys": ["k"]})],
)
def test_16_tags_of_an_unknown_resource_are_a_404(emr, client, app, refuses, call, members):
    """Also where the id is known, but in another account, region or application."""
    run = emr.add_job_run(app).id
    known = emr.applications[app].arn
    for arn in (
        NO_APPLICATION,
        known.replace("123456789012", "210987654321"),
        known.replace("us-east-1", "eu-west-1"),
        f"{NO_APPLICATION}/jobruns/{run}",
        f"{known}/jobruns/00abcdefabcdef0b",
    ):
        refusal = refuses(getattr(client, call), resourceArn=arn, **members)
        assert refusal == ("ResourceNotFoundException", f"Resource {arn} does not exist", 404)


def test_9_a_resource_that_ended_keeps_its_tags(emr, client, tags_of):
    """And can get others."""
    app = emr.add_application("TERMINATED", tags={"team": "data"})
    client.tag_resource(resourceArn=app.arn, tags={"stage": "old"})
    assert tags_of(app.arn) == {"team": "data", "stage": "old"}
