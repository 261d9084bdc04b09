"""`emr.when(...)`: rules, which decide about job runs. Which job runs a rule matches is in `matchers`.

The rules are applied once to each job run, when StartJobRun is accepted. A verb of a rule decides one aspect of the job
run: its outcome, how long it stays in a state, the executors it wants, the resources it uses, or its logs. For each
aspect, the last rule that matches and decides it wins, so that a test can override its fixtures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from emrs_mock._annotations import checked
from emrs_mock.members.literals import JobRunState
from emrs_mock.scenario.endings import Ending, Fail, Hang, Succeed, failure, outcome, stayable
from emrs_mock.scenario.handlers import Handler
from emrs_mock.scenario.matchers import refusal, refuse_impossible
from emrs_mock.scenario.revocable import Checkpoint, Registry, Revocable, verbs
from emrs_mock.scenario.rule_notes import Noting
from emrs_mock.sim.billing import Utilization
from emrs_mock.sim.demand import Wanted, demand
from emrs_mock.sim.details import FAILED
from emrs_mock.sim.outcomes import SUCCEEDS, Outcome, Plan, Streams
from emrs_mock.sim.timing import Duration, duration

Aspect = tuple[str, Any]
"""What a verb decides: `outcome`, `executors`, `utilization`, `stays` in a state, `logs` of a worker, `shutdown`."""


class Decision(NamedTuple):
    """What a verb decides, and for how many more job runs (None: all)."""

    value: Any
    left: int | None

    def used(self) -> Decision:
        """The decision after one more job run."""
        return self._replace(left=None if self.left is None else self.left - 1)


@verbs
@checked("rules")
class Rule(Noting):
    """Decides about the job runs that match; its methods, the verbs, say what.

    `times` limits a verb to that many job runs (None: all); after them, earlier rules decide. `after` is a number of
    seconds or a timedelta, and counts from RUNNING. Each verb raises TypeError or ValueError at once for an impossible
    argument.
    `remove()`, or the end of a `with` block, removes the rule. It does not change job runs that were accepted before.
    """

    def __init__(self, rules: Rules, matchers: Mapping[str, Any]) -> None:
        super().__init__(rules, {name: matcher for name, matcher in matchers.items() if matcher is not None})
        self._decisions: dict[Aspect, Decision] = {}
        refuse_impossible(self._matchers)

    def succeed(self, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """End in SUCCESS, `after` (seconds or timedelta; default `Timing.run`) in RUNNING."""
        return self._ends(times, Succeed(after).outcome)

    def fail(self, details: str | Fail = FAILED, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """End in FAILED, `after` (seconds or timedelta; default `Timing.run`) in RUNNING, or as a `Fail` says.

        `details` is the text of `stateDetails`, cut to 256 characters as AWS does.
        """
        return self._ends(times, failure(details, after))

    def hang(self, *, times: int | None = None) -> Rule:
        """Never end: RUNNING until cancelled, or until the execution time-out."""
        return self._ends(times, Hang().outcome)

    def time_out(self, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """Exceed the execution time-out (`after`, else its own, else 720 minutes): CANCELLING, CANCELLED."""
        return self._ends(times, outcome("time_out", after))

    def time_out_in_queue(self, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """Stay QUEUED, even if there is room, until the queue time-out (`after`, else its own, else 360 minutes)."""
        return self._ends(times, outcome("queue_time_out", after))

    def cancel(self, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """Be cancelled as if by another user, `after` (default `Timing.run`) in RUNNING: CANCELLING, CANCELLED."""
        return self._ends(times, outcome("cancel", after))

    def exceed_capacity(self, *, times: int | None = None) -> Rule:
        """Fail in SCHEDULED, as if the application's maximumCapacity had no room for the driver."""
        return self._ends(times, Fail.capacity().outcome)

    def attempts(self, *endings: Ending, times: int | None = None) -> Rule:
        """End the first attempt with the first ending, and so on; the last ending is for all further attempts.

        An ending is `Succeed(...)`, `Fail(...)` or `Hang()`. The job run's retryPolicy decides whether there is another
        attempt.
        """
        if not endings:
            raise TypeError("attempts(): expected Succeed(...), Fail(...) or Hang() for each attempt (docs: rules)")
        return self._ends(times, *(ending.outcome for ending in endings))

    def run(self, handler: Callable[[Any], Any], after: Duration | None = None, *, times: int | None = None) -> Rule:
        """Call `handler` with the job run when an attempt becomes RUNNING; it decides how the attempt ends.

        An exception means FAILED. A returned `Fail` or `Hang` is the ending; any other return value means SUCCESS. What
        the handler prints is the driver's log. `after` is the duration of the job.
        """
        default = outcome("succeed", after)
        return self._ends(times, Outcome(default.event, after=default.after, handler=Handler(handler)))

    def stay(self, state: JobRunState, for_: Duration | None = None, *, times: int | None = None) -> Rule:
        """Stay in `state` for this long before the automatic transition; None: for ever."""
        length = None if for_ is None else duration(for_, "for_=")
        return self._decide(("stays", stayable("job_run", state)), length, times)

    def shut_down(self, after: Duration, *, times: int | None = None) -> Rule:
        """Take this long to shut down if it is cancelled while RUNNING, at most its grace period.

        Without a grace period, and without this rule, CANCELLING lasts `Timing.cancel`.
        """
        return self._decide(("shutdown", None), duration(after, "after="), times)

    def executors(self, wanted: Wanted, *, times: int | None = None) -> Rule:
        """Want so many executors over time: `[(0, 3), (600, 50), (1800, 5)]`, or a function of time.

        Times count from RUNNING, in seconds or as a timedelta; before the first one the job run wants what its
        properties say. A function gets the seconds since RUNNING and is called at RUNNING and at each whole minute
        after it, for seven days at most. Minimum, maximum, batch size and idle time-out of the job run's properties,
        and the capacity of its application, decide how many of them come, and when (facts §4.2, §4.5).
        """
        return self._decide(("executors", None), demand(wanted), times)

    def utilization(
        self,
        vcpu_hours: float = 0,
        memory_gb_hours: float = 0,
        storage_gb_hours: float = 0,
        *,
        billed: tuple[float, float, float] | None = None,
        times: int | None = None,
    ) -> Rule:
        """Show these totals at the end instead of computed ones; `billed` defaults to the same figures."""
        used = (vcpu_hours, memory_gb_hours, storage_gb_hours)
        figures = tuple(Utilization.of(*hours) for hours in (used, used if billed is None else billed))
        return self._decide(("utilization", None), figures, times)

    def logs(self, stdout: str = "", stderr: str = "", *, executor: int = 0, times: int | None = None) -> Rule:
        """Write these logs at RUNNING in each attempt: the driver's, or those of an executor (Hive: task)."""
        if executor < 0:
            raise ValueError(f"executor={executor!r}: executors are counted from 1, 0 is the driver (docs: logs)")
        return self._decide(("logs", executor), Streams(stdout, stderr), times)

    def _aspects(self) -> set[Aspect]:
        """The aspects that the rule still decides: those whose `times` are not used up."""
        return {aspect for aspect, decision in self._decisions.items() if decision.left != 0}

    def _matches(self, run: Any) -> bool:
        """Whether all matchers accept a job run."""
        reason = refusal(self._matchers, run)
        if reason is not None:
            self._note_unmatched(run, reason)
        return reason is None

    def _use(self, aspects: set[Aspect]) -> dict[Aspect, Any]:
        """Decide these aspects of one more job run."""
        self.matched += 1
        for aspect in aspects:
            self._decisions = {**self._decisions, aspect: self._decisions[aspect].used()}
        return {aspect: self._decisions[aspect].value for aspect in aspects}

    def _ends(self, times: int | None, *outcomes: Outcome) -> Rule:
        return self._decide(("outcome", None), outcomes, times)

    def _decide(self, aspect: Aspect, value: Any, times: int | None) -> Rule:
        if aspect in self._decisions:
            raise ValueError(f"{self!r} already has a verb for this: make a second rule (docs: rules)")
        if times is not None and times < 1:
            raise ValueError(f"times={times!r}: expected a number of job runs, at least 1 (docs: rules)")
        self._decisions = {**self._decisions, aspect: Decision(value, times)}
        return self


class UnfinishedRule(ValueError):
    """A `when(...)` without a verb, which decides nothing: a mistake in the test."""


DEFAULT_PLAN = Plan()


class Rules(Registry[Rule]):
    """The rules of one mock, in the order in which they were made."""

    def __init__(self) -> None:
        super().__init__()
        self._removed: list[Rule] = []

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.entries)

    def remove(self, entry: Revocable) -> None:
        if isinstance(entry, Rule) and entry in self.entries and entry._unmatched and not entry.matched:
            self._removed.append(entry)
        super().remove(entry)

    def rewind(self, checkpoint: Checkpoint) -> None:
        super().rewind(checkpoint)
        self._removed.clear()

    def add(self, matchers: Mapping[str, Any]) -> Rule:
        """Add a rule that has no verb yet."""
        rule = Rule(self, matchers)
        self.entries.append(rule)
        return rule

    def decide(self, run: Any) -> Plan:
        """The plan for a job run: for each aspect the decision of the last rule that matches, else the default."""
        decided: set[Aspect] = set()
        used: list[tuple[Rule, set[Aspect]]] = []
        for rule in reversed(self.entries):
            aspects = rule._aspects() - decided
            if not aspects:
                rule._note_unmatched(run, _why_covered(rule, used, run))
            elif rule._matches(run):
                used.append((rule, aspects))
                decided |= aspects
        # Rules are used up only now, after every matcher has been called: a matcher may raise.
        return _plan({aspect: value for rule, aspects in used for aspect, value in rule._use(aspects).items()})

    def check_complete(self) -> None:
        """Raise UnfinishedRule if there are rules without a verb."""
        unfinished = [repr(rule) for rule in self.entries if not rule._decisions and not rule._is_mistaken]
        if unfinished:
            raise UnfinishedRule(
                f"{', '.join(unfinished)}: add a verb, such as .succeed(), .fail() or .hang() (docs: rules)"
            )

    def unmatched(self, *, removed: bool = False) -> Iterator[str]:
        """Why rules have decided nothing, one line for each reason; with `removed`, of those that were removed too."""
        for rule in (*(self._removed if removed else ()), *self.entries):
            if not rule.matched:
                yield from rule._why_unmatched()


def _why_covered(rule: Rule, used: Sequence[tuple[Rule, Any]], run: Any) -> str:
    """Why a rule that was not asked decides nothing. Its callables are not called for that."""
    plain = {name: each for name, each in rule._matchers.items() if isinstance(each, str | re.Pattern)}
    return refusal(plain, run) or (f"{used[0][0]!r} decided" if used else "it has no verb")


def _plan(decisions: Mapping[Aspect, Any]) -> Plan:
    def of(kind: str) -> dict[Any, Any]:
        return {key: value for (own_kind, key), value in decisions.items() if own_kind == kind}

    outcomes = decisions.get(("outcome", None), (SUCCEEDS,))
    in_queue = {"QUEUED": None} if outcomes[0].event == "queue_time_out" else {}
    return Plan(
        outcomes=outcomes,
        stays={**of("stays"), **in_queue},
        utilization=decisions.get(("utilization", None)),
        logs=of("logs"),
        shutdown=decisions.get(("shutdown", None)),
        executors=decisions.get(("executors", None)),
    )
