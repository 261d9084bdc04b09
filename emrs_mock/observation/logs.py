"""`emr.logs`: what the workers of job runs wrote, attempt by attempt. Written by rules and handlers, sent nowhere."""

from __future__ import annotations

from emrs_mock._annotations import checked
from emrs_mock.observation.targets import Target, id_of
from emrs_mock.sim.outcomes import Streams
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.simulation import Simulation

DRIVER = 0


@checked("logs")
class JobRunLogs:
    """What one attempt of a job run wrote until the moment it was asked for."""

    def __init__(self, run: JobRun, number: int) -> None:
        attempt = run.attempts[number - 1]
        self._run = run
        self.number = number
        self._workers = {0: Streams(), **dict.fromkeys(_executors(run, number), Streams()), **attempt.logs}

    @property
    def stdout(self) -> str:
        """What the driver wrote to its standard output."""
        return self._workers[DRIVER].stdout

    @property
    def stderr(self) -> str:
        """What the driver wrote to its standard error."""
        return self._workers[DRIVER].stderr

    @property
    def executors(self) -> list[int]:
        """The numbers of the executors (of Hive: tasks) that it had."""
        return sorted(set(self._workers) - {DRIVER})

    def executor(self, number: int) -> Streams:
        """What the executor with that number wrote: `.stdout`, `.stderr`. Raises LookupError if there was none."""
        if number not in self.executors:
            raise LookupError(f"{self!r} had no executor {number!r}. It had: {self.executors or 'none'} (docs: logs)")
        return self._workers[number]

    def attempt(self, number: int) -> JobRunLogs:
        """What another attempt wrote, counted from 1. Raises LookupError if there was none."""
        if not 1 <= number <= len(self._run.attempts):
            raise LookupError(f"{self!r}: it had attempts 1 to {len(self._run.attempts)}, not {number!r} (docs: logs)")
        return JobRunLogs(self._run, number)

    def __repr__(self) -> str:
        return f"<Logs of job run {self._run.id}, attempt {self.number}>"


def _executors(run: JobRun, number: int) -> range:
    workload = run.attempts[number - 1].workload
    return range(1, 1 + (0 if workload is None else workload.executors))


@checked("logs")
class Logs:
    """The logs of all job runs of a mock, by record, id, ARN or response."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def __getitem__(self, target: Target) -> JobRunLogs:
        self._simulation.catch_up()
        with self._simulation.lock:
            _, run = self._simulation.owners.get(id_of(target), (None, None))
            if not isinstance(run, JobRun):
                runs = [key for key, (_, record) in self._simulation.owners.items() if isinstance(record, JobRun)]
                raise KeyError(f"No job run {target!r}. There are: {', '.join(runs) or 'none'}")
            return JobRunLogs(run, run.attempt_number)
