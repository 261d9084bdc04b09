"""The section about a mock in the report of a failed test: its timeline, and the rules that decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from emrs_mock._shortened import shortened
from emrs_mock.observation.calls import CallRecord
from emrs_mock.sim.outcomes import Plan
from emrs_mock.sim.simulation import Simulation

MAX_LINES = 200


class CountingRule(Protocol):
    """A rule, which counts the job runs about which it has decided something."""

    matched: int


class RuleUsage:
    """Records which rules decided something about which job run, also rules that were removed later."""

    def __init__(self) -> None:
        self._by_run: dict[str, list[str]] = {}

    def note(self, run_id: str, rules: Iterable[CountingRule], decide: Callable[[], Plan]) -> Plan:
        """Call `decide` for the plan of a job run, and note which rules it used."""
        before = [(rule, rule.matched) for rule in rules]
        plan = decide()
        self._by_run[run_id] = [repr(rule) for rule, matched in before if rule.matched > matched]
        return plan

    def lines(self, simulation: Simulation) -> Iterator[str]:
        """One line for each existing job run about which a rule decided."""
        for run_id, rules in self._by_run.items():
            if rules and run_id in simulation.owners:
                yield f"  job run {run_id}: {', '.join(rules)}"


def check_matched(rules: Iterable[str], faults: Iterable[str]) -> None:
    """Raise AssertionError if there is a line about a rule or a fault that had no effect."""
    found = (("rules decided about no job run", "rules", rules), ("faults hit no try of a call", "faults", faults))
    parts = [(f"These {what} (docs: {page}):", [*lines]) for what, page, lines in found]
    text = "\n".join("\n  ".join([title, *lines]) for title, lines in parts if lines)
    if text:
        raise AssertionError(text)


def report(
    simulation: Simulation,
    calls: Iterable[CallRecord],
    usage: RuleUsage,
    unmatched_rules: Iterable[str],
    unmatched_faults: Iterable[str],
) -> str:
    """The timeline, why AWS refused, the rules that decided, and what had no effect; empty if nothing has happened."""
    calls = list(calls)
    if not simulation.changes and not calls:
        return ""
    from emrs_mock.observation.explained_refusals import explained
    from emrs_mock.observation.timeline import Timeline

    lines = str(Timeline(simulation, calls)).splitlines()
    if len(lines) > MAX_LINES:
        left_out = len(lines) - MAX_LINES
        lines = [lines[0], f"  ... {left_out} lines are left out", *lines[left_out + 1 :]]
    parts = (
        ("why AWS refused", explained(simulation, calls)),
        ("rules that decided", list(usage.lines(simulation))),
        ("rules that decided nothing", [f"  {line}" for line in unmatched_rules]),
        ("faults that hit nothing", [f"  {line}" for line in unmatched_faults]),
    )
    return "\n".join(
        [*lines, *(line for title, own in parts if own for line in ("", title, *shortened(own, indent="  ")))]
    )
