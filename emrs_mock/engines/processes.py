"""A process with its group: started, read, limited in real time, stopped, and never left behind.

Everything here takes real time. What the end of a process means is in `exits`.
"""

from __future__ import annotations

import atexit
import codecs
import os
import selectors
import signal
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, NamedTuple

from emrs_mock.clocks.virtual.real_clock import REAL_SLEEP, Real
from emrs_mock.sim.outcomes import Streams

_TICK = 0.02
_CHUNK = 65536
_ALL: weakref.WeakSet[Process] = weakref.WeakSet()


class Limit(NamedTuple):
    """After so many real seconds the process is stopped, and `reason` says why."""

    seconds: float
    reason: str


class Process:
    """A program in a session, a process group and a working directory of its own, which are gone when it has ended."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], limits: Sequence[Limit], grace: float) -> None:
        """Start the program; `env` wins over this process's environment. Raises OSError if it cannot be started."""
        self._limits = sorted(limits)
        self._grace = grace
        self._wanted_stop: str | None = None
        self._texts: tuple[list[str], list[str]] = ([], [])
        self._is_attended = False
        self._lock = threading.Lock()
        self.has_ended = False
        """Whether the process is gone and everything that it wrote was read."""
        self.stopped_by: str | None = None
        """The reason for which it was stopped."""
        self.exit_code: int | None = None
        self._directory = tempfile.TemporaryDirectory(prefix="emrs-mock-", ignore_cleanup_errors=True)
        self._began = Real.monotonic()
        self.seconds = 0.0
        try:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **_temporary_files_in(self._directory.name), **env},
                cwd=self._directory.name,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except BaseException:
            self._directory.cleanup()
            raise
        self._owner = os.getpid()
        _ALL.add(self)

    def streams(self) -> Streams:
        """What it has written until now."""
        with self._lock:
            for texts in self._texts:
                # What another thread appends meanwhile stays behind it.
                count = len(texts)
                texts[:count] = ["".join(texts[:count])]
            return Streams(*(texts[0] for texts in self._texts))

    def stop(self, reason: str) -> None:
        """Make `attend` stop it; returns at once."""
        self._wanted_stop = self._wanted_stop or reason

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it has ended, for so many real seconds at most. Kill it first if nothing attends to it."""
        if not self._is_attended and os.getpid() == self._owner:
            self.kill()  # Ctrl-C came between start and `attend`
            self.has_ended = True
        until = None if seconds is None else Real.monotonic() + seconds
        # In a fork of this process nothing attends to it.
        while not self.has_ended and os.getpid() == self._owner and (until is None or Real.monotonic() < until):
            REAL_SLEEP(_TICK / 2)

    def attend(self) -> None:
        """Read what it writes until it ends; stop it at a limit or when `stop` was called."""
        self._is_attended = True
        streams = [_Reader(stream, texts) for stream, texts in zip(self._pipes(), self._texts, strict=True)]
        try:
            with selectors.DefaultSelector() as selector:
                for reader in streams:
                    selector.register(reader.stream, selectors.EVENT_READ, reader)
                self._read_until_exit(selector)
            self.exit_code = _shell_code(self._process.returncode)
        finally:
            self._clean_up()
            for reader in streams:
                reader.read_rest()
            self.seconds = Real.monotonic() - self._began
            self.has_ended = True

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        return self._process.stdout, self._process.stderr

    def _read_until_exit(self, selector: selectors.BaseSelector) -> None:
        kill_at: float | None = None
        while self._process.poll() is None:
            for key, _ in selector.select(_TICK):
                if not key.data.read():
                    selector.unregister(key.fileobj)
            now = Real.monotonic()
            if kill_at is None and self._has_to_stop(now):
                self._signal(signal.SIGTERM)
                kill_at = now + self._grace
            elif kill_at is not None and now >= kill_at:
                self._signal(signal.SIGKILL)

    def _has_to_stop(self, now: float) -> bool:
        passed = [limit.reason for limit in self._limits if now - self._began >= limit.seconds]
        self.stopped_by = self._wanted_stop or next(iter(passed), None)
        return self.stopped_by is not None

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _clean_up(self) -> None:
        """Kill what is left of the session, and remove the working directory."""
        self._signal(signal.SIGKILL)
        for pid in _others_of_session(self._process.pid):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._directory.cleanup()
        _ALL.discard(self)

    def kill(self) -> None:
        """Kill it at once, if it is a child of this process: at the end of the interpreter."""
        if os.getpid() == self._owner:
            self._clean_up()


class _Reader:
    """Reads one stream of a process as UTF-8 text."""

    def __init__(self, stream: IO[bytes], texts: list[str]) -> None:
        self.stream = stream
        self._texts = texts
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        os.set_blocking(stream.fileno(), False)

    def read(self) -> bool:
        """Read what there is; False at the end of the stream."""
        try:
            data = os.read(self.stream.fileno(), _CHUNK)
        except BlockingIOError:
            return True
        self._texts.append(self._decoder.decode(data, final=not data))
        return bool(data)

    def read_rest(self) -> None:
        """Read what is in the pipe, and close it. A process that moved to another session may hold it open."""
        with self.stream:
            while selectable(self.stream) and self.read():
                pass
        self._texts.append(self._decoder.decode(b"", final=True))


def _temporary_files_in(directory: str) -> Mapping[str, str]:
    """Where a program, Spark and its JVM put temporary files: a killed JVM does not remove its own."""
    java = f"{os.environ.get('SPARK_SUBMIT_OPTS', '')} -Djava.io.tmpdir={directory}"
    return {"TMPDIR": directory, "SPARK_LOCAL_DIRS": directory, "SPARK_SUBMIT_OPTS": java.strip()}


def selectable(stream: IO[bytes]) -> bool:
    """Whether a stream has something to read now, be it its end."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return bool(selector.select(0))


def _shell_code(code: int) -> int:
    """An exit code as a shell says it: 128 + the number of the signal."""
    return code if code >= 0 else 128 - code


def _others_of_session(leader: int) -> list[int]:
    """The processes of a session that left its process group, as PySpark's daemon does; where /proc tells."""
    found = []
    with suppress(OSError):
        for name in os.listdir("/proc"):
            with suppress(OSError):
                if name.isdigit() and os.getsid(int(name)) == leader:
                    found.append(int(name))
    return found


@atexit.register
def _kill_all() -> None:
    for process in list(_ALL):
        process.kill()
