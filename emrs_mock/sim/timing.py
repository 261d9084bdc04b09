"""How long each timed move takes. Every duration of the simulation that the service model does not give is here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

Duration = timedelta | float
"""A `timedelta` or a number of seconds, wherever a duration is taken."""
LONGEST = timedelta(days=146_000)
"""400 years: the sum of any two is still a date, even if it begins at the latest time of a clock."""


def duration(value: Duration, what: str = "A duration") -> timedelta:
    """Turn what an author passed into a `timedelta`, at the door, so that time inside is exact.

    Raises TypeError for anything that is no duration, ValueError for a negative one, and for one beyond `LONGEST`.
    """
    if isinstance(value, bool) or not isinstance(value, timedelta | int | float):
        raise TypeError(f"{what} is a timedelta or a number of seconds, not {value!r} (docs: clocks)")
    if value < timedelta(0) if isinstance(value, timedelta) else value < 0:
        raise ValueError(f"{what} cannot be negative: {value!r} (docs: clocks)")
    try:
        length = value if isinstance(value, timedelta) else timedelta(seconds=value)
        if length <= LONGEST:
            return length
    except (OverflowError, ValueError):
        pass  # infinite, or not a number
    raise ValueError(f"{what} is at most {LONGEST.days} days, and a number; not {value!r} (docs: clocks)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long each timed move takes: `timedelta` or seconds. The defaults are realistic (facts §2.7, §3.1, §10).

    `Timing(run=300)` changes one of them, `Timing.instant()` makes every move take no time.
    """

    create: Duration = 10  # facts §2.7: seconds to about a minute
    start: Duration = 20  # facts §2.7: under 30 s without initial capacity; §15.2: a cold start fits in 105 s
    initial_capacity: Duration = 60  # facts §2.7, in addition to `start`
    stop: Duration = 20  # assumed: not measured (facts §2.7)
    submitted: Duration = 1  # facts §3.1
    pending: Duration = 4  # assumed: seen within 30 s (facts §3.1)
    # facts §3.1: RUNNING 84 to 91 s after creation in six captured job runs of seven, whatever the application's state
    scheduled: Duration = 82  # less what was waited for the application's start
    run: Duration = 120  # assumed: how long a job runs is the author's to say
    cancel: Duration = 5  # assumed: no public figure
    terminated: Duration = 3600  # assumed: how long ListApplications shows a deleted application (facts §2.8)
    session_start: Duration = 75  # facts §10: 61-90 s; less what was waited for the application's start
    session_end: Duration = 5  # assumed: no public figure

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, duration(getattr(self, field.name), f"Timing.{field.name}"))

    def of(self, move: str) -> timedelta:
        """How long the named move takes."""
        length = getattr(self, move)
        assert isinstance(length, timedelta)
        return length

    @classmethod
    def instant(cls) -> Timing:
        """Every move takes no time: what is submitted has ended at the same instant."""
        return cls(**{field.name: timedelta(0) for field in fields(cls)})
