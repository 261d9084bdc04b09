"""How the cost of everything grows with the number of job runs: times at several sizes, and the exponent.

Run by hand: `python tests/benchmarks/bench_growth.py`. `--sizes 1000 4000 16000` takes other sizes, `--most 1.3` other
budgets for the exponents of what shows everything; `--page docs/speed.md` writes the table into that page, between its
two marks. The exit status says whether every budget was met. Times are of the process, so that other load counts less.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any

import botocore
from measure import Line, tell

from emrs_mock import EMRServerless, mock_emr_serverless

Ask = Callable[[EMRServerless, Any, Mapping[str, str]], object]

BEGIN, END = "<!-- growth: begin -->", "<!-- growth: end -->"
JOB = {
    "executionRoleArn": "arn:aws:iam::123456789012:role/etl",
    "jobDriver": {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}},
}

ALIKE: Mapping[str, Ask] = {
    "StartJobRun": lambda emr, client, run: client.start_job_run(applicationId=run["applicationId"], **JOB),
    "GetJobRun": lambda emr, client, run: client.get_job_run(**run),
    "ListJobRuns, 50": lambda emr, client, run: client.list_job_runs(applicationId=run["applicationId"]),
    "ListJobRuns, states=": lambda emr, client, run: client.list_job_runs(
        applicationId=run["applicationId"], states=["SUCCESS"]
    ),
    "emr.events[-1], again": lambda emr, client, run: emr.events[-1],
    "len(emr.events), again": lambda emr, client, run: len(emr.events),
    "emr.job_runs[-1], again": lambda emr, client, run: emr.job_runs[-1],
    "repr(emr), again": lambda emr, client, run: repr(emr),
}
"""What costs the same among many job runs as among few."""

EVERYTHING: Mapping[str, Ask] = {
    'emr.metrics["RunningJobs"]': lambda emr, client, run: emr.metrics["RunningJobs"],
    "emr.timeline()": lambda emr, client, run: emr.timeline(),
    "str(emr.timeline())": lambda emr, client, run: str(emr.timeline()),
    "emr.snapshot()": lambda emr, client, run: emr.snapshot(),
    "emr.snapshot(), emr.restore(...)": lambda emr, client, run: emr.restore(emr.snapshot()),
    "emr.snapshot().to_json()": lambda emr, client, run: emr.snapshot().to_json(),
    "emr.reset()": lambda emr, client, run: emr.reset(),
}
"""What grows as there is more to show."""


def milliseconds(work: Callable[[], object], at_least: float = 0.05) -> float:
    """The least time of some calls, in milliseconds of this process."""
    took: list[float] = []
    while len(took) < 3 or sum(took) < at_least:
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took) * 1e3


def measured(size: int) -> dict[str, float]:
    """Every time, with so many job runs that start at one instant and run at the same time."""
    with mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z") as emr:
        client = emr.client("us-east-1")
        application = emr.add_application(schedulerConfiguration={"maxConcurrentRuns": 1000}).id
        for _ in range(size):
            run = client.start_job_run(applicationId=application, **JOB)
        run = {"applicationId": application, "jobRunId": run["jobRunId"]}
        began = time.process_time()
        emr.clock.advance(days=1)
        found = {"all transitions": (time.process_time() - began) * 1e3}
        began = time.process_time()
        len(emr.events)
        found["emr.events, at first"] = (time.process_time() - began) * 1e3
        for name, ask in {**ALIKE, **EVERYTHING}.items():
            found[name] = milliseconds(lambda: ask(emr, client, run))  # noqa: B023 - called at once
    return found


def exponent(sizes: Sequence[int], took: Sequence[float]) -> float:
    """The power with which a time grows: 0 not at all, 1 as the job runs, 2 quadratic."""
    return log(took[-1] / took[0]) / log(sizes[-1] / sizes[0])


def table(sizes: Sequence[int], found: Mapping[str, Sequence[float]]) -> str:
    """The times as a table of Markdown, with the machine."""
    head = f"| ms | {' | '.join(f'{size:,} job runs' for size in sizes)} | exponent |"
    rows = [
        f"| `{name}` | {' | '.join(f'{each:.2f}' for each in took)} | {exponent(sizes, took):.2f} |"
        for name, took in found.items()
    ]
    machine = f"Python {platform.python_version()}, botocore {botocore.__version__}, {platform.machine()}"
    return "\n".join([head, f"|---|{'---|' * (len(sizes) + 1)}", *rows, "", f"Measured with {machine}."])


def written(page: Path, text: str) -> None:
    """Put the table between the marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def main() -> int:
    """Measure and tell; 0 if every budget was met."""
    warnings.simplefilter("ignore")  # a loop of looks at one job run is what is measured here
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 4000])
    parser.add_argument("--most", type=float, default=1.25, help="budget for the exponents of what shows everything")
    parser.add_argument("--flat", type=float, default=0.1, help="budget for the exponents of what costs the same")
    parser.add_argument("--page", type=Path, help="a page that gets the table")
    asked = parser.parse_args()
    columns = [measured(size) for size in asked.sizes]
    found = {name: [column[name] for column in columns] for name in columns[0]}
    if asked.page:
        written(asked.page, table(asked.sizes, found))
    lines = [
        Line(name, exponent(asked.sizes, took), "", asked.flat if name in ALIKE else asked.most)
        for name, took in found.items()
        if name != "emr.reset()"  # it takes no time
    ]
    return 0 if tell(f"Exponents, {asked.sizes[0]:,} to {asked.sizes[-1]:,} job runs", lines) else 1


if __name__ == "__main__":
    sys.exit(main())
