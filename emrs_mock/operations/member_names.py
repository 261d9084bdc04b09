"""The names of the API's members and operations as Python writes them."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@cache
def snake_case(member: str) -> str:
    """`totalExecutionDurationSeconds` as `total_execution_duration_seconds`."""
    return _WORD.sub("_", member).lower()


def is_named(operation: str, pattern: str) -> bool:
    """Whether a shell pattern matches an operation, by AWS's name (`GetJobRun`) or boto3's (`get_job_run`)."""
    return fnmatchcase(operation, pattern) or fnmatchcase(snake_case(operation), pattern)
