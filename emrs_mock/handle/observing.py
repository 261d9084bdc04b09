"""The read-only part of the handle: records, calls, events, metrics, logs, the timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emrs_mock._annotations import checked
from emrs_mock._misspelt import Hinting
from emrs_mock.clocks.kinds import Time
from emrs_mock.handle.backend import Backend
from emrs_mock.observation import record_members
from emrs_mock.observation.calls import Calls
from emrs_mock.observation.event_log import Event
from emrs_mock.observation.events import AllEvents, Broker, Events, Subscription, Wants
from emrs_mock.observation.logs import Logs
from emrs_mock.observation.record_views import ApplicationView, JobRunView, Records, SessionView
from emrs_mock.observation.targets import Target
from emrs_mock.options import Options

if TYPE_CHECKING:
    # Imported when they are first used: most tests use none of them.
    from emrs_mock.observation.deliveries import Listener
    from emrs_mock.observation.metrics import Metrics
    from emrs_mock.observation.timeline import Timeline


@checked("handle", "EMRServerless")
class Observing(Hinting):
    """What the test's author can read, with the values at the time of reading."""

    def __init__(self, options: Options, time: Time | None) -> None:
        self._backend = Backend(options, time)
        self._simulation = self._backend.simulation
        self._applications: Records[ApplicationView] = Records(
            self._simulation, "application", record_members.application
        )
        self._job_runs: Records[JobRunView] = Records(self._simulation, "job_run", record_members.job_run)
        self._sessions: Records[SessionView] = Records(self._simulation, "session", record_members.session)
        self._events = AllEvents(self._simulation)
        self._broker = Broker(self._simulation, self._deliveries() if options.deliver else [])

    def _deliveries(self) -> list[Listener]:
        from emrs_mock.observation.deliveries import listeners
        from emrs_mock.wire.doubles import Sender

        return listeners(self._simulation, self._backend.options.deliver, Sender())

    @property
    def applications(self) -> Records[ApplicationView]:
        """All applications in order of creation; `[...]` takes a position, an id or an ARN."""
        return self._applications

    @property
    def job_runs(self) -> Records[JobRunView]:
        """All job runs in order of creation; `[...]` takes a position, an id or an ARN."""
        return self._job_runs

    @property
    def sessions(self) -> Records[SessionView]:
        """All interactive sessions in order of creation; `[...]` takes a position, an id or an ARN."""
        return self._sessions

    @property
    def events(self) -> Events:
        """The events that AWS would have sent to EventBridge until now, in order; `.of(...)` selects some."""
        return self._events.until_now()

    def subscribe(
        self,
        callback: Callable[[Event], Any],
        detail_type: str | None = None,
        *,
        about: Target | None = None,
        where: Wants | None = None,
    ) -> Subscription:
        """Call `callback` with each later event: at its simulated time, after the transition, outside of our lock.

        `detail_type` is a shell pattern, `about` an application or job run, `where` a callable that gets the event.
        Raises ValueError for a detail-type that no event has. `.cancel()`, or the end of a `with` block, ends it.
        """
        self._simulation.catch_up()
        return self._broker.subscribe(callback, detail_type, about, where)

    @property
    def metrics(self) -> Metrics:
        """The CloudWatch metrics until now, by name: `["RunningJobs"]`, `.of("RunningJobs", ApplicationId=...)`."""
        from emrs_mock.observation.metrics import Metrics

        self._simulation.catch_up()
        return Metrics(self._simulation)

    @property
    def calls(self) -> Calls:
        """The tries of all calls; later ones are added: `.of("GetJobRun")`, `.count`, `.tries`, `.per_minute`."""
        recorder = self._backend.recorder
        return Calls(recorder, self._backend.faults.known.operations, lambda: recorder.dropped)

    @property
    def logs(self) -> Logs:
        """The logs of job runs: `emr.logs[run].stdout`, `.stderr`, `.executor(1)`, `.attempt(1)`."""
        return Logs(self._simulation)

    def timeline(self) -> Timeline:
        """The states of all records until now: text in a terminal, a chart in a notebook; `.to_svg()`, `.to_json()`."""
        from emrs_mock.observation.timeline import Timeline

        self._simulation.catch_up()
        return Timeline(self._simulation, self._backend.recorder.in_brief())
