"""The workers of job runs and sessions over time, as `emr.timeline()` shows them: data, and lines of text.

What workers cost is in `sim.billing`; as metrics they are in `metric_spans`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from emrs_mock.sim.records import Attempt, JobRun, Session, worked
from emrs_mock.sim.stints import Level, Stint


class WorkerStint(NamedTuple):
    """Alike workers of one attempt, or of a session, that came and left together (`until` None: they are there)."""

    attempt: int
    """1 for a session."""
    role: str
    """`driver` or `executor` (of Hive: a task)."""
    first: int
    """The number of the first of them; the driver is 0."""
    number: int
    since: datetime
    until: datetime | None
    vcpu: int
    memory_gb: int
    disk_gb: int
    pre_initialised: bool


def worker_stints(record: JobRun | Session) -> tuple[WorkerStint, ...]:
    """All workers of a job run, attempt by attempt, or of a session, in the order in which they came."""
    return tuple(_shown(number, stint) for number, part in _parts(record) for stint in part.workers.stints)


def _parts(record: JobRun | Session) -> Iterator[tuple[int, Attempt | Session]]:
    return enumerate(worked(record), 1)


def _shown(attempt: int, stint: Stint) -> WorkerStint:
    size, first, number, since, until, is_warm = stint
    role = "driver" if stint.is_driver else "executor"
    return WorkerStint(
        attempt, role, first, number, since, until, size.vcpu, size.memory_gb, size.disk_gb, pre_initialised=is_warm
    )


def changing_levels(records: Iterable[JobRun | Session]) -> Iterator[tuple[JobRun | Session, int, list[Level]]]:
    """Whose executors came or left meanwhile, or were missing: record, number of the attempt, numbers over time."""
    for record in records:
        for number, part in _parts(record):
            has_changed = len(part.workers.moments - {None, part.ended_at}) > 1
            if not has_changed and part.workers.wanted <= part.workers.launched:
                continue  # as for nearly all
            levels = [level for level in part.workers.levels() if level.at != part.ended_at]
            if len(levels) > 1 or any(level.missing for level in levels):
                yield record, number, levels


def in_words(level: Level) -> str:
    """A level in words: `3 executors`, `0 executors, 2 more wanted`, `50 executors, 45 of them idle`."""
    idle = level.executors - level.wanted
    more = f", {level.missing} more wanted" if level.missing else f", {idle} of them idle" if idle > 0 else ""
    return f"{level.executors} executor{'' if level.executors == 1 else 's'}{more}"
