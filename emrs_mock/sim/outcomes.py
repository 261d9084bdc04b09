"""How a job run, or one attempt of it, ends, and what else was decided about it: data that the agenda follows.

This module does not know who decided: rules and handlers are in the room `scenario`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from emrs_mock.sim.billing import Utilization
from emrs_mock.sim.demand import Demand


@dataclass(frozen=True, slots=True)
class Outcome:
    """The event that ends an attempt (None: nothing ever does), its details, and how long after RUNNING it comes.

    `after=None` means `Timing.run`; for a time-out, the job run's own limit. A failure may happen in an earlier `state`
    than RUNNING: the attempt fails when that state would end. A `handler` is called at RUNNING and says the outcome.
    """

    event: str | None
    details: str = ""
    after: timedelta | None = None
    state: str = "RUNNING"
    handler: Callable[[Any], Any] | None = None


SUCCEEDS = Outcome("succeed")
HANGS = Outcome(None)


class AuthorsMistake(RuntimeError):
    """A handler cannot do its work because of the test, not of the job: raised in the code that moved the clock."""


class InstantLasts(AuthorsMistake):
    """A handler tried to move time: it is called at one instant."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"A handler cannot {what}: it is asked at the instant at which its job run is RUNNING. "
            "Say with after= how long the job takes (docs: handlers)"
        )


class Streams(NamedTuple):
    """The output of one worker."""

    stdout: str = ""
    stderr: str = ""

    def after(self, earlier: Streams | None) -> Streams:
        """This output behind earlier output of the same worker."""
        return self if earlier is None else Streams(earlier.stdout + self.stdout, earlier.stderr + self.stderr)


Logs = Mapping[int, Streams]
"""The output of an attempt's workers: 0 is the driver, n the executor with that number."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided about a job run at acceptance: an outcome for each attempt, the last one for all that follow."""

    outcomes: tuple[Outcome, ...] = (SUCCEEDS,)
    stays: Mapping[str, timedelta | None] = field(default_factory=dict)
    """How long it stays in a state; None: for ever."""
    utilization: tuple[Utilization, Utilization] | None = None
    """What it used and what is billed, where that is not computed from its workers."""
    logs: Logs = field(default_factory=dict)
    shutdown: timedelta | None = None
    """How long its work takes to shut down when it is cancelled, if its grace period lets it."""
    executors: Demand | None = None
    """How many executors it wants over time; None: always as many as its properties say."""

    def of(self, attempt: int) -> Outcome:
        """The outcome of the attempt with that number, counted from 1."""
        return self.outcomes[min(attempt, len(self.outcomes)) - 1]
