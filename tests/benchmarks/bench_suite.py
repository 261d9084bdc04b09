"""What a suite feels: 300 tests beside botocore alone and moto, the fixture's client, the first call, the plugin.

Run by hand: `python tests/benchmarks/bench_suite.py`. `--only suite` measures one group, `--goal suite=1.05` sets
another budget, `--page docs/speed.md` writes the table into that page, between its two marks. Contenders of a group
take turns. The exit status says whether every budget was met.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import boto3
from bench_calls import ETL, JOB, answered_at_before_send, canned
from measure import Line, in_turns, interleaved, machine, tell, write_between

from emrs_mock import mock_emr_serverless

BEGIN, END = "<!-- suite: begin -->", "<!-- suite: end -->"
ROUNDS, TESTS, POLLS = 30, 10, 10
EMPTY = 2000

GOALS = {"suite": 1.1, "client": 1.0, "plugin": 1.05, "import": 10.0, "entering": 5.0, "first call": 10.0}
"""Budgets: in times of botocore alone, of `boto3.client`, of pytest without the plugin; and in milliseconds."""

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
FIRST = """
import gc
import time
import boto3
import botocore.session

client = boto3.client("emr-serverless", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
gc.collect()  # what the imports before left behind
began = time.perf_counter()
from emrs_mock import mock_emr_serverless
imported = time.perf_counter()
mock = mock_emr_serverless(clock="manual")
mock.start()
entered = time.perf_counter()
client.create_application(type="SPARK", releaseLabel="emr-7.2.0")
called = time.perf_counter()
client.create_application(type="SPARK", releaseLabel="emr-7.2.0")
again = time.perf_counter()
print(imported - began, entered - imported, called - entered, again - called)
"""


def job_is_polled(client: Any) -> None:
    """What each test does: an application, a job run, and looks at it."""
    application = client.create_application(**ETL)["applicationId"]
    run = client.start_job_run(applicationId=application, **JOB)["jobRunId"]
    for _ in range(POLLS):
        client.get_job_run(applicationId=application, jobRunId=run)


def tests_of(one: Callable[[], object]) -> Callable[[], float]:
    """Milliseconds of this process for a test, in a series of tests."""

    def series() -> float:
        began = time.process_time()
        for _ in range(TESTS):
            one()
        return (time.process_time() - began) * 1e3 / TESTS

    return series


def suite(goals: Mapping[str, float]) -> Iterator[Line]:
    """300 tests, each with a client of its own."""
    with mock_emr_serverless(clock="manual", patience=None) as emr:
        client = emr.client("us-east-1")
        made = client.create_application(**ETL)["applicationId"]
        run = client.start_job_run(applicationId=made, **JOB)["jobRunId"]
        answers = canned(
            {
                "CreateApplication": lambda: client.create_application(**ETL),
                "StartJobRun": lambda: client.start_job_run(applicationId=made, **JOB),
                "GetJobRun": lambda: client.get_job_run(applicationId=made, jobRunId=run),
            }
        )

    def alone() -> None:
        job_is_polled(answered_at_before_send(answers, boto3.client("emr-serverless", "us-east-1", **KEYS)))

    def ours() -> None:
        with mock_emr_serverless(clock="manual") as emr:
            job_is_polled(emr.client("us-east-1"))

    def with_moto() -> None:
        from moto import mock_aws  # late: its import adds a handler to every later client

        with mock_aws():
            job_is_polled(boto3.client("emr-serverless", "us-east-1", **KEYS))

    took = interleaved(ROUNDS, {one.__name__: tests_of(one) for one in (alone, ours)})
    moto = interleaved(ROUNDS // 10, {"moto": tests_of(with_moto)})["moto"]
    yield Line("a test, botocore alone", took["alone"], "ms")
    yield Line("a test, with the mock", took["ours"], "ms")
    yield Line("a test, with moto", moto, "ms")
    yield Line("a test, with the mock / botocore alone", took["ours"] / took["alone"], "×", goals["suite"])


def client(goals: Mapping[str, float]) -> Iterator[Line]:
    """The client of the fixture `emr_serverless_client`, beside `boto3.client`."""
    environment = {f"AWS_{name.removeprefix('aws_').upper()}": value for name, value in KEYS.items()}
    for where, keys in {"keys in the environment": environment, "no keys": {}}.items():
        with patch.dict(os.environ, keys), mock_emr_serverless(clock="manual") as emr:
            boto3.setup_default_session()
            boto3s = partial(boto3.client, "emr-serverless", "us-east-1")
            mine, theirs = in_turns(200, partial(emr.client, "us-east-1"), boto3s)
        yield Line(f"emr.client(...) / boto3.client(...), {where}", mine / theirs, "×", goals["client"])
        yield Line(f"emr.client(...), {where}", mine / 1e3, "ms")


def first(goals: Mapping[str, float]) -> Iterator[Line]:
    """The first steps of a process that has imported boto3 and has a client."""
    # Bytecode is kept, as it is at users'.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = [subprocess.run([sys.executable, "-c", FIRST], env=kept, capture_output=True, check=True) for _ in range(9)]
    columns = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
    imported, entered, called, again = (median(column) * 1e3 for column in columns)
    yield Line("import emrs_mock", imported, "ms", goals["import"])
    yield Line("the first entering", entered, "ms", goals["entering"])
    yield Line("the first call", called, "ms", goals["first call"])
    yield Line("the second call", again, "ms")


def plugin(goals: Mapping[str, float]) -> Iterator[Line]:
    """2,000 tests that do not use the mock, with the plugin and without it."""
    with tempfile.TemporaryDirectory() as folder:
        tests = Path(folder, "test_empty.py")
        tests.write_text("".join(f"def test_{number}(): pass\n" for number in range(EMPTY)), encoding="utf-8")

        def run(*words: str) -> Callable[[], float]:
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, str(tests)]
            return lambda: seconds_of(command, folder)

        took = interleaved(5, {"with": run(), "without": run("-p", "no:emrs_mock")})
    yield Line(f"{EMPTY:,} empty tests with the plugin", took["with"], "s")
    yield Line("with the plugin / without", took["with"] / took["without"], "×", goals["plugin"])


def seconds_of(command: list[str], folder: str) -> float:
    """How long a command takes."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - began


GROUPS: Mapping[str, Callable[[Mapping[str, float]], Iterator[Line]]] = {
    "suite": suite,
    "client": client,
    "first": first,
    "plugin": plugin,
}


def row(line: Line) -> str:
    """A line of the table in Markdown."""
    budget = "" if line.goal is None else f"{line.goal:g} {line.unit}{'' if line.value <= line.goal else ', not met'}"
    return f"| {line.what} | {line.value:.2f} {line.unit} | {budget} |\n"


def main() -> int:
    """Run the benchmarks; 0 if every budget was met."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--goal", nargs="+", default=[], metavar="WHAT=NUMBER", help=f"budgets: {', '.join(GOALS)}")
    parser.add_argument("--page", type=Path, help="a page that gets the table")
    asked = parser.parse_args()
    goals = {**GOALS, **{name: float(number) for name, _, number in (goal.partition("=") for goal in asked.goal)}}
    lines = [line for name in asked.only for line in GROUPS[name](goals)]
    if asked.page:
        text = f"| | | budget |\n|---|---|---|\n{''.join(map(row, lines))}\nMeasured with {machine()}."
        write_between(asked.page, BEGIN, END, text)
    return 0 if tell("What a suite feels", lines) else 1


if __name__ == "__main__":
    sys.exit(main())
