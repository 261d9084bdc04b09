"""`EMRServerless`, the handle of one mock: it joins clock, simulation, operations, scenario and observation.

How a mock is entered and left, and which one answers a call, is in `activation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol

from emrs_mock._annotations import checked
from emrs_mock.clocks.emr_clock import Clock
from emrs_mock.clocks.run_until import run_until
from emrs_mock.handle.observing import Observing
from emrs_mock.observation.failure_report import Fired, report
from emrs_mock.observation.orphans import check_orphans
from emrs_mock.observation.record_views import ApplicationView, JobRunView, SessionView
from emrs_mock.observation.targets import Target, id_of
from emrs_mock.options import Options
from emrs_mock.scenario.arrange import Arranger
from emrs_mock.scenario.faults import Fault
from emrs_mock.scenario.handlers import ask
from emrs_mock.scenario.matchers import Matcher
from emrs_mock.scenario.rules import Rule, Rules
from emrs_mock.scenario.snapshots import Snapshot, resumed
from emrs_mock.sim.clock import Clock as SimulationClock
from emrs_mock.sim.outcomes import Outcome, Plan
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.world import World


class Enterable(Protocol):
    """A mock that can be entered, by `with`, `async with` or `start()`; `fork` makes one."""

    def start(self) -> EMRServerless:
        """Enter; returns the handle."""
        ...

    def stop(self) -> None:
        """Leave."""
        ...

    def __enter__(self) -> EMRServerless: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
    async def __aenter__(self) -> EMRServerless: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


MakeMock = Callable[[Options, Callable[["EMRServerless"], Any]], Enterable]
"""Makes a mock with these options; the callable is called with its handle when it is entered."""


@checked("handle")
class EMRServerless(Observing):
    """The handle of one mock: what its author steers and sees."""

    def __init__(self, options: Options, make_mock: MakeMock) -> None:
        super().__init__(options)
        self._make_mock = make_mock
        self._on_stop: Callable[[], None] | None = None
        self._has_failed = False
        """Whether the test around it is known to have failed, so that what it left unfinished goes without saying."""
        backend, simulation = self._backend, self._simulation
        self._rules = Rules()
        self._fired = Fired()
        simulation.decide = self._decide
        simulation.handle = self._handle
        self._clock = Clock(simulation, backend.time)
        self._arranger = Arranger(simulation, lambda region, partition: backend.caller(None, None, region, partition))
        self._parts: Mapping[str, Any] = {
            "subscriptions": self._broker,
            "simulation": simulation,
            "rules": self._rules,
            "faults": backend.faults,
            "calls": backend.recorder,
        }
        self._taken_over: Mapping[str, Callable[[Any], None]] = {
            "simulation": simulation.rewind,
            "rules": self._rules.adopt,
            "faults": backend.faults.adopt,
            "calls": backend.recorder.rewind,
        }

    @property
    def options(self) -> Options:
        """The options with which the mock was entered."""
        return self._backend.options

    @property
    def clock(self) -> Clock:
        """The mock's clock: `.now()`, `.advance(...)`, `.move_to(...)`, `.next_due()`."""
        return self._clock

    def when(
        self,
        *,
        name: Matcher | None = None,
        entry_point: Matcher | None = None,
        query: Matcher | None = None,
        argument: Matcher | None = None,
        application: Matcher | None = None,
        role: Matcher | None = None,
        tags: Mapping[str, Matcher] | None = None,
        mode: Matcher | None = None,
        where: Callable[[JobRunView], bool] | None = None,
    ) -> Rule:
        """Begin a rule for the job runs that match everything named; say what becomes of them with a verb.

        Strings match as shell patterns (`fnmatchcase`), `re.Pattern` is searched, callables get the value. `argument`
        matches any entry point argument; `application` its id, ARN or name; `role` the role's ARN or name; `where` gets
        the job run. Raises ValueError or TypeError for a matcher that no job run can have.
        """
        return self._rules.add(
            {
                "name": name,
                "entry_point": entry_point,
                "query": query,
                "argument": argument,
                "application": application,
                "role": role,
                "tags": tags,
                "mode": mode,
                "where": where,
            }
        )

    def assert_all_matched(self) -> None:
        """Raise AssertionError, naming them, if there are rules that decided nothing about any job run."""
        self._rules.check_matched()

    def fault(
        self,
        operation: str,
        *,
        where: Callable[[Mapping[str, Any]], bool] | None = None,
        every: int | None = None,
        probability: float | None = None,
    ) -> Fault:
        """Begin a fault for the tries of an operation (or a shell pattern); say with a verb how they go wrong.

        `where` gets the call's parameters; `every=3` means each third of the tries that match; `probability` follows
        the mock's seed. Raises ValueError, with the list, for an operation that does not exist.
        """
        return self._backend.faults.add(operation, where, every, probability)

    def add_application(
        self,
        state: str = "STARTED",
        *,
        id: str | None = None,  # noqa: A002 - what AWS calls it
        region_name: str | None = None,
        **members: Any,
    ) -> ApplicationView:
        """Arrange an application that is in `state` now. `members` are CreateApplication's, checked as the API does.

        Raises ValueError for a state, id or member that the service could not have; nothing was added then.
        """
        return self._applications[self._arranger.application(state, id, region_name, members)]

    def add_job_run(
        self,
        application: Target,
        state: str = "RUNNING",
        *,
        id: str | None = None,  # noqa: A002 - what AWS calls it
        **members: Any,
    ) -> JobRunView:
        """Arrange a job run that is in `state` now. `members` are StartJobRun's, checked as the API does.

        Raises ValueError for a state, id or member that the service could not have; nothing was added then.
        """
        return self._job_runs[self._arranger.job_run(id_of(application), state, id, members)]

    def add_session(
        self,
        application: Target,
        state: str = "STARTED",
        *,
        id: str | None = None,  # noqa: A002 - what AWS calls it
        **members: Any,
    ) -> SessionView:
        """Arrange a session that is in `state` now. `members` are StartSession's, checked as the API does.

        Raises ValueError for a state, id or member that the service could not have; nothing was added then.
        """
        return self._sessions[self._arranger.session(id_of(application), state, id, members)]

    def run_until(self, target: Target, state: str | None = None) -> ApplicationView | JobRunView | SessionView:
        """Move time, from one due event to the next, until `target` is in `state`, and stop at that instant.

        `target` is a record, an id, an ARN, or a response that has one; `state` may be left out for job runs and
        sessions: their end. Raises UnreachableState at once if that state can no longer come.
        """
        record_id = run_until(self._simulation, target, state)
        kinds = (self._applications, self._job_runs, self._sessions)
        return next(records[record_id] for records in kinds if record_id in records)

    def client(self, region_name: str | None = None) -> Any:
        """A client, as boto3 makes them, that always belongs to this mock, whatever else is active."""
        from emrs_mock.wire import attach, clients

        client = clients.emr_serverless_client(region_name)
        attach.bind(client, self._backend)
        return client

    def reset(self) -> None:
        """Be as on entry: no records, rules, faults or calls, the clock at its start."""
        self._simulation.restart(SimulationClock(self._backend.time.source()))
        self._rules.rewind([])
        self._backend.faults.rewind([])
        self._backend.recorder.rewind([])
        self._broker.rewind([])

    def snapshot(self) -> Snapshot:
        """What the mock is now, for `restore`; `.to_json()` keeps the service's part of it for other processes."""
        self._simulation.catch_up()
        with self._simulation.lock:
            return Snapshot(self._simulation.now, self._checkpoint(), self)

    def restore(self, snapshot: Snapshot) -> None:
        """Be as at the snapshot, which may be another mock's; the clock goes on from its moment.

        From JSON it brings no rules, faults and calls: those that are there stay. A virtual clock, which is the whole
        process's, never goes back: the world goes on from now as it would have from the snapshot.
        """
        with self._simulation.lock:
            (self._rewind if snapshot._owner is self else self._adopt)(snapshot._parts)
            own_time = self.options.clock != "virtual"
            self._simulation.clock = resumed(self._backend.time.source(), snapshot.at if own_time else None)
            self._simulation.go_on()
        self._simulation.advance_to(snapshot.at)

    def fork(self) -> Enterable:
        """A copy of the mock as it is now, to be entered: `with emr.fork() as what_if:`. This one stays untouched."""
        self._backend.calls_answered += 1  # whoever forks a mock has used it
        snapshot = self.snapshot()
        # What a fork leaves behind is gone with it, and what happens there has not happened.
        options = self.options.with_({"on_orphans": "ignore", "deliver": ()})
        return self._make_mock(options, lambda twin: twin.restore(snapshot))

    def stop(self) -> None:
        """Leave the mock that this handle belongs to."""
        if self._on_stop is None:
            raise RuntimeError("This mock is not active, so it cannot be stopped (docs: activation)")
        self._on_stop()

    def __repr__(self) -> str:
        return f"<EMRServerless {self._clock!r} applications={len(self.applications)} job_runs={len(self.job_runs)}>"

    # What `activation` and the pytest plugin do with a handle

    def _checkpoint(self) -> Any:
        return {name: part.checkpoint() for name, part in self._parts.items()}

    def _rewind(self, checkpoint: Any) -> None:
        for name, part in self._parts.items():
            part.rewind(checkpoint[name])

    def _adopt(self, checkpoint: Any) -> None:
        for part, take_over in self._taken_over.items():
            if part in checkpoint:
                take_over(checkpoint[part])

    def _open(self) -> None:
        self._backend.time.enter(self._simulation)

    def _close(self) -> None:
        self._backend.closed = True
        try:
            self._check_complete()
        finally:
            self._simulation.lock.afterwards = ()  # whoever looks later finds what happened, and nobody is told
            self._backend.time.leave()

    def _check_complete(self) -> None:
        if not self._has_failed:
            check_orphans(self._simulation, self.options.on_orphans)
        self._rules.check_complete()
        self._backend.faults.check_complete()

    def _report(self) -> str:
        return report(self._simulation, self._backend.recorder, self._fired)

    def _decide(self, world: World, run: JobRun) -> Plan:
        view = self._job_runs.view(lambda: (world, run))
        return self._fired.note(run.id, self._rules, lambda: self._rules.decide(view))

    def _handle(self, world: World, run: JobRun) -> Outcome:
        with self._backend.time.awake():
            outcome, written = ask(run.outcome, self._job_runs.view(lambda: (world, run)))
        run.attempt.logs[0] = written.after(run.attempt.logs.get(0))
        return outcome
