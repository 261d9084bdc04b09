"""The composition root: joins clock, simulation, operations, wire and control into one mock, and its handle.

How a mock is entered and left is in `_doors`, which one answers a call in `_active`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from emrs_mock import _arrange, _aws, _views
from emrs_mock._call import Answer, Call, Caller, Layer, Reply, ServiceError
from emrs_mock._options import Options
from emrs_mock.control.clock import Clock
from emrs_mock.control.events import Broker, Event, Events, Subscription, Wants, events_of
from emrs_mock.control.latency import Latency
from emrs_mock.control.quotas import Throttle
from emrs_mock.control.records import ApplicationView, JobRunView, Records, SessionView
from emrs_mock.control.run_until import Target, run_until
from emrs_mock.control.timeline import Timeline
from emrs_mock.control.times import time_of
from emrs_mock.control.waits import PollWatch
from emrs_mock.control.when import Matcher, Rule, Rules
from emrs_mock.operations import perform
from emrs_mock.sim.clock import Clock as SimulationClock
from emrs_mock.sim.outcomes import Plan
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.world import World


class EMRServerless:
    """The handle of one mock: what its author steers and sees."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.on_stop: Callable[[], None] | None = None
        self.calls_answered = 0
        self._closed = False
        self._callers: dict[tuple[str, str, str], Caller] = {}
        self._accounts = _aws.accounts_by_key(options.accounts or {})
        self._time = time_of(options.clock, options.starts_at(), options.grace_length())
        clock = SimulationClock(self._time.source())
        self._simulation = Simulation(clock, options.timing, options.seed, _vcpus(options))
        self._rules = Rules()
        self._simulation.decide = self._decide
        self._broker = Broker(self._simulation)
        self._simulation.lock.afterwards.append(self._broker.deliver)
        self._clock = Clock(self._simulation, self._time)
        self._applications: Records[ApplicationView] = Records(self._simulation, "application", _views.application)
        self._job_runs: Records[JobRunView] = Records(self._simulation, "job_run", _views.job_run)
        self._sessions: Records[SessionView] = Records(self._simulation, "session", _views.session)
        self.answer = compose(self._layers(), self._core)

    # What the author steers and sees

    @property
    def clock(self) -> Clock:
        """The mock's clock: `.now()`, `.advance(...)`, `.move_to(...)`, `.next_due()`."""
        return self._clock

    @property
    def applications(self) -> Records[ApplicationView]:
        """All applications in order of creation: by position, id or ARN."""
        return self._applications

    @property
    def job_runs(self) -> Records[JobRunView]:
        """All job runs in order of creation: by position, id or ARN."""
        return self._job_runs

    @property
    def sessions(self) -> Records[SessionView]:
        """All interactive sessions in order of creation: by position, id or ARN."""
        return self._sessions

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
        return self._applications[_arrange.application(self, state, id, region_name, members)]

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
        return self._job_runs[_arrange.job_run(self, application, state, id, members)]

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
        return self._sessions[_arrange.session(self, application, state, id, members)]

    def run_until(self, target: Target, state: str | None = None) -> ApplicationView | JobRunView | SessionView:
        """Move time, from one due event to the next, until `target` is in `state`, and stop at that instant.

        `target` is a record, an id, an ARN, or a response that has one; `state` may be left out for job runs and
        sessions: their end. Raises UnreachableState at once if that state can no longer come.
        """
        record_id = run_until(self._simulation, target, state)
        kinds = (self._applications, self._job_runs, self._sessions)
        return next(records[record_id] for records in kinds if record_id in records)

    @property
    def events(self) -> Events:
        """What EventBridge would have been told until now, in AWS's payloads and in order; `.of(...)` picks some."""
        with self._simulation.lock:
            self._simulation.catch_up()
            return Events(events_of(self._simulation))

    def subscribe(
        self,
        callback: Callable[[Event], Any],
        detail_type: str | None = None,
        *,
        about: Target | None = None,
        where: Wants | None = None,
    ) -> Subscription:
        """Call `callback` with each event to come: at the instant it tells of, after the move, outside of our lock.

        `detail_type` is a shell pattern, `about` an application or job run, `where` a callable that gets the event.
        Raises ValueError for a detail-type that no event has. `.cancel()`, or leaving a `with`, ends it.
        """
        self._simulation.catch_up()
        return self._broker.subscribe(callback, detail_type, about, where)

    def timeline(self) -> Timeline:
        """What happened until now: text in a terminal, a chart in a notebook; `.to_svg() .to_html() .to_json()`."""
        self._simulation.catch_up()
        return Timeline(self._simulation)

    def client(self, region_name: str | None = None) -> Any:
        """A boto3 client that always belongs to this mock, whatever else is active."""
        from emrs_mock.wire import attach

        client = _aws.emr_serverless_client(region_name)
        attach.bind(client, self)
        return client

    def reset(self) -> None:
        """Be as on entry: no records, no rules, the clock at its start."""
        self._simulation.restart(SimulationClock(self._time.source()))
        self._rules.rewind([])
        self._broker.rewind([])

    def stop(self) -> None:
        """Leave the mock that this handle belongs to."""
        if self.on_stop is None:
            raise RuntimeError("This mock is not active, so it cannot be stopped (docs: doors)")
        self.on_stop()

    def __repr__(self) -> str:
        return f"<EMRServerless {self._clock!r} applications={len(self.applications)} job_runs={len(self.job_runs)}>"

    # What the doors do with a handle

    def _checkpoint(self) -> Any:
        return self._simulation.checkpoint(), self._rules.checkpoint(), self._broker.checkpoint()

    def _rewind(self, checkpoint: Any) -> None:
        simulation, rules, subscriptions = checkpoint
        self._broker.rewind(subscriptions)
        self._simulation.rewind(simulation)
        self._rules.rewind(rules)

    def _open(self) -> None:
        self._time.enter(self._simulation)

    def _close(self) -> None:
        self._closed = True
        self._time.leave()
        self._rules.check_complete()

    # What the wire does with a host

    def caller(self, access_key: str | None, account_id: str | None, region: str, partition: str) -> Caller:
        """Name the caller: an IAM user of the account that its access key or its credentials name, or of the mock's."""
        account = self._accounts.get(access_key or "") or account_id or self.options.account_id
        key = (account, region, partition)
        if key not in self._callers:
            arn = f"arn:{partition}:iam::{account}:user/emrs-mock"  # assumed: facts §16, createdBy
            self._callers[key] = Caller(account, region, partition, arn)
        return self._callers[key]

    def pause(self, delay: timedelta) -> None:
        """Let a reply's delay pass on the mock's clock."""
        self._time.sleep(delay)

    def pause_async(self, delay: timedelta) -> Awaitable[None]:
        """Let a reply's delay pass on the mock's clock."""
        return self._time.sleep_async(delay)

    def _core(self, call: Call) -> Reply:
        if self._closed:
            raise RuntimeError(f"{call.operation}: the mock that this client belongs to has ended (docs: doors)")
        caller = call.caller
        with self._simulation.lock:
            self.calls_answered += 1
            self._simulation.catch_up()
            world = self._simulation.world(caller.account_id, caller.region, caller.partition)
            try:
                return Reply(perform(world, call))
            except ServiceError as refusal:
                return Reply(refusal)

    def _layers(self) -> Iterator[Layer]:
        latency = self.options.latency_of_calls(self._time.latency)
        if latency:
            yield Latency(latency)
        if self._time.tells_of_waits:
            yield PollWatch(self._simulation)
        if self.options.quotas is not None:
            yield Throttle(self._simulation, self.options.quotas.rates)

    def _decide(self, world: World, run: JobRun) -> Plan:
        return self._rules.decide(self._job_runs.view(lambda: (world, run)))


def compose(layers: Iterable[Layer], core: Answer) -> Answer:
    """One answer out of the core and the layers around it, the first one outermost."""
    answer = core
    for layer in reversed(list(layers)):
        answer = _around(layer, answer)
    return answer


def _around(layer: Layer, inner: Answer) -> Answer:
    return lambda call: layer(call, inner)


def _vcpus(options: Options) -> int | None:
    return None if options.quotas is None else options.quotas.vcpus
