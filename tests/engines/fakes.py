"""A program that stands for `spark-submit`, and job runs for it."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from pathlib import Path

PROGRAM = '''#!{python}
"""A spark-submit that notes how it was called, and does what the entry point says as Python."""
import json, os, runpy, sys
words = sys.argv[1:]
with open({calls!r}, "a") as file:
    print(json.dumps({{"words": words, "env": dict(os.environ), "cwd": os.getcwd(), "pid": os.getpid()}}), file=file)
before = ["", *words]
script = next(n for n, word in enumerate(words) if word.endswith(".py") and ("=" in before[n] or before[n][:2] != "--"))
sys.argv = words[script:]
runpy.run_path(words[script], run_name="__main__")
'''


class FakeSpark:
    """A spark-submit in a directory, the jobs that it runs, and what it was called with."""

    def __init__(self, directory: Path) -> None:
        self.jobs = directory / "jobs"
        self.jobs.mkdir()
        self._calls = directory / "calls"
        self.command = str(directory / "spark-submit")
        Path(self.command).write_text(PROGRAM.format(python=sys.executable, calls=str(self._calls)))
        os.chmod(self.command, stat.S_IRWXU)

    def job(self, code: str, name: str = "etl.py") -> None:
        """Write the script that stands for `s3://code/NAME`."""
        (self.jobs / name).write_text(code)

    @property
    def calls(self) -> list[dict]:
        """How it was called."""
        return [json.loads(line) for line in self._calls.read_text().splitlines()] if self._calls.exists() else []

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
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Whether no process has this number: neither a running one nor a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
