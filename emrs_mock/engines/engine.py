"""What all engines have in common: when a process begins, in which of two ways time passes, and what its end means.

Which command runs a job run is for `spark_jobs` and `python_jobs` to say.
"""

from __future__ import annotations

import os
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from emrs_mock.engines import exits
from emrs_mock.engines.downloads import Downloads
from emrs_mock.engines.exits import Finished
from emrs_mock.engines.paths import Directory, Paths, Unmapped
from emrs_mock.engines.processes import Limit, Process
from emrs_mock.engines.programs import EngineError
from emrs_mock.observation.record_views import JobRunView
from emrs_mock.scenario.handlers import Engine
from emrs_mock.sim.outcomes import HANGS, Outcome, Streams
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.stints import DRIVER
from emrs_mock.sim.timing import LONGEST
from emrs_mock.sim.world import World

_CANCELLED, _EXECUTION, _TIMEOUT = "cancelled", "execution time-out", "timeout"


@dataclass(frozen=True)
class Settings:
    """The arguments that every engine has. Raises ValueError for one that cannot be."""

    name: str
    paths: Mapping[str, Directory] | None
    env: Mapping[str, str] | None
    s3: str | None
    time_scale: float
    timeout: float
    grace: float
    live: bool | None

    def __post_init__(self) -> None:
        for name, least in (("time_scale", "more than 0"), ("timeout", "more than 0"), ("grace", "0 or more")):
            value = getattr(self, name)
            if value < 0 or (value == 0 and least != "0 or more"):
                raise ValueError(f"{self.name}({name}={value!r}): expected {least} (docs: engines)")
        if not hasattr(os, "killpg"):
            raise EngineError(f"{self.name}() needs process groups, which this system does not have (docs: engines)")


class Command(NamedTuple):
    """What is started for an attempt."""

    words: Sequence[str]
    env: Mapping[str, str]
    """The variables that are not those of this process."""


class ProcessEngine(Engine):
    """An engine that starts one process for each attempt."""

    note = ""
    """What is written once into the log of the first job run."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.paths = Paths(settings.paths)
        self.downloads = Downloads(settings.name, settings.s3)

    @abstractmethod
    def command(self, world: World, run: JobRun, entry_point: str) -> Command:
        """The command for the newest attempt. Raises Unmapped, or EngineError if no job can run here."""

    def begin(self, run: JobRunView) -> Outcome:
        """Run the code to its end, or beside the simulation where time goes on without the author."""
        simulation = run._simulation
        live = not simulation.clock.source.standing if self._settings.live is None else self._settings.live
        if not live:
            return self(run).outcome
        if not simulation.lets_work_run_beside:
            raise EngineError(
                f'{self._settings.name}(live=True): with clock="virtual" code runs while time stands still, because '
                "sleeping in the test would move time past it (docs: engines)"
            )
        with self._job(run, beside=True) as job:
            if isinstance(job, Finished):
                return job.outcome
            job.attend_beside(f"emrs-mock {run.id}")
            return HANGS

    def __call__(self, run: JobRunView) -> Finished:
        """Run the code while simulated time stands still; return its end, an ending, with `stdout` and `stderr`.

        To be called by a handler with the job run that it got. Raises EngineError if no code can run here.
        """
        with run._simulation.hold(), self._job(run, beside=False) as job:
            if isinstance(job, Finished):
                return job
            job.attend()
            with run._simulation.lock:
                run._simulation.works.remove(job)
            return job.finished()

    @contextmanager
    def _job(self, run: JobRunView, *, beside: bool) -> Iterator[Job | Finished]:
        """Start the code of a job run that is RUNNING; or the end of a job run whose code cannot begin."""
        simulation = run._simulation
        world, record = run._find()
        assert isinstance(record, JobRun)
        try:
            command = self._command(world, record)
        except Unmapped as error:
            with simulation.lock:
                _write(record, f"{error}\n")
            yield exits.never_began(str(error))
            return
        with simulation.lock:
            note, self.note = self.note, ""
            _write(record, note)
            may_run = record.state == "RUNNING" and not simulation.works.are_closed
            job = self._started(command, world, record) if may_run else None
            if job is not None:
                simulation.works.add(record, job, beside=beside)
        try:
            yield job or exits.cancelled()
        except BaseException:
            if job is not None:
                simulation.works.abandon(job)
            raise

    def _command(self, world: World, run: JobRun) -> Command:
        driver = run.spec["jobDriver"].get("sparkSubmit")
        if driver is None:
            raise EngineError(
                f"{self._settings.name}() runs no Hive queries, and no engine does: decide how {run.id} ends with "
                ".succeed(), .fail() or a function (docs: engines)"
            )
        entry_point = driver["entryPoint"]
        local = self.paths.local(entry_point) or self.downloads.fetched(entry_point)
        command = self.command(world, run, local)
        if self._settings.s3 is None:
            self.paths.require([*command.words, *command.env.values()])
        own = {"EMRS_MOCK_JOB_RUN_ID": run.id, "EMRS_MOCK_ATTEMPT": str(run.attempt_number)}
        return Command(command.words, {**self.downloads.env(), **command.env, **own, **(self._settings.env or {})})

    def files(self, text: str) -> str:
        """A text that names files, with local paths: of the directories, else of copies from a double of S3."""
        return self.downloads.localized(self.paths.localized(text))

    def _started(self, command: Command, world: World, run: JobRun) -> Job:
        settings = self._settings
        limits = [Limit(settings.timeout, _TIMEOUT)]
        due = [due.at for due in world.agenda.of(run.id) if due.event == "time_out"]
        if due:
            left = (due[0] - world.now).total_seconds() / settings.time_scale
            limits.append(Limit(left, _EXECUTION))
        try:
            return Job(Process(command.words, command.env, limits, settings.grace), settings)
        except OSError as error:
            raise EngineError(
                f"{settings.name}(): {command.words[0]} cannot be started: {error} (docs: engines)"
            ) from error

    def __repr__(self) -> str:
        return f"{self._settings.name}()"


def _write(run: JobRun, text: str) -> None:
    """Write into the driver's stderr what is not the code's."""
    if text:
        run.attempt.logs[DRIVER] = Streams("", text).after(run.attempt.logs.get(DRIVER))


class Job:
    """The process of one attempt, as the simulation sees it: a `Work`."""

    def __init__(self, process: Process, settings: Settings) -> None:
        self._process = process
        self._settings = settings
        self._thread: threading.Thread | None = None
        self.attend = process.attend
        self.streams = process.streams

    def attend_beside(self, name: str) -> None:
        """Attend to the process in a thread with that name."""
        self._thread = threading.Thread(target=self.attend, name=name, daemon=True)
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        self._process.wait(seconds)
        if self._process.has_ended and self._thread is not None and self._thread.ident is not None:
            self._thread.join()

    def stop(self) -> None:
        self._process.stop(_CANCELLED)

    def result(self) -> Outcome | None:
        return self.finished().outcome if self._process.has_ended else None

    def finished(self) -> Finished:
        """The end of the process, which has ended."""
        process = self._process
        stdout, stderr = process.streams()
        outcome = replace(self._outcome(stdout, stderr), after=self._simulated(process.seconds))
        return Finished(outcome, process.exit_code, stdout, stderr, process.seconds)

    def _outcome(self, stdout: str, stderr: str) -> Outcome:
        process = self._process
        if process.stopped_by == _TIMEOUT:
            return Outcome(
                "fail",
                f"{self._settings.name}(timeout={self._settings.timeout:g}): the code was stopped after so many real "
                "seconds (docs: engines)",
            )
        if process.stopped_by is not None or process.exit_code is None:
            return HANGS  # the simulation ends it: it is cancelled, or its execution time-out comes
        return Outcome(*exits.event_of(process.exit_code, stdout, stderr))

    def _simulated(self, seconds: float) -> timedelta:
        return timedelta(seconds=min(seconds * self._settings.time_scale, LONGEST.total_seconds()))
