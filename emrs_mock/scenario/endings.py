"""`Succeed`, `Fail`, `Hang`: endings of a job run as values, and the failures for which AWS has a text."""

from __future__ import annotations

from emrs_mock._annotations import checked
from emrs_mock.sim.details import FAILED, NO_CAPACITY, NO_MODULE, NO_ROLE, NO_VCPUS, OUT_OF_MEMORY, S3_DENIED
from emrs_mock.sim.outcomes import HANGS, Outcome
from emrs_mock.sim.timers import STAYS
from emrs_mock.sim.timing import Duration, duration


def outcome(event: str, after: Duration | None, details: str = "") -> Outcome:
    """Make an outcome. Raises TypeError or ValueError for an `after` that is not a duration."""
    return Outcome(event, details, None if after is None else duration(after, "after="))


class Ending:
    """How a job run, or one attempt of it, ends: a `Succeed`, a `Fail` or a `Hang`."""

    def __init__(self, ending: Outcome) -> None:
        self.outcome = ending

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ending) and self.outcome == other.outcome

    def __hash__(self) -> int:
        return hash(self.outcome)

    def __repr__(self) -> str:
        details = self.outcome.details
        return f"{type(self).__name__}({repr(details) if details else ''})"


class Succeed(Ending):
    """SUCCESS, after `after` in RUNNING (seconds or timedelta; default `Timing.run`)."""

    @checked("rules")
    def __init__(self, after: Duration | None = None) -> None:
        super().__init__(outcome("succeed", after))


class Hang(Ending):
    """RUNNING until cancelled, or until the execution time-out."""

    def __init__(self) -> None:
        super().__init__(HANGS)


@checked("rules")
class Fail(Ending):
    """FAILED with `details` as `stateDetails` (cut to 256 characters, as AWS does), after `after` in RUNNING.

    The class methods make the failures for which AWS has a text (facts §3.2).
    """

    @checked("rules")
    def __init__(self, details: str = FAILED, after: Duration | None = None) -> None:
        super().__init__(outcome("fail", after, details))

    @classmethod
    def out_of_memory(cls, after: Duration | None = None) -> Fail:
        """A worker used more memory than it had: exit code 137."""
        return cls(OUT_OF_MEMORY, after)

    @classmethod
    def s3_access_denied(cls, after: Duration | None = None) -> Fail:
        """The job runtime role has no permission to read or write an object that the job uses."""
        return cls(S3_DENIED, after)

    @classmethod
    def missing_module(cls, module: str, after: Duration | None = None) -> Fail:
        """The job imports a module that its workers do not have."""
        return cls(NO_MODULE.format(module=module), after)

    @classmethod
    def role_cannot_be_assumed(cls, role: str) -> Fail:
        """The execution role does not exist or does not trust the service: FAILED from PENDING, before RUNNING."""
        return cls._before_running("PENDING", NO_ROLE.format(role=role.rpartition("/")[2]))

    @classmethod
    def vcpu_limit(cls) -> Fail:
        """The account has used up its vCPU quota: FAILED from SCHEDULED, before RUNNING."""
        return cls._before_running("SCHEDULED", NO_VCPUS)

    @classmethod
    def capacity(cls) -> Fail:
        """The application has no room for the driver: FAILED from SCHEDULED, before RUNNING."""
        return cls._before_running("SCHEDULED", NO_CAPACITY)

    @classmethod
    def _before_running(cls, state: str, details: str) -> Fail:
        fail = cls(details)
        fail.outcome = Outcome("fail", details, state=state)
        return fail


def failure(details: str | Fail, after: Duration | None) -> Outcome:
    """The outcome of `.fail(...)`. Raises ValueError for `after` with a failure that comes before RUNNING."""
    if not isinstance(details, Fail):
        return Fail(details, after).outcome
    if after is None:
        return details.outcome
    if details.outcome.state != "RUNNING":
        raise ValueError(f"{details!r} comes before RUNNING, from which after= counts (docs: rules)")
    return outcome("fail", after, details.outcome.details)


def stayable(kind: str, state: str) -> str:
    """Return `state` if records of this kind can `stay` in it. Raises ValueError, with a list of states, if not."""
    if state in STAYS[kind]:
        return state
    hint = "; for RUNNING, use after= of another verb" if (kind, state) == ("job_run", "RUNNING") else ""
    raise ValueError(f"stay({state!r}): {kind} records can stay in: {', '.join(STAYS[kind])}{hint} (docs: rules)")
