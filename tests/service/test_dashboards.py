"""The URLs of dashboards (facts §1.5, §1.3, §16); endpoints of sessions are in test_sessions."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

from emrs_mock.sim.lifecycles import TABLES
from tests.service.requests import start_job_run

needs_model = pytest.mark.needs_model
pytestmark = needs_model("GetDashboardForJobRun")
SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}
HOSTS = [
    ("us-east-1", "dashboard.emr-serverless.us-east-1.amazonaws.com"),
    ("eu-west-1", "dashboard.emr-serverless.eu-west-1.amazonaws.com"),
    ("cn-north-1", "dashboard.emr-serverless.cn-north-1.amazonaws.com.cn"),
]
UNKNOWN = "00abcdefabcdef0b"


@pytest.fixture
def dashboard(client):
    """The URL of a job run's dashboard."""

    def dashboard(run, **members):
        request = {"applicationId": run.application_id, "jobRunId": run.id, **members}
        return client.get_dashboard_for_job_run(**request)["url"]

    return dashboard


NOT_YET = ["SUBMITTED", "QUEUED", "PENDING"]
"""The states in which a job run waits for the scheduler: no worker was asked for yet."""


@pytest.mark.parametrize("state", [state for state in TABLES["job_run"] if state not in NOT_YET])
def test_1_5_a_job_run_that_was_scheduled_has_a_dashboard(emr, app, dashboard, state):
    """The form that was captured for running ones, in every other state (facts §16)."""
    run = emr.add_job_run(app, state)
    assert re.fullmatch(
        rf"https://j-{run.id}\.dashboard\.emr-serverless\.us-east-1\.amazonaws\.com/\?authToken=[\w=-]+", dashboard(run)
    )


@pytest.mark.parametrize("state", NOT_YET)
def test_1_5_a_dashboard_cannot_be_served_for_a_job_run_that_waits(emr, client, app, refuses, state):
    """Captured right after the submission."""
    run = emr.add_job_run(app, state).id
    assert refuses(client.get_dashboard_for_job_run, applicationId=app, jobRunId=run) == (
        "ValidationException",
        f"Dashboard cannot be served for job in {state} state",
        400,
    )


@needs_model("GetDashboardForJobRun.attempt")
def test_1_5_an_attempt_that_has_failed_keeps_its_dashboard_while_the_next_one_waits(emr, app, submit, dashboard):
    """Each attempt is in a state of its own."""
    emr.when().fail(after=0)
    run = emr.run_until(submit(retryPolicy={"maxAttempts": 2}), "RUNNING")
    emr.run_until(run, "PENDING")
    assert (run.state, run.attempt) == ("PENDING", 2)
    assert dashboard(run, attempt=1)
    with pytest.raises(ClientError, match="Dashboard cannot be served for job in PENDING state"):
        dashboard(run)


@pytest.mark.parametrize(("region", "host"), HOSTS)
def test_1_5_a_dashboard_is_in_its_region(emr, region, host):
    """China has a suffix of its own (facts §1.3)."""
    run = emr.add_job_run(emr.add_application(region_name=region))
    client = emr.client(region)
    url = client.get_dashboard_for_job_run(applicationId=run.application_id, jobRunId=run.id)["url"]
    assert urlsplit(url).netloc == f"j-{run.id}.{host}"


def test_1_5_a_dashboard_has_a_token_of_its_own_each_time(emr, app, dashboard):
    """A URL is valid for an hour: a later call gets another one, a call at once the same."""
    run = emr.add_job_run(app)
    first, again = dashboard(run), dashboard(run)
    emr.clock.advance(hours=1)
    assert first == again != dashboard(run)
    assert parse_qs(urlsplit(first).query).keys() == {"authToken"}


@needs_model("GetDashboardForJobRun.attempt")
def test_1_5_each_attempt_has_its_own_dashboard_and_the_newest_is_the_default(emr, client, app, submit, dashboard):
    """The attempt is part of what the token is for."""
    emr.when().fail(after=0)
    run = emr.run_until(submit(retryPolicy={"maxAttempts": 2}))
    assert dashboard(run, attempt=1) != dashboard(run, attempt=2) == dashboard(run)


def test_1_5_an_unknown_job_run_has_no_dashboard(emr, client, app, refuses):
    """One of another application is unknown too."""
    strangers = start_job_run(client, emr.add_application().id)
    for run in (UNKNOWN, strangers):
        refusal = refuses(client.get_dashboard_for_job_run, applicationId=app, jobRunId=run)
        assert refusal == ("ResourceNotFoundException", f"JobRun {run} does not exist", 404)


@needs_model("GetResourceDashboard")
@pytest.mark.parametrize("state", TABLES["session"])
def test_1_5_a_session_has_a_dashboard_while_it_lives_and_afterwards(emr, client, state):
    """The live one, or the history server."""
    session = emr.add_session(emr.add_application(**SESSIONS), state)
    url = client.get_resource_dashboard(
        applicationId=session.application_id, resourceId=session.id, resourceType="SESSION"
    )["url"]
    host = "dashboard.emr-serverless.us-east-1.amazonaws.com"
    assert re.fullmatch(rf"https://s-{session.id}\.{re.escape(host)}/\?authToken=[\w=-]+", url)


@needs_model("GetResourceDashboard")
def test_1_5_a_resource_dashboard_is_of_a_session_that_exists(emr, client, app, refuses):
    """The type has one value; a job run is no session."""
    run = emr.add_job_run(app).id
    request = {"applicationId": app, "resourceId": run}
    unknown = refuses(client.get_resource_dashboard, resourceType="SESSION", **request)
    assert unknown == ("ResourceNotFoundException", f"Session {run} does not exist", 404)
    wrong = refuses(client.get_resource_dashboard, resourceType="JOB_RUN", **request)
    assert wrong == (
        "ValidationException",
        "1 validation error detected: Value at 'resourceType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [SESSION]",
        400,
    )
