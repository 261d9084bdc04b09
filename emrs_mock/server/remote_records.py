"""What a handle of a mock in another process shows: records, calls and logs as they were when they were asked for.

Their members are typed as those of the handle here; JSON has no datetimes, so these are read from their texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from emrs_mock._misspelt import hint
from emrs_mock.members.attributes import ApplicationAttributes, JobRunAttributes, SessionAttributes

Members = Mapping[str, Any]


class RemoteRecord:
    """A record, or a call, as it was when it was asked for; its members are attributes."""

    def __init__(self, members: Members) -> None:
        typed = [vars(part).get("__annotations__", {}) for part in type(self).__mro__]
        moments = {name for part in typed for name, kind in part.items() if str(kind).startswith("datetime")}
        self._members = {name: _moment(each) if name in moments else each for name, each in members.items()}

    if not TYPE_CHECKING:  # or every attribute would be one

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            if name not in self._members:
                text = f"{self!r} has no {name!r}; {hint(name, self._members)} (docs: server)"
                raise AttributeError(text, name=None, obj=None)
            return self._members[name]

        # Below TYPE_CHECKING, or a record would look like a mapping.
        def __getitem__(self, name: object) -> Any:
            meant = hint(str(name), self._members)
            raise TypeError(
                f"{self!r} is a record and no response, so [{name!r}] is not possible; {meant} (docs: server)"
            )

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._members})

    def __repr__(self) -> str:
        members = {"kind": "call", **self._members}
        said = [str(members[name]) for name in ("kind", "id", "operation", "state") if members.get(name)]
        return f"<{' '.join(said)}>"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


class RemoteApplication(ApplicationAttributes, RemoteRecord):
    """An application as it was when it was asked for; its attributes are the members of GetApplication."""


class RemoteJobRun(JobRunAttributes, RemoteRecord):
    """A job run as it was when it was asked for; its attributes are the members of GetJobRun."""


class RemoteSession(SessionAttributes, RemoteRecord):
    """An interactive session as it was when it was asked for; its attributes are the members of GetSession."""


class RemoteCall(RemoteRecord):
    """One try of one call; `CallRecord` says what the members are."""

    operation: str
    params: Members
    answer: Members | None
    error: str | None
    message: str
    at: datetime
    region: str
    account_id: str
    attempt: int
    invocation_id: str
    request_id: str


class RemoteLogs(RemoteRecord):
    """The logs of one attempt: of the driver, and those of the executors by their number as a text."""

    number: int
    stdout: str
    stderr: str
    executors: Mapping[str, Mapping[str, str]]


KINDS: Mapping[str, type[RemoteRecord]] = {
    "application": RemoteApplication,
    "job_run": RemoteJobRun,
    "session": RemoteSession,
}
"""The class of a record by its `kind`."""
