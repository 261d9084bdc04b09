"""How a job run, or one attempt of it, ends. Data that the agenda follows; who chose it is `control`'s business."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from emrs_mock.sim.billing import Utilization


@dataclass(frozen=True, slots=True)
class Outcome:
    """The event that ends an attempt (None: nothing ever does), its details, and how long after RUNNING it comes.

    `after=None` means as long as `Timing.run`; of a time-out, as long as the limit says. A failure may happen in an
    earlier `state` than RUNNING: where time would lead on, it fails. A `handler` is asked at RUNNING what the outcome
    is instead.
    """

    event: str | None
    details: str = ""
    after: timedelta | None = None
    state: str = "RUNNING"
    handler: Callable[[Any], Any] | None = None


SUCCEEDS = Outcome("succeed")
HANGS = Outcome(None)


class InstantLasts(RuntimeError):
    """A handler cannot let time pass: it is asked at one instant."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"A handler cannot {what}: it is asked at the instant at which its job run is RUNNING. "
            "Say with after= how long the job takes (docs: handlers)"
        )


class Streams(NamedTuple):
    """What one worker wrote."""

    stdout: str = ""
    stderr: str = ""

    def after(self, earlier: Streams | None) -> Streams:
        """What was written in all, where something stood before."""
        return self if earlier is None else Streams(earlier.stdout + self.stdout, earlier.stderr + self.stderr)


Logs = Mapping[int, Streams]
"""What an attempt's workers wrote: 0 is the driver, n the executor with that number."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided about a job run when it was accepted: one outcome an attempt, the last one for the rest."""

    outcomes: tuple[Outcome, ...] = (SUCCEEDS,)
    stays: Mapping[str, timedelta | None] = field(default_factory=dict)
    """How long it is in a state before time leads on; None: for ever."""
    utilization: tuple[Utilization, Utilization] | None = None
    """What it used and what is billed, where it is not what its workers come to."""
    logs: Logs = field(default_factory=dict)
    shutdown: timedelta = timedelta(0)
    """How long its work takes to shut down when it is cancelled, if its grace period lets it."""

    def of(self, attempt: int) -> Outcome:
        """The outcome of the attempt with that number, counted from 1."""
        return self.outcomes[min(attempt, len(self.outcomes)) - 1]
