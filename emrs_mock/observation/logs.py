"""`emr.logs`: the output of the workers of job runs, attempt by attempt.

Rules and handlers write it. Sending it to doubles is in `log_deliveries`.
"""

from __future__ import annotations

from emrs_mock._annotations import checked
from emrs_mock._misspelt import Hinting
from emrs_mock._shortened import there_are
from emrs_mock.observation.targets import Target, id_of
from emrs_mock.sim.outcomes import Streams
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.stints import DRIVER


@checked("logs")
class JobRunLogs(Hinting):
    """The logs of one attempt of a job run, as they were when they were asked for."""

    def __init__(self, run: JobRun, number: int) -> None:
        attempt = run.attempts[number - 1]
        self._run = run
        self.number = number
        self._logs = dict(attempt.logs)
        self._executors = range(1, 1 + attempt.workers.launched)

    @property
    def stdout(self) -> str:
        """The driver's standard output."""
        return self._of(DRIVER).stdout

    @property
    def stderr(self) -> str:
        """The driver's standard error."""
        return self._of(DRIVER).stderr

    @property
    def executors(self) -> list[int]:
        """The numbers of the executors (of Hive: tasks) that it ever had, in the order in which they came."""
        return list(self._executors)

    def executor(self, number: int) -> Streams:
        """The output of the executor with that number: `.stdout`, `.stderr`. Raises LookupError if there was none."""
        if number not in self._executors:
            raise LookupError(f"{self!r} had no executor {number!r}. It had: {self.executors or 'none'} (docs: logs)")
        return self._of(number)

    def _of(self, number: int) -> Streams:
        return self._logs.get(number, Streams())

    def attempt(self, number: int) -> JobRunLogs:
        """The logs of another attempt, counted from 1. Raises LookupError if there was none."""
        if not 1 <= number <= len(self._run.attempts):
            raise LookupError(f"{self!r}: it had attempts 1 to {len(self._run.attempts)}, not {number!r} (docs: logs)")
        return JobRunLogs(self._run, number)

    def __repr__(self) -> str:
        return f"<Logs of job run {self._run.id}, attempt {self.number}>"


@checked("logs")
class Logs(Hinting):
    """The logs of all job runs of a mock, by record, id, ARN or response."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def __getitem__(self, target: Target) -> JobRunLogs:
        self._simulation.catch_up()
        with self._simulation.lock:
            _, run = self._simulation.owners.get(id_of(target), (None, None))
            if not isinstance(run, JobRun):
                runs = [key for key, (_, record) in self._simulation.owners.items() if isinstance(record, JobRun)]
                raise KeyError(f"No job run {target!r}. {there_are(runs)} (docs: logs)")
            return JobRunLogs(run, run.attempt_number)
