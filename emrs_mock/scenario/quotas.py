"""Quotas: how often an account may call, and how many vCPUs it may use at a time (facts §6).

Off by default: with AWS's figures, a test that polls without sleeping is throttled, and a second default Spark job
fails for lack of vCPUs. Fixed limits (25 sessions, 2,000 queued job runs) are in `operations`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from emrs_mock._annotations import require
from emrs_mock._call import Answer, Call, Reply, ServiceError

if TYPE_CHECKING:
    from emrs_mock.sim.simulation import Simulation

T = TypeVar("T")


class Rate(NamedTuple):
    """Calls per second on average, and the number of calls that may come at once."""

    per_second: float
    burst: int


_OFTEN, _SELDOM, _RARELY = Rate(10, 50), Rate(1, 25), Rate(1, 2)

# facts §6; operations without a published figure are unlimited (facts §16)
AWS_RATES: Mapping[str, Rate] = {
    **dict.fromkeys(("ListApplications", "GetApplication", "GetJobRun"), _OFTEN),
    **dict.fromkeys(("CreateApplication", "DeleteApplication", "UpdateApplication", "ListJobRuns"), _SELDOM),
    **dict.fromkeys(("StartJobRun", "CancelJobRun", "StartApplication", "StopApplication"), _SELDOM),
    "GetDashboardForJobRun": _RARELY,
}
AWS_VCPUS = 16  # facts §6


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What an account may use. `Quotas.aws()` has AWS's default figures; `Quotas(vcpus=32)` only that one.

    vcpus: concurrent vCPUs of an account in a region; a job run or session that would exceed them fails.
    rates: by operation (`StartJobRun`, `start_job_run`), `(calls per second, burst)`; further calls get a
        ThrottlingException. Raises ValueError for an unknown operation when the mock is entered.

    Raises TypeError for what is no number, ValueError for a figure that is not positive.
    """

    vcpus: int | None = None
    rates: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require(self.vcpus, int | None, "Quotas: vcpus=", "quotas")
        require(self.rates, Mapping[str, Sequence[float]], "Quotas: rates=", "quotas")
        if self.vcpus is not None and self.vcpus < 1:
            raise ValueError(f"Quotas(vcpus={self.vcpus!r}): expected a positive number (docs: quotas)")
        for operation, rate in self.rates.items():
            if len(rate) != 2 or rate[0] <= 0 or rate[1] < 1:
                raise ValueError(
                    f"Quotas(rates={{{operation!r}: {rate!r}}}): expected (calls per second, burst) (docs: quotas)"
                )

    @classmethod
    def aws(cls) -> Quotas:
        """AWS's default quotas (facts §6)."""
        return cls(vcpus=AWS_VCPUS, rates=AWS_RATES)


@dataclass(slots=True)
class _Bucket:
    """A token bucket in simulated time."""

    rate: Rate
    tokens: float
    filled_at: datetime

    def take(self, now: datetime) -> bool:
        """Take one token and return True, or return False if there is none."""
        # After a rewind time is earlier than `filled_at`: the bucket is full again.
        passed = (now - self.filled_at).total_seconds()
        gained = passed * self.rate.per_second if passed >= 0 else self.rate.burst
        self.tokens, self.filled_at = min(self.rate.burst, self.tokens + gained), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def _by_operation(rates: Mapping[str, T], operations: Iterable[str]) -> Mapping[str, T]:
    """The rates by AWS's name of the operation, also where the author wrote boto3's."""
    from emrs_mock.operations.member_names import snake_case  # not needed to import the decorator

    known = sorted({*operations, *AWS_RATES})  # an older botocore has fewer
    names = {**{name: name for name in known}, **{snake_case(name): name for name in known}}
    unknown = [name for name in rates if name not in names]
    if unknown:
        raise ValueError(
            f"Quotas(rates=): no operation {', '.join(map(repr, unknown))}. There are: {', '.join(known)} "
            "(docs: quotas)"
        )
    return {names[name]: rate for name, rate in rates.items()}


class Throttle:
    """The layer that returns ThrottlingException if an account calls too often (facts §6)."""

    def __init__(
        self, simulation: Simulation, rates: Mapping[str, tuple[float, int]], operations: Iterable[str]
    ) -> None:
        self._simulation = simulation
        self._rates = {name: Rate(*rate) for name, rate in _by_operation(rates, operations).items()}
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def __call__(self, call: Call, proceed: Answer) -> Reply:
        rate = self._rates.get(call.operation)
        if rate is None or self._takes(call, rate):
            return proceed(call)
        return Reply(ServiceError("ThrottlingException", "Rate exceeded"))

    def _takes(self, call: Call, rate: Rate) -> bool:
        self._simulation.catch_up()
        with self._simulation.lock:
            now = self._simulation.now
            key = (call.operation, call.caller.account_id, call.caller.region)
            return self._buckets.setdefault(key, _Bucket(rate, rate.burst, now)).take(now)
