"""Code that really runs for attempts of job runs, as the simulation sees it: output, result, and how to stop it.

This module does not know what the code is and how it runs: the room `engines` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from emrs_mock.sim.outcomes import Outcome, Streams
from emrs_mock.sim.records import Attempt, JobRun
from emrs_mock.sim.stints import DRIVER


class Work(Protocol):
    """Code that runs for one attempt. No method takes the lock of a simulation."""

    def streams(self) -> Streams:
        """The output until now."""
        ...

    def result(self) -> Outcome | None:
        """How the attempt ends; None while the code runs."""
        ...

    def stop(self) -> None:
        """Begin to stop the code, if it runs; return at once."""
        ...

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the code has ended, for so many real seconds at most."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    run: JobRun
    attempt: Attempt
    work: Work
    beside: bool
    """Whether the simulation takes the result; else the handler that waits for it does."""
    before: Streams | None
    """What the driver's log held before the code ran."""

    def write_log(self) -> None:
        self.attempt.logs[DRIVER] = self.work.streams().after(self.before)


class Works:
    """The code that runs for the job runs of one simulation. The caller holds the lock, unless a method forbids it."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self.are_closed = False
        """Whether the simulation has ended: no more code may begin."""

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __contains__(self, run_id: str) -> bool:
        return any(entry.run.id == run_id for entry in self._entries)

    def add(self, run: JobRun, work: Work, *, beside: bool) -> None:
        """Note that `work` runs for the newest attempt of a job run."""
        self._entries.append(_Entry(run, run.attempt, work, beside, run.attempt.logs.get(DRIVER)))

    def write_logs(self) -> None:
        """Write the output until now into the logs of the attempts."""
        for entry in self._entries:
            entry.write_log()

    def remove(self, work: Work) -> None:
        """Forget code that has ended, after its last output is in the log."""
        for entry in self._entries:
            if entry.work is work:
                entry.write_log()
        self._entries = [entry for entry in self._entries if entry.work is not work]

    def take_ended(self) -> list[tuple[JobRun, Attempt, Outcome]]:
        """Forget the code beside the simulation that has ended; return how each attempt ends."""
        ended = []
        for entry in list(self._entries):
            # Without an outcome the attempt still waits for its handler to return.
            if entry.beside and entry.attempt.outcome is not None and (result := entry.work.result()) is not None:
                self.remove(entry.work)
                ended.append((entry.run, entry.attempt, result))
        return ended

    def stop(self, run: JobRun) -> None:
        """Stop the code that runs for a job run."""
        for entry in self._entries:
            if entry.run is run:
                entry.work.stop()

    def wait(self, seconds: float) -> None:
        """Wait until the first of them has ended, for so many real seconds at most. Called without the lock."""
        for entry in self._entries[:1]:
            entry.work.wait(seconds)

    def abandon(self, work: Work) -> None:
        """Stop code that cannot go on, and forget it when it has ended. Called without the lock."""
        work.stop()
        work.wait()
        self.remove(work)

    def end(self) -> None:
        """Stop all code, and return when none runs any more. Called without the lock."""
        entries = list(self._entries)
        for entry in entries:
            entry.work.stop()
        for entry in entries:
            self.abandon(entry.work)

    def close(self) -> None:
        """Stop all code for good. Called without the lock."""
        self.are_closed = True
        self.end()
