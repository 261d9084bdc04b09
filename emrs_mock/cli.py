"""The command line: `emrs-mock run` executes an unmodified script or module under a mock and tells what happened.

Also how an option is read from text, for the command line and for ini files. What the telling looks like is in
`control.timeline`.
"""

from __future__ import annotations

import argparse
import atexit
import os
import runpy
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from emrs_mock.options import CLOCKS, ClockName, Options, TextOption, text_options

if TYPE_CHECKING:
    from emrs_mock.activation.mock import Mock
    from emrs_mock.handle.emr_serverless import EMRServerless

CLOCK: Literal["virtual"] = "virtual"
"""The clock of `run`: sleeping moves it."""


def _flags() -> dict[str, TextOption]:
    """What can be said on the command line; the clock is its own: sleeping moves it."""
    return {name: option for name, option in text_options().items() if name != "clock"}


# --- the command ----------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say; returns the exit status. What the script raises by `sys.exit` is passed on."""
    parser = argparse.ArgumentParser(prog="emrs-mock", description="A mock of Amazon EMR Serverless.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_serve(commands)
    arguments = parser.parse_args(argv)
    status: int = arguments.act(arguments)
    return status


def _add_run(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run a script or module under the mock, then tell what happened",
        usage="%(prog)s [OPTIONS] (SCRIPT | -m MODULE) [ARGUMENTS ...]",
        description="Run an unmodified script or module under the mock. Sleeping moves its clock and takes no time.",
    )
    _add_options(parser)
    parser.add_argument("-m", dest="module", nargs=argparse.REMAINDER, help="a module, and its arguments")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="SCRIPT", help="a script, and its arguments")
    parser.set_defaults(act=partial(_run, parser))


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser(
        "serve",
        help="answer clients in other processes and languages over HTTP",
        description="Answer calls of EMR Serverless over HTTP, until Ctrl-C.",
    )
    parser.add_argument("--clock", choices=CLOCKS, default=CLOCKS[0], help="where time comes from (default: system)")
    _add_options(parser)
    parser.set_defaults(act=partial(_serve, parser))
    from emrs_mock.server.command import add_arguments

    add_arguments(parser)


def _add_options(parser: argparse.ArgumentParser) -> None:
    for name, option in _flags().items():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, dest=name, type=option.read, help=option.help.replace("%", "%%"))


def _options(parser: argparse.ArgumentParser, arguments: argparse.Namespace, clock: ClockName) -> Options:
    """The options that the arguments name. What cannot be is told with the usage, and ends the process."""
    said = {name: value for name in _flags() if (value := getattr(arguments, name)) is not None}
    try:
        return Options(clock=clock, **said)
    except (TypeError, ValueError) as problem:
        parser.error(str(problem))


def _run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    command, is_module = arguments.module or arguments.command, bool(arguments.module)
    options = _options(parser, arguments, CLOCK)
    if not command or (not is_module and not os.path.exists(command[0])):
        parser.error(f"no such script: {command[0]}" if command else "a SCRIPT or -m MODULE is wanted")
    return run(command, is_module, options)


def _serve(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from emrs_mock.activation.mock import SURROUNDINGS
    from emrs_mock.handle.emr_serverless import EMRServerless
    from emrs_mock.server import command

    start = _options(parser, arguments, "manual").starts_at()
    if arguments.clock == "system":  # which begins at --start too, but has no such option elsewhere
        arguments.start = None
    options = _options(parser, arguments, arguments.clock)
    try:
        return command.serve(arguments, options, start, lambda time: EMRServerless(options, SURROUNDINGS, time))
    except (OSError, RuntimeError, ValueError) as problem:
        parser.error(str(problem))


def run(command: Sequence[str], is_module: bool, options: Options) -> int:
    """Run a script or module with its arguments under a mock; the report comes when the process ends.

    The mock stays until then, so that what a script does in its last moments (`atexit`, threads) is answered too.
    """
    from emrs_mock.activation.mock import Mock

    began, mock = time.perf_counter(), Mock(options)
    emr = mock.start()
    # Registered before anything of the script's, so called after it.
    atexit.register(_finish, mock, emr, emr.clock.now(), began)
    sys.argv[:] = command
    _see_modules_from("" if is_module else command[0])
    try:
        if is_module:
            runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(command[0], run_name="__main__")
    except Exception as error:
        return _show(error, 1)
    except KeyboardInterrupt as error:
        return _show(error, 130)
    return 0


def _see_modules_from(script: str) -> None:
    """Let imports begin where Python's own command line lets them begin."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(script)) if script else os.getcwd()


def _show(error: BaseException, status: int) -> int:
    """Show an error as Python would have shown it, without the frames that are ours."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") in {__name__, "runpy"}:
        frames = frames.tb_next
    sys.excepthook(type(error), error.with_traceback(frames), frames)
    return status


def _finish(mock: Mock, emr: EMRServerless, start: datetime, began: float) -> None:
    heading, report = _report(emr, start)
    mock.stop()  # from here on a second is a real one
    print(f"\nemrs-mock: {heading} in {time.perf_counter() - began:.1f} s\n{report}".rstrip(), flush=True)


def _report(emr: EMRServerless, start: datetime) -> tuple[str, str]:
    from emrs_mock.observation.timeline import clock_face

    timeline, simulated = emr.timeline(), emr.clock.now() - start
    return f"{_counted(way.kind for way in timeline.tracks)}; {clock_face(simulated)} of simulated time", str(timeline)


def _counted(kinds: Iterable[str]) -> str:
    counts = Counter(kind.replace("_", " ") for kind in kinds)
    return ", ".join(f"{number} {kind}{'s' * (number > 1)}" for kind, number in counts.items()) or "nothing was made"
