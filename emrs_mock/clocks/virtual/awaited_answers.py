"""What an event loop awaits of its connections: until it has come, simulated time stands still.

Linux counts what a TCP connection has sent. A connection of a client that has sent something since the loop heard it
last awaits an answer of the other process. One that was heard since is idle, and costs nothing. A second small piece of
data is sent when the first one is acknowledged, by default 40 ms later: so what came is acknowledged at once, and where
both ends are in this process, what the kernel has not sent yet is awaited. Elsewhere than on Linux no connection awaits
anything.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from collections.abc import Iterable
from typing import Any, NamedTuple

from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.clocks.virtual.real_io import is_client_of_outside, other_end_here, peer_of

ANSWER_PATIENCE = 5.0
"""Real seconds for which time stands for one answer."""

SENDING_PATIENCE = 0.3
"""Real seconds for which time stands for what the kernel has not sent; an acknowledgement comes after 0.2 at most."""

ARRIVING = 0.01
"""Real seconds in which a thread begins to run that has received the rest."""

_TCP_INFO = getattr(socket, "TCP_INFO", None)
_SYN_SENT = 2
_UNSENT_AT, _SENT_AT, _INFO_SIZE = 144, 156, 160
"""Where `struct tcp_info` has `tcpi_notsent_bytes` and `tcpi_data_segs_out` (linux/tcp.h, since 4.6)."""


class Tcp(NamedTuple):
    """What Linux tells of a TCP connection; zeros of another socket."""

    state: int = 0
    unsent: int = 0
    """How many bytes are written, and not sent."""
    sent: int = 0
    """How many segments with data have been sent."""


class Connection:
    """What one connection has sent, and had sent when the loop heard it last."""

    __slots__ = (
        "_had_sent",
        "_is_inside",
        "_is_known",
        "_is_one_way",
        "_other_end",
        "_since",
        "_tcp",
        "_unsent",
        "_unsent_since",
        "fd",
        "inode",
    )

    def __init__(self, fd: int, inode: int) -> None:
        self.fd = fd
        self.inode = inode
        self._tcp = Tcp()
        self._had_sent = 0
        self._since = 0.0
        self._is_one_way = False
        self._is_inside = False
        """Whether the answer is known to come from this process, if at all."""
        self._other_end: int | None = None
        """The other end, if that is in this process."""
        self._is_known = False
        """Whether it has been looked for since something came or was sent: a server accepts a connection later."""
        self._unsent, self._unsent_since = (0, 0), 0.0

    def look(self) -> None:
        """See what it has sent by now. What came is acknowledged, as other pieces may wait for that."""
        before, self._tcp = self._tcp, _tcp(self.fd, acknowledges=True)
        if (self._tcp.state, self._tcp.sent) != (before.state, before.sent):
            self._since, self._is_known = Real.monotonic(), False

    def hear(self) -> None:
        """Something came: it answers what was sent so far."""
        self._tcp = _tcp(self.fd)
        self._had_sent, self._is_one_way, self._is_known = self._tcp.sent, False, False

    def is_awaited(self) -> bool:
        """Whether time must stand for an answer."""
        now = Real.monotonic()
        return self._is_sending(now) or (self._is_due() and now - self._since < ANSWER_PATIENCE)

    def _is_sending(self, now: float) -> bool:
        """Whether one end, in this process, has written what the kernel has not sent yet."""
        if not self._is_known:
            self._other_end, self._is_known = other_end_here(self.fd), True
        if self._other_end is None:
            return False
        unsent = _tcp(self.fd).unsent, _tcp(self._other_end).unsent
        if unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        return now - self._unsent_since < (SENDING_PATIENCE if any(unsent) else ARRIVING)

    def gives_up(self) -> bool:
        """Whether the answer has not come in time; it is not waited for again before something comes."""
        if not self._is_due() or self.is_awaited():
            return False
        self._is_one_way = True
        return True

    def _is_due(self) -> bool:
        has_asked = self._tcp.state == _SYN_SENT or self._tcp.sent != self._had_sent
        if self._is_one_way or self._is_inside or not has_asked:
            return False
        self._is_inside = not is_client_of_outside(self.fd)
        return not self._is_inside


class AwaitedAnswers:
    """The connections of one loop that other processes may answer."""

    def __init__(self) -> None:
        self._connections: dict[int, Connection] = {}

    def look(self, files: Iterable[int]) -> None:
        """See what has been sent through these open files, and acknowledge what came."""
        known, self._connections = self._connections, {}
        for fd in files:
            if (inode := _inode_of(fd)) is None:
                continue
            connection = known.get(fd)
            if connection is None or connection.inode != inode:
                connection = Connection(fd, inode)
            connection.look()
            self._connections[fd] = connection

    def hear(self, events: Iterable[Any]) -> None:
        """The loop's selector has returned these events."""
        for key, mask in events if self._connections else ():
            if mask & 1 and (connection := self._connections.get(key.fd)):
                connection.hear()

    def is_any_awaited(self) -> bool:
        """Whether time must stand for an answer."""
        return any(connection.is_awaited() for connection in self._connections.values())

    def give_up(self) -> list[str]:
        """The connections whose answers have not come in time, each named once."""
        return [peer_of(connection.fd) for connection in self._connections.values() if connection.gives_up()]


def _inode_of(fd: int) -> int | None:
    """What tells one socket from the next with the same number; None for what is no socket."""
    if _TCP_INFO is None:
        return None
    try:
        status = os.fstat(fd)
    except OSError:
        return None
    return status.st_ino if stat.S_ISSOCK(status.st_mode) else None


def _tcp(fd: int, *, acknowledges: bool = False) -> Tcp:
    """What Linux tells of a connection. It can acknowledge what came at once, and not some 40 ms later."""
    if socket.getdefaulttimeout() is not None:
        # Looking at a socket would make it non-blocking.
        return Tcp()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=os.dup(fd)) as sock:
            if acknowledges:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    except OSError:
        return Tcp()
    if len(info) < _INFO_SIZE:
        return Tcp()
    return Tcp(info[0], *struct.unpack_from("I", info, _UNSENT_AT), *struct.unpack_from("I", info, _SENT_AT))
