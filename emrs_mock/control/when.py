"""`emr.when(...)`: which job runs a rule is about, and what it decides for them.

A rule is asked once for each job run, when StartJobRun is accepted. The last rule that matches wins, so that a test
overrides its fixtures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any

from emrs_mock.sim.details import FAILED
from emrs_mock.sim.outcomes import HANGS, Outcome, Plan
from emrs_mock.sim.timing import Duration, duration

Matcher = str | re.Pattern[str] | Callable[[Any], bool]
Values = Callable[[Any], Iterator[str]]
"""What of a job run a matcher is tried on; one match suffices."""

MODES = ("BATCH", "STREAMING")


def matches(matcher: Matcher, value: str) -> bool:
    """Whether a matcher of the author's takes a value: a shell pattern, a regular expression (searched), a callable."""
    if isinstance(matcher, str):
        return fnmatchcase(value, matcher)
    if isinstance(matcher, re.Pattern):
        return matcher.search(value) is not None
    return bool(matcher(value))


def _of_drivers(*names: str) -> Values:
    def values(run: Any) -> Iterator[str]:
        for driver in run.job_driver.values():
            for name in names:
                found = driver.get(name, ())
                yield from [found] if isinstance(found, str) else found

    return values


def _of_application(run: Any) -> Iterator[str]:
    yield from (run.application_id, run.arn.rsplit("/jobruns/", 1)[0])
    if run.application_name is not None:
        yield run.application_name


def _of_role(run: Any) -> Iterator[str]:
    yield from (run.execution_role, run.execution_role.rsplit("/", 1)[-1])


MATCHED: Mapping[str, Values] = {
    "name": lambda run: iter([getattr(run, "name", "")]),
    "entry_point": _of_drivers("entryPoint"),
    "query": _of_drivers("query"),
    "argument": _of_drivers("entryPointArguments"),
    "application": _of_application,
    "role": _of_role,
    "mode": lambda run: iter([run.mode]),
}


class Rule:
    """What shall become of some job runs. Say it with one of the verbs; `remove()`, or leaving a `with`, undoes it."""

    def __init__(self, rules: Rules, matchers: Mapping[str, Any]) -> None:
        self._rules = rules
        self._matchers = {name: matcher for name, matcher in matchers.items() if matcher is not None}
        self.plan: Plan | None = None
        self.left: int | None = None
        _refuse_impossible(self._matchers)

    def succeed(self, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """End in SUCCESS, `after` (seconds or timedelta; default `Timing.run`) in RUNNING.

        With `times`, only the next so many job runs; then the rule no longer matches.
        """
        return self._decide(Outcome("succeed", after=_after(after)), times)

    def fail(self, details: str = FAILED, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """End in FAILED with `details` as `stateDetails` (cut to 256 characters, as AWS does), `after` in RUNNING."""
        return self._decide(Outcome("fail", details, _after(after)), times)

    def hang(self, *, times: int | None = None) -> Rule:
        """Never end: RUNNING until cancelled, or until the execution time-out."""
        return self._decide(HANGS, times)

    def remove(self) -> None:
        """Take the rule back; job runs that it decided stay decided."""
        self._rules.remove(self)

    def __enter__(self) -> Rule:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={matcher!r}" for name, matcher in self._matchers.items())
        return f"when({said})"

    def answer(self, run: Any) -> Plan | None:
        """What the rule decides for a job run; None where it does not match or is used up."""
        if self.plan is None or self.left == 0 or not self._matches(run):
            return None
        if self.left is not None:
            self.left -= 1
        return self.plan

    def _decide(self, outcome: Outcome, times: int | None) -> Rule:
        if self.plan is not None:
            raise ValueError(f"{self!r} has its verb already: make a second rule (docs: rules)")
        if times is not None and times < 1:
            raise ValueError(f"times= counts job runs, from 1; not {times!r} (docs: rules)")
        self.plan, self.left = Plan((outcome,)), times
        return self

    def _matches(self, run: Any) -> bool:
        return all(self._takes(name, matcher, run) for name, matcher in self._matchers.items())

    @staticmethod
    def _takes(name: str, matcher: Any, run: Any) -> bool:
        if name == "where":
            return bool(matcher(run))
        if name == "tags":
            return all(key in run.tags and matches(wanted, run.tags[key]) for key, wanted in matcher.items())
        return any(matches(matcher, value) for value in MATCHED[name](run))


def _after(after: Duration | None) -> Any:
    return None if after is None else duration(after, "after=")


def _refuse_impossible(matchers: Mapping[str, Any]) -> None:
    mode = matchers.get("mode")
    if isinstance(mode, str) and not any(fnmatchcase(known, mode) for known in MODES):
        raise ValueError(f"No job run has mode={mode!r}. There are: {', '.join(MODES)} (docs: rules)")
    for name, matcher in matchers.items():
        kinds = Mapping if name == "tags" else Callable if name == "where" else (str, re.Pattern, Callable)
        if not isinstance(matcher, kinds):  # type: ignore[arg-type]  # Callable is a class here
            raise TypeError(f"{name}={matcher!r}: not a string, re.Pattern or callable (docs: rules)")


class UnfinishedRule(ValueError):
    """A `when(...)` without a verb: it decides nothing, which nobody can have meant."""


class Rules:
    """The rules of one mock, in the order in which they were made."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, matchers: Mapping[str, Any]) -> Rule:
        """Begin a rule."""
        rule = Rule(self, matchers)
        self._rules.append(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        """Take a rule back, by identity; taking it back twice is nothing."""
        self._rules = [other for other in self._rules if other is not rule]

    def checkpoint(self) -> list[tuple[Rule, Plan | None, int | None]]:
        """What stands now, to `rewind` to."""
        return [(rule, rule.plan, rule.left) for rule in self._rules]

    def rewind(self, checkpoint: list[tuple[Rule, Plan | None, int | None]]) -> None:
        """Be again as at the checkpoint."""
        self._rules = [rule for rule, _, _ in checkpoint]
        for rule, plan, left in checkpoint:
            rule.plan, rule.left = plan, left

    def decide(self, run: Any) -> Plan:
        """The plan for a job run: that of the last rule that matches, else success."""
        answers = (rule.answer(run) for rule in reversed(self._rules))
        return next((plan for plan in answers if plan is not None), Plan())

    def check_complete(self) -> None:
        """Refuse rules without a verb."""
        unfinished = [repr(rule) for rule in self._rules if rule.plan is None]
        if unfinished:
            raise UnfinishedRule(f"{', '.join(unfinished)}: say .succeed(), .fail() or .hang() (docs: rules)")
