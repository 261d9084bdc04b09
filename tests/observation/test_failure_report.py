"""The text that pytest shows of a mock beside a failed test, as a whole."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError

from emrs_mock import mock_emr_serverless
from tests.service.requests import SPARK

START = "2026-01-31T04:00:00Z"
ROLE = "arn:aws:iam::{}:role/etl"


@pytest.fixture
def emr():
    """A mock whose clock stands until it is moved."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        yield emr


def test_a_mock_in_which_nothing_happened_has_no_report(emr):
    """Rules alone are nothing that happened."""
    emr.when().fail("never asked")
    assert emr._report() == ""


def test_the_sections_come_after_the_timeline(emr):
    """Why AWS refused, which rules decided, which had no effect, which faults hit nothing: each under its title."""
    emr.when(name="nightly").fail("No")
    emr.when(name="night*").logs("out")
    emr.when(name="weekly").hang()
    emr.fault("ListApplications").error("ThrottlingException")
    application, client = emr.add_application(region_name="us-east-1"), emr.client("us-east-1")
    request = {"applicationId": application.id, "jobDriver": SPARK, "name": "nightly"}
    for _ in range(2):
        with pytest.raises(ClientError, match="Cross-account"):
            client.start_job_run(executionRoleArn=ROLE.format("999999999999"), **request)
    run = emr.run_until(client.start_job_run(executionRoleArn=ROLE.format("123456789012"), **request)["jobRunId"])
    told = emr._report()
    timeline = str(emr.timeline())
    assert told.startswith(timeline)
    assert (
        told.removeprefix(timeline)
        == f"""

why AWS refused
  StartJobRun: the mock's account is 123456789012, and the role {ROLE.format("999999999999")} is of 999999999999: \
account_id="999999999999" gives the mock that account (docs: accounts)

rules that decided
  job run {run.id}: when(name='nightly').fail('No'), when(name='night*').logs('out')

rules that decided nothing
  when(name='weekly').hang(): name is 'nightly' (job run {run.id})

faults that hit nothing
  fault('ListApplications').error('ThrottlingException'): no try got to it"""
    )


def test_a_long_timeline_is_cut_after_its_heading(emr):
    """The newest lines are there, as the failure is at the end, and how many are not."""
    for number in range(100):
        emr.add_application(name=f"app{number}")
    whole, told = str(emr.timeline()).splitlines(), emr._report().splitlines()
    left_out = int(re.fullmatch(r"  \.\.\. (\d+) lines are left out", told[1])[1])
    assert 0 < left_out < len(whole) - 1
    assert [told[0], *told[2:]] == [whole[0], *whole[left_out + 1 :]]
    assert len(told) == 201  # the first line, the note, and what is kept


def test_a_timeline_that_is_as_long_as_the_limit_is_whole(emr, monkeypatch):
    """Nothing is said of lines that are left out."""
    emr.add_application(name="etl")
    whole = str(emr.timeline()).splitlines()
    monkeypatch.setattr("emrs_mock.observation.failure_report.MAX_LINES", len(whole))
    assert emr._report().splitlines() == whole
