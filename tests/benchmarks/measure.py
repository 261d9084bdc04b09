"""How the benchmarks measure and report: interleaved rounds, medians, a table with goals."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import NamedTuple

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


def interleaved(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each contender's rounds. They take turns, so that the load of the machine affects all alike."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measured in contenders.items():
            gc.collect()
            found[name].append(measured())
    return {name: median(values) for name, values in found.items()}


def tell(title: str, lines: list[Line]) -> bool:
    """Print a table; returns whether every goal was met."""
    print(f"\n{title}")
    for line in lines:
        goal = "" if line.goal is None else f"goal ≤ {line.goal:g}"
        verdict = "" if line.goal is None else "ok" if line.value <= line.goal else "MISSED"
        print(f"  {line.what:48} {line.value:9.2f} {line.unit:3}  {goal:12} {verdict}".rstrip())
    return all(line.goal is None or line.value <= line.goal for line in lines)
