"""Whether a thread that does not run waits for something outside of the process, or for another thread in it.

Linux tells the system call in which a thread waits, and so the files it waits for. Elsewhere the standard library's
module in which the thread waits has to do.
"""

from __future__ import annotations

import os
import platform
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from emrs_mock.clocks.virtual.participants import Participant
from emrs_mock.clocks.virtual.scope import called_for_real

_CALLS = {
    "x86_64": {
        "file": (0, 1, 19, 20, 42, 44, 45, 46, 47),
        "poll": (7, 271),
        "epoll": (232, 281, 441),
        "select": (23, 270),
        "child": (61, 247),
    },
    "aarch64": {
        "file": (63, 64, 65, 66, 203, 206, 207, 211, 212),
        "poll": (73,),
        "epoll": (22, 441),
        "select": (72,),
        "child": (260, 95),
    },
}
"""Linux's numbers of the calls that wait for files or children (arch/*/entry/syscalls; asm-generic/unistd.h).

Not here: futex, which waits for another thread; sleeps; accept, with which a server waits for its clients.
"""

_FUTEX = {"x86_64": (202, 449), "aarch64": (98, 449)}.get(platform.machine(), ())
"""Linux's numbers of the calls that wait for another thread of the same process."""

_KINDS = {number: kind for kind, numbers in _CALLS.get(platform.machine(), {}).items() for number in numbers}
KERNEL_TELLS = bool(_KINDS) and os.access("/proc/self/syscall", os.R_OK)

_IO_MODULES = frozenset({"multiprocessing.connection", "multiprocessing.popen_fork", "selectors", "socket", "ssl"})
_DEBUGGERS = frozenset({"bdb", "cmd", "code", "debugpy", "ipdb", "IPython", "pdb", "prompt_toolkit", "pudb"})
_BELOW_PROMPTS = frozenset({"asyncio", "codecs", "selectors", "threading"})


def is_at_prompt(participant: Participant) -> bool:
    """Whether the thread stands in a debugger, where a person looks at it."""
    frame = sys._current_frames().get(participant.ident or 0)
    while frame is not None and _root(frame) in _BELOW_PROMPTS:
        frame = frame.f_back
    root = _root(frame)
    return root in _DEBUGGERS or root.startswith(("pydevd", "_pydev"))


def _root(frame: FrameType | None) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] if frame else ""


def is_in_real_io(participant: Participant) -> bool:
    """Whether the thread waits for a file, a socket, or a child whose other end is not in this process."""
    if participant.ident is None or participant.native_id is None:
        return False
    if KERNEL_TELLS:
        return _waits_outside(participant.native_id)
    frame = sys._current_frames().get(participant.ident)
    return frame is not None and (frame.f_globals.get("__name__") in _IO_MODULES or called_for_real(frame))


def _waits_outside(native_id: int) -> bool:
    try:
        number, arguments = _call_of(f"/proc/self/task/{native_id}")
    except OSError:
        return False
    kind = _KINDS.get(number)
    return kind is not None and (kind == "child" or any(map(is_outside, _files(kind, arguments))))


def _call_of(task: str) -> tuple[int, list[int]]:
    """The number of the system call in which a thread waits, and its arguments; -1 if it runs."""
    with open(f"{task}/syscall", "rb") as file:
        number, *arguments = file.read().split()
    return (int(number), [int(each, 16) for each in arguments]) if number.isdigit() else (-1, [])


def _files(kind: str, arguments: list[int]) -> Iterator[int]:
    """The file descriptors for which a system call waits."""
    first, second, third = arguments[:3]
    if kind == "file":
        yield first
    elif kind == "poll":
        yield from (fd for fd, _ in struct.iter_unpack("ii", _memory(first, 8 * second)))
    elif kind == "epoll":
        yield from _watched_by(first)
    else:
        for bits in (_memory(address, (first + 7) // 8) for address in (second, third) if address):
            yield from (fd for fd in range(8 * len(bits)) if bits[fd // 8] >> fd % 8 & 1)


def _memory(address: int, size: int) -> bytes:
    """Some memory of this process; nothing if it is gone meanwhile."""
    try:
        memory = os.open("/proc/self/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        read = os.pread(memory, size, address)
        return read if len(read) == size else b""
    except (OSError, OverflowError):
        return b""
    finally:
        os.close(memory)


def _watched_by(epoll: int) -> list[int]:
    try:
        with open(f"/proc/self/fdinfo/{epoll}") as file:
            return [int(line.split()[1]) for line in file if line.startswith("tfd:")]
    except OSError:
        return []


def waits_for_us(pid: int) -> bool:
    """Whether a child can go on only when this process reads what it wrote, or writes what it reads, in a pipe."""
    if not KERNEL_TELLS:
        return False
    try:
        calls = [_call_of(f"/proc/{pid}/task/{task}") for task in os.listdir(f"/proc/{pid}/task")]
        busy = [call for call in calls if call[0] not in _FUTEX]
    except OSError:
        return False
    others = {_other_end(pid, arguments[0]) if _KINDS.get(number) == "file" else None for number, arguments in busy}
    if not others or None in others:
        return False
    return others <= {_end(f"/proc/self/fd/{fd}") for fd in _open_files()}


def _end(path: str) -> tuple[str, int]:
    """The pipe that an open file is an end of, and which end: whether it is for reading or for writing."""
    try:
        link = os.readlink(path)
        return (link, os.lstat(path).st_mode & (stat.S_IRUSR | stat.S_IWUSR)) if link.startswith("pipe:") else ("", 0)
    except OSError:
        return "", 0


def _other_end(pid: int, fd: int) -> tuple[str, int]:
    pipe, mode = _end(f"/proc/{pid}/fd/{fd}")
    return pipe, mode ^ (stat.S_IRUSR | stat.S_IWUSR)


def is_outside(fd: int) -> bool:
    """Whether what comes through a file comes from outside of this process."""
    link = _link(fd)
    if link.startswith("socket:"):
        return _is_socket_outside(fd)
    if link.startswith("pipe:"):
        return sum(_link(each) == link for each in _open_files()) < 2
    return bool(link) and link not in ("anon_inode:[eventfd]", "anon_inode:[eventpoll]")


def _link(fd: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


def _open_files() -> list[int]:
    return [int(name) for name in os.listdir("/proc/self/fd")]


def _is_socket_outside(fd: int) -> bool:
    if socket.getdefaulttimeout() is not None:
        # Looking at a socket would make it non-blocking.
        return True
    try:
        with socket.socket(fileno=os.dup(fd)) as sock:
            if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return False
            if sock.family == socket.AF_UNIX:
                credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                return bool(struct.unpack("3i", credentials)[0] != os.getpid())
            peer = sock.getpeername()
    except OSError:
        # Not connected: who will answer is not known.
        return True
    return peer not in map(_address, _open_files())


def other_end_here(fd: int) -> int | None:
    """The other end of a connection over TCP, if it is in this process."""
    ends = _ends(fd)
    return ends and next((each for each in _open_files() if _ends(each) == (ends[1], ends[0])), None)


def _ends(fd: int) -> tuple[Any, Any] | None:
    """The addresses at both ends of a connection over TCP, its own first; None for any other file."""
    if not _link(fd).startswith("socket:") or socket.getdefaulttimeout() is not None:
        return None
    try:
        with socket.socket(fileno=os.dup(fd)) as sock:
            is_tcp = sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM
            return (_plain(sock.getsockname()), _plain(sock.getpeername())) if is_tcp else None
    except OSError:
        return None


def _plain(address: tuple[Any, ...]) -> tuple[str, int]:
    """Host and port, in IPv4 where IPv6 only wraps it."""
    return str(address[0]).removeprefix("::ffff:"), int(address[1])


def is_client_of_outside(fd: int) -> bool:
    """Whether a connection over TCP was begun here, to a server in another process."""
    own = _address(fd)
    if not isinstance(own, tuple):
        return False
    here = [each for each in map(_address, _open_files()) if isinstance(each, tuple)]
    # A connection that was accepted has the port at which its server listens.
    return sum(each[1] == own[1] for each in here) < 2 and _is_socket_outside(fd)


def peer_of(fd: int) -> str:
    """The address at the other end of a connection over TCP, for a message."""
    try:
        with socket.socket(fileno=os.dup(fd)) as sock:
            host, port, *_ = sock.getpeername()
    except OSError:
        return "a server that cannot be reached"
    return f"{host}:{port}"


def _address(fd: int) -> Any:
    if not _link(fd).startswith("socket:"):
        return None
    try:
        with socket.socket(fileno=os.dup(fd)) as sock:
            return sock.getsockname()
    except OSError:
        return None
