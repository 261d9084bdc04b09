"""How the cost of everything grows with the number of job runs: times at several sizes, and the exponent.

Run by hand: `python tests/benchmarks/bench_growth.py`. `--sizes 1000 4000 16000` takes other sizes, `--most 1.3` sets
another budget for the exponents of what shows everything, `--flat 1.2` another one for what costs the same among many
as among few, `--bytes 5000` another one for what is kept of a job run; `--page docs/speed.md` writes the table into
that page, between its two marks. The exit status says whether every budget was met. Times are of the process, so that
other load counts less.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from math import log
from pathlib import Path
from typing import Any

from measure import Line, machine, tell, write_between

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

MOVE = "a job run moves to another drawer"
LOGARITHMIC = 0.2
"""Budget for the exponent of what looks for a place among all."""
GOALS: Mapping[str, float] = {
    "all transitions": 3000,
    "emr.timeline()": 2000,
    "emr.snapshot(), emr.restore(...)": 2000,
    "emr.reset()": 100,
}
"""Budgets in milliseconds, with 100,000 job runs."""
LARGE = 100_000


def milliseconds(work: Callable[[], object], at_least: float = 0.05, rounds: int = 3) -> float:
    """The least time of some calls, in milliseconds of this process; of one call if it takes long."""
    took: list[float] = []
    while len(took) < rounds or sum(took) < at_least:
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
        if took[-1] > 1:
            break
    return min(took) * 1e3


def measured(size: int) -> dict[str, float]:
    """Every time, with so many job runs that start at one instant and run at the same time."""
    with mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z") as emr:
        client = emr.client("us-east-1")
        application = emr.add_application(schedulerConfiguration={"maxConcurrentRuns": 1000}).id
        for _ in range(size):
            run = client.start_job_run(applicationId=application, **JOB)
        run = {"applicationId": application, "jobRunId": run["jobRunId"]}
        found = {
            "all transitions": milliseconds(lambda: emr.clock.advance(days=1), 0, 1),
            "emr.events, at first": milliseconds(lambda: len(emr.events), 0, 1),
        }
        for name, ask in ALIKE.items():
            found[name] = milliseconds(lambda: ask(emr, client, run), rounds=200)  # noqa: B023 - called at once
        found[MOVE] = milliseconds(lambda: moved(emr), rounds=1000)
        for name, ask in EVERYTHING.items():
            found[name] = milliseconds(lambda: ask(emr, client, run))  # noqa: B023 - called at once
        return found


def moved(emr: EMRServerless) -> None:
    """Take one of the oldest job runs out of its drawer, and put it back."""
    simulation = emr._simulation
    world, record = simulation.owners[emr._job_runs._known[0]]
    world.register_of(record).moved(record, record.drawer)


def kept(times: int = 2000) -> dict[str, float]:
    """How many bytes are kept of a job run that has ended, of its request, of a poll and of a page of 50."""
    with mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z", patience=None) as emr:
        client = emr.client("us-east-1")
        application = emr.add_application(schedulerConfiguration={"maxConcurrentRuns": 1000}).id

        def submit() -> None:
            run.update(client.start_job_run(applicationId=application, **JOB))

        run: dict[str, Any] = {}
        submit()
        of_runs = bytes_of(lambda: [submit() for _ in range(times)] and emr.clock.advance(days=1)) / times
        asked = {"applicationId": application, "jobRunId": run["jobRunId"]}
        request = emr.calls[-1].params
        copies: list[Any] = []
        polls: dict[str, Callable[[], object]] = {
            "GetJobRun": lambda: client.get_job_run(**asked),
            "page of 50": lambda: client.list_job_runs(applicationId=application),
        }
        return {
            "job run, beyond its request": of_runs - bytes_of(lambda: copies.append(deepcopy(request))),
            **{name: bytes_of_each(poll, times // 10) for name, poll in polls.items()},
        }


def bytes_of_each(work: Callable[[], object], times: int) -> float:
    """How many bytes are kept of one call among many."""

    def calls() -> None:
        for _ in range(times):
            work()

    calls()  # what is kept once is kept
    return bytes_of(calls) / times


def bytes_of(work: Callable[[], object]) -> int:
    """How many bytes are kept after some work that were not before."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def exponent(sizes: Sequence[int], took: Sequence[float]) -> float:
    """The power with which a time grows: 0 not at all, 1 as the job runs, 2 quadratic."""
    return log(took[-1] / took[0]) / log(sizes[-1] / sizes[0])


def lines_of(sizes: Sequence[int], found: Mapping[str, Sequence[float]], flat: float, most: float) -> dict[str, Line]:
    """The line of each row in the report: a ratio, an exponent, or milliseconds."""
    lines = {}
    for name, took in found.items():
        if sizes[-1] == LARGE and name in GOALS:
            lines[name] = Line(name, took[-1], "ms", GOALS[name])
        elif name in ALIKE:
            lines[name] = Line(name, took[-1] / took[0], "×", flat)
        else:
            lines[name] = Line(name, exponent(sizes, took), "", LOGARITHMIC if name == MOVE else most)
    return lines


def table(sizes: Sequence[int], found: Mapping[str, Sequence[float]], lines: Mapping[str, Line]) -> str:
    """The times as a table of Markdown, each with its growth and its budget."""
    head = f"| ms | {' | '.join(f'{size:,} job runs' for size in sizes)} | growth | budget |"
    rows = []
    for name, took in found.items():
        line = lines[name]
        is_flat = name in ALIKE
        growth = f"{took[-1] / took[0]:.2f} ×" if is_flat else f"exponent {exponent(sizes, took):.2f}"
        met = "" if line.value <= (line.goal or line.value) else ", not met"
        budget = f"{line.goal:,.0f} ms" if line.unit == "ms" else f"{line.goal:.2f}{' ×' if is_flat else ''}"
        rows.append(f"| `{name}` | {' | '.join(spelled(each) for each in took)} | {growth} | {budget}{met} |")
    return "\n".join([head, f"|---|{'---|' * (len(sizes) + 2)}", *rows])


def spelled(took: float) -> str:
    """Milliseconds with as many digits as can be meant."""
    return f"{took:,.0f}" if took >= 100 else f"{took:.3g}"


def main() -> int:
    """Measure and tell; 0 if every budget was met."""
    warnings.simplefilter("ignore")  # a loop of looks at one job run is what is measured here
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 4000])
    parser.add_argument("--most", type=float, default=1.25, help="budget for the exponents of what shows everything")
    parser.add_argument("--flat", type=float, default=1.1, help="budget for the ratios of what costs the same")
    parser.add_argument("--bytes", type=float, default=4000, help="budget for what is kept of a job run")
    parser.add_argument("--page", type=Path, help="a page that gets the table")
    asked = parser.parse_args()
    sizes = asked.sizes
    columns = [measured(size) for size in sizes]
    found = {name: [column[name] for column in columns] for name in columns[0]}
    lines = lines_of(sizes, found, asked.flat, asked.most)
    memory = kept()
    if asked.page:
        sizes_kept = "".join(f"| {name} | {size:,.0f} |\n" for name, size in memory.items())
        bytes_kept = f"| kept of each | bytes |\n|---|---|\n{sizes_kept}"
        text = f"{table(sizes, found, lines)}\n\n{bytes_kept}\nMeasured with {machine()}."
        write_between(asked.page, BEGIN, END, text)
    of_runs = [Line(f"kept: {name}", size, "B") for name, size in memory.items()]
    of_runs[0] = of_runs[0]._replace(goal=asked.bytes)
    title = f"Growth, {sizes[0]:,} to {sizes[-1]:,} job runs: ratios, exponents, or ms at {LARGE:,}"
    return 0 if tell(title, [*lines.values(), *of_runs]) else 1


if __name__ == "__main__":
    sys.exit(main())
