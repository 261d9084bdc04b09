"""How a job run, or one attempt of it, ends. Data that the agenda follows; who chose it is `control`'s business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Outcome:
    """The event that ends an attempt (None: nothing ever does), its details, and how long after RUNNING it comes.

    `after=None` means as long as `Timing.run`.
    """

    event: str | None
    details: str = ""
    after: timedelta | None = None


SUCCEEDS = Outcome("succeed")
HANGS = Outcome(None)


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided about a job run when it was accepted: one outcome an attempt, the last one for the rest."""

    outcomes: tuple[Outcome, ...] = (SUCCEEDS,)

    def of(self, attempt: int) -> Outcome:
        """The outcome of the attempt with that number, counted from 1."""
        return self.outcomes[min(attempt, len(self.outcomes)) - 1]
