"""Views of the records for the test's author: AWS's members in snake_case, with their present values.

A view looks its record up by id at every access, so that it stays correct when time moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from emrs_mock._annotations import checked
from emrs_mock._misspelt import Hinting, hint
from emrs_mock._shortened import shortened, there_are
from emrs_mock.members.attributes import ApplicationAttributes, JobRunAttributes, SessionAttributes
from emrs_mock.members.literals import ApplicationState, JobRunState, SessionState
from emrs_mock.observation.places import place_of
from emrs_mock.operations.member_names import snake_case
from emrs_mock.scenario.endings import Fail, failure, stayable
from emrs_mock.sim.details import FAILED
from emrs_mock.sim.gates import failing
from emrs_mock.sim.records import Record
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.timing import Duration, duration
from emrs_mock.sim.world import Refused, World

View = Mapping[str, Any]
Show = Callable[[World, Any], View]
Find = Callable[[], tuple[World, Record]]


@checked("handle")
class RecordView:
    """A live view of one record: each member that AWS returns now is an attribute; others are None or missing."""

    id: str
    arn: str
    release_label: str

    kind = "record"

    def __init__(self, simulation: Simulation, find: Find, show: Show) -> None:
        self._simulation = simulation
        self._find = find
        self._show = show

    def stay(self, state: ApplicationState | JobRunState | SessionState, for_: Duration | None = None) -> None:
        """Stay in `state` for this long (seconds or timedelta; None: for ever), each time the record enters it and now.

        Raises ValueError, with a list of states, for a state that has no automatic transition.
        """
        with self._acting() as (world, record):
            world.stay(record, stayable(record.kind, state), None if for_ is None else duration(for_, "for_="))

    def _members(self) -> View:
        self._simulation.catch_up()
        with self._simulation.lock:
            world, record = self._find()
            members = {snake_case(name): value for name, value in self._show(world, record).items()}
        self._simulation.asked(record.id)
        return members

    @contextmanager
    def _acting(self) -> Iterator[tuple[World, Any]]:
        """Change the record. If its state does not allow the event, ValueError is raised and nothing changes."""
        self._simulation.catch_up()
        with self._simulation.lock:
            try:
                yield self._find()
            except Refused as refused:
                raise ValueError(f"{refused} (docs: states)") from None

    def _fire(self, event: str, details: str | None = None) -> None:
        with self._acting() as (world, record):
            world.fire(record, event, details)

    if TYPE_CHECKING:  # which knows the attributes of each kind, and refuses all others

        @property
        def state(self) -> str: ...

    else:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            members = self._members()
            if name not in members:
                raise AttributeError(
                    f"{self!r} has no {name!r} now; {self._why_missing(name, members)} (docs: handle)",
                    name=None,
                    obj=None,
                )
            return deepcopy(members[name])

        # Below `else`, or a record would look like a mapping.
        def __getitem__(self, name: object) -> Any:
            meant = f"use .{snake_case(name)}" if isinstance(name, str) else "its members are attributes"
            raise TypeError(
                f"{self!r} is a record and no response, so [{name!r}] is not possible; {meant} (docs: handle)"
            )

    def _why_missing(self, name: str, members: View) -> str:
        if any(name in kind.__annotations__ for kind in type(self).__mro__ if "__annotations__" in vars(kind)):
            return "AWS returns this member only when there is something to return"
        return f"use .{snake_case(name)}" if snake_case(name) in members else hint(name, dir(self))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._members()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordView) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        words = (
            type(self).__name__.removesuffix("View"),
            self.id,
            self.state,
            place_of(self._simulation, self._find()[0]),
        )
        return f"<{' '.join(filter(None, words))}>"


class ApplicationView(ApplicationAttributes, RecordView):
    """An application; its attributes are the members of GetApplication."""

    kind = "application"


@checked("handle")
class JobRunView(JobRunAttributes, RecordView):
    """A job run; its attributes are the members of GetJobRun."""

    kind = "job_run"

    def succeed(self) -> None:
        """End in SUCCESS now. Raises ValueError if it is not RUNNING."""
        self._fire("succeed")

    def fail(self, details: str | Fail = FAILED) -> None:
        """Make the attempt fail now; the retry policy decides about another one. Raises ValueError if it cannot."""
        text = failure(details, None).details
        with self._acting() as (world, run):
            world.fire(run, *failing(world, run, text))

    def cancel(self) -> None:
        """Be cancelled now, as by CancelJobRun. Raises ValueError if it has ended."""
        with self._acting() as (world, run):
            if run.state == "RUNNING":
                run.shutdown = run.settings.grace
            world.fire(run, "cancel")


@checked("handle")
class SessionView(SessionAttributes, RecordView):
    """An interactive session; its attributes are the members of GetSession."""

    kind = "session"

    def fail(self, details: str = "") -> None:
        """End in FAILED now, with `details` as `stateDetails`. Raises ValueError if it has ended."""
        self._fire("fail", details)

    def busy(self) -> None:
        """Start work in the session: it is not idle until `idle()` is called. Raises ValueError if it cannot."""
        self._fire("busy")

    def idle(self) -> None:
        """End the work in the session: its idle time-out counts from now. Raises ValueError if it cannot."""
        self._fire("idle")


VIEWS: Mapping[str, type[RecordView]] = {
    "application": ApplicationView,
    "job_run": JobRunView,
    "session": SessionView,
}

V = TypeVar("V", bound=RecordView)


def _id_in(name: str) -> str:
    """The id in an ARN, or the id that it is."""
    return name.rpartition("/")[2]


@checked("handle")
class Records(Hinting, Sequence[V], Generic[V]):
    """All records of one kind, in order of creation; `[...]` takes a position, a record, an id or an ARN."""

    def __init__(self, simulation: Simulation, kind: str, show: Show) -> None:
        self._simulation = simulation
        self._kind = kind
        self._show = show
        self._owners: Mapping[str, Any] = {}
        self._seen = 0
        self._known: list[str] = []

    def _view(self, find: Find) -> V:
        """The view of the record that `find` returns."""
        # VIEWS[kind] is V: a collection is created with the kind of its type
        return VIEWS[self._kind](self._simulation, find, self._show)  # type: ignore[return-value]

    def _ids(self) -> list[str]:
        """The ids in order of creation: those of the records that are new since the last look are added."""
        self._simulation.catch_up()
        with self._simulation.lock:
            owners = self._simulation.owners
            if owners is not self._owners:  # at first, and after a rewind
                self._owners, self._seen, self._known = owners, 0, []
            newest = list(islice(reversed(owners), len(owners) - self._seen))
            self._seen = len(owners)
            self._known += [key for key in reversed(newest) if owners[key][1].kind == self._kind]
            return self._known

    def _by_id(self, record_id: str) -> V:
        return self._view(lambda: self._simulation.owners[record_id])

    @overload
    def __getitem__(self, key: int | str | RecordView) -> V: ...
    @overload
    def __getitem__(self, key: slice) -> list[V]: ...
    def __getitem__(self, key: int | str | RecordView | slice) -> V | list[V]:
        if isinstance(key, slice):
            return [self._by_id(record_id) for record_id in self._ids()[key]]
        if isinstance(key, int):
            return self._by_position(key)
        return self._by_name(key.id if isinstance(key, RecordView) else key)

    def _by_position(self, position: int) -> V:
        ids = self._ids()
        if not -len(ids) <= position < len(ids):
            raise IndexError(f"No {self._kind} at [{position}]: there are {len(ids)} (docs: handle)")
        return self._by_id(ids[position])

    def _by_name(self, name: str) -> V:
        if not self._has(name):
            raise KeyError(f"No {self._kind} {name!r}. {there_are(self._ids())} (docs: handle)")
        return self._by_id(_id_in(name))

    def _has(self, name: str) -> bool:
        _, record = self._simulation.owners.get(_id_in(name), (None, None))
        return record is not None and record.kind == self._kind and name in (record.id, record.arn)

    def __contains__(self, key: object) -> bool:
        if isinstance(key, RecordView):
            key = key.id
        return isinstance(key, str) and self._has(key)

    def __len__(self) -> int:
        return len(self._ids())

    def __iter__(self) -> Iterator[V]:
        return iter([self._by_id(record_id) for record_id in self._ids()])

    def __repr__(self) -> str:
        return f"[{', '.join(shortened(self._ids(), lambda record_id: repr(self._by_id(record_id))))}]"
