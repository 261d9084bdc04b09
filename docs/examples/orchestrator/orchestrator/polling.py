"""Waiting for a state by asking for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from typing import Any

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0


def poll(look: Callable[[], dict[str, Any]], states: Container[str], within: float) -> dict[str, Any]:
    """Look, with growing pauses, until the state is one of `states`; return what was seen then.

    Raises TimeoutError after `within` seconds.
    """
    deadline = time.monotonic() + within
    pause = FIRST_PAUSE
    while True:
        seen = look()
        if seen["state"] in states:
            return seen
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"still {seen['state']} after {within:.0f} s")
        time.sleep(min(pause, left))
        pause = min(pause * 2, LONGEST_PAUSE)
