"""Handlers: functions of the test's author that decide, when a job run is RUNNING, how it ends and what it logs.

When a handler is called, and that simulated time stands still meanwhile, is in `sim.simulation`.
"""

from __future__ import annotations

import io
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from typing import Any

from emrs_mock.scenario.endings import Ending
from emrs_mock.sim.details import script_failed
from emrs_mock.sim.outcomes import AuthorsMistake, Outcome, Streams


class Engine(ABC):
    """A handler that runs code in a process, whose output is the driver's log; what is printed here is not."""

    @abstractmethod
    def begin(self, run: Any) -> Outcome:
        """Begin to run the code of a job run; return how the attempt ends, or that nothing ends it yet."""

    @abstractmethod
    def __call__(self, run: Any) -> Any:
        """Run the code of a job run and return its end, when it has ended."""


class Handler:
    """Holds a function. A deep copy of a world shares it."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __call__(self, run: Any) -> Any:
        return self.function(run)

    def __deepcopy__(self, memo: dict[int, Any]) -> Handler:
        return self

    def __repr__(self) -> str:
        return f"run({getattr(self.function, '__qualname__', self.function)})"


def call_handler(planned: Outcome, run: Any) -> tuple[Outcome, Streams | None]:
    """Call the handler of a planned outcome; return the outcome that it decides, and what it printed (engine: None).

    `SystemExit` ends the job with its exit code. An exception that is not an error of the job (KeyboardInterrupt, the
    end of a test, a handler that moves the clock) is raised in the code that moved the clock.
    """
    assert isinstance(planned.handler, Handler)
    if isinstance(planned.handler.function, Engine):
        return planned.handler.function.begin(run), None
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        try:
            outcome = _returned(planned.handler(run))
        except SystemExit as end:
            outcome = _exited(end.code)
        except AuthorsMistake:
            raise
        except Exception as error:
            traceback.print_exc()
            outcome = Outcome("fail", script_failed(_last_line(error)))
    after = planned.after if outcome.after is None else outcome.after
    return replace(outcome, after=after), Streams(stdout.getvalue(), stderr.getvalue())


def _returned(value: Any) -> Outcome:
    """A returned `Fail`, `Hang` or `Succeed` is the ending; any other value means success."""
    return value.outcome if isinstance(value, Ending) else Outcome("succeed")


def _exited(code: Any) -> Outcome:
    """Read an exit code as Python does: None is 0, and a value that is not a number is printed and is 1."""
    if code is None or code == 0:
        return Outcome("succeed")
    exit_code = code if isinstance(code, int) else 1
    return Outcome("fail", script_failed(f"SystemExit: {code}", exit_code))


def _last_line(error: Exception) -> str:
    return traceback.format_exception_only(type(error), error)[-1].strip()
