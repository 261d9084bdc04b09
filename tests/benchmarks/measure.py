"""How the benchmarks measure and report: interleaved rounds, medians, a table with goals."""

from __future__ import annotations

import gc
import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import botocore

Work = Callable[[], object]


class Line(NamedTuple):
    """One line of the table: the subject, the result, and the goal (None: no goal)."""

    what: str
    value: float
    unit: str
    goal: float | None = None


def per_call(work: Work, calls: int) -> float:
    """Microseconds per call, in a series of calls."""
    began = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - began) / calls * 1e6


def in_turns(turns: int, *works: Work) -> tuple[float, ...]:
    """The 5th percentile of each work's microseconds. They alternate call by call, so that load affects all alike."""
    took: list[list[float]] = [[] for _ in works]
    for turn in range(-turns // 10, turns):  # what is done at the first calls does not count
        for times, work in zip(took, works, strict=True):
            began = time.perf_counter()
            work()
            if turn >= 0:
                times.append(time.perf_counter() - began)
    return tuple(quantiles(times, n=20)[0] * 1e6 for times in took)


def interleaved(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each contender's rounds. They take turns, so that the load of the machine affects all alike."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measured in contenders.items():
            gc.collect()
            found[name].append(measured())
    return {name: median(values) for name, values in found.items()}


def machine() -> str:
    """What a measurement depends on, in words."""
    release = f"Python {platform.python_version()}, botocore {botocore.__version__}"
    return f"{release}, {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"


def write_between(page: Path, begin: str, end: str, text: str) -> None:
    """Put a text between two marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def tell(title: str, lines: list[Line]) -> bool:
    """Print a table; returns whether every goal was met."""
    print(f"\n{title}")
    for line in lines:
        goal = "" if line.goal is None else f"goal ≤ {line.goal:g}"
        verdict = "" if line.goal is None else "ok" if line.value <= line.goal else "MISSED"
        print(f"  {line.what:48} {line.value:9.2f} {line.unit:3}  {goal:12} {verdict}".rstrip())
    return all(line.goal is None or line.value <= line.goal for line in lines)
