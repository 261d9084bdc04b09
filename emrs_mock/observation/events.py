"""`emr.events` and `emr.subscribe(...)`: the events that AWS sends to EventBridge, and the callbacks that receive them.

The content of an event is in `event_payloads`. Events are computed from the simulation's changes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from types import TracebackType
from typing import Any, overload

from emrs_mock._annotations import checked
from emrs_mock._forks import survives_forks
from emrs_mock._misspelt import Hinting
from emrs_mock._shortened import shortened
from emrs_mock.observation.event_log import Entry, Event, EventLog
from emrs_mock.observation.event_payloads import DETAIL_TYPES
from emrs_mock.observation.targets import Target, id_of
from emrs_mock.sim.simulation import Simulation

Wants = Callable[[Event], bool]


@checked("events")
class Events(Hinting, Sequence[Event]):
    """Events in order; each is the mapping that the target of an EventBridge rule receives."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._count = len(entries)  # later events are added to the list of a mock

    def of(self, detail_type: str | None = None, *, about: Target | None = None, where: Wants | None = None) -> Events:
        """The events with this detail-type (a shell pattern), about this application or job run, that `where` accepts.

        Raises ValueError for a detail-type that no event has.
        """
        wants = _filter(detail_type, about, where)
        return Events([entry for entry in self._until_then() if wants(entry.event)])

    @overload
    def __getitem__(self, key: int) -> Event: ...
    @overload
    def __getitem__(self, key: slice) -> Events: ...
    def __getitem__(self, key: int | slice) -> Event | Events:
        if isinstance(key, slice):
            return Events([self._entries[place] for place in range(self._count)[key]])
        return self._entries[range(self._count)[key]].event

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Event]:
        return (entry.event for entry in self._until_then())

    def __repr__(self) -> str:
        titles = shortened(range(self._count), lambda place: repr(_title(self._entries[place].event)))
        return f"<Events [{', '.join(titles)}]>"

    def _until_then(self) -> Iterator[Entry]:
        return islice(self._entries, self._count)


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


class AllEvents:
    """The events of a simulation until now, of which those that were read before are not computed again."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._log = EventLog(simulation)
        self._entries: list[Entry] = []

    def until_now(self) -> Events:
        """All of them, in order; the object does not change when later ones happen."""
        self._simulation.catch_up()
        with self._simulation.lock:
            if self._log.is_outdated:
                self._log.restart()
                self._entries = []
            self._entries += self._log.new()
            return Events(self._entries)


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
        self._log = EventLog(simulation)
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
        if self._log.is_outdated:
            self._skip_to_now()  # after a rewind, earlier changes are not new
        if self._log.is_at_end:
            return []
        with self._simulation.lock:
            return [entry.event for entry in self._log.new()]

    def _skip_to_now(self) -> None:
        self._waiting.clear()
        self._log.skip()
