"""What a failed test's report says of a mock: what happened when, and which rules had a part in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from emrs_mock.observation.calls import CallRecord
from emrs_mock.observation.timeline import Timeline
from emrs_mock.sim.outcomes import Plan
from emrs_mock.sim.simulation import Simulation

MOST_LINES = 200


class Counting(Protocol):
    """A rule: it counts the job runs that it decided something about."""

    matched: int


class Fired:
    """Which rules decided something about which job run; those that were taken back since too."""

    def __init__(self) -> None:
        self._by_run: dict[str, list[str]] = {}

    def note(self, run_id: str, rules: Iterable[Counting], decide: Callable[[], Plan]) -> Plan:
        """Let the plan for a job run be decided, and note which of the rules had a part in it."""
        before = [(rule, rule.matched) for rule in rules]
        plan = decide()
        self._by_run[run_id] = [repr(rule) for rule, matched in before if rule.matched > matched]
        return plan

    def told(self, simulation: Simulation) -> Iterator[str]:
        """A line for each job run that there is and that a rule was about."""
        for run_id, rules in self._by_run.items():
            if rules and run_id in simulation.owners:
                yield f"  job run {run_id}: {', '.join(rules)}"


def report(simulation: Simulation, calls: Iterable[CallRecord], fired: Fired) -> str:
    """The timeline and the rules; nothing where nothing happened."""
    if not simulation.changes:
        return ""
    lines = str(Timeline(simulation, calls)).splitlines()
    if len(lines) > MOST_LINES:
        left_out = len(lines) - MOST_LINES
        lines = [lines[0], f"  ... {left_out} lines are left out", *lines[left_out + 1 :]]
    rules = list(fired.told(simulation))
    return "\n".join([*lines, *(["", "rules that decided", *rules] if rules else [])])
