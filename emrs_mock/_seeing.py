"""What an author sees of a mock besides its records: calls, events, metrics, the timeline; a part of the handle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emrs_mock import _aws
from emrs_mock._host import Hosting
from emrs_mock._options import Options
from emrs_mock.control.calls import Calls
from emrs_mock.control.deliveries import listeners
from emrs_mock.control.events import Broker, Event, Events, Subscription, Wants, events_of
from emrs_mock.control.logs import Logs
from emrs_mock.control.metrics import Metrics
from emrs_mock.control.run_until import Target
from emrs_mock.control.timeline import Timeline


class Seeing(Hosting):
    """A simulation that can be called, and looked at: each view is as of the moment it is asked for."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._broker = Broker(self._simulation, listeners(self._simulation, options.deliver, _aws.Sender()))

    @property
    def events(self) -> Events:
        """What EventBridge would have been told until now, in AWS's payloads and in order; `.of(...)` picks some."""
        self._simulation.catch_up()
        with self._simulation.lock:
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

    @property
    def metrics(self) -> Metrics:
        """CloudWatch's metrics until now, by name: `["RunningJobs"]`, `.of("RunningJobs", ApplicationId=...)`."""
        self._simulation.catch_up()
        return Metrics(self._simulation)

    @property
    def calls(self) -> Calls:
        """Every try of every call until now and to come: `.of("GetJobRun")`, `.count`, `.tries`, `.per_minute`."""
        return Calls(self._recorder, self._faults.known.operations)

    @property
    def logs(self) -> Logs:
        """What the workers of job runs wrote: `emr.logs[run].stdout`, `.stderr`, `.executor(1)`, `.attempt(1)`."""
        return Logs(self._simulation)

    def timeline(self) -> Timeline:
        """What happened until now: text in a terminal, a chart in a notebook; `.to_svg() .to_html() .to_json()`."""
        self._simulation.catch_up()
        return Timeline(self._simulation, self._recorder)
