"""From the end of a process to the end of an attempt: exit codes and the exceptions in its output."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

from emrs_mock.scenario.endings import Ending
from emrs_mock.sim.clock import NO_TIME
from emrs_mock.sim.details import NO_MODULE, script_failed
from emrs_mock.sim.outcomes import HANGS, Outcome

_NAMED = r"(?:: |  \| )?((?:Caused by: )?[A-Za-z_][\w.$]*(?:Error|Exception|ExceptionGroup|Interrupt|Exit)(?::.*)?)"
_OF_TRACEBACK = r"Traceback \(most recent call last\):\n(?:[ \t].*\n)+(\S.*)"
_EXCEPTION = re.compile(rf"^(?:{_NAMED}|{_OF_TRACEBACK})$", re.M)
"""A line that names an exception as Java and Python do; behind a traceback its name may be any."""
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named (.+)")
_HINTS = {
    r"S3AFileSystem not found": "add conf={'spark.jars.packages': 'org.apache.hadoop:hadoop-aws:VERSION'}",
    r"No FileSystem for scheme \"?s3[an]?\"?"
    r"|Could not initialize target File System for URI : s3[an]?://[^/\s]*"
    r"|InternalDir of ViewFileSystem is readonly, operation \w+ not permitted on path [^\s,]+": (
        "not mapped, say paths= or s3= to the engine"
    ),
}
"""Hadoop's messages for a script that cannot use S3, and what to do."""
_SEARCHED = 1_000_000
"""How many characters at the end of the output are searched for exceptions."""
_LAST = 3  # assumed: how many exceptions stateDetails quotes at most, and that the last comes first


class Finished(Ending):
    """The end of a process: an ending that a handler can return, with what the handler may look at before."""

    def __init__(self, ending: Outcome, exit_code: int | None, stdout: str, stderr: str, seconds: float = 0.0) -> None:
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
    return Finished(Outcome("fail", details, NO_TIME), None, "", f"{details}\n")


def cancelled() -> Finished:
    """The end of code that the simulation stopped, which decides nothing itself."""
    return Finished(HANGS, None, "", "")


def event_of(exit_code: int, stdout: str, stderr: str) -> tuple[str, str]:
    """How an attempt ends with this exit code, and what `stateDetails` says (facts §3.2)."""
    if exit_code == 0:
        return "succeed", ""
    stdout, stderr = stdout[-_SEARCHED:], stderr[-_SEARCHED:]
    # spark-submit writes what a Python script writes to stderr to its own stdout; in stderr is what Spark logs.
    exceptions = [named or other for text in (stderr, stdout) for named, other in _EXCEPTION.findall(text)]
    last = list(dict.fromkeys(reversed(exceptions)))[:_LAST]
    if last and (missing := _NO_MODULE.fullmatch(last[0])):
        return "fail", NO_MODULE.format(module=missing[1])
    last = [*_hints(stderr, stdout), *last]
    return "fail", script_failed("\n".join(last) or _without_exception(exit_code), exit_code)


def _hints(*texts: str) -> Iterator[str]:
    """The first hint that the output calls for."""
    for words, advice in _HINTS.items():
        if found := next(filter(None, (re.search(words, text) for text in texts)), None):
            yield f"{found[0]}: {advice} (docs: engines)"
            return


def _without_exception(exit_code: int) -> str:
    signals = {128 + number: number.name for number in signal.Signals}
    return f"killed by {signals[exit_code]}" if exit_code in signals else f"SystemExit: {exit_code}"
