"""What answers showed to the code under test, over many mocks: states, moves between them, errors.

All of it is labels, such as `job_run:QUEUED`, `job_run:RUNNING->CANCELLING` and `ThrottlingException`, so that what
several processes saw is the union of what each did. What pytest tells of it is the plugin's business.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from emrs_mock._call import Answer, Call, NoReply, Reply
from emrs_mock.observation.calls import GARBLED, seen
from emrs_mock.sim.lifecycles import TABLES
from emrs_mock.sim.simulation import Simulation

MOVE = "->"
WIDTH = 100
"""Of the summary's lines."""


class Shown:
    """The labels of what was shown. `watch` makes the layer that looks at one mock's answers."""

    def __init__(self) -> None:
        self._states_and_moves: set[str] = set()
        self._errors: dict[str, str] = {}

    def watch(self, simulation: Simulation) -> Watch:
        """The layer of one mock."""
        return Watch(self, simulation)

    def add(self, labels: Iterable[str]) -> None:
        """Add states and moves."""
        self._states_and_moves.update(labels)

    def ended_in(self, call: Call, error: str | None) -> None:
        """Note how a try ended: of a call's tries the code sees only the last one."""
        key = call.invocation_id or call.request_id
        if error is not None:
            self._errors[key] = error
        elif call.attempt > 1:
            self._errors.pop(key, None)

    @property
    def labels(self) -> set[str]:
        """Everything that was shown."""
        return self._states_and_moves | set(self._errors.values())


class Watch:
    """The layer that notes what one mock's answers show."""

    def __init__(self, shown: Shown, simulation: Simulation) -> None:
        self._shown = shown
        self._simulation = simulation
        self._forget()

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        reply = proceed(call)
        answer, error, _ = seen(reply)
        self._shown.ended_in(call, error)
        if self._changes is not self._simulation.changes:
            self._forget()
        self._shown.add(label for record in _records(answer or {}) for label in self._look(record))
        return reply

    def _forget(self) -> None:
        """Where the world was rewound, what was seen last is no move."""
        self._changes = self._simulation.changes
        self._seen: dict[tuple[str, int | None], str] = {}

    def _look(self, record: Mapping[str, Any]) -> Iterator[str]:
        _, owned = self._simulation.owners[record["arn"].rpartition("/")[2]]
        which, state = (owned.id, record.get("attempt")), record["state"]
        before = self._seen.get(which, state)
        self._seen[which] = state
        yield f"{owned.kind}:{state}"
        if before != state:
            yield f"{owned.kind}:{before}{MOVE}{state}"


def _records(outcome: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The records in an answer, which has one or a list of them."""
    for value in outcome.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping) and "state" in one and "arn" in one:
                yield one


# --- what there is to be shown --------------------------------------------------------------------------------------

STATES = [f"{kind}:{state}" for kind, table in TABLES.items() for state in table]
UNHEARD = [*(silence.value for silence in NoReply), GARBLED]
"""The errors that are none of AWS's, as `emr.calls` names them."""


def is_met(wanted: str, labels: Iterable[str]) -> bool:
    """Whether a label was shown, or where it does not say the kind of record, that of any kind."""
    return any(wanted in (label, label.partition(":")[2]) for label in labels)


def check_wanted(wanted: str, errors: Sequence[str]) -> None:
    """Refuse what no answer can show. Raises ValueError, with what can be."""
    moves = [f"{kind}:{before}{MOVE}{after}" for kind, table in TABLES.items() for before in table for after in table]
    if not is_met(wanted, [*STATES, *moves, *errors, *UNHEARD]):
        raise ValueError(
            f"{wanted!r} is nothing that an answer can show. There are the states {', '.join(STATES)}, each also "
            f"without its kind; moves, as in RUNNING{MOVE}CANCELLING; and the errors "
            f"{', '.join([*errors, *UNHEARD])} (docs: state-coverage)"
        )


def summary(labels: Iterable[str]) -> Iterator[str]:
    """What was shown and what never was, as lines of text."""
    shown = sorted(labels)
    for kind in TABLES:
        states = [label for label in STATES if label.startswith(f"{kind}:")]
        yield from _block(
            kind.replace("_", " "),
            shown=[label for label in states if label in shown],
            never=[label for label in states if label not in shown],
            moves=[label for label in shown if label.startswith(f"{kind}:") and MOVE in label],
        )
    yield from _block("errors", shown=[label for label in shown if label not in STATES and MOVE not in label])


def _block(title: str, **lists: Sequence[str]) -> Iterator[str]:
    for what, labels in lists.items():
        if labels:
            margin = f"{title:12} {what}  "
            text = "  ".join(label.rpartition(":")[2] for label in labels)
            yield textwrap.fill(
                text, WIDTH, initial_indent=margin, subsequent_indent=" " * len(margin), break_on_hyphens=False
            )
            title = ""
