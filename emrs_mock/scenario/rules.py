"""`emr.when(...)`: what becomes of the job runs that a rule is about. Which these are is the matchers' business.

A rule is asked once for each job run, when StartJobRun is accepted. A verb answers a question: how it ends, how long it
stays in a state, what it uses, what it writes. Of each question the last rule that matches and answers it decides, so
that a test overrides its fixtures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from emrs_mock._annotations import checked
from emrs_mock.scenario.endings import Ending, Fail, Hang, Succeed, failure, outcome, stayable
from emrs_mock.scenario.handlers import Handler
from emrs_mock.scenario.matchers import refuse_impossible, takes
from emrs_mock.scenario.revocable import Book, Said
from emrs_mock.sim.billing import Utilization
from emrs_mock.sim.details import FAILED
from emrs_mock.sim.outcomes import SUCCEEDS, Outcome, Plan, Streams
from emrs_mock.sim.timing import Duration, duration

Question = tuple[str, Any]
"""What a rule can answer: `outcome`, `utilization`, `stays` in a state, `logs` of a worker."""


class Answer(NamedTuple):
    """What a verb said, and for how many job runs still (None: all)."""

    value: Any
    left: int | None

    def used(self) -> Answer:
        """The answer, after it was given once more."""
        return self._replace(left=None if self.left is None else self.left - 1)


@checked("rules")
class Rule(Said):
    """What shall become of some job runs. Say it with the verbs.

    With `times`, a verb is for the next so many job runs; then the rule before decides. `after` is in seconds, or a
    timedelta, and counts from RUNNING. Each verb raises TypeError or ValueError, at once, for what cannot be.
    `remove()`, or leaving a `with`, undoes the rule: job runs that it decided stay decided.
    """

    def __init__(self, rules: Rules, matchers: Mapping[str, Any]) -> None:
        super().__init__(rules)
        self._matchers = {name: matcher for name, matcher in matchers.items() if matcher is not None}
        self._answers: dict[Question, Answer] = {}
        self.matched = 0
        """Of how many job runs the rule decided something."""
        refuse_impossible(self._matchers)

    def succeed(self, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """End in SUCCESS, `after` (default `Timing.run`) in RUNNING."""
        return self._ends(times, Succeed(after).outcome)

    def fail(self, details: str | Fail = FAILED, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """End in FAILED with `details` as `stateDetails` (cut to 256 characters, as AWS does), or as a `Fail` says."""
        return self._ends(times, failure(details, after))

    def hang(self, *, times: int | None = None) -> Rule:
        """Never end: RUNNING until cancelled, or until the execution time-out."""
        return self._ends(times, Hang().outcome)

    def time_out(self, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """Exceed the execution time-out, its own (720 minutes where it has none) or `after`: CANCELLING, CANCELLED."""
        return self._ends(times, outcome("time_out", after))

    def time_out_in_queue(self, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """Be QUEUED, whatever room there is, until the queue time-out (360 minutes where there is none) or `after`."""
        return self._ends(times, outcome("queue_time_out", after))

    def cancel(self, after: Duration | None = None, *, times: int | None = None) -> Rule:
        """Be cancelled by somebody else, `after` (default `Timing.run`) in RUNNING: CANCELLING, CANCELLED."""
        return self._ends(times, outcome("cancel", after))

    def exceed_capacity(self, *, times: int | None = None) -> Rule:
        """Fail in SCHEDULED, as if the application's maximumCapacity had no room for the driver."""
        return self._ends(times, Fail.capacity().outcome)

    def attempts(self, *endings: Ending, times: int | None = None) -> Rule:
        """End the first attempt like the first of these, and so on; the last one is for all that follow.

        Whether there is a next attempt is for the job run's retryPolicy to say.
        """
        if not endings:
            raise TypeError("attempts(): say Succeed(...), Fail(...) or Hang() for each (docs: rules)")
        return self._ends(times, *(ending.outcome for ending in endings))

    def run(self, handler: Callable[[Any], Any], after: Duration | None = None, *, times: int | None = None) -> Rule:
        """Ask `handler` at the RUNNING instant of each attempt how it ends; it gets the job run.

        An exception is FAILED, a `Fail` or `Hang` that it returns is what it says, all else is SUCCESS. What it prints
        is the driver's log. `after` says how long the job takes.
        """
        asked = outcome("succeed", after)
        return self._ends(times, Outcome(asked.event, after=asked.after, handler=Handler(handler)))

    def stay(self, state: str, for_: Duration | None = None, *, times: int | None = None) -> Rule:
        """Be in `state` for so long before time leads on; None: for ever."""
        length = None if for_ is None else duration(for_, "for_=")
        return self._answer(("stays", stayable("job_run", state)), length, times)

    def utilization(
        self,
        vcpu_hours: float = 0,
        memory_gb_hours: float = 0,
        storage_gb_hours: float = 0,
        *,
        billed: tuple[float, float, float] | None = None,
        times: int | None = None,
    ) -> Rule:
        """Show these totals at the end, whatever its workers come to; `billed` the same unless given."""
        used = (vcpu_hours, memory_gb_hours, storage_gb_hours)
        figures = tuple(Utilization.of(*hours) for hours in (used, used if billed is None else billed))
        return self._answer(("utilization", None), figures, times)

    def logs(self, stdout: str = "", stderr: str = "", *, executor: int = 0, times: int | None = None) -> Rule:
        """Write this at RUNNING, in each attempt: the driver, or the executor (of Hive: task) with that number."""
        if executor < 0:
            raise ValueError(f"executor={executor!r}: executors are counted from 1, 0 is the driver (docs: logs)")
        return self._answer(("logs", executor), Streams(stdout, stderr), times)

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={matcher!r}" for name, matcher in self._matchers.items())
        return f"when({said})"

    def _open(self) -> set[Question]:
        """The questions that the rule answers and is not used up for."""
        return {question for question, answer in self._answers.items() if answer.left != 0}

    def _matches(self, run: Any) -> bool:
        """Whether the rule is about a job run."""
        return all(takes(name, matcher, run) for name, matcher in self._matchers.items())

    def _use(self, questions: set[Question]) -> dict[Question, Any]:
        """What the rule answers to these for one more job run."""
        self.matched += 1
        for question in questions:
            self._answers = {**self._answers, question: self._answers[question].used()}
        return {question: self._answers[question].value for question in questions}

    def _ends(self, times: int | None, *outcomes: Outcome) -> Rule:
        return self._answer(("outcome", None), outcomes, times)

    def _answer(self, question: Question, value: Any, times: int | None) -> Rule:
        if question in self._answers:
            raise ValueError(f"{self!r} has its verb already: make a second rule (docs: rules)")
        if times is not None and times < 1:
            raise ValueError(f"times= counts job runs, from 1; not {times!r} (docs: rules)")
        self._answers = {**self._answers, question: Answer(value, times)}
        return self


class UnfinishedRule(ValueError):
    """A `when(...)` without a verb: it decides nothing, which nobody can have meant."""


AS_USUAL = Plan()


class Rules(Book[Rule]):
    """The rules of one mock, in the order in which they were made."""

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.entries)

    def add(self, matchers: Mapping[str, Any]) -> Rule:
        """Begin a rule."""
        rule = Rule(self, matchers)
        self.entries.append(rule)
        return rule

    def decide(self, run: Any) -> Plan:
        """The plan for a job run: of each question what the last rule says that matches, else as usual."""
        if not self.entries:
            return AS_USUAL
        answered: set[Question] = set()
        used: list[tuple[Rule, set[Question]]] = []
        for rule in reversed(self.entries):
            questions = rule._open() - answered
            if questions and rule._matches(run):
                used.append((rule, questions))
                answered |= questions
        # Only now, when no matcher can fail any more.
        return _plan({question: value for rule, questions in used for question, value in rule._use(questions).items()})

    def check_complete(self) -> None:
        """Refuse rules without a verb."""
        unfinished = [repr(rule) for rule in self.entries if not rule._answers]
        if unfinished:
            raise UnfinishedRule(
                f"{', '.join(unfinished)}: say .succeed(), .fail() or .hang(), or another verb (docs: rules)"
            )

    def check_matched(self) -> None:
        """Refuse rules that decided nothing. Raises AssertionError."""
        idle = [repr(rule) for rule in self.entries if not rule.matched]
        assert not idle, f"These rules decided about no job run: {', '.join(idle)} (docs: rules)"


def _plan(answers: Mapping[Question, Any]) -> Plan:
    def about(what: str) -> dict[Any, Any]:
        return {which: value for (question, which), value in answers.items() if question == what}

    outcomes = answers.get(("outcome", None), (SUCCEEDS,))
    in_queue = {"QUEUED": None} if outcomes[0].event == "queue_time_out" else {}
    return Plan(
        outcomes=outcomes,
        stays={**about("stays"), **in_queue},
        utilization=answers.get(("utilization", None)),
        logs=about("logs"),
    )
