"""Notebooks: between cells a virtual clock stands still and the thread is real, so that the kernel keeps answering."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Undo = Callable[[], None]


def between_cells(suspend: Callable[[], None], resume: Callable[[], None]) -> Undo:
    """Let `suspend` be called after each cell and `resume` before the next; returns what takes that back.

    Where no IPython shell runs it does nothing. IPython is not imported: where cells are run it is loaded.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return lambda: None

    def after_cell(_result: Any) -> None:
        suspend()

    def before_cell(_info: Any) -> None:
        resume()

    hooks = {"post_run_cell": after_cell, "pre_run_cell": before_cell}

    def undo() -> None:
        for event, hook in hooks.items():
            with suppress(ValueError):  # where it was not registered, or is not any more
                shell.events.unregister(event, hook)

    try:
        for event, hook in hooks.items():
            shell.events.register(event, hook)
    except BaseException:
        undo()
        raise
    return undo
