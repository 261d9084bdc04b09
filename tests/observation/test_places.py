"""Regions and accounts in what is shown: only where not all are the same. And what explains AWS's refusals."""

from __future__ import annotations

import json
from functools import partial

import boto3
import pytest

from emrs_mock import mock_emr_serverless
from tests.service.requests import ROLE, START, refused, start_job_run

OTHER = "210987654321"
MINE = "123456789012"


@pytest.fixture
def emr():
    """A mock with a second account."""
    with mock_emr_serverless(clock="manual", start=START, accounts={"AKIAOTHER": OTHER}) as emr:
        yield emr


def client_in(region, key="AKIAMINE"):
    """A client in a region, by default of the mock's own account."""
    return boto3.client("emr-serverless", region, aws_access_key_id=key, aws_secret_access_key="x")


def shown(emr):
    """Everything that shows records and calls to people."""
    timeline = emr.timeline()
    return [repr(list(emr.applications)), str(timeline), emr._report(), timeline.to_svg()]


def test_nothing_shows_a_region_that_all_have(emr):
    """One account, one region."""
    app = emr.add_application(region_name="eu-west-1")
    client_in("eu-west-1").get_application(applicationId=app.id)
    for text in shown(emr):
        assert "eu-west-1" not in text
        assert MINE not in text
    assert repr(app) == f"<Application {app.id} STARTED>"


def test_regions_are_shown_when_there_are_several(emr):
    """Of each record and call."""
    one, two = (emr.add_application(region_name=region, name="etl") for region in ("eu-west-1", "us-east-1"))
    client_in("us-east-1").get_application(applicationId=two.id)
    assert repr(one) == f"<Application {one.id} STARTED in eu-west-1>"
    for text in (str(emr.timeline()), emr._report()):
        assert f"application {one.id}  etl  in eu-west-1\n" in text
        assert "GetApplication    in us-east-1" in text
    assert "etl  in eu-west-1" in emr.timeline().to_svg()
    assert "GetApplication in us-east-1" in emr.timeline().to_svg()


def test_a_call_to_an_empty_region_is_enough(emr):
    """Such a list is empty although there are records."""
    app = emr.add_application(region_name="us-east-1")
    assert client_in("eu-west-1").list_applications()["applications"] == []
    assert repr(app) == f"<Application {app.id} STARTED in us-east-1>"
    assert "ListApplications    in eu-west-1" in emr._report()


def test_accounts_are_shown_when_there_are_several(emr):
    """With the region, as both make the place."""
    app = emr.add_application(region_name="us-east-1")
    client_in("us-east-1", "AKIAOTHER").list_applications()
    assert repr(app) == f"<Application {app.id} STARTED in us-east-1 of {MINE}>"
    assert f"ListApplications    in us-east-1 of {OTHER}" in str(emr.timeline())


def test_the_timeline_as_data_always_has_them(emr):
    """A program does not have to guess."""
    emr.add_application(region_name="us-east-1")
    client_in("us-east-1").list_applications()
    data = json.loads(emr.timeline().to_json())
    for each in (data["records"][0], data["calls"][0]):
        assert (each["account"], each["region"]) == (MINE, "us-east-1")


def run_in(emr, region="us-east-1"):
    """A job run in a region, with what names it."""
    run = emr.add_job_run(emr.add_application(region_name=region))
    return run, {"applicationId": run.application_id, "jobRunId": run.id}


def test_a_call_that_did_not_find_what_is_in_another_region_is_explained(emr):
    """In the report; AWS's message has no word of it. The same reason is told once."""
    run, named = run_in(emr)
    for _ in range(2):
        refusal = refused(client_in("eu-west-1").get_job_run, **named)
    assert "us-east-1" not in refusal.message
    for kind, record_id in (("application", run.application_id), ("job run", run.id)):
        line = f"  GetJobRun: {kind} {record_id} exists in us-east-1; this call went to eu-west-1 (docs: accounts)"
        assert emr._report().count(line) == 1


def test_what_is_in_another_account_is_explained_too(emr):
    """By ARN as well as by id."""
    app = emr.add_application(region_name="us-east-1")
    refused(client_in("us-east-1", "AKIAOTHER").list_tags_for_resource, resourceArn=app.arn)
    line = f"application {app.id} exists in us-east-1 of {MINE}; this call went to us-east-1 of {OTHER}"
    assert f"  ListTagsForResource: {line}" in emr._report()


def test_what_belongs_to_another_application_is_explained_too(emr):
    """AWS says that it does not exist."""
    run, _ = run_in(emr)
    other = emr.add_application(region_name="us-east-1")
    refused(client_in("us-east-1").get_job_run, applicationId=other.id, jobRunId=run.id)
    line = f"job run {run.id} exists in application {run.application_id}; this call named application {other.id}"
    assert f"  GetJobRun: {line} (docs: handle)" in emr._report()


@pytest.mark.needs_model("GetSession")
def test_a_session_that_was_not_found_is_explained_too(emr):
    """In another application, and in another region."""
    members = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}
    first, second = (emr.add_application(region_name="us-east-1", **members) for _ in range(2))
    session = emr.add_session(first)
    refused(client_in("us-east-1").get_session, applicationId=second.id, sessionId=session.id)
    line = f"session {session.id} exists in application {first.id}; this call named application {second.id}"
    assert f"  GetSession: {line} (docs: handle)" in emr._report()
    refused(client_in("eu-west-1").get_session, applicationId="00nothere0000000", sessionId=session.id)
    line = f"session {session.id} exists in us-east-1; this call went to eu-west-1"
    assert f"  GetSession: {line} (docs: accounts)" in emr._report()


def test_what_exists_nowhere_needs_no_explanation(emr):
    """AWS's message says all there is to say, and the report shows the call."""
    refused(client_in("us-east-1").get_application, applicationId="00nothere0000000")
    assert "why AWS refused" not in emr._report()
    assert "ResourceNotFoundException" in emr._report()


def test_a_role_of_another_account_is_explained(emr):
    """With the mock's account, and the option that sets it."""
    app = emr.add_application(region_name="us-east-1")
    role = f"arn:aws:iam::{OTHER}:role/etl"
    submit = partial(start_job_run, client_in("us-east-1"), app.id)
    refusal = refused(submit, executionRoleArn=role)
    assert refusal.message == "Cross-account pass role is not allowed."
    line = f'the mock\'s account is {MINE}, and the role {role} is of {OTHER}: account_id="{OTHER}" gives the mock that'
    assert line in emr._report()
    submit(executionRoleArn=ROLE)


def test_another_denial_needs_no_explanation(emr):
    """A fault was made by the test."""
    app = emr.add_application(region_name="us-east-1")
    emr.fault("StartJobRun").error("AccessDeniedException")
    submit = partial(start_job_run, client_in("us-east-1"), app.id)
    refused(submit, executionRoleArn=f"arn:aws:iam::{OTHER}:role/etl")
    assert "why AWS refused" not in emr._report()


def test_thirty_explanations_are_enough(emr):
    """A loop over a thousand ids may go to the wrong region."""
    client = client_in("eu-west-1")
    for _ in range(40):
        refused(client.get_application, applicationId=emr.add_application(region_name="us-east-1").id)
    assert emr._report().count("; this call went to eu-west-1") == 30
    assert "\n  ... 10 more ...\n" in emr._report()
