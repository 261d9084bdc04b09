"""What an author may name a record by: the record itself, its id, its ARN, or a response that has one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emrs_mock.observation.record_views import RecordView

Target = RecordView | str | Mapping[str, Any]

_IDS = ("jobRunId", "sessionId", "id", "applicationId", "arn")


def id_of(target: Target) -> str:
    """The id in what an author names a record by: a record, an id, an ARN, or a response that has one."""
    if isinstance(target, RecordView):
        return target.id
    if isinstance(target, str):
        return target.rsplit("/", 1)[-1]
    inner = next((value for value in target.values() if isinstance(value, Mapping) and set(_IDS) & set(value)), target)
    for name in _IDS:
        if name in inner:
            return str(inner[name]).rsplit("/", 1)[-1]
    raise TypeError(f"What is wanted is a record, an id, an ARN or a response that has one of {', '.join(_IDS)}")
