"""The number of records that a call reads among many job runs. Times are measured in bench_calls.py."""

from __future__ import annotations

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.sim.records import JobRun

PAGE = 10
FEW, MANY = 100, 1000
STATES = ("SUCCESS", "FAILED", "CANCELLED", "RUNNING")


@pytest.fixture(scope="module", params=[FEW, MANY])
def crowd(request):
    """A mock with this many job runs in one application, one created each second, in different states."""
    with mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z") as emr:
        application = emr.add_application()
        for number in range(request.param):
            emr.add_job_run(application, STATES[number % len(STATES)], executionTimeoutMinutes=1440)
            emr.clock.advance(1)
        yield emr


@pytest.fixture
def client(crowd):
    """A client of the mock's own."""
    return crowd.client("us-east-1")


@pytest.fixture
def visited(crowd, monkeypatch):
    """The job runs that were read or written since."""
    seen = set()

    def read(self, name):
        seen.add(id(self))
        return object.__getattribute__(self, name)

    monkeypatch.setattr(JobRun, "__getattribute__", read)
    return seen


@pytest.mark.parametrize("position", [0, 50, -1])
def test_get_job_run_looks_at_no_other_job_run(crowd, client, visited, position):
    """Whether it is old or new, among a hundred or a thousand."""
    run = crowd.job_runs[position]
    where = {"applicationId": crowd.applications[0].id, "jobRunId": run.id}
    visited.clear()
    client.get_job_run(**where)
    assert len(visited) == 1


QUESTIONS = {
    "newest": lambda emr: {},
    "in a state": lambda emr: {"states": ["FAILED"]},
    "in some states": lambda emr: {"states": ["CANCELLED", "SUCCESS"]},
    "created lately": lambda emr: {"createdAtAfter": emr.job_runs[-40].created_at},
    "created early": lambda emr: {"createdAtBefore": emr.job_runs[40].created_at},
    "in a state, lately": lambda emr: {"states": ["RUNNING"], "createdAtAfter": emr.job_runs[-60].created_at},
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_page_of_list_job_runs_looks_at_little_more_than_it_shows(crowd, client, visited, question):
    """The steps to find its start grow with the logarithm of the number of records."""
    asked = {"applicationId": crowd.applications[0].id, "maxResults": PAGE, **QUESTIONS[question](crowd)}
    steps = 2 * len(STATES) * len(crowd.job_runs).bit_length()
    visited.clear()
    first = client.list_job_runs(**asked)
    assert len(first["jobRuns"]) == PAGE
    assert len(visited) <= PAGE + steps + len(STATES)


def test_the_second_page_costs_no_more_than_the_first(crowd, client, visited):
    """A page continues where the last one ended, and does not read earlier records again."""
    asked = {"applicationId": crowd.applications[0].id, "maxResults": PAGE}
    steps = len(STATES) * len(crowd.job_runs).bit_length()
    visited.clear()
    token = client.list_job_runs(**asked)["nextToken"]
    first = len(visited)
    visited.clear()
    client.list_job_runs(**asked, nextToken=token)
    assert len(visited) <= first + steps


def test_start_job_run_looks_at_no_other_job_run(crowd, client, visited):
    """The cost is the same among many as among few."""
    application = crowd.applications[0].id
    visited.clear()
    client.start_job_run(
        applicationId=application,
        executionRoleArn="arn:aws:iam::123456789012:role/etl",
        jobDriver={"sparkSubmit": {"entryPoint": "s3://code/etl.py"}},
    )
    assert len(visited) == 1
