"""`emrs-mock serve`: a mock over HTTP, until Ctrl-C."""

from __future__ import annotations

import runpy
import signal
import sys
import threading
import traceback
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from emrs_mock.clocks.kinds import Time
from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.options import Options
from emrs_mock.server.pace import PacedTime
from emrs_mock.server.remote import PREFIX
from emrs_mock.server.serving import refuse_virtual, serving
from emrs_mock.server.state import keep_saving, load
from emrs_mock.server.worlds import ROOT, Worlds

Make = Callable[["Time | None"], EMRServerless]
Setup = Callable[[EMRServerless], Any]


def add_arguments(parser: ArgumentParser) -> None:
    """Add what `serve` takes besides the options of a mock."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=5000, help="the port; 0 takes a free one (default: 5000)")
    parser.add_argument("--speed", type=float, default=1, help="simulated seconds in a real second (default: 1)")
    parser.add_argument("--setup", metavar="FILE", help="a Python file with a function setup(emr), called once a world")
    parser.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        help="read at the start if it is there, written after changes",
    )
    parser.add_argument("--hold-time-outs", action="store_true", help="keep a connection whose reply is lost open")


def serve(arguments: Namespace, options: Options, start: datetime | None, make: Make) -> int:
    """Serve until SIGINT or SIGTERM comes; returns the exit status.

    `make` makes the handle of a world, in a time (None: that of its clock). Raises ValueError for arguments that do not
    fit together.
    """
    refuse_virtual(options.clock)
    make_time = _pace(options.clock, start, arguments.speed)
    setup = setup_of(arguments.setup)
    snapshots = {} if arguments.state is None else load(arguments.state)

    def world(name: str) -> EMRServerless:
        emr = make(make_time())
        emr._open()
        setup(emr)
        if name in snapshots:
            emr.restore(snapshots[name])
        return emr

    worlds = Worlds(world)
    for name in (ROOT, *snapshots):
        worlds[name]  # made now, so that an error in --setup or --state comes at the start
    stopped = _stopped_by_signals()
    with serving(
        worlds, arguments.host, arguments.port, _report, hold=arguments.hold_time_outs, speed=arguments.speed
    ) as url:
        print(_told(url, options.clock, arguments), flush=True)
        if arguments.state is None:
            stopped.wait()
        else:
            keep_saving(arguments.state, worlds, stopped)
    return 0


def _pace(clock: str, start: datetime | None, speed: float) -> Callable[[], Time | None]:
    """What makes the time of each world."""
    if not 0 < speed < float("inf"):
        raise ValueError(f"--speed {speed:g}: a positive number is wanted (docs: server)")
    if clock == "system":
        return lambda: PacedTime(start, speed)
    if speed != 1:
        raise ValueError(f"--speed {speed:g}: a manual clock stands still until it is moved (docs: server)")
    return lambda: None


def setup_of(path: str | None) -> Setup:
    """The function `setup(emr)` of a Python file. Raises OSError or ValueError where there is none."""
    if path is None:
        return lambda emr: None
    if not Path(path).exists():
        raise ValueError(f"--setup {path}: there is no such file (docs: server)")
    setup = runpy.run_path(path).get("setup")
    if not callable(setup):
        raise ValueError(f"--setup {path}: it has no function setup(emr) (docs: server)")
    return setup  # type: ignore[no-any-return]  # whatever it returns is of no use


def _report(failure: Exception) -> None:
    """Print what the author's rules or setup raised. The client gets it too, and the server goes on."""
    print("".join(traceback.format_exception(failure)), end="", file=sys.stderr, flush=True)


def _stopped_by_signals() -> threading.Event:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _told(url: str, clock: str, arguments: Namespace) -> str:
    pace = f", {arguments.speed:g} times as fast as real time" if arguments.speed != 1 else ""
    lines = [
        f"EMR Serverless at {url} (clock: {clock}{pace}). Ctrl-C ends it.",
        f"  SDKs, AWS CLI:  export AWS_ENDPOINT_URL_EMR_SERVERLESS={url}",
        f"  older CLIs:     aws emr-serverless --endpoint-url {url} list-applications",
        "                  (Debian's AWS CLI 2 ignores the variable and would call AWS)",
        f"  a world of its own for each test: {url}/w/NAME",
        f"  what happens, and what steers it: {url}{PREFIX}/",
    ]
    if not _is_loopback(arguments.host):
        lines.append("  WARNING: other machines can reach this server, which checks no credentials.")
    return "\n".join(lines)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
