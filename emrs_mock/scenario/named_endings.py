"""All endings of a job run by name: `@pytest.mark.emr_serverless_endings` runs a test once with each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from emrs_mock.scenario.faults import Fault
from emrs_mock.scenario.rules import Rule

MAX_TRIES = 5
"""How often botocore tries a call in legacy mode. In its other modes it gives up after three, so once among five."""


class RulesAndFaults(Protocol):
    """The methods of the handle that arrange an ending."""

    def when(self) -> Rule: ...
    def fault(self, operation: str) -> Fault: ...


@dataclass(frozen=True, slots=True)
class NamedEnding:
    """One way in which a job run ends, or in which calls about it fail.

    name: the name in the marker and in the test's id.
    state: the state in which the job run ends.
    """

    name: str
    state: str
    arrange: Callable[[RulesAndFaults], object] = field(repr=False)

    def __str__(self) -> str:
        return self.name


def _throttle(emr: RulesAndFaults) -> None:
    """Throttle one poll so often that botocore gives up and raises the error."""
    for poll in ("GetJobRun", "ListJobRuns"):
        emr.fault(poll).error("ThrottlingException", times=MAX_TRIES)


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
"""By name. The first six are outcomes of the job run; with the others calls fail and the job run succeeds."""


def endings(names: Iterable[str]) -> list[NamedEnding]:
    """The endings with these names; without names, all. Raises ValueError, with a list, for an unknown name."""
    names = list(names)
    unknown = [name for name in names if name not in ENDINGS]
    if unknown:
        raise ValueError(f"No ending {', '.join(map(repr, unknown))}. There are: {', '.join(ENDINGS)} (docs: endings)")
    return [ENDINGS[name] for name in names or ENDINGS]
