"""`EMRServerless`, the handle of one mock: it connects the clock, the simulation, the operations and the other rooms.

How a mock is entered and left, and which mock answers a call, is in `activation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from emrs_mock._annotations import checked
from emrs_mock.clocks.emr_clock import Clock
from emrs_mock.clocks.kinds import Time
from emrs_mock.handle.surroundings import Enterable, Surroundings
from emrs_mock.handle.waiting import Waiting
from emrs_mock.members.given import ApplicationMembers, JobRunMembers, SessionMembers
from emrs_mock.members.literals import ApplicationState, JobRunState, SessionState
from emrs_mock.observation.failure_report import RuleUsage, check_matched, report
from emrs_mock.observation.orphans import check_orphans
from emrs_mock.observation.record_views import ApplicationView, JobRunView, SessionView
from emrs_mock.observation.targets import Target, id_of
from emrs_mock.options import Options
from emrs_mock.scenario.arrange import Arranger
from emrs_mock.scenario.faults import Fault
from emrs_mock.scenario.handlers import call_handler
from emrs_mock.scenario.matchers import Matcher
from emrs_mock.scenario.rules import DEFAULT_PLAN, Rule, Rules
from emrs_mock.scenario.snapshots import Snapshot, resumed
from emrs_mock.sim.clock import Clock as SimulationClock
from emrs_mock.sim.lock import Lock
from emrs_mock.sim.outcomes import Outcome, Plan
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.world import World

if TYPE_CHECKING:
    # Any where boto3-stubs[emr-serverless] are not installed.
    from mypy_boto3_emr_serverless import EMRServerlessClient  # type: ignore[import-not-found,unused-ignore]
    from typing_extensions import Unpack


@checked("handle")
class EMRServerless(Waiting):
    """The handle of one mock: everything that a test controls and reads."""

    def __init__(self, options: Options, surroundings: Surroundings[EMRServerless], time: Time | None = None) -> None:
        super().__init__(options, time)
        self._surroundings = surroundings
        self._on_stop: Callable[[], None] | None = None
        self._has_failed = False
        """Whether the test is known to have failed; then nothing else is reported at the end of the mock."""
        backend, simulation = self._backend, self._simulation
        self._rules = Rules()
        self._rule_usage = RuleUsage()
        simulation.decide = self._decide
        simulation.handle = self._handle
        simulation.hold = backend.time.hold
        simulation.asked = backend.time.asked
        simulation.lets_work_run_beside = backend.time.tells_of_waits
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
        application: Matcher | ApplicationView | Mapping[str, Any] | None = None,
        role: Matcher | None = None,
        tags: Mapping[str, Matcher] | None = None,
        mode: Matcher | None = None,
        where: Callable[[JobRunView], bool] | None = None,
    ) -> Rule:
        """Make a rule for the job runs that all given matchers accept; a verb of the rule decides about them.

        Without a rule a job run ends in SUCCESS, `Timing.run` after RUNNING. As a context manager the rule is removed
        at the end. A string is a shell pattern for the whole value (`fnmatchcase`, as `"*.py"`), a `re.Pattern` is
        searched, a callable gets the value. `argument` matches any entry point argument; `application` is a record or
        response, or matches its id, ARN or name; `role` matches the role's ARN or name; `where` gets the job run.
        Raises ValueError or TypeError for a matcher that no job run can match.
        """
        known = id_of(application) if isinstance(application, ApplicationView | Mapping) else application
        return self._rules.add(
            {
                "name": name,
                "entry_point": entry_point,
                "query": query,
                "argument": argument,
                "application": known,
                "role": role,
                "tags": tags,
                "mode": mode,
                "where": where,
            }
        )

    def assert_all_matched(self) -> None:
        """Raise AssertionError, with reasons, for rules that decided about no job run and faults that hit no try."""
        check_matched(self._rules.unmatched(), self._backend.faults.unmatched())

    def fault(
        self,
        operation: str,
        *,
        where: Callable[[Mapping[str, Any]], bool] | None = None,
        every: int | None = None,
        probability: float | None = None,
    ) -> Fault:
        """Make a fault for the tries of an operation (or a shell pattern); a verb of the fault says how they fail.

        `where` gets the call's parameters; `every=3` means every third try that matches; `probability` is computed
        from the mock's seed. Raises ValueError, with a list, for an operation that does not exist.
        """
        return self._backend.faults.add(operation, where, every, probability)

    def add_application(
        self,
        state: ApplicationState = "STARTED",
        *,
        id: str | None = None,  # noqa: A002 - what AWS calls it
        region_name: str | None = None,
        **members: Unpack[ApplicationMembers],
    ) -> ApplicationView:
        """Add an application that is in `state` now. `members` are those of CreateApplication, checked as by AWS.

        Raises ValueError for a state, id or member that the service could not have, and adds nothing then.
        """
        return self._applications[self._arranger.application(state, id, region_name, members)]

    def add_job_run(
        self,
        application: Target,
        state: JobRunState = "RUNNING",
        *,
        id: str | None = None,  # noqa: A002 - what AWS calls it
        **members: Unpack[JobRunMembers],
    ) -> JobRunView:
        """Add a job run that is in `state` now. `members` are those of StartJobRun, checked as by AWS.

        Raises ValueError for a state, id or member that the service could not have, and adds nothing then.
        """
        return self._job_runs[self._arranger.job_run(id_of(application), state, id, members)]

    def add_session(
        self,
        application: Target,
        state: SessionState = "STARTED",
        *,
        id: str | None = None,  # noqa: A002 - what AWS calls it
        **members: Unpack[SessionMembers],
    ) -> SessionView:
        """Add a session that is in `state` now. `members` are those of StartSession, checked as by AWS.

        Raises ValueError for a state, id or member that the service could not have, and adds nothing then.
        """
        return self._sessions[self._arranger.session(id_of(application), state, id, members)]

    def client(self, region_name: str | None = None) -> EMRServerlessClient:
        """Create a boto3 client that always belongs to this mock; its `exceptions` are not those of other clients."""
        from emrs_mock.wire import attach, clients

        client: EMRServerlessClient = clients.emr_serverless_client(region_name)
        attach.bind(client, self._backend)
        return client

    def reset(self) -> None:
        """Restore the state at entry: no records, rules, faults, calls or subscriptions, and the clock at its start."""
        self._simulation.restart(SimulationClock(self._backend.time.source()))
        self._rules.rewind([])
        self._backend.faults.rewind([])
        self._backend.recorder.rewind()
        self._broker.rewind([])

    def snapshot(self) -> Snapshot:
        """Save the present state, for `restore`; `.to_json()` exports the service's part of it to other processes."""
        self._simulation.catch_up()
        with self._simulation.lock:
            return Snapshot(self._simulation.now, self._checkpoint(), self)

    def restore(self, snapshot: Snapshot) -> None:
        """Restore the state of a snapshot, of this or of another mock. The clock continues from the snapshot's time.

        A snapshot from JSON contains no rules, faults and calls: the present ones remain. A virtual clock, which the
        whole process shares, is never set back: the simulation continues from now as it would have from the snapshot.
        """
        with self._simulation.lock:
            (self._rewind if snapshot._owner is self else self._adopt)(snapshot._parts)
            own_time = self.options.clock != "virtual"
            self._simulation.clock = resumed(self._backend.time.source(), snapshot.at if own_time else None)
            self._simulation.go_on()
        self._simulation.advance_to(snapshot.at)

    def fork(self) -> Enterable[EMRServerless]:
        """Make a copy of the mock as it is now: `with emr.fork() as what_if:`. This mock does not change."""
        self._backend.is_used = True
        snapshot = self.snapshot()
        # A fork reports no orphans and delivers nothing: what happens in it has not really happened.
        options = self.options.with_({"on_orphans": "ignore", "deliver": ()})
        return self._surroundings.mock(options, lambda twin: twin.restore(snapshot))

    def serve(
        self, host: str = "127.0.0.1", port: int = 0, *, hold_time_outs: bool = False
    ) -> AbstractContextManager[str]:
        """Answer over HTTP too: `with emr.serve() as url:`, for clients in other processes and other languages.

        `port=0` takes a free one. Where a fault loses a reply the connection is reset at once; with `hold_time_outs` it
        stays open until the client gives up. An error that the author of the test made is raised at the end of the
        block. Raises OSError where the address is in use, RuntimeError with `clock="virtual"`.
        """
        return self._surroundings.serve(self, host, port, hold=hold_time_outs)

    def stop(self) -> None:
        """Leave the mock that this handle belongs to."""
        if self._on_stop is None:
            raise RuntimeError("This mock is not active, so it cannot be stopped (docs: activation)")
        self._on_stop()

    def __repr__(self) -> str:
        return f"<EMRServerless {self._clock!r} applications={len(self.applications)} job_runs={len(self.job_runs)}>"

    # Used by `activation` and the pytest plugin

    def _checkpoint(self) -> Any:
        return {name: part.checkpoint() for name, part in self._parts.items()}

    def _rewind(self, checkpoint: Any) -> None:
        for name, part in self._parts.items():
            part.rewind(checkpoint[name])

    def _adopt(self, checkpoint: Any) -> None:
        for part, take_over in self._taken_over.items():
            if part in checkpoint:
                take_over(checkpoint[part])

    def _another(self) -> EMRServerless:
        """Another mock with the same options, opened: a world of its own."""
        twin = EMRServerless(self.options, self._surroundings)
        twin._open()
        return twin

    def _open(self) -> None:
        self._backend.time.enter(self._simulation)

    def _close(self) -> None:
        """Answer no more and let the process be as before; a second time is nothing."""
        self._backend.closed = True
        self._simulation.works.close()
        # Records can still be read, but subscribers get no more events. A thread that Ctrl-C stopped with the old lock
        # holds nothing.
        self._simulation.lock = Lock()
        self._backend.time.leave()

    def _check_complete(self) -> None:
        if self._has_failed:
            return
        check_orphans(self._simulation, self.options.on_orphans)
        self._rules.check_complete()
        self._backend.faults.check_complete()

    def _report(self) -> str:
        unmatched = (self._rules.unmatched(removed=True), self._backend.faults.unmatched())
        return report(self._simulation, self._backend.recorder, self._rule_usage, *unmatched)

    def _decide(self, world: World, run: JobRun) -> Plan:
        if not self._rules.entries:
            return DEFAULT_PLAN
        view = self._job_runs._view(lambda: (world, run))
        return self._rule_usage.note(run.id, self._rules, lambda: self._rules.decide(view))

    def _handle(self, world: World, run: JobRun) -> Outcome:
        with self._backend.time.awake():
            outcome, written = call_handler(run.outcome, self._job_runs._view(lambda: (world, run)))
        if written is not None:
            run.attempt.logs[0] = written.after(run.attempt.logs.get(0))
        return outcome
