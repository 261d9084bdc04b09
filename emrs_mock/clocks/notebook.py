"""Notebooks: between cells a virtual clock stands still and the thread is real, so that the kernel keeps answering."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

Undo = Callable[[], None]


def between_cells(suspend: Callable[[], None], resume: Callable[[], None]) -> Undo:
    """Let `suspend` be called after each cell and `resume` before the next; returns what takes that back.

    Where no IPython shell runs it does nothing. IPython is not imported: where cells are run it is loaded.
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None:
        return lambda: None

    def after_cell(_result: Any) -> None:
        suspend()

    def before_cell(_info: Any) -> None:
        resume()

    shell.events.register("post_run_cell", after_cell)
    shell.events.register("pre_run_cell", before_cell)

    def undo() -> None:
        shell.events.unregister("post_run_cell", after_cell)
        shell.events.unregister("pre_run_cell", before_cell)

    return undo
