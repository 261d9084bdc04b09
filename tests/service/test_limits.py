"""Bounds of what is asked for: time-outs, roles, policies, and how much there may be (facts §3.3, §6, §13, §16)."""

from __future__ import annotations

import pytest

from tests.service.requests import ROLE, SPARK, job_run, start_job_run

needs_model = pytest.mark.needs_model
STREAMING = needs_model("StartJobRun.mode")
POLICIES = needs_model("StartJobRun.executionIamPolicy")
SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}


@pytest.fixture
def refuses_run(client, refuses):
    """StartJobRun with these members must be refused."""
    request = {"executionRoleArn": ROLE, "jobDriver": SPARK}
    return lambda app, **members: refuses(client.start_job_run, **{"applicationId": app, **request, **members})


@pytest.mark.parametrize("minutes", [0, 1, 4])
def test_3_3_a_time_out_has_at_least_five_minutes(app, refuses_run, minutes):
    """0 was "no time-out" once, and is no longer supported."""
    refusal = refuses_run(app, executionTimeoutMinutes=minutes)
    assert refusal == ("ValidationException", "RunTimeout must be at least 5 minutes.", 400)


@pytest.mark.parametrize("minutes", [5, 720, 10080])
def test_3_3_a_time_out_may_have_seven_days(emr, client, minutes):
    """From five minutes on."""
    app = emr.add_application(releaseLabel="emr-7.11.0").id
    run = start_job_run(client, app, executionTimeoutMinutes=minutes)
    assert emr.job_runs[run].execution_timeout_minutes == minutes


def test_3_3_a_time_out_of_more_than_seven_days_is_refused_since_7_11(emr, client, refuses_run):
    """Before there was only the model's bound."""
    older, newer = (emr.add_application(releaseLabel=label).id for label in ("emr-7.10.0", "emr-7.11.0"))
    assert refuses_run(newer, executionTimeoutMinutes=10081).code == "ValidationException"
    assert start_job_run(client, older, executionTimeoutMinutes=10081)


@STREAMING
@pytest.mark.parametrize("minutes", [0, 5, 720])
def test_3_3_a_streaming_job_run_takes_no_time_out(app, refuses_run, minutes):
    """Whatever it is."""
    refusal = refuses_run(app, mode="STREAMING", executionTimeoutMinutes=minutes)
    assert (refusal.code, refusal.status) == ("ValidationException", 400)


@pytest.mark.parametrize("role", ["arn:aws:iam::210987654321:role/job", "arn:aws:iam::210987654321:role/a/path/job"])
def test_3_3_a_role_of_another_account_is_refused(app, refuses_run, role):
    """Wherever in that account it is."""
    refusal = refuses_run(app, executionRoleArn=role)
    assert refusal == ("AccessDeniedException", "Cross-account pass role is not allowed.", 403)


def test_3_3_a_role_that_does_not_exist_is_accepted_at_submission(app, submit, emr):
    """The real service finds out later."""
    run = submit(executionRoleArn="arn:aws:iam::123456789012:role/a/path/unknown")
    assert emr.run_until(run).execution_role == "arn:aws:iam::123456789012:role/a/path/unknown"


@POLICIES
def test_13_an_inline_policy_has_at_most_2048_characters(client, app, submit, refuses_run):
    """As many as the model allows too."""
    assert refuses_run(app, executionIamPolicy={"policy": "p" * 2049}).code == "ValidationException"
    policy = {"policy": "p" * 2048}
    assert job_run(client, app, submit(executionIamPolicy=policy))["executionIamPolicy"] == policy


@POLICIES
def test_13_there_are_at_most_ten_managed_policies(client, app, submit, refuses_run):
    """AWS's and those of the account."""
    arns = [f"arn:aws:iam::{owner}:policy/p{n}" for owner in ("aws", "123456789012") for n in range(5)]
    assert job_run(client, app, submit(executionIamPolicy={"policyArns": arns}))["executionIamPolicy"] == {
        "policyArns": arns
    }
    assert refuses_run(app, executionIamPolicy={"policyArns": [*arns, arns[0]]}).code == "ValidationException"


@POLICIES
def test_13_a_managed_policy_of_another_account_is_refused(app, refuses_run):
    """Customer-managed ones come from the same account."""
    arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::210987654321:policy/p"]
    assert refuses_run(app, executionIamPolicy={"policyArns": arns}).code == "ValidationException"


@needs_model("StartSession")
def test_6_an_application_has_at_most_25_live_sessions(emr, client, refuses):
    """Those that have ended do not count, nor do another application's."""
    app, other = (emr.add_application(**SESSIONS).id for _ in range(2))
    for _ in range(25):
        emr.add_session(app, "TERMINATED")
        last = client.start_session(applicationId=app, executionRoleArn=ROLE)["sessionId"]
    refusal = refuses(client.start_session, applicationId=app, executionRoleArn=ROLE)
    assert (refusal.code, refusal.status) == ("ServiceQuotaExceededException", 402)
    assert client.start_session(applicationId=other, executionRoleArn=ROLE)["sessionId"]
    client.terminate_session(applicationId=app, sessionId=last)
    emr.run_until(last)
    assert client.start_session(applicationId=app, executionRoleArn=ROLE)["sessionId"]


@POLICIES
def test_13_an_inline_policy_may_have_line_ends(client, app, submit):
    """As `json.dumps(policy, indent=2)` writes it."""
    policy = {"policy": '{\n\t"Version": "2012-10-17",\r\n\t"Statement": []\n}'}
    assert job_run(client, app, submit(executionIamPolicy=policy))["executionIamPolicy"] == policy


@POLICIES
def test_13_a_policy_and_the_arns_of_others_have_2048_characters_together(client, app, submit, refuses_run):
    """Line ends of the inline policy aside."""
    arns = [f"arn:aws:iam::aws:policy/{'p' * 76}"] * 2
    room = 2048 - sum(map(len, arns))
    assert refuses_run(app, executionIamPolicy={"policy": "p" * (room + 1), "policyArns": arns}) == (
        "ValidationException",
        "executionIamPolicy: policy and policyArns can have at most 2048 characters.",
        400,
    )
    policy = {"policy": "p" * (room - 9) + "\n" * 9 + "p" * 9, "policyArns": arns}
    assert job_run(client, app, submit(executionIamPolicy=policy))["executionIamPolicy"] == policy
