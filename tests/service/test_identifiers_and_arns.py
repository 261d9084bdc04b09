"""Ids, ARNs and callers as a client sees them (facts §1)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from tests.service.model import request
from tests.service.requests import RELEASE, SPARK, application, create_application, job_run, refused, start_job_run

REGIONS = {
    "us-east-1": "aws",
    "eu-central-1": "aws",
    "cn-north-1": "aws-cn",
    "cn-northwest-1": "aws-cn",
    "us-gov-east-1": "aws-us-gov",
    "us-gov-west-1": "aws-us-gov",
}
every_region = pytest.mark.parametrize(("region", "partition"), REGIONS.items())

CAPTURED = [
    ("00g0p8a7dhcpqo0b", "2025-10-31T17:14:35.447+00:00"),
    ("00g0p82hrv8ild09", "2025-10-31T17:01:10.832+00:00"),
]
"""Ids of us-east-1, and when they were made, to the millisecond."""


def made_at(record_id: str) -> datetime:
    """The moment in an id: 100-microsecond ticks above the 25 low bits."""
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=(int(record_id, 32) >> 25) * 100)


def role_in(partition: str) -> str:
    """An execution role."""
    return f"arn:{partition}:iam::123456789012:role/job"


@pytest.mark.parametrize(("record_id", "moment"), CAPTURED)
def test_1_1_a_captured_id_tells_when_it_was_made(record_id, moment):
    """The reading of ids that the tests below rely on, on ids whose moment is known."""
    assert abs(made_at(record_id) - datetime.fromisoformat(moment)) < timedelta(milliseconds=1)


def test_1_1_an_id_tells_when_it_was_made(emr, client, app, create, submit):
    """Applications' and job runs' do, to a tenth of a millisecond."""
    emr.clock.advance(1234.5678)
    made = create(), submit()
    assert [made_at(record_id) for record_id in made] == [emr.clock.now()] * 2


def test_1_1_ids_have_sixteen_digits_and_begin_with_00(create, submit):
    """Lower case, base 32."""
    assert all(re.fullmatch("00[0-9a-v]{14}", record_id) for record_id in (create(), submit()))


@pytest.mark.parametrize(("region", "endings"), [("us-east-1", ("09", "0b")), ("us-west-2", ("0l", "0n"))])
def test_1_1_the_end_of_an_id_tells_region_and_kind(emr, region, endings):
    """As in ids seen in public; job runs' have the newer of two kinds."""
    client = emr.client(region)
    app = create_application(client)
    assert (app[-2:], start_job_run(client, app)[-2:]) == endings


def test_1_1_ids_sort_by_creation_on_a_standing_clock_too(submit):
    """And no two are the same."""
    made = [submit() for _ in range(300)]
    assert made == sorted(set(made))


@every_region
def test_1_2_arns_have_the_regions_partition_and_a_slash_after_the_colon(emr, region, partition):
    """In the answer to the call that makes a record, in its description and in lists."""
    client = emr.client(region)
    made = client.create_application(releaseLabel=RELEASE, type="SPARK")
    app = made["applicationId"]
    run = client.start_job_run(applicationId=app, executionRoleArn=role_in(partition), jobDriver=SPARK)
    arn = f"arn:{partition}:emr-serverless:{region}:123456789012:/applications/{app}"
    assert {
        made["arn"],
        application(client, app)["arn"],
        client.list_applications()["applications"][0]["arn"],
    } == {arn}
    assert {
        run["arn"],
        job_run(client, app, run["jobRunId"])["arn"],
        client.list_job_runs(applicationId=app)["jobRuns"][0]["arn"],
    } == {f"{arn}/jobruns/{run['jobRunId']}"}


@pytest.mark.needs_model("StartSession")
@every_region
def test_1_2_the_arn_of_a_session_is_below_its_applications(emr, region, partition):
    """With the same partition."""
    client = emr.client(region)
    app = emr.add_application(
        region_name=region, releaseLabel="emr-7.13.0", interactiveConfiguration={"sessionEnabled": True}
    )
    wanted = request("StartSession", applicationId=app.id, executionRoleArn=role_in(partition))
    session = client.start_session(**wanted)
    assert session["arn"] == f"{app.arn}/sessions/{session['sessionId']}"


@pytest.mark.needs_model("ListJobRunAttempts")
def test_1_2_an_attempt_has_its_job_runs_id_and_arn(client, app, submit):
    """Attempts have no ARN of their own."""
    run = submit()
    (attempt,) = client.list_job_run_attempts(applicationId=app, jobRunId=run)["jobRunAttempts"]
    assert (attempt["id"], attempt["arn"]) == (run, job_run(client, app, run)["arn"])


@every_region
def test_1_4_created_by_is_the_caller_in_the_regions_partition(emr, region, partition):
    """An IAM user of the mock's account, as nothing says who calls (facts §16)."""
    client = emr.client(region)
    app = create_application(client)
    run = start_job_run(client, app, executionRoleArn=role_in(partition))
    assert job_run(client, app, run)["createdBy"] == f"arn:{partition}:iam::123456789012:user/emrs-mock"


def test_1_2_what_is_in_one_region_is_unknown_in_another(emr, client, create):
    """There is one world per account and region."""
    app, elsewhere = create(), emr.client("us-west-2")
    assert elsewhere.list_applications()["applications"] == []
    assert refused(elsewhere.get_application, applicationId=app).message == f"Application {app} does not exist"
