"""A process with its group: started, read, limited in real time, stopped, and never left behind.

Everything here takes real time. What the end of a process means is in `exits`.
"""

from __future__ import annotations

import atexit
import codecs
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import IO, NamedTuple

from emrs_mock.clocks.virtual.real_clock import REAL_SLEEP, Real
from emrs_mock.engines import process_sessions
from emrs_mock.sim.outcomes import Streams

_TICK = 0.02
_CHUNK = 65536
_MOST_IN_A_PIPE = 1 << 20
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
        self._attended = threading.Lock()
        """Held from the first call of `attend` on."""
        self._lock = threading.Lock()
        self.has_ended = False
        """Whether the process is gone and everything that it wrote was read."""
        self.stopped_by: str | None = None
        """The reason for which it was stopped."""
        self.exit_code: int | None = None
        self._owner = os.getpid()
        # Not a TemporaryDirectory, which a fork of this process would remove when it exits.
        self._directory = tempfile.mkdtemp(prefix="emrs-mock-")
        self._began = Real.monotonic()
        self.seconds = 0.0
        try:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **_temporary_files_in(self._directory), **env},
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except BaseException:
            shutil.rmtree(self._directory, ignore_errors=True)
            raise
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
        self._wanted_stop = reason

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it has ended, for so many real seconds at most; without a number, attend to it if nothing does."""
        if os.getpid() != self._owner:
            return  # no thread of a fork of this process attends to it
        if seconds is None:
            self.attend()
        until = None if seconds is None else Real.monotonic() + seconds
        while not self.has_ended and (until is None or Real.monotonic() < until):
            REAL_SLEEP(_TICK / 2)

    def attend(self) -> None:
        """Read what it writes until it ends; stop it at a limit or after `stop`. A second call does nothing."""
        if not self._attended.acquire(blocking=False):
            return
        readers = [_Reader(stream, texts) for stream, texts in zip(self._pipes(), self._texts, strict=True)]
        try:
            with selectors.DefaultSelector() as selector:
                for reader in readers:
                    selector.register(reader.stream, selectors.EVENT_READ, reader)
                self._read_until_end(selector)
        finally:
            try:
                self._clean_up()
                for reader in readers:
                    reader.read_rest()
            finally:
                self.seconds = Real.monotonic() - self._began
                self.has_ended = True

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        return self._process.stdout, self._process.stderr

    def _read_until_end(self, selector: selectors.BaseSelector) -> None:
        """Read until the program has ended; if it has to stop, until its session is empty or the grace is over."""
        try:
            _read_until(selector, lambda: self._has_exited() or self._has_to_stop())
        finally:  # also at Ctrl-C; a second one does not wait for the grace
            if not self._has_exited():
                process_sessions.send(self._process.pid, signal.SIGTERM)
                kill_at = Real.monotonic() + self._grace
                _read_until(selector, lambda: Real.monotonic() >= kill_at or self._is_gone())

    def _has_exited(self) -> bool:
        return self._process.poll() is not None

    def _is_gone(self) -> bool:
        return self._has_exited() and not process_sessions.alive(self._process.pid)

    def _has_to_stop(self) -> bool:
        lasted = Real.monotonic() - self._began
        passed = [limit.reason for limit in self._limits if lasted >= limit.seconds]
        self.stopped_by = self._wanted_stop or next(iter(passed), None)
        return self.stopped_by is not None

    def _clean_up(self) -> None:
        """Kill what is left of the session, and remove the working directory."""
        process_sessions.kill(self._process.pid)
        self.exit_code = _shell_code(self._process.wait())
        shutil.rmtree(self._directory, ignore_errors=True)
        _ALL.discard(self)


def _read_until(selector: selectors.BaseSelector, is_over: Callable[[], bool]) -> None:
    """Read streams until a condition holds. A program that has closed its streams is likely to end at once."""
    pause = _TICK / 16
    while not is_over():
        is_silent = not selector.get_map()
        for key, _ in selector.select(pause if is_silent else _TICK):
            if not key.data.read():
                selector.unregister(key.fileobj)
        pause = min(2 * pause, _TICK) if is_silent else pause


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
        self._texts.append(self._decoder.decode(data))
        return bool(data)

    def read_rest(self) -> None:
        """Read what is in the pipe, and close it. A process in a session of its own may hold it open, and write on."""
        with self.stream:
            for _ in range(_MOST_IN_A_PIPE // _CHUNK):
                if not (selectable(self.stream) and self.read()):
                    break
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


@atexit.register
def _end_all() -> None:
    """Stop those that still run when the interpreter ends, because their mock was not left."""
    processes = list(_ALL)
    for process in processes:
        process.stop("the end of the interpreter")
    for process in processes:
        process.wait()
