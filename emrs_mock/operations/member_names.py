"""The names of the API's members as Python writes them."""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@cache
def snake_case(member: str) -> str:
    """`totalExecutionDurationSeconds` as `total_execution_duration_seconds`."""
    return _WORD.sub("_", member).lower()
