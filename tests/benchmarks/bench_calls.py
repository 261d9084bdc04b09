"""What the mock costs: a call beside botocore alone and beside moto, entering and leaving, importing, many records.

Run by hand: `python tests/benchmarks/bench_calls.py`. `--only calls` measures one group; `--goal GetJobRun=0.8` sets
another budget; `--page docs/speed.md` writes the ratios to botocore alone into that page, between its two marks.
Contenders share a process and take turns, so that only the ratios count. The exit status says whether every budget was
met.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from types import MethodType
from typing import Any

import boto3
import botocore.endpoint
from botocore.awsrequest import AWSResponse
from measure import Line, Work, in_turns, interleaved, machine, per_call, tell, write_between

UNTOUCHED = botocore.endpoint.Endpoint.make_request
"""botocore's own function, from before any mock."""

from emrs_mock import EMRServerless, mock_emr_serverless  # noqa: E402 - after botocore's own function was kept

ROUNDS = 15
CALLS = 100
TURNS = 1000
FEW, MANY = 100, 10_000
BEGIN, END = "<!-- calls: begin -->", "<!-- calls: end -->"

Members = dict[str, Any]
Stage = Callable[[], AbstractContextManager[Mapping[str, Work]]]

JOB: Members = {
    "name": "nightly-etl",
    "executionRoleArn": "arn:aws:iam::123456789012:role/nightly-etl",
    "jobDriver": {
        "sparkSubmit": {
            "entryPoint": "s3://acme/code/main.py",
            "entryPointArguments": ["--day", "2026-01-31"],
            "sparkSubmitParameters": "--conf spark.executor.cores=4 --conf spark.executor.memory=16g",
        }
    },
    "configurationOverrides": {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://acme/logs/"}}},
    "tags": {"team": "data-platform"},
}
ETL: Members = {"name": "etl", "type": "SPARK", "releaseLabel": "emr-7.2.0"}

GOALS = {
    "GetJobRun": 0.80,
    "GetApplication": 0.80,
    "ListJobRuns": 0.45,
    "CreateApplication": 0.92,
    "StartJobRun": 0.95,
}
"""Budgets for one call, in times of what it costs with botocore alone."""


def new_client() -> Any:
    """An ordinary client, with credentials that need no look-up."""
    return boto3.session.Session("AKIDEXAMPLE", "secret", region_name="us-east-1").client("emr-serverless")


def calls(client: Any) -> Mapping[str, Work]:
    """The calls that are compared, on an application with more job runs than a page has, all at the same time."""
    made = client.create_application(**ETL, schedulerConfiguration={"maxConcurrentRuns": 1000})["applicationId"]
    run = [client.start_job_run(applicationId=made, **JOB)["jobRunId"] for _ in range(51)][-1]
    return {
        "GetJobRun": lambda: client.get_job_run(applicationId=made, jobRunId=run),
        "GetApplication": lambda: client.get_application(applicationId=made),
        "ListJobRuns": lambda: client.list_job_runs(applicationId=made, maxResults=50),
        "CreateApplication": lambda: client.create_application(**ETL),
        "StartJobRun": lambda: client.start_job_run(applicationId=made, **JOB),
    }


# --- beside botocore alone ------------------------------------------------------------------------------------------


def canned(works: Mapping[str, Work]) -> dict[str, bytes]:
    """The bytes of the mock's answers."""
    seen: dict[str, bytes] = {}
    real = botocore.endpoint.convert_to_response_dict

    def noting(response: Any, operation_model: Any) -> Any:
        seen[operation_model.name] = bytes(response.content)
        return real(response, operation_model)

    botocore.endpoint.convert_to_response_dict = noting
    try:
        for call in works.values():
            call()
    finally:
        botocore.endpoint.convert_to_response_dict = real
    return seen


def answered_at_before_send(answers: Mapping[str, bytes], client: Any) -> Any:
    """The client, which the mock does not reach any more: all is botocore's, signing too, but for the network."""
    client._endpoint.make_request = MethodType(UNTOUCHED, client._endpoint)

    def reply(event_name: str, request: Any, **kwargs: Any) -> AWSResponse:
        response = AWSResponse(request.url, 200, {"Content-Type": "application/json"}, None)
        response._content = answers[event_name.rpartition(".")[2]]
        return response

    client.meta.events.register("before-send.emr-serverless", reply)
    return client


def ratios() -> dict[str, tuple[float, float]]:
    """The microseconds of each call, with the mock and with botocore alone: call by call in turns."""
    with mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z", patience=None) as emr:
        ours = calls(new_client())
        emr.clock.advance(120)  # all of them run
        answers = canned(ours)
        alone = calls(answered_at_before_send(answers, new_client()))
        return {name: in_turns(TURNS, ours[name], alone[name]) for name in ours}


def beside_botocore(goals: Mapping[str, float], page: Path | None) -> bool:
    """One call of each kind, in times of the same call with botocore alone."""
    found = ratios()
    if page:
        head = "| call | with the mock, µs | botocore alone, µs | ratio | budget |\n|---|---|---|---|---|\n"
        rows = [
            f"| {name} | {ours:.0f} | {alone:.0f} | {ours / alone:.2f} | {goals[name]:.2f}"
            f"{'' if ours / alone <= goals[name] else ', not met'} |\n"
            for name, (ours, alone) in found.items()
        ]
        write_between(page, BEGIN, END, head + "".join(rows) + f"\nMeasured with {machine()}.")
    lines = [
        Line(f"{name} ({ours:.0f} µs, {alone:.0f} µs)", ours / alone, "×", goals[name])
        for name, (ours, alone) in found.items()
    ]
    return tell("Per call, beside botocore alone", lines)


# --- beside moto ----------------------------------------------------------------------------------------------------


def ours() -> Stage:
    """A new mock for each round, and an ordinary client."""
    client = new_client()

    @contextmanager
    def stage() -> Iterator[Mapping[str, Work]]:
        with mock_emr_serverless():
            yield calls(client)

    return stage


def motos() -> Stage:
    """The same with moto. It is imported late, because its import adds a handler to every later client."""
    from moto import mock_aws

    @contextmanager
    def stage() -> Iterator[Mapping[str, Work]]:
        with mock_aws():
            yield calls(new_client())

    return stage


def beside_moto() -> bool:
    """One call of each kind: this mock beside moto."""
    stages = {"ours": ours(), "moto": motos()}

    def measured(stage: Stage, operation: str) -> float:
        with stage() as works:
            per_call(works[operation], 5)  # warm
            return per_call(works[operation], CALLS)

    lines = []
    for operation in ("GetJobRun", "StartJobRun"):
        rounds = {name: partial(measured, stage, operation) for name, stage in stages.items()}
        took = interleaved(ROUNDS, rounds)
        lines += [Line(f"{operation}, {name}", value, "µs") for name, value in took.items()]
        lines.append(Line(f"{operation}, ours / moto", took["ours"] / took["moto"], "×", 1 / 3))
    return tell("Per call, beside moto", lines)


# --- entering, leaving, importing -----------------------------------------------------------------------------------


def entering_and_leaving() -> bool:
    """A `with` block around nothing, and a decorated function that does nothing."""

    def block() -> None:
        with mock_emr_serverless():
            pass

    @mock_emr_serverless
    def decorated() -> None:
        return None

    took = interleaved(ROUNDS, {work.__name__: partial(per_call, work, CALLS) for work in (block, decorated)})
    return tell("Entering and leaving", [Line(name, value / 1000, "ms", 0.2) for name, value in took.items()])


def import_time() -> bool:
    """What importing adds to a process that has imported botocore, in fresh processes."""
    code = "import time, botocore.session; t = time.perf_counter(); {}; print((time.perf_counter() - t) * 1000)"

    def took(statement: str) -> float:
        done = subprocess.run([sys.executable, "-c", code.format(statement)], capture_output=True, check=True)
        return float(done.stdout)

    goals = {
        "import emrs_mock": 10.0,
        "from emrs_mock import mock_emr_serverless": None,
        "import emrs_mock.pytest_plugin.plugin": None,
        "from emrs_mock import mock_emr_serverless as m; m.start()": None,
    }
    lines = [Line(code, median(took(code) for _ in range(7)), "ms", goal) for code, goal in goals.items()]
    return tell("Importing, after botocore", lines)


# --- many job runs --------------------------------------------------------------------------------------------------


@contextmanager
def crowd(size: int) -> Iterator[Mapping[str, Work]]:
    """The calls on one application with this many job runs; every page is full in both cases."""
    with mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z") as emr:
        yield crowd_calls(emr, size)


def crowd_calls(emr: EMRServerless, size: int) -> Mapping[str, Work]:
    """Half of the job runs failed, one created each second."""
    application = emr.add_application()
    for number in range(size):
        emr.add_job_run(application, ("SUCCESS", "FAILED")[number % 2])
        emr.clock.advance(1)
    client, run = emr.client("us-east-1"), emr.job_runs[size // 2].id
    questions: dict[str, Members] = {
        "ListJobRuns": {},
        "ListJobRuns, states=": {"states": ["FAILED"]},
        "ListJobRuns, createdAtAfter=": {"createdAtAfter": emr.job_runs[-60].created_at},
        "ListJobRuns, both": {"states": ["FAILED"], "createdAtAfter": emr.job_runs[-100].created_at},
    }
    get: dict[str, Work] = {"GetJobRun": lambda: client.get_job_run(applicationId=application.id, jobRunId=run)}
    return get | {
        name: lambda asked=asked: client.list_job_runs(applicationId=application.id, **asked)
        for name, asked in questions.items()
    }


def among_many() -> bool:
    """One call among 10,000 job runs beside the same among 100."""
    lines = []
    with crowd(FEW) as few, crowd(MANY) as many:
        for name in few:
            works = {"few": few[name], "many": many[name]}
            took = interleaved(ROUNDS, {size: partial(per_call, work, 20) for size, work in works.items()})
            lines.append(Line(f"{name}, {MANY:,} / {FEW}", took["many"] / took["few"], "×", 1.2))
    return tell("Among many job runs", lines)


GROUPS: Mapping[str, Callable[[], bool]] = {
    "entering": entering_and_leaving,
    "import": import_time,
    "moto": beside_moto,
    "many": among_many,
}


def main() -> int:
    """Run the benchmarks; 0 if every budget was met."""
    warnings.simplefilter("ignore")  # a loop of looks at one job run is what is measured here
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=["calls", *GROUPS], default=["calls", *GROUPS])
    parser.add_argument("--goal", nargs="+", default=[], metavar="CALL=RATIO", help="budgets for single calls")
    parser.add_argument("--page", type=Path, help="a page that gets the table of ratios")
    asked = parser.parse_args()
    goals = {**GOALS, **{name: float(ratio) for name, _, ratio in (goal.partition("=") for goal in asked.goal)}}
    met = [beside_botocore(goals, asked.page)] if "calls" in asked.only else []
    return 0 if all([*met, *(group() for name, group in GROUPS.items() if name in asked.only)]) else 1


if __name__ == "__main__":
    sys.exit(main())
