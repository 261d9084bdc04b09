"""`emrs_mock.connect(url)`: a handle of a mock that another process serves, with the methods that a handle has here.

What JSON cannot say, such as handlers and callables, has to be set up where the mock is: `emrs-mock serve --setup`.
"""

from __future__ import annotations

import builtins
import inspect
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, cast

from emrs_mock._annotations import checked
from emrs_mock._misspelt import Hinting, hint
from emrs_mock.clocks.run_until import UnreachableState
from emrs_mock.scenario.endings import Ending
from emrs_mock.scenario.faults import Fault
from emrs_mock.scenario.rules import Rule
from emrs_mock.server.verbs import FAULT_VERBS, RULE_VERBS

PREFIX = "/_emrs_mock"

NOT_THERE: Mapping[str, str] = {
    "fork": "a fork lives in the process of the mock: restore() a snapshot() in another world",
    "logs": "logs_of(job_run) asks for the logs of one job run",
    "metrics": "metrics are computed where the mock is: /_emrs_mock/state has the present ones",
    "options": "they were decided where the mock was entered",
    "serve": "the mock is served already",
    "stop": "the process that serves the mock ends it",
    "subscribe": "nothing calls back over HTTP: read events",
}
"""What a handle in the process of the mock has and this one has not, with what to do instead."""

Members = Mapping[str, Any]
Ask = Callable[..., Any]


@checked("server")
def connect(url: str) -> Remote:
    """A handle of the mock that is served at `url`, the URL of a world included.

    Its methods raise what they raise in the process of the mock, with the same texts; OSError where nobody answers.
    Raises ValueError for what is no URL.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"connect: url={url!r}: expected a URL, such as 'http://127.0.0.1:5000' (docs: server)")
    remote = Remote(url)
    remote.clock.now()
    return remote


class Remote:
    """A handle of a mock in another process."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.clock = RemoteClock(self._ask)

    def when(self, **matchers: Any) -> Rule:
        """Begin a rule, as `emr.when` does; each verb is said to the server at once."""
        return cast("Rule", _Verbs(self._ask, "/rules", {"when": matchers}, Rule, RULE_VERBS))

    def fault(self, operation: str, **when: Any) -> Fault:
        """Begin a fault, as `emr.fault` does; each verb is said to the server at once."""
        return cast("Fault", _Verbs(self._ask, "/faults", {"operation": operation, **when}, Fault, FAULT_VERBS))

    def add_application(self, state: str = "STARTED", **members: Any) -> RemoteRecord:
        """Arrange an application that is in `state` now."""
        return RemoteRecord(self._ask("/applications", {"state": state, **members}))

    def add_job_run(self, application: Any, state: str = "RUNNING", **members: Any) -> RemoteRecord:
        """Arrange a job run that is in `state` now."""
        return RemoteRecord(self._ask("/job-runs", {"application": _id_of(application), "state": state, **members}))

    def add_session(self, application: Any, state: str = "STARTED", **members: Any) -> RemoteRecord:
        """Arrange a session that is in `state` now."""
        return RemoteRecord(self._ask("/sessions", {"application": _id_of(application), "state": state, **members}))

    def run_until(self, target: Any, state: str | None = None) -> RemoteRecord:
        """Move time until `target` is in `state`; a record, an id or an ARN."""
        wanted = {} if state is None else {"state": state}
        return RemoteRecord(self._ask("/run-until", {"target": _id_of(target), **wanted}))

    @property
    def applications(self) -> list[RemoteRecord]:
        """All applications in order of creation, as they are now."""
        return list(map(RemoteRecord, self._ask("/applications")))

    @property
    def job_runs(self) -> list[RemoteRecord]:
        """All job runs in order of creation, as they are now."""
        return list(map(RemoteRecord, self._ask("/job-runs")))

    @property
    def sessions(self) -> list[RemoteRecord]:
        """All interactive sessions in order of creation, as they are now."""
        return list(map(RemoteRecord, self._ask("/sessions")))

    @property
    def calls(self) -> list[RemoteRecord]:
        """Every try of every call until now."""
        return list(map(RemoteRecord, self._ask("/calls")))

    @property
    def events(self) -> list[Members]:
        """What EventBridge would have got until now."""
        return cast("list[Members]", self._ask("/events"))

    def assert_all_matched(self) -> None:
        """Raise AssertionError, with the rules, if there are rules that have not decided about any job run."""
        self._ask("/assert-all-matched", {})

    def logs_of(self, job_run: Any, attempt: int | None = None) -> RemoteRecord:
        """The logs of a job run's last attempt, or of another: `.stdout`, `.stderr`, `.executors` by number."""
        which = {} if attempt is None else {"attempt": attempt}
        return RemoteRecord(self._ask("/logs", {"job_run": _id_of(job_run), **which}))

    def client(self, region_name: str | None = None) -> Any:
        """Create a boto3 client of EMR Serverless for this mock."""
        from emrs_mock.wire.clients import emr_serverless_client

        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return emr_serverless_client(region_name, endpoint_url=self.url, **keys)

    def timeline(self) -> Members:
        """What happened until now, as data."""
        return cast("Members", self._ask("/timeline.json"))

    def reset(self) -> None:
        """Be as at the start: no records, rules, faults or calls."""
        self._ask("/reset", {})

    def snapshot(self) -> Members:
        """The simulated service as data, for `restore`."""
        return cast("Members", self._ask("/snapshot"))

    def restore(self, snapshot: Members) -> None:
        """Be as at a snapshot."""
        self._ask("/restore", snapshot)

    def __getattr__(self, name: str) -> Any:
        reason = NOT_THERE.get(name) or hint(name, dir(self))
        raise AttributeError(f"{self!r} has no {name!r}: {reason} (docs: server)", name=None, obj=None)

    def _ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body, default=_plain).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self.url}{PREFIX}{path}", data)) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                said = json.loads(refused.read())
            raise _raised(said) from None

    def __repr__(self) -> str:
        return f"<Remote {self.url}>"


class RemoteClock(Hinting):
    """The clock of a mock in another process."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def now(self) -> datetime:
        """The simulated time, aware, UTC."""
        return datetime.fromisoformat(self._ask("/clock")["now"])

    def next_due(self) -> datetime | None:
        """When something happens next if nobody calls; None if nothing is due."""
        due = self._ask("/clock")["next_due"]
        return None if due is None else datetime.fromisoformat(due)

    def advance(self, by: timedelta | float | None = None, /, **units: float) -> datetime:
        """Move time forward by a duration, or by named units; returns the new now."""
        body = units if by is None else {"seconds": by, **units}
        return datetime.fromisoformat(self._ask("/clock/advance", body)["now"])

    def move_to(self, moment: datetime) -> datetime:
        """Move time forward to a moment; returns the new now."""
        return datetime.fromisoformat(self._ask("/clock/move-to", {"moment": moment})["now"])


class RemoteRecord:
    """A record, or a call, as it was when it was asked for; its members are attributes."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._members:
            raise AttributeError(f"{self!r} has no {name!r}; {hint(name, self._members)} (docs: server)")
        return self._members[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._members})

    def __repr__(self) -> str:
        members = self._members
        return (
            f"<{members.get('kind', 'call')} {members.get('id', members.get('operation'))} {members.get('state', '')}>"
        )


class _Verbs:
    """A rule or fault that was begun: each verb is said to the server, and returns this again."""

    def __init__(self, ask: Ask, path: str, begun: Members, kind: type, verbs: tuple[str, ...]) -> None:
        self._ask, self._path, self._begun = ask, path, begun
        self._kind, self._verbs = kind, verbs
        self._ids: list[int] = []

    def remove(self) -> None:
        """Remove it from the mock; a second time does nothing."""
        for id_ in self._ids:
            self._ask(f"{self._path}/remove", {"id": id_})

    @property
    def matched(self) -> int:
        """The number of job runs about which the rule has decided something."""
        counts = {rule["id"]: rule["matched"] for rule in self._ask("/rules")}
        return max((counts.get(id_, 0) for id_ in self._ids), default=0)

    def __enter__(self) -> _Verbs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._verbs:
            raise AttributeError(
                f"{name!r} cannot be said from another process; {hint(name, dir(self))} (docs: server)"
            )

        def say(*args: Any, **kwargs: Any) -> _Verbs:
            then = {name: _arguments(getattr(self._kind, name), args, kwargs)}
            self._ids.append(self._ask(self._path, {**self._begun, "then": then})["id"])
            return self

        return say

    def __dir__(self) -> list[str]:
        return ["matched", "remove", *self._verbs]


def _arguments(verb: Callable[..., Any], args: tuple[Any, ...], kwargs: Members) -> Members:
    """Arguments by name. Raises TypeError for those that the verb does not take."""
    bound = inspect.signature(verb).bind(None, *args, **kwargs)
    return {name: value for name, value in bound.arguments.items() if name != "self"}


def _id_of(target: Any) -> Any:
    return getattr(target, "id", target)


def _plain(value: Any) -> Any:
    """How JSON says what Python has other words for."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, RemoteRecord):
        return value.id
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, Ending):
        said = {"details": value.outcome.details, "after": value.outcome.after}
        return {type(value).__name__.lower(): {name: each for name, each in said.items() if each}}
    raise TypeError(f"{value!r} cannot be said to a mock in another process (docs: server)")


def _raised(said: Members) -> Exception:
    """The exception that was raised where the mock is."""
    kinds: Mapping[str, Any] = {**vars(builtins), UnreachableState.__name__: UnreachableState}
    return cast("Exception", kinds.get(said["error"], RuntimeError)(said["message"]))
