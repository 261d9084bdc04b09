"""`emrs_mock.connect(url)`: a handle of a mock that another process serves, with the methods that a handle has here.

What JSON cannot say, such as handlers and callables, has to be set up where the mock is: `emrs-mock serve --setup`.
"""

from __future__ import annotations

import builtins
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast, overload

from emrs_mock._annotations import checked
from emrs_mock._misspelt import Hinting, hint
from emrs_mock.clocks.emr_clock import require_one_amount
from emrs_mock.clocks.run_until import UnreachableState
from emrs_mock.members.literals import ApplicationState, JobRunState, SessionState
from emrs_mock.scenario.endings import Ending
from emrs_mock.scenario.faults import Fault
from emrs_mock.scenario.rules import Rule
from emrs_mock.server.remote_records import (
    KINDS,
    Members,
    RemoteApplication,
    RemoteCall,
    RemoteJobRun,
    RemoteLogs,
    RemoteRecord,
    RemoteSession,
)
from emrs_mock.server.remote_verbs import Ask, FaultTries, RemoteVerbs, RuleMatchers
from emrs_mock.server.verbs import FAULT_VERBS, RULE_VERBS

if TYPE_CHECKING:
    # Any where boto3-stubs[emr-serverless] are not installed.
    from mypy_boto3_emr_serverless import EMRServerlessClient  # type: ignore[import-not-found,unused-ignore]
    from typing_extensions import Unpack

    from emrs_mock.members.given import ApplicationMembers, JobRunMembers, SessionMembers

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


@checked("server")
def connect(url: str) -> Remote:
    """A handle of the mock that is served at `url`, the URL of a world included.

    Its methods raise what those of the served handle raise, with the same texts, and OSError if no server answers.
    Raises ValueError for a text that is no URL.
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

    def when(self, **matchers: Unpack[RuleMatchers]) -> Rule:
        """Begin a rule, as `emr.when` does, with shell patterns; each verb is said to the server at once."""
        return cast("Rule", RemoteVerbs(self._ask, "/rules", {"when": matchers}, Rule, RULE_VERBS))

    def fault(self, operation: str, **tries: Unpack[FaultTries]) -> Fault:
        """Begin a fault, as `emr.fault` does; each verb is said to the server at once."""
        begun = {"operation": operation, **tries}
        return cast("Fault", RemoteVerbs(self._ask, "/faults", begun, Fault, FAULT_VERBS))

    def add_application(
        self,
        state: ApplicationState = "STARTED",
        *,
        id: str | None = None,  # noqa: A002 - what AWS calls it
        region_name: str | None = None,
        **members: Unpack[ApplicationMembers],
    ) -> RemoteApplication:
        """Add an application that is in `state` now, as `emr.add_application` does."""
        body = _given({"state": state, "id": id, "region_name": region_name, **members})
        return RemoteApplication(self._ask("/applications", body))

    def add_job_run(
        self,
        application: str | RemoteApplication,
        state: JobRunState = "RUNNING",
        *,
        id: str | None = None,  # noqa: A002 - what AWS calls it
        **members: Unpack[JobRunMembers],
    ) -> RemoteJobRun:
        """Add a job run that is in `state` now, as `emr.add_job_run` does."""
        body = _given({"application": application, "state": state, "id": id, **members})
        return RemoteJobRun(self._ask("/job-runs", body))

    def add_session(
        self,
        application: str | RemoteApplication,
        state: SessionState = "STARTED",
        *,
        id: str | None = None,  # noqa: A002 - what AWS calls it
        **members: Unpack[SessionMembers],
    ) -> RemoteSession:
        """Add a session that is in `state` now, as `emr.add_session` does."""
        body = _given({"application": application, "state": state, "id": id, **members})
        return RemoteSession(self._ask("/sessions", body))

    @overload
    def run_until(self, target: RemoteApplication, state: ApplicationState) -> RemoteApplication: ...
    @overload
    def run_until(self, target: RemoteJobRun, state: JobRunState | None = None) -> RemoteJobRun: ...
    @overload
    def run_until(self, target: RemoteSession, state: SessionState | None = None) -> RemoteSession: ...
    @overload
    def run_until(self, target: str, state: None = None) -> RemoteJobRun | RemoteSession: ...
    @overload
    def run_until(
        self, target: str, state: ApplicationState | JobRunState | SessionState
    ) -> RemoteApplication | RemoteJobRun | RemoteSession: ...
    def run_until(self, target: RemoteRecord | str, state: str | None = None) -> Any:
        """Advance the clock until `target`, a record, an id or an ARN, is in `state`; return the record."""
        members = self._ask("/run-until", _given({"target": target, "state": state}))
        return KINDS[members["kind"]](members)

    @property
    def applications(self) -> list[RemoteApplication]:
        """All applications in order of creation, as they are now."""
        return list(map(RemoteApplication, self._ask("/applications")))

    @property
    def job_runs(self) -> list[RemoteJobRun]:
        """All job runs in order of creation, as they are now."""
        return list(map(RemoteJobRun, self._ask("/job-runs")))

    @property
    def sessions(self) -> list[RemoteSession]:
        """All interactive sessions in order of creation, as they are now."""
        return list(map(RemoteSession, self._ask("/sessions")))

    @property
    def calls(self) -> list[RemoteCall]:
        """Every try of every call until now."""
        return list(map(RemoteCall, self._ask("/calls")))

    @property
    def events(self) -> list[Members]:
        """What EventBridge would have got until now."""
        return cast("list[Members]", self._ask("/events"))

    def assert_all_matched(self) -> None:
        """Raise AssertionError, with reasons, for rules that decided about no job run and faults that hit no try."""
        self._ask("/assert-all-matched", {})

    def logs_of(self, job_run: str | RemoteJobRun, attempt: int | None = None) -> RemoteLogs:
        """The logs of a job run's last attempt, or of another: `.stdout`, `.stderr`, `.executors` by number."""
        return RemoteLogs(self._ask("/logs", _given({"job_run": job_run, "attempt": attempt})))

    def client(self, region_name: str | None = None) -> EMRServerlessClient:
        """Create a boto3 client of EMR Serverless for this mock."""
        from emrs_mock.wire.clients import emr_serverless_client

        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        client: EMRServerlessClient = emr_serverless_client(region_name, endpoint_url=self.url, **keys)
        return client

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

    if not TYPE_CHECKING:  # or every attribute would be one

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
        """When something happens next if no call is made; None if nothing is due."""
        due = self._ask("/clock")["next_due"]
        return None if due is None else datetime.fromisoformat(due)

    def advance(self, by: timedelta | float | None = None, /, **units: float) -> datetime:
        """Move time forward by a duration, or by named units; returns the new now."""
        require_one_amount(by, units)
        body = units if by is None else {"seconds": by}
        return datetime.fromisoformat(self._ask("/clock/advance", body)["now"])

    def move_to(self, moment: datetime | str) -> datetime:
        """Move time forward to a moment; returns the new now."""
        return datetime.fromisoformat(self._ask("/clock/move-to", {"moment": moment})["now"])


def _given(arguments: Members) -> Members:
    return {name: value for name, value in arguments.items() if value is not None}


def _plain(value: Any) -> Any:
    """How JSON says what Python has other words for."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, RemoteRecord):
        return value._members["id"]
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, Ending):
        said = {"details": value.outcome.details, "after": value.outcome.after}
        return {type(value).__name__.lower(): {name: each for name, each in said.items() if each}}
    raise TypeError(f"{value!r} cannot be said to a mock in another process (docs: server)")


def _raised(said: Members) -> Exception:
    """The exception that was raised where the mock is."""
    kinds: Mapping[str, Any] = {**vars(builtins), UnreachableState.__name__: UnreachableState}
    return cast("Exception", kinds.get(said["error"], RuntimeError)(said["message"]))
