"""Handlers: functions of the author's that are asked, when a job run is RUNNING, how it ends and what it writes.

When they are asked, and that no time passes meanwhile, is the simulation's business.
"""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from typing import Any

from emrs_mock.scenario.endings import Ending
from emrs_mock.sim.details import script_failed
from emrs_mock.sim.outcomes import InstantLasts, Outcome, Streams


class Handler:
    """A function of the author's. A copy of the world asks the same one."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __call__(self, run: Any) -> Any:
        return self.function(run)

    def __deepcopy__(self, memo: dict[int, Any]) -> Handler:
        return self

    def __repr__(self) -> str:
        return f"run({getattr(self.function, '__qualname__', self.function)})"


def ask(asked: Outcome, run: Any) -> tuple[Outcome, Streams]:
    """Let the handler of an outcome say what comes instead, and what it wrote.

    `SystemExit` is the program's end, with its exit code. What is no error of a program's (Ctrl-C, the end of a test,
    a handler that wants time to pass) is no outcome: it reaches whoever moved time.
    """
    assert asked.handler is not None
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        try:
            outcome = _said(asked.handler(run))
        except SystemExit as end:
            outcome = _exited(end.code)
        except InstantLasts:
            raise
        except Exception as error:
            traceback.print_exc()
            outcome = Outcome("fail", script_failed(_last_line(error)))
    after = asked.after if outcome.after is None else outcome.after
    return replace(outcome, after=after), Streams(stdout.getvalue(), stderr.getvalue())


def _said(answer: Any) -> Outcome:
    """A `Fail`, `Hang` or `Succeed` is what it says; a program's function may return what it likes."""
    return answer.outcome if isinstance(answer, Ending) else Outcome("succeed")


def _exited(code: Any) -> Outcome:
    """How Python reads an exit code: none is 0, and what is no number is printed and is 1."""
    if code is None or code == 0:
        return Outcome("succeed")
    exit_code = code if isinstance(code, int) else 1
    return Outcome("fail", script_failed(f"SystemExit: {code}", exit_code))


def _last_line(error: Exception) -> str:
    return traceback.format_exception_only(type(error), error)[-1].strip()
