"""Every ending that a job run can have, by name: what `@pytest.mark.emr_serverless_endings` runs a test with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from emrs_mock.scenario.faults import Fault
from emrs_mock.scenario.rules import Rule

RETRIED = 5
"""The most tries that botocore makes of one call (its legacy retry mode, the default)."""


class Steered(Protocol):
    """The handle of a mock, as far as an ending is arranged with it."""

    def when(self) -> Rule: ...
    def fault(self, operation: str) -> Fault: ...


@dataclass(frozen=True, slots=True)
class NamedEnding:
    """One way in which a job run ends, or in which the calls about it go wrong.

    name: as the marker takes it and the test's id shows it.
    state: the state in which the job run ends.
    """

    name: str
    state: str
    arrange: Callable[[Steered], object] = field(repr=False)

    def __str__(self) -> str:
        return self.name


def _throttle(emr: Steered) -> None:
    """Whoever waits is throttled once for longer than botocore retries."""
    for poll in ("GetJobRun", "ListJobRuns"):
        emr.fault(poll).error("ThrottlingException", times=RETRIED)


ENDINGS = {
    ending.name: ending
    for ending in (
        NamedEnding("success", "SUCCESS", lambda emr: emr.when().succeed()),
        NamedEnding("failure", "FAILED", lambda emr: emr.when().fail()),
        NamedEnding("cancellation", "CANCELLED", lambda emr: emr.when().cancel()),
        NamedEnding("execution_time_out", "CANCELLED", lambda emr: emr.when().time_out()),
        NamedEnding("queue_time_out", "CANCELLED", lambda emr: emr.when().time_out_in_queue()),
        NamedEnding("capacity_failure", "FAILED", lambda emr: emr.when().exceed_capacity()),
        NamedEnding("throttling", "SUCCESS", _throttle),
        NamedEnding("lost_reply", "SUCCESS", lambda emr: emr.fault("StartJobRun").lose_reply(times=1)),
    )
}
"""By name. The first six are what becomes of the job run; then what becomes of calls while it succeeds."""


def endings(names: Iterable[str]) -> list[NamedEnding]:
    """The endings with these names; all where none is named. Raises ValueError, with the list, for another."""
    names = list(names)
    unknown = [name for name in names if name not in ENDINGS]
    if unknown:
        said = ", ".join(map(repr, unknown))
        raise ValueError(f"No ending {said}. There are: {', '.join(ENDINGS)} (docs: endings)")
    return [ENDINGS[name] for name in names or ENDINGS]
