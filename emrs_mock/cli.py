"""The command `emrs-mock run`: runs an unmodified script or module under a mock and prints what happened.

How an option is read from text is in `options`; the report is `observation.timeline`.
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
from typing import TYPE_CHECKING, Any, Literal, get_args

from emrs_mock.options import ClockName, Options, TextOption, text_options

if TYPE_CHECKING:
    from emrs_mock.activation.mock import Mock
    from emrs_mock.handle.emr_serverless import EMRServerless

CLOCK: Literal["virtual"] = "virtual"
"""The clock of `run`: sleeping advances it."""


def _flags() -> dict[str, TextOption]:
    """The options that have a flag: all but the clock, which is always virtual."""
    return {name: option for name, option in text_options().items() if name != "clock"}


# --- the command ----------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments and return the exit status. A `SystemExit` of the script is passed on."""
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
        help="run a script or module under the mock, then print what happened",
        usage="%(prog)s [OPTIONS] (SCRIPT | -m MODULE) [ARGUMENTS ...]",
        description="Run an unmodified script or module under the mock. Sleeping takes no time: it advances the clock.",
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
    parser.add_argument(
        "--clock", choices=get_args(ClockName), default="system", help="where time comes from (default: system)"
    )
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
        parser.error(f"no such script: {command[0]}" if command else "expected a SCRIPT or -m MODULE")
    return run(command, is_module, options)


def _serve(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from emrs_mock.activation.mock import SURROUNDINGS
    from emrs_mock.handle.emr_serverless import EMRServerless
    from emrs_mock.server import command

    start = _options(parser, arguments, "manual").starts_at()
    if arguments.clock == "system":  # which begins at --start too, but has no such option elsewhere
        arguments.start = None
    options = _options(parser, arguments, arguments.clock)
    if arguments.patience is None:
        options = options.with_({"patience": None})  # clients wait for what somebody steers over HTTP
    try:
        return command.serve(arguments, options, start, lambda time: EMRServerless(options, SURROUNDINGS, time))
    except (OSError, RuntimeError, ValueError) as problem:
        parser.error(str(problem))


def run(command: Sequence[str], is_module: bool, options: Options) -> int:
    """Run a script or module under a mock, and print the report when the process ends.

    The mock stays active until then, so that it also answers calls from `atexit` functions and remaining threads.
    """
    from emrs_mock.activation.mock import Mock

    began, mock = time.perf_counter(), Mock(options)
    emr = mock.start()
    # Registered before the script registers anything, so it is called last.
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
    """Set the first entry of `sys.path` as the command line of Python sets it."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(script)) if script else os.getcwd()


def _show(error: BaseException, status: int) -> int:
    """Print an error as Python does, without our own frames."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") in {__name__, "runpy"}:
        frames = frames.tb_next
    sys.excepthook(type(error), error.with_traceback(frames), frames)
    return status


def _finish(mock: Mock, emr: EMRServerless, start: datetime, began: float) -> None:
    heading, report = _report(emr, start)
    mock.stop()  # real time from here on
    print(f"\nemrs-mock: {heading} in {time.perf_counter() - began:.1f} s\n{report}".rstrip(), flush=True)


def _report(emr: EMRServerless, start: datetime) -> tuple[str, str]:
    from emrs_mock.observation.timeline import format_duration

    timeline, simulated = emr.timeline(), emr.clock.now() - start
    return f"{_counted(track.kind for track in timeline.tracks)}; {format_duration(simulated)} of simulated time", str(
        timeline
    )


def _counted(kinds: Iterable[str]) -> str:
    counts = Counter(kind.replace("_", " ") for kind in kinds)
    return ", ".join(f"{number} {kind}{'s' * (number > 1)}" for kind, number in counts.items()) or "nothing was made"
