"""From the end of a process to the end of an attempt: exit codes and the exceptions in its output."""

from __future__ import annotations

import re
import signal

from emrs_mock.scenario.endings import Ending
from emrs_mock.sim.clock import NO_TIME
from emrs_mock.sim.details import NO_MODULE, script_failed
from emrs_mock.sim.outcomes import HANGS, Outcome

_EXCEPTION = re.compile(r"^(?:: |Caused by: )?[A-Za-z_][\w.$]*(?:Error|Exception|Interrupt|Exit)(?::.*)?$", re.M)
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named (.+)")
_NO_FILE_SYSTEM = re.compile(
    r"No FileSystem for scheme \"?s3[an]?\"?|Could not initialize target File System for URI : s3[an]?://[^/\s]*"
    r"|InternalDir of ViewFileSystem is readonly, operation \w+ not permitted on path [^\s,]+"
)
_LAST = 3  # assumed: how many exceptions stateDetails quotes at most, and that the last comes first


class Finished(Ending):
    """The end of a process: an ending that a handler can return, with what the handler may look at before."""

    def __init__(self, ending: Outcome, exit_code: int | None, stdout: str, stderr: str, seconds: float) -> None:
        super().__init__(ending)
        self.exit_code = exit_code
        """The exit code, 128 + the number of the signal that ended it; None if it never began."""
        self.stdout = stdout
        self.stderr = stderr
        self.seconds = seconds
        """For how many real seconds it ran."""

    def __bool__(self) -> bool:
        return self.exit_code == 0


def never_began(details: str) -> Finished:
    """The end of a job whose code could not begin because of its request."""
    return Finished(Outcome("fail", details, NO_TIME), None, "", f"{details}\n", 0.0)


def cancelled() -> Finished:
    """The end of code that the simulation stopped, which decides nothing itself."""
    return Finished(HANGS, None, "", "", 0.0)


def event_of(exit_code: int, stdout: str, stderr: str) -> tuple[str, str]:
    """How an attempt ends with this exit code, and what `stateDetails` says (facts §3.2)."""
    if exit_code == 0:
        return "succeed", ""
    # spark-submit writes what a Python script writes to stderr to its own stdout; in stderr is what Spark logs.
    exceptions = [line for text in (stderr, stdout) for line in _EXCEPTION.findall(text)]
    last = list(dict.fromkeys(reversed(exceptions)))[:_LAST]
    if last and (missing := _NO_MODULE.fullmatch(last[0])):
        return "fail", NO_MODULE.format(module=missing[1])
    if hint := _NO_FILE_SYSTEM.search(stderr) or _NO_FILE_SYSTEM.search(stdout):
        last.insert(0, f"{hint[0]}: not mapped, say paths= or s3= to the engine (docs: engines)")
    return "fail", script_failed("\n".join(last) or _without_exception(exit_code), exit_code)


def _without_exception(exit_code: int) -> str:
    signals = {128 + number: number.name for number in signal.Signals}
    return f"killed by {signals[exit_code]}" if exit_code in signals else f"SystemExit: {exit_code}"
