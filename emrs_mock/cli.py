"""The command `emrs-mock run`: runs an unmodified script or module under a mock and prints what happened.

How an option is read from text is in `options`; the report is `observation.timeline`.
"""

from __future__ import annotations

import argparse
import atexit
import difflib
import os
import runpy
import shutil
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NoReturn, get_args

from emrs_mock.options import ClockName, Options, TextOption, text_options

if TYPE_CHECKING:
    from emrs_mock.activation.mock import Mock
    from emrs_mock.handle.emr_serverless import EMRServerless

Arrange = Callable[["EMRServerless"], Any]

CLOCK: Literal["virtual"] = "virtual"
"""The clock of `run`: sleeping advances it."""
_LAUNCHERS = {__name__.partition(".")[0], "runpy"}
"""The packages whose frames come before those of the script."""
_NOT_IN_RUN = {"patience"}
"""Options that such a clock makes no use of."""


def _flags() -> dict[str, TextOption]:
    """The options that have a flag: all but the clock, which is always virtual."""
    return {name: option for name, option in text_options().items() if name != "clock"}


# --- the command ----------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments and return the exit status. A `SystemExit` of the script is passed on."""
    parser = argparse.ArgumentParser(prog="emrs-mock", description="A mock of Amazon EMR Serverless.")
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_serve(commands)
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        _refuse(arguments.act.args[0], unknown)
    status: int = arguments.act(arguments)
    return status


class _Version(argparse.Action):
    """`--version`. The version is looked up only if it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002 - argparse's name
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        import emrs_mock

        print(f"{parser.prog} {emrs_mock.__version__}")
        parser.exit()


def _refuse(parser: argparse.ArgumentParser, unknown: Sequence[str]) -> NoReturn:
    """Refuse options that a command does not have, with its own usage."""
    near = difflib.get_close_matches(unknown[0].partition("=")[0], parser._option_string_actions, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    parser.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")


def _add_run(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run a script or module under the mock, then print what happened",
        usage="%(prog)s [OPTIONS] (SCRIPT | -m MODULE) [ARGUMENTS ...]",
        description="The script is not modified. When it sleeps, that takes no time and advances the mock's clock.",
        allow_abbrev=False,
    )
    _add_options(parser, _flags().keys() - _NOT_IN_RUN)
    parser.add_argument("--setup", metavar="FILE", help="a Python file whose function setup(emr) arranges the mock")
    parser.add_argument(
        "--fail",
        metavar="PATTERN",
        action="append",
        default=[],
        help="fail the job runs whose entry point matches this shell pattern; can be given several times",
    )
    parser.add_argument("-m", dest="module", nargs=argparse.REMAINDER, help="a module, and its arguments")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="SCRIPT", help="a script, and its arguments")
    parser.set_defaults(act=partial(_run, parser))


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser(
        "serve",
        help="answer clients in other processes and languages over HTTP",
        description="Ctrl-C ends it.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--clock", choices=get_args(ClockName), default="system", help="where time comes from (default: system)"
    )
    _add_options(parser, _flags().keys())
    parser.set_defaults(act=partial(_serve, parser))
    from emrs_mock.server.command import add_arguments

    add_arguments(parser)


def _add_options(parser: argparse.ArgumentParser, names: Collection[str]) -> None:
    for name, option in _flags().items():
        if name not in names:
            continue
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, dest=name, type=option.read, help=option.help.replace("%", "%%"))


def _options(parser: argparse.ArgumentParser, arguments: argparse.Namespace, clock: ClockName) -> Options:
    """The options that the arguments name. Impossible ones are printed with the usage, and end the process."""
    said = {name: value for name in _flags() if (value := getattr(arguments, name, None)) is not None}
    try:
        return Options(clock=clock, **said)
    except (TypeError, ValueError) as problem:
        parser.error(str(problem))


def _run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    command, is_module = arguments.module or arguments.command, bool(arguments.module)
    options = _options(parser, arguments, CLOCK)
    if not command or (not is_module and not os.path.exists(command[0])):
        parser.error(f"no such script: {command[0]}" if command else "expected a SCRIPT or -m MODULE")
    from emrs_mock.server.command import setup_of

    try:
        setup = setup_of(arguments.setup)
    except (OSError, ValueError) as problem:
        parser.error(str(problem))
    return run(command, is_module, options, partial(_arrange, setup, arguments.fail))


def _arrange(setup: Arrange, fail: Sequence[str], emr: EMRServerless) -> None:
    """Arrange the mock before the script runs."""
    setup(emr)
    for pattern in fail:
        emr.when(entry_point=pattern).fail()
    emr._rules.check_complete()
    emr._backend.faults.check_complete()


def _serve(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from emrs_mock.activation.mock import SURROUNDINGS
    from emrs_mock.handle.emr_serverless import EMRServerless
    from emrs_mock.server import command

    start = _options(parser, arguments, "manual").starts_at()
    if arguments.clock == "system":  # which begins at --start too, but has no such option elsewhere
        arguments.start = None
    options = _options(parser, arguments, arguments.clock)
    if arguments.patience is None:
        options = options.with_({"patience": None})  # clients may wait for a step that comes over HTTP
    try:
        return command.serve(arguments, options, start, lambda time: EMRServerless(options, SURROUNDINGS, time))
    except (OSError, RuntimeError, ValueError) as problem:
        parser.error(str(problem))


def run(command: Sequence[str], is_module: bool, options: Options, arrange: Arrange) -> int:
    """Run a script or module under a mock, and print the report when the process ends.

    `arrange` gets the mock before the script runs. The mock stays active until the process ends, so that it also
    answers calls from `atexit` functions and remaining threads.
    """
    from emrs_mock.activation.mock import Mock

    began, mock = time.perf_counter(), Mock(options)
    emr = mock.start()
    # Registered before the script registers anything, so it is called last.
    atexit.register(_finish, mock, emr, emr.clock.now(), began)
    sys.argv[:] = command
    _see_modules_from("" if is_module else command[0])
    try:
        arrange(emr)
        if is_module:
            runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(command[0], run_name="__main__")
    except Exception as error:
        emr._has_failed = True  # what is left unfinished because of the error is not reported too
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
    while frames is not None and frames.tb_frame.f_globals.get("__name__", "").partition(".")[0] in _LAUNCHERS:
        frames = frames.tb_next
    sys.excepthook(type(error), error.with_traceback(frames), frames)
    return status


def _finish(mock: Mock, emr: EMRServerless, start: datetime, began: float) -> None:
    heading, report = _report(emr, start)
    mock.stop()  # real time from here on
    print(_fitted(f"\nemrs-mock: {heading} in {time.perf_counter() - began:.1f} s\n{report}".rstrip()), flush=True)


def _report(emr: EMRServerless, start: datetime) -> tuple[str, str]:
    from emrs_mock.observation.timeline import format_duration

    timeline, simulated = emr.timeline(), emr.clock.now() - start
    heading = f"{_counted(track.kind for track in timeline.tracks)}; {format_duration(simulated)} of simulated time"
    return heading, emr._report()


def _fitted(text: str) -> str:
    """The text with lines that are not longer than a terminal's; elsewhere, such as in a file, as it is."""
    if not sys.stdout.isatty():
        return text
    width = max(shutil.get_terminal_size().columns, 40)
    wrap = textwrap.TextWrapper(width, subsequent_indent=" " * 6, break_on_hyphens=False).wrap
    return "\n".join(part for line in text.splitlines() for part in wrap(line) or [""])


def _counted(kinds: Iterable[str]) -> str:
    counts = Counter(kind.replace("_", " ") for kind in kinds)
    return ", ".join(f"{number} {kind}{'s' * (number > 1)}" for kind, number in counts.items()) or "nothing was made"
