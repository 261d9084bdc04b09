"""A process with its session: read to the end, stopped in time, and nothing of it left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.engines.processes import Limit, Process
from tests.docs.pages import ROOT
from tests.engines.fakes import eventually, is_dead, is_gone

HAS_PROC = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The directory for temporary directories."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def start(temporary):
    """Start a shell with these commands; at the end of the test all have ended."""
    started = []

    def start(commands, limits=(), grace=0.0, program=("sh", "-c")):
        started.append(Process([*program, commands], {}, limits, grace))
        return started[-1]

    yield start
    for process in started:
        process.stop("the end of the test")
        process.wait()


def ended(process):
    """The process, attended to until it has ended."""
    process.attend()
    return process


@HAS_PROC
@pytest.mark.parametrize("how", ["attended", "never attended", "interrupted", "no such program"])
def test_nothing_is_left_behind(start, temporary, monkeypatch, how):
    """No open pipe, no directory, no zombie, no thread."""
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    if how == "no such program":
        with pytest.raises(FileNotFoundError):
            start("", program=("/nonexistent/program",))
    else:
        process = start("echo x; exec sleep 600" if how == "never attended" else "echo x")
        if how == "interrupted":
            monkeypatch.setattr(process, "_read_until_end", lambda selector: signal.raise_signal(signal.SIGINT))
            before_test = signal.signal(signal.SIGINT, signal.default_int_handler)
            with pytest.raises(KeyboardInterrupt):
                process.attend()
            signal.signal(signal.SIGINT, before_test)
        elif how == "attended":
            process.attend()
        process.stop("the end of the mock")
        process.wait()
        assert process.has_ended
        assert is_gone(process._process.pid)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before
    assert list(temporary.iterdir()) == []


def test_a_short_wait_ends_nothing(start):
    """Not even before the thread that attends to the process has begun."""
    process = start("exit 3")
    process.wait(0.01)
    assert not process.has_ended
    assert ended(process).exit_code == 3


@pytest.mark.parametrize(
    ("commands", "stdout"),
    [
        ("printf 'no end of line'", "no end of line"),
        (r"printf 'a\377\000b\360\237'", "a\ufffd\0b\ufffd"),
        ("exec >&- 2>&-; sleep 0.03", ""),
        ("(sleep 600; echo late) & echo x", "x\n"),
        ("head -c 20000000 /dev/zero | tr '\\0' x", "x" * 20_000_000),
    ],
    ids=["no newline", "binary", "closed", "background", "20 MB"],
)
def test_any_output_is_read_to_its_end(start, commands, stdout):
    """Whatever it is, and without waiting for what the program left in the background."""
    process = ended(start(f"{commands}\nexit 4"))
    assert process.exit_code == 4
    assert process.streams().stdout == stdout


@HAS_PROC
def test_what_is_in_a_large_pipe_at_the_end_is_read_whole(start):
    """A program can make its pipe larger, and end when it has filled it."""
    set_size = getattr(pytest.importorskip("fcntl"), "F_SETPIPE_SZ", None)
    if set_size is None:
        pytest.skip("needs pipes that can be made larger")
    fills = f"import fcntl, os; fcntl.fcntl(1, {set_size}, 1 << 20); os.write(1, b'x' * 1_000_000)"
    process = start(fills, program=(sys.executable, "-Sc"))
    eventually(lambda: is_dead(process._process.pid))
    assert len(ended(process).streams().stdout) == 1_000_000


def test_closed_streams_are_not_read_again_and_again(start, monkeypatch):
    """It would take a processor as long as the program runs."""
    reads, read = [], os.read
    monkeypatch.setattr(os, "read", lambda *args: reads.append(args) or read(*args))
    ended(start("exec >&- 2>&-; sleep 0.1"))
    assert len(reads) < 10


def test_a_program_gets_no_input(start):
    """It does not read what a person types into the test's terminal."""
    theirs, ours = os.pipe()
    stdin = os.dup(0)
    os.dup2(theirs, 0)
    try:
        process = ended(start("cat; exit 3", [Limit(5, "it waits for input")]))
    finally:
        os.dup2(stdin, 0)
        for number in (theirs, ours, stdin):
            os.close(number)
    assert (process.exit_code, process.stopped_by) == (3, None)


@pytest.mark.parametrize(("said", "reason"), [(None, "early"), ("cancelled", "cancelled")])
def test_the_reason_of_a_stop_is_what_was_said_else_the_earliest_limit(start, said, reason):
    """Also if several limits are passed when it is looked at."""
    process = start("exec sleep 600", [Limit(0.002, "late"), Limit(0.001, "early")])
    eventually(lambda: Real.monotonic() - process._began > 0.002)
    if said:
        process.stop(said)
    assert ended(process).stopped_by == reason


@pytest.mark.skipif(shutil.which("setsid") is None, reason="needs setsid")
def test_what_writes_on_in_a_session_of_its_own_holds_nothing_up(start):
    """It has left the process; what it writes after the end is not read."""
    process = ended(start("setsid yes & sleep 0.02; exit 5"))
    assert process.exit_code == 5
    assert set(process.streams().stdout) == {"y", "\n"}


def test_children_have_the_grace_too(start, tmp_path):
    """A program that ends at once on SIGTERM, as a shell does, is not the only one that was asked to end."""
    child = f"trap 'sleep 0.05; echo cleaned > {tmp_path}/cleaned; exit' TERM; echo ready; while :; do sleep 0.01; done"
    process = start(f"sh -c '{child}' & wait".replace("'sleep", '"sleep').replace("exit'", 'exit"'), grace=20)
    thread = threading.Thread(target=process.attend)
    thread.start()
    eventually(lambda: process.streams().stdout)
    process.stop("cancelled")
    thread.join()
    assert (tmp_path / "cleaned").read_text() == "cleaned\n"
    assert process.stopped_by == "cancelled"


def test_ctrl_c_lets_it_clean_up(start, monkeypatch):
    """As any other stop."""
    process = start("trap 'echo cleaned; exit' TERM; echo ready; while :; do sleep 0.01; done", grace=20)

    def interrupted_when_ready():
        if process.streams().stdout:
            raise KeyboardInterrupt

    monkeypatch.setattr(process, "_has_to_stop", interrupted_when_ready)
    with pytest.raises(KeyboardInterrupt):
        process.attend()
    assert process.streams().stdout == "ready\ncleaned\n"


@pytest.mark.parametrize("grace", [0.0, 0.1])
def test_the_grace_ends(start, grace):
    """Also of a child that ignores SIGTERM."""
    process = start(
        "sh -c 'trap \"\" TERM; echo $$; sleep 600; sleep 600' & trap '' TERM; wait", [Limit(0.1, "late")], grace
    )
    ended(process)
    assert (process.stopped_by, process.exit_code) == ("late", 137)
    assert process.seconds >= 0.1 + grace
    assert is_dead(int(process.streams().stdout))


def run_script(code):
    """Run a script in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


BEGIN = """
import os, sys, time
from emrs_mock.engines.processes import Process
process = Process(["sh", "-c", {job!r}], {{}}, [], 20)
"""


def test_a_fork_that_exits_leaves_the_process_alone():
    """Neither the process nor its directory is the fork's."""
    code = """
if (pid := os.fork()) == 0:
    process.wait()
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert process._process.poll() is None and os.path.isdir(process._directory)
process.stop("done"); process.wait()
assert not os.path.exists(process._directory)
"""
    done = run_script(BEGIN.format(job="exec sleep 600") + code)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_end_of_the_interpreter_lets_it_clean_up(tmp_path):
    """SIGTERM comes before SIGKILL there too."""
    cleaned = Path(tmp_path, "cleaned")
    job = f"trap 'echo cleaned > {cleaned}; exit' TERM; echo ready; while :; do sleep 0.01; done"
    code = "import select; select.select([process._process.stdout], [], [], 20)"
    done = run_script(BEGIN.format(job=job) + code)
    assert (done.returncode, done.stderr) == (0, "")
    assert cleaned.read_text() == "cleaned\n"
