"""Where `clock="system"` reads the time of day, and what it moves: whatever steers the process's time is followed.

This is the only module that knows the factories of freezegun and the travellers of time-machine; it imports neither.
What makes a process live in simulated time is not here.
"""

from __future__ import annotations

import datetime as dt
import sys
from datetime import timedelta
from typing import Any

NO_TIME = timedelta(0)


def innermost_freeze() -> Any:
    """The factory of the freezegun freeze that tells the time here and now; None where none does."""
    api = sys.modules.get("freezegun.api")
    return api.freeze_factories[-1] if api and api.freeze_factories else None


def traveller() -> Any:
    """The innermost journey of time-machine; None where there is none."""
    module = sys.modules.get("time_machine")
    # time-machine 2 keeps its travellers under another name.
    stack = getattr(module, "traveller_stack", None) or getattr(module, "coordinates_stack", None)
    return stack[-1] if stack else None


def told_by(freeze: Any) -> dt.datetime:
    """The time that a freeze would tell, naive UTC; looking does not cost the step that `auto_tick_seconds` takes."""
    told: dt.datetime = freeze() if ticks(freeze) else freeze.time_to_freeze
    return told


def now_by(freeze: Any) -> dt.datetime:
    """What `datetime.now(timezone.utc)` would tell under a freeze, offset included, without costing a step."""
    offset: timedelta = sys.modules["freezegun.api"].tz_offsets[-1]
    return told_by(freeze).replace(tzinfo=dt.timezone.utc) + offset


def move_freeze(freeze: Any, by: timedelta) -> None:
    """Let a freeze tell a time that is `by` later."""
    if ticks(freeze):
        # Its own `tick` forgets the real time that has passed since it was last moved.
        freeze.move_to(freeze() + by)
    elif by:
        # For a freeze with auto_tick_seconds an empty tick is a whole step.
        freeze.tick(by)


def ticks(freeze: Any) -> bool:
    """Whether the freeze was made with `tick=True`; only such a factory knows when it began."""
    return hasattr(freeze, "start")


class SystemSource:
    """The source of `clock="system"`: the time of day as it is at each look, plus what `move` added.

    Where freezegun is active `move` ticks the innermost freeze instead, so that one time remains.
    """

    def __init__(self) -> None:
        self._added = NO_TIME

    @property
    def standing(self) -> bool:
        """Whether time passes only by being moved: inside a freeze or a journey that does not tick."""
        if (freeze := innermost_freeze()) is not None:
            return not ticks(freeze)
        return (journey := traveller()) is not None and not journey._tick

    def now(self) -> dt.datetime:
        """Tell the time, aware, UTC."""
        freeze = innermost_freeze()
        # Looked up at each call: a freeze replaces the class.
        told = dt.datetime.now(dt.timezone.utc) if freeze is None else now_by(freeze)
        return told + self._added

    def move(self, by: timedelta) -> None:
        """Let the source tell a time that is `by` later; seen by the whole process where freezegun is active."""
        if (freeze := innermost_freeze()) is None:
            self._added += by
        else:
            move_freeze(freeze, by)

    def __repr__(self) -> str:
        if innermost_freeze() is not None:
            return "freezegun's freeze"
        return "system clock" if traveller() is None else "time-machine's travel"
