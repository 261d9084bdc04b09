"""Targets: a record is given as a view, as its id or ARN, or as a response that contains one of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from emrs_mock.observation.record_views import RecordView


class ApplicationResponse(TypedDict):
    """A response that names an application."""

    applicationId: str


class JobRunResponse(TypedDict):
    """A response that names a job run."""

    jobRunId: str


class SessionResponse(TypedDict):
    """A response that names a session."""

    sessionId: str


Target = RecordView | str | Mapping[str, Any]

_IDS = ("jobRunId", "sessionId", "id", "applicationId", "arn")


def id_of(target: Target) -> str:
    """The id of the record that a target stands for. Raises TypeError if it contains no id."""
    if isinstance(target, RecordView):
        return target.id
    if isinstance(target, str):
        return target.rpartition("/")[2]
    inner = next((value for value in target.values() if isinstance(value, Mapping) and set(_IDS) & set(value)), target)
    for name in _IDS:
        if name in inner:
            return str(inner[name]).rpartition("/")[2]
    raise TypeError(f"Expected a record, an id, an ARN or a response that has one of {', '.join(_IDS)} (docs: handle)")
