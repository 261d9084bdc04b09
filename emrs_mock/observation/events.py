"""`emr.events` and `emr.subscribe(...)`: what EventBridge would have been told, in order, and who is called with it.

What is in an event is in `payloads`. Events are views of the changes, so they are always those of what happened.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, overload

from emrs_mock._annotations import checked
from emrs_mock.observation.event_payloads import DETAIL_TYPES, UTILIZATION, Told, of_change, periodic
from emrs_mock.observation.targets import Target, id_of
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.simulation import Simulation

Event = Mapping[str, Any]
Wants = Callable[[Event], bool]


@checked("events")
class Events(Sequence[Event]):
    """Events in the order in which they came; each is the mapping that the target of an EventBridge rule gets."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events

    def of(self, detail_type: str | None = None, *, about: Target | None = None, where: Wants | None = None) -> Events:
        """Those of a detail-type (a shell pattern), about one application or job run, that the callable `where` takes.

        Raises ValueError for a detail-type that no event has.
        """
        wants = _filter(detail_type, about, where)
        return Events([event for event in self._events if wants(event)])

    @overload
    def __getitem__(self, key: int) -> Event: ...
    @overload
    def __getitem__(self, key: slice) -> Events: ...
    def __getitem__(self, key: int | slice) -> Event | Events:
        return Events(self._events[key]) if isinstance(key, slice) else self._events[key]

    def __len__(self) -> int:
        return len(self._events)

    def __repr__(self) -> str:
        return f"<Events {[_title(event) for event in self._events]}>"


def _title(event: Event) -> str:
    state = event["detail"].get("state")
    return f"{event['detail-type'].removeprefix('EMR Serverless ')}{f': {state}' if state else ''}"


def _filter(detail_type: str | None, about: Target | None, where: Wants | None) -> Wants:
    pattern = "*" if detail_type is None else detail_type
    fitting = {known for known in DETAIL_TYPES if fnmatchcase(known, pattern)}
    if not fitting:
        raise ValueError(
            f"No event has the detail-type {detail_type!r}. There are: {', '.join(DETAIL_TYPES)} (docs: events)"
        )
    record_id = None if about is None else id_of(about)

    def wants(event: Event) -> bool:
        detail = event["detail"]
        is_about = record_id in (None, detail["applicationId"], detail.get("jobRunId"))
        return event["detail-type"] in fitting and is_about and (where is None or where(event))

    return wants


def events_of(simulation: Simulation, first: int = 0, since: datetime | None = None) -> list[Event]:
    """The events of the changes from number `first` on, and the periodic ones after `since`, until now."""
    owners, now = simulation.owners, simulation.now
    changes = enumerate(simulation.changes[first:], first)
    told = [(number, one) for number, change in changes for one in of_change(owners[change.id][1], change)]
    runs = (record for _, record in owners.values() if isinstance(record, JobRun))
    regular = [(0, one) for run in runs for one in periodic(run, since, now)]
    # What comes regularly is before what changes at that instant: then nothing comes before what was told already.
    in_order = sorted([*regular, *told], key=lambda pair: pair[1].at)
    return [_envelope(simulation, number, one) for number, one in in_order]


def _envelope(simulation: Simulation, number: int, told: Told) -> Event:
    owner = str(told.detail.get("jobRunId") or told.detail["applicationId"])
    world, record = simulation.owners[owner]
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{owner} {told.kind} {told.at} {number}")),
        "detail-type": told.kind,
        "source": "aws.emr-serverless",
        "account": world.account_id,
        "time": told.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": world.region,
        "resources": [record.arn] if told.kind == UTILIZATION else [],
        "detail": {name: value for name, value in told.detail.items() if value is not None},
    }


class Subscription:
    """A callback that is called with events as they come, until `cancel()`, or until its `with` block ends."""

    def __init__(self, broker: Broker, callback: Callable[[Event], Any], wants: Wants) -> None:
        self._broker = broker
        self.callback = callback
        self.wants = wants

    def cancel(self) -> None:
        """Be called no more; a second time is nothing."""
        self._broker.cancel(self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()


class Broker:
    """Who is called with which events. While there is somebody, whoever lets go of the simulation's lock delivers.

    `always` are called with all events from the beginning, before those who subscribe.
    """

    def __init__(self, simulation: Simulation, always: Sequence[Callable[[Event], Any]] = ()) -> None:
        self._simulation = simulation
        self._mutex = threading.RLock()
        self._always = [Subscription(self, callback, lambda event: True) for callback in always]
        self._waiting: deque[Event] = deque()
        self._delivers = False
        self._changes, self._told, self._since = simulation.changes, 0, simulation.time
        self._know([])

    def subscribe(
        self, callback: Callable[[Event], Any], detail_type: str | None, about: Target | None, where: Wants | None
    ) -> Subscription:
        """Call `callback` with the events to come that the filter takes."""
        subscription = Subscription(self, callback, _filter(detail_type, about, where))
        with self._mutex:
            if not self._called():
                self._catch_up()
            self._know([*self._subscriptions, subscription])
        return subscription

    def cancel(self, subscription: Subscription) -> None:
        """Call a subscription's callback no more."""
        with self._mutex:
            self._know([other for other in self._subscriptions if other is not subscription])

    def checkpoint(self) -> list[Subscription]:
        """Who is subscribed now, to `rewind` to."""
        return list(self._subscriptions)

    def rewind(self, checkpoint: list[Subscription]) -> None:
        """Be again as at the checkpoint."""
        with self._mutex:
            self._know(checkpoint)

    def _know(self, subscriptions: Sequence[Subscription]) -> None:
        self._subscriptions = list(subscriptions)
        self._simulation.lock.afterwards = [self.deliver] if self._called() else []

    def deliver(self) -> None:
        """Hand out what has come. Whoever does so already takes what comes meanwhile too, so that the order is kept.

        A callback that fails keeps nothing from the others; the first failure is raised when all have been called.
        """
        if not self._begins():
            return
        failures: list[Exception] = []
        try:
            while (event := self._next()) is not None:
                failures += self._tell(event)
        except BaseException:
            self._delivers = False
            raise
        if failures:
            raise failures[0]

    def _called(self) -> list[Subscription]:
        return [*self._always, *self._subscriptions]

    def _tell(self, event: Event) -> Iterator[Exception]:
        for subscription in [each for each in self._called() if each.wants(event)]:
            try:
                subscription.callback(event)
            except Exception as failure:
                yield failure

    def _begins(self) -> bool:
        with self._mutex:
            is_first, self._delivers = not self._delivers, True
            return is_first

    def _next(self) -> Event | None:
        with self._mutex:
            self._waiting.extend(self._news())
            self._delivers = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def _news(self) -> list[Event]:
        simulation = self._simulation
        if self._changes is not simulation.changes:
            self._catch_up()  # the world was rewound: what it was before is not news
        if self._told == len(simulation.changes) and self._since == simulation.time:
            return []
        with simulation.lock:
            news = events_of(simulation, self._told, self._since)
            self._told, self._since = len(simulation.changes), simulation.time
        return news

    def _catch_up(self) -> None:
        changes = self._simulation.changes
        self._waiting.clear()
        self._changes, self._told, self._since = changes, len(changes), self._simulation.time
