"""Warnings that the author of a test should read while the test still runs, such as one about a loop that waits.

pytest shows warnings when the session has ended. Therefore its plugin has a listener here, which prints them at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

LISTENERS: list[Callable[[str], None]] = []
"""Called with the text of each warning that is not ignored; the pytest plugin adds one."""


def warn(text: str, category: type[Warning], stacklevel: int = 2) -> None:
    """Announce a warning and issue it; `stacklevel` counts from the caller, as for `warnings.warn`."""
    if not _is_ignored(text, category):
        for listener in LISTENERS:
            listener(f"{category.__name__}: {text}")
    warnings.warn(text, category, stacklevel=stacklevel + 1)


def _is_ignored(text: str, category: type[Warning]) -> bool:
    matching = (
        action
        for action, message, kind, _, _ in warnings.filters
        if issubclass(category, kind) and (message is None or message.match(text))
    )
    return next(matching, "default") == "ignore"
