"""A program that stands for `spark-submit`, and job runs for it."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

PROGRAM = """#!/bin/sh
# A spark-submit that notes how it was called, and runs the entry point as Python, without what makes it begin slowly.
printf '%s\\0' "$$" "$PWD" "$(env)" "$#" "$@" >> '{calls}'
before=
for word in "$@"; do
    case $before in --*=*) ;; --*) word=;; esac
    case $word in *.py) exec '{python}' -ES "$@";; esac
    before=$1
    shift
done
exit 64
"""


class FakeSpark:
    """A spark-submit in a directory, the jobs that it runs, and what it was called with."""

    def __init__(self, directory: Path) -> None:
        self.jobs = directory / "jobs"
        self.jobs.mkdir()
        self._calls = directory / "calls"
        self.command = str(directory / "spark-submit")
        Path(self.command).write_text(PROGRAM.format(python=sys.executable, calls=self._calls))
        os.chmod(self.command, stat.S_IRWXU)

    def job(self, code: str, name: str = "etl.py") -> None:
        """Write the script that stands for `s3://code/NAME`."""
        (self.jobs / name).write_text(code)

    @property
    def calls(self) -> list[dict]:
        """How it was called."""
        fields = iter(self._calls.read_text().split("\0")[:-1] if self._calls.exists() else [])
        return [
            {
                "pid": int(pid),
                "cwd": next(fields),
                "env": dict(line.split("=", 1) for line in next(fields).splitlines() if "=" in line),
                "words": [next(fields) for _ in range(int(next(fields)))],
            }
            for pid in fields
        ]

    @property
    def conf(self) -> dict[str, str]:
        """The properties of the last call; of two with the same name the later wins, as in Spark."""
        words = self.calls[-1]["words"]
        return dict(words[n + 1].split("=", 1) for n, word in enumerate(words) if word == "--conf")


def eventually(holds, seconds: float = 20) -> None:
    """Wait until something holds that another process brings about; fail after a time that is never needed."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.005)


def is_dead(pid: int) -> bool:
    """Whether a process is gone, or only the system's first process has not noticed yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return is_gone(pid)


def is_gone(pid: int) -> bool:
    """Whether no process has this number: neither a running one nor a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
