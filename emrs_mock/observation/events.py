"""`emr.events` and `emr.subscribe(...)`: the events that AWS sends to EventBridge, and the callbacks that receive them.

The content of an event is in `event_payloads`. Events are computed from the simulation's changes.
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
from emrs_mock._forks import survives_forks
from emrs_mock.observation.event_payloads import DETAIL_TYPES, UTILIZATION, Told, of_change, periodic
from emrs_mock.observation.targets import Target, id_of
from emrs_mock.sim.records import JobRun
from emrs_mock.sim.simulation import Simulation

Event = Mapping[str, Any]
Wants = Callable[[Event], bool]


@checked("events")
class Events(Sequence[Event]):
    """Events in order; each is the mapping that the target of an EventBridge rule receives."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events

    def of(self, detail_type: str | None = None, *, about: Target | None = None, where: Wants | None = None) -> Events:
        """The events with this detail-type (a shell pattern), about this application or job run, that `where` accepts.

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
    of_changes = [(number, one) for number, change in changes for one in of_change(owners[change.id][1], change)]
    runs = (record for _, record in owners.values() if isinstance(record, JobRun))
    regular = [(0, one) for run in runs for one in periodic(run, since, now)]
    # At one instant the periodic events come first, so that no new event sorts before one that was delivered already.
    in_order = sorted([*regular, *of_changes], key=lambda pair: pair[1].at)
    return [_envelope(simulation, number, one) for number, one in in_order]


def _envelope(simulation: Simulation, number: int, content: Told) -> Event:
    owner = str(content.detail.get("jobRunId") or content.detail["applicationId"])
    world, record = simulation.owners[owner]
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{owner} {content.kind} {content.at} {number}")),
        "detail-type": content.kind,
        "source": "aws.emr-serverless",
        "account": world.account_id,
        "time": content.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": world.region,
        "resources": [record.arn] if content.kind == UTILIZATION else [],
        "detail": {name: value for name, value in content.detail.items() if value is not None},
    }


class Subscription:
    """A callback that is called with each new event, until `cancel()` or the end of its `with` block."""

    def __init__(self, broker: Broker, callback: Callable[[Event], Any], wants: Wants) -> None:
        self._broker = broker
        self.callback = callback
        self.wants = wants

    def cancel(self) -> None:
        """Stop calling the callback; a second time does nothing."""
        self._broker.cancel(self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()


class Broker:
    """Delivers events to callbacks. While there are any, each thread delivers when it releases the simulation's lock.

    The callables in `always` get all events from the start, before the subscribers do.
    """

    def __init__(self, simulation: Simulation, always: Sequence[Callable[[Event], Any]] = ()) -> None:
        self._simulation = simulation
        self._mutex = survives_forks(threading.RLock())
        self._always = [Subscription(self, callback, lambda event: True) for callback in always]
        self._waiting: deque[Event] = deque()
        self._is_delivering = False
        self._changes, self._delivered, self._since = simulation.changes, 0, simulation.time
        self._set_subscriptions([])

    def subscribe(
        self, callback: Callable[[Event], Any], detail_type: str | None, about: Target | None, where: Wants | None
    ) -> Subscription:
        """Call `callback` with each later event that the filter accepts."""
        subscription = Subscription(self, callback, _filter(detail_type, about, where))
        with self._mutex:
            if not self._receivers():
                self._skip_to_now()
            self._set_subscriptions([*self._subscriptions, subscription])
        return subscription

    def cancel(self, subscription: Subscription) -> None:
        """Remove a subscription."""
        with self._mutex:
            self._set_subscriptions([other for other in self._subscriptions if other is not subscription])

    def checkpoint(self) -> list[Subscription]:
        """Copy the present subscriptions, for `rewind`."""
        return list(self._subscriptions)

    def rewind(self, checkpoint: list[Subscription]) -> None:
        """Restore the subscriptions of the checkpoint."""
        with self._mutex:
            self._set_subscriptions(checkpoint)

    def _set_subscriptions(self, subscriptions: Sequence[Subscription]) -> None:
        self._subscriptions = list(subscriptions)
        self._simulation.lock.afterwards = [self.deliver] if self._receivers() else []

    def deliver(self) -> None:
        """Deliver the new events. If another thread is delivering, it delivers these too, which keeps the order.

        If a callback raises, the others are still called; then the first exception is raised.
        """
        if not self._start():
            return
        failures: list[Exception] = []
        try:
            while (event := self._next()) is not None:
                failures += self._publish(event)
        except BaseException:
            self._is_delivering = False
            raise
        if failures:
            raise failures[0]

    def _receivers(self) -> list[Subscription]:
        return [*self._always, *self._subscriptions]

    def _publish(self, event: Event) -> Iterator[Exception]:
        for subscription in [receiver for receiver in self._receivers() if receiver.wants(event)]:
            try:
                subscription.callback(event)
            except Exception as failure:
                yield failure

    def _start(self) -> bool:
        with self._mutex:
            is_first, self._is_delivering = not self._is_delivering, True
            return is_first

    def _next(self) -> Event | None:
        with self._mutex:
            self._waiting.extend(self._new_events())
            self._is_delivering = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def _new_events(self) -> list[Event]:
        simulation = self._simulation
        if self._changes is not simulation.changes:
            self._skip_to_now()  # after a rewind, earlier changes are not new
        if self._delivered == len(simulation.changes) and self._since == simulation.time:
            return []
        with simulation.lock:
            events = events_of(simulation, self._delivered, self._since)
            self._delivered, self._since = len(simulation.changes), simulation.time
        return events

    def _skip_to_now(self) -> None:
        changes = self._simulation.changes
        self._waiting.clear()
        self._changes, self._delivered, self._since = changes, len(changes), self._simulation.time
