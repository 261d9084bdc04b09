"""State coverage: the states, transitions and errors that the code under test has seen in answers of all mocks.

Each is a label, such as `job_run:QUEUED`, `job_run:RUNNING->CANCELLING` or `ThrottlingException`, so that the results
of several processes can be united. The options and the summary in pytest are in `pytest_plugin.coverage`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from emrs_mock._call import Answer, Call, NoReply, Reply
from emrs_mock.observation.calls import GARBLED, client_view
from emrs_mock.sim.lifecycles import TABLES
from emrs_mock.sim.simulation import Simulation

TRANSITION = "->"
WIDTH = 100
"""Of the summary's lines."""


class Coverage:
    """The labels that were seen. `layer` makes the layer that collects them from one mock's answers."""

    def __init__(self) -> None:
        self._states_and_transitions: set[str] = set()
        self._errors: dict[str, str] = {}

    def layer(self, simulation: Simulation) -> CoverageLayer:
        """Make the layer for one mock."""
        return CoverageLayer(self, simulation)

    def add(self, labels: Iterable[str]) -> None:
        """Add states and transitions."""
        self._states_and_transitions.update(labels)

    def note_error(self, call: Call, error: str | None) -> None:
        """Note the error of a try, or its success: the code under test sees only the last try of a call."""
        key = call.invocation_id or call.request_id
        if error is not None:
            self._errors[key] = error
        elif call.attempt > 1:
            self._errors.pop(key, None)

    @property
    def labels(self) -> set[str]:
        """All states, transitions and errors that were seen."""
        return self._states_and_transitions | set(self._errors.values())


class CoverageLayer:
    """The layer that collects the labels from one mock's answers."""

    def __init__(self, coverage: Coverage, simulation: Simulation) -> None:
        self._coverage = coverage
        self._simulation = simulation
        self._forget()

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        reply = proceed(call)
        answer, error, _ = client_view(reply)
        self._coverage.note_error(call, error)
        if self._changes is not self._simulation.changes:
            self._forget()
        self._coverage.add(label for record in _records(answer or {}) for label in self._labels_of(record))
        return reply

    def _forget(self) -> None:
        """Forget the states seen last: after a rewind, the difference to them is not a transition."""
        self._changes = self._simulation.changes
        self._seen: dict[tuple[str, int | None], str] = {}

    def _labels_of(self, record: Mapping[str, Any]) -> Iterator[str]:
        _, owned = self._simulation.owners[record["arn"].rpartition("/")[2]]
        which, state = (owned.id, record.get("attempt")), record["state"]
        before = self._seen.get(which, state)
        self._seen[which] = state
        yield f"{owned.kind}:{state}"
        if before != state:
            yield f"{owned.kind}:{before}{TRANSITION}{state}"


def _records(outcome: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The records in an answer, which contains one or a list."""
    for value in outcome.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping) and "state" in one and "arn" in one:
                yield one


# --- what answers can show -------------------------------------------------------------------------------------------

STATES = [f"{kind}:{state}" for kind, table in TABLES.items() for state in table]
CLIENT_ERRORS = [*(kind.value for kind in NoReply), GARBLED]
"""Errors that do not come from AWS, with the names that `emr.calls` uses."""


def is_met(wanted: str, labels: Iterable[str]) -> bool:
    """Whether a label was seen; a label without a kind of record stands for all kinds."""
    return any(wanted in (label, label.partition(":")[2]) for label in labels)


def check_wanted(wanted: str, errors: Sequence[str]) -> None:
    """Raise ValueError, with a list of possible labels, for a label that no answer can show."""
    transitions = [
        f"{kind}:{before}{TRANSITION}{after}" for kind, table in TABLES.items() for before in table for after in table
    ]
    if not is_met(wanted, [*STATES, *transitions, *errors, *CLIENT_ERRORS]):
        raise ValueError(
            f"{wanted!r}: no answer can show this. There are the states {', '.join(STATES)}, each also "
            f"without its kind; transitions, as in RUNNING{TRANSITION}CANCELLING; and the errors "
            f"{', '.join([*errors, *CLIENT_ERRORS])} (docs: state-coverage)"
        )


def summary(labels: Iterable[str]) -> Iterator[str]:
    """Lines of text with the labels that were seen and those that were not."""
    shown = sorted(labels)
    for kind in TABLES:
        states = [label for label in STATES if label.startswith(f"{kind}:")]
        yield from _block(
            kind.replace("_", " "),
            shown=[label for label in states if label in shown],
            never=[label for label in states if label not in shown],
            transitions=[label for label in shown if label.startswith(f"{kind}:") and TRANSITION in label],
        )
    yield from _block("errors", shown=[label for label in shown if label not in STATES and TRANSITION not in label])


def _block(title: str, **lists: Sequence[str]) -> Iterator[str]:
    for what, labels in lists.items():
        if labels:
            margin = f"{title:12} {what:11}  "
            text = "  ".join(label.rpartition(":")[2] for label in labels)
            yield textwrap.fill(
                text, WIDTH, initial_indent=margin, subsequent_indent=" " * len(margin), break_on_hyphens=False
            )
            title = ""
