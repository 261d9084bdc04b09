"""What a report adds to AWS's refusals: why a call did not find a record that exists, and which account the mock has.

AWS's own message does not say it, so the mock's message does not either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from emrs_mock.observation.calls import CallRecord
from emrs_mock.observation.harmless_text import printable
from emrs_mock.observation.places import place_in_words
from emrs_mock.sim.records import JobRun, Session
from emrs_mock.sim.simulation import Simulation

_NAMES = ("applicationId", "jobRunId", "sessionId", "resourceId", "resourceArn")


def explained(simulation: Simulation, calls: Iterable[CallRecord]) -> list[str]:
    """One line for each different refusal that has an explanation."""
    refused = (call for call in calls if call.error in _EXPLANATIONS)
    lines = (
        printable(f"  {call.operation}: {why}")
        for call in refused
        for why in _EXPLANATIONS[call.error](simulation, call)
    )
    return list(dict.fromkeys(lines))


def _of_unknown(simulation: Simulation, call: CallRecord) -> Iterator[str]:
    """Records that the call named, and that exist in another region, account or application."""
    called = (call.account_id, call.region)
    for name in _NAMES:
        world, record = simulation.owners.get(str(call.params.get(name, "")).rpartition("/")[2], (None, None))
        if world is None or record is None:
            continue
        kind, here = record.kind.replace("_", " "), (world.account_id, world.region)
        if here != called:
            there, went = (place_in_words(place, {here, called}) for place in (here, called))
            went = went.removeprefix("in ")
            yield f"{kind} {record.id} exists {there}; this call went to {went} (docs: accounts)"
        elif isinstance(record, JobRun | Session):
            yield from _of_another_application(kind, record.id, record.application_id, call)


def _of_another_application(kind: str, record_id: str, parent: str, call: CallRecord) -> Iterator[str]:
    named = call.params.get("applicationId", parent)
    if named != parent:
        yield f"{kind} {record_id} exists in application {parent}; this call named application {named} (docs: handle)"


def _of_denied(simulation: Simulation, call: CallRecord) -> Iterator[str]:
    """A role of another account than the caller's."""
    role = str(call.params.get("executionRoleArn", ""))
    account = (role.split(":") + [""] * 5)[4]
    if account and account != call.account_id and "Cross-account" in call.message:
        yield (
            f"the mock's account is {call.account_id}, and the role {role} is of {account}: "
            f'account_id="{account}" gives the mock that account (docs: accounts)'
        )


_EXPLANATIONS: Mapping[str | None, Callable[[Simulation, CallRecord], Iterator[str]]] = {
    "ResourceNotFoundException": _of_unknown,
    "AccessDeniedException": _of_denied,
}
