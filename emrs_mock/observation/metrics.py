"""`emr.metrics`: the CloudWatch metrics of facts §11.2 as series, a sample at each whole minute; views of the changes.

Where the figures come from is in `spans`. No code runs here, so what workers *use* is not among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple, overload

from emrs_mock._annotations import checked
from emrs_mock._misspelt import Hinting
from emrs_mock.observation.harmless_text import printable
from emrs_mock.observation.metric_spans import Span, spans_of
from emrs_mock.observation.record_views import RecordView
from emrs_mock.operations.member_names import snake_case
from emrs_mock.sim.copies import uncollected
from emrs_mock.sim.simulation import Simulation

PERIOD = timedelta(minutes=1)  # facts §11.2

_OF_APPLICATIONS = ("ApplicationId", "ApplicationName", "WorkerType", "CapacityAllocationType")
_OF_JOBS = _OF_APPLICATIONS[:2]
_OF_WORKERS = ("JobId", "JobName", *_OF_APPLICATIONS)

# facts §11.2
DIMENSIONS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("CPUAllocated", "MemoryAllocated", "StorageAllocated"), _OF_APPLICATIONS),
    **dict.fromkeys(("IdleWorkerCount", "PendingCreationWorkerCount"), _OF_APPLICATIONS),
    **dict.fromkeys(("RunningWorkerCount", "TotalWorkerCount"), _OF_APPLICATIONS),
    **dict.fromkeys(("MaxCPUAllowed", "MaxMemoryAllowed", "MaxStorageAllowed"), _OF_APPLICATIONS[:2]),
    **dict.fromkeys(("SubmittedJobs", "PendingJobs", "ScheduledJobs", "RunningJobs"), _OF_JOBS),
    **dict.fromkeys(("SuccessJobs", "FailedJobs", "CancellingJobs", "CancelledJobs"), _OF_JOBS),
    **dict.fromkeys(("WorkerCpuAllocated", "WorkerMemoryAllocated", "WorkerEphemeralStorageAllocated"), _OF_WORKERS),
    "ResourceCount": (),  # AWS/Usage: the vCPUs in use, of an account in a region
}
"""The metrics that there are, and by which dimensions each can be told apart."""
PLACES = ("account_id", "region_name")
"""What tells metrics apart besides: CloudWatch is asked in one account and region."""


class Sample(NamedTuple):
    """The value at a whole minute."""

    at: datetime
    value: int


@checked("metrics")
@dataclass(frozen=True, slots=True)
class Series(Hinting, Sequence[Sample]):
    """One metric over time: a sample at each whole minute, from the first change until now."""

    name: str
    dimensions: Mapping[str, str]
    samples: tuple[Sample, ...]

    @property
    def values(self) -> list[int]:
        """The values alone."""
        return [sample.value for sample in self.samples]

    @property
    def peak(self) -> int:
        """The highest value; 0 where no minute has passed."""
        return max(self.values, default=0)

    @property
    def total(self) -> int:
        """The sum of all values: of `FailedJobs`, how many failed."""
        return sum(self.values)

    @overload
    def __getitem__(self, key: int) -> Sample: ...
    @overload
    def __getitem__(self, key: slice) -> Sequence[Sample]: ...
    def __getitem__(self, key: int | slice) -> Sample | Sequence[Sample]:
        return self.samples[key]

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        said = "".join(f" {name}={printable(value)}" for name, value in self.dimensions.items())
        return f"<Series {self.name}{said} {self.values}>"


@checked("metrics")
class Metrics(Hinting, Mapping[str, Series]):
    """All metrics by name, each over everything; `of` takes one apart by its dimensions."""

    def __init__(self, simulation: Simulation) -> None:
        with simulation.lock:
            self._now = simulation.now
            with uncollected():
                self._spans = list(spans_of(simulation))
            self._first = simulation.changes[0].at if simulation.changes else self._now

    def of(self, name: str, **dimensions: str | RecordView) -> Series:
        """A metric for what has these dimensions, as in `of("RunningJobs", ApplicationId=application)`.

        Dimensions have AWS's names or Python's (`application_id`); `account_id` and `region_name` count as such. Raises
        KeyError for a metric that there is not, ValueError for a dimension that it does not have.
        """
        if name not in DIMENSIONS:
            raise KeyError(f"No metric {name!r}. There are: {', '.join(DIMENSIONS)} (docs: metrics)")
        names = {**{known: known for known in PLACES}, **{snake_case(known): known for known in DIMENSIONS[name]}}
        dimensions = {names.get(key, key): value for key, value in dimensions.items()}
        unknown = sorted(set(dimensions) - {*DIMENSIONS[name], *PLACES})
        if unknown:
            known = ", ".join((*DIMENSIONS[name], *PLACES))
            raise ValueError(f"{name} has no dimension {', '.join(unknown)}. It has: {known} (docs: metrics)")
        wanted = {key: value.id if isinstance(value, RecordView) else value for key, value in dimensions.items()}
        fitting = (s for s in self._spans if s.name == name and wanted.items() <= s.dimensions.items())
        return Series(name, wanted, tuple(self._sampled(fitting)))

    def _sampled(self, spans: Iterable[Span]) -> Iterator[Sample]:
        first = self._first.replace(second=0, microsecond=0)
        count = (self._now - first) // PERIOD + 1
        deltas = [0] * (count + 1)
        for span in spans:
            for moment, change in ((span.start, span.value), (span.end, -span.value)):
                if moment is not None and moment <= self._now:
                    deltas[-((first - moment) // PERIOD)] += change
        values = accumulate(deltas)
        yield from (Sample(first + number * PERIOD, value) for number, value in zip(range(count), values, strict=False))

    def __getitem__(self, name: str) -> Series:
        return self.of(name)

    def __iter__(self) -> Iterator[str]:
        return iter(DIMENSIONS)

    def __len__(self) -> int:
        return len(DIMENSIONS)

    def __repr__(self) -> str:
        return f"<Metrics {', '.join(self)}>"
