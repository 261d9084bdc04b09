"""From what the CLI prints to rules, and what they do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import boto3
import durations
import pytest

AWS = Path(__file__).parent / "aws"
RUNS = sorted(AWS.glob("*-??.json"))


@pytest.fixture
def recorded():
    return durations.recordings(json.loads(path.read_text()) for path in RUNS)


def run_job(emr, application, name):
    """How a job run ends, how long it waited, and how long it ran."""
    started = boto3.client("emr-serverless").start_job_run(
        applicationId=application.id,
        name=name,
        executionRoleArn="arn:aws:iam::123456789012:role/etl",
        jobDriver={"sparkSubmit": {"entryPoint": "s3://code/etl.py"}},
    )
    run = emr.run_until(started)
    waited, ran = run.started_at - run.created_at, run.ended_at - run.started_at
    return run.state, round(waited.total_seconds()), round(ran.total_seconds())


def test_the_job_runs_of_a_test_are_like_those_of_aws(emr_serverless, recorded):
    durations.apply(emr_serverless, recorded)
    application = emr_serverless.add_application()

    nights = [run_job(emr_serverless, application, f"orders-2026-02-0{day}") for day in (1, 2, 3)]

    assert nights == [("SUCCESS", 88, 2833), ("SUCCESS", 91, 3220), ("SUCCESS", 91, 3220)]
    assert run_job(emr_serverless, application, "customers-2026-02-01") == ("FAILED", 90, 600)
    assert emr_serverless.job_runs[-1].state_details == "ExitCode: 137"


def test_both_versions_of_the_cli_say_the_same():
    first, second = (
        durations.recordings([json.loads((AWS / f"orders-2026-01-30{version}.json").read_text())])
        for version in (".v1", "")
    )
    assert first == second


def test_nothing_that_names_the_account_is_kept():
    """The program as it is called in a shell, and what must not leave the account."""
    program = [sys.executable, durations.__file__, *map(str, RUNS)]
    kept = subprocess.run(program, capture_output=True, text=True, check=True).stdout

    assert [recording["name"] for recording in json.loads(kept)] == ["orders-*", "orders-*", "customers-*"]
    for secret in ("111122223333", "arn:", "s3://", "hunter2", "jane", "00g", "2026-01"):
        assert secret not in kept


def test_a_file_is_what_was_recorded(recorded, tmp_path):
    path = tmp_path / "durations.json"
    path.write_text(json.dumps([vars(recording) for recording in recorded]))
    assert durations.load(path) == recorded


def test_a_list_has_less_to_say():
    """It has no startedAt: waiting counts as running. What has not ended is left out."""
    listed = durations.recordings([json.loads((AWS / "list-job-runs.json").read_text())])
    assert [(run.name, run.waited, round(run.ran)) for run in listed] == [
        ("orders-*", 0, 3310),
        ("customers-*", 0, 690),
    ]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("orders-2026-01-31", "orders-*"), ("v2 [full]", "v* [[]full]"), ("etl_31-01T04:00", "etl_*"), (None, "*")],
)
def test_numbers_in_a_name_stand_for_any(name, pattern):
    times = {"createdAt": 0.0, "updatedAt": 60.0}
    assert durations.record({**times, "state": "SUCCESS", **({"name": name} if name else {})}).name == pattern


def test_a_job_run_without_a_name_stands_for_all_others(emr_serverless, recorded):
    unnamed = durations.Recording(name="*", state="CANCELLED", waited=0, ran=30, details="")
    durations.apply(emr_serverless, [*recorded, unnamed])
    application = emr_serverless.add_application()

    assert run_job(emr_serverless, application, "stock")[0] == "CANCELLED"
    assert run_job(emr_serverless, application, "orders-2026-02-01")[0] == "SUCCESS"
