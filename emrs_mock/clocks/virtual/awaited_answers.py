"""Answers from other processes that an event loop awaits: while one is due, simulated time stands still.

Linux counts what a TCP connection has sent. A connection of a client that has sent something since the loop heard it
last awaits an answer. One that was heard since is idle, and costs nothing. Elsewhere no connection awaits anything.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from collections.abc import Iterable
from typing import Any

from emrs_mock.clocks.virtual.real_clock import Real
from emrs_mock.clocks.virtual.real_io import is_client_of_outside, peer_of

ANSWER_PATIENCE = 5.0
"""Real seconds for which time stands for one answer."""

_TCP_INFO = getattr(socket, "TCP_INFO", None)
_SYN_SENT = 2
_SENT_AT, _INFO_SIZE = 156, 160
"""Where `struct tcp_info` has `tcpi_data_segs_out` (linux/tcp.h, since 4.6)."""


class Connection:
    """What one connection has sent, and had sent when the loop heard it last."""

    __slots__ = ("_had_sent", "_is_inside", "_is_one_way", "_sent", "_since", "_state", "fd", "inode")

    def __init__(self, fd: int, inode: int) -> None:
        self.fd = fd
        self.inode = inode
        self._state, self._sent = 0, 0
        self._had_sent = 0
        self._since = 0.0
        self._is_one_way = False
        self._is_inside = False
        """Whether the answer is known to come from this process, if at all."""

    def look(self) -> None:
        """See what it has sent by now."""
        before = self._state, self._sent
        self._state, self._sent = _state_and_sent(self.fd)
        if (self._state, self._sent) != before:
            self._since = Real.monotonic()

    def hear(self) -> None:
        """Something came: it answers what was sent so far."""
        self._state, self._sent = _state_and_sent(self.fd)
        self._had_sent, self._is_one_way = self._sent, False

    def is_awaited(self) -> bool:
        """Whether time must stand for an answer."""
        return self._is_due() and Real.monotonic() - self._since < ANSWER_PATIENCE

    def gives_up(self) -> bool:
        """Whether the answer has not come in time; it is not waited for again before something comes."""
        if not self._is_due() or self.is_awaited():
            return False
        self._is_one_way = True
        return True

    def _is_due(self) -> bool:
        if self._is_one_way or self._is_inside or not (self._state == _SYN_SENT or self._sent != self._had_sent):
            return False
        self._is_inside = not is_client_of_outside(self.fd)
        return not self._is_inside


class AwaitedAnswers:
    """The connections of one loop that other processes may answer."""

    def __init__(self) -> None:
        self._connections: dict[int, Connection] = {}

    def look(self, files: Iterable[int]) -> bool:
        """See what has been sent through these open files; returns whether an answer is awaited."""
        known, self._connections = self._connections, {}
        for fd in files:
            if (inode := _inode_of(fd)) is None:
                continue
            connection = known.get(fd)
            if connection is None or connection.inode != inode:
                connection = Connection(fd, inode)
            connection.look()
            self._connections[fd] = connection
        return self.is_any_awaited()

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


def _state_and_sent(fd: int) -> tuple[int, int]:
    """The state of a TCP connection, and how many segments with data it has sent; zeros for another socket."""
    if socket.getdefaulttimeout() is not None:
        # Looking at a socket would make it non-blocking.
        return 0, 0
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=os.dup(fd)) as sock:
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    except OSError:
        return 0, 0
    return (info[0], *struct.unpack_from("I", info, _SENT_AT)) if len(info) == _INFO_SIZE else (0, 0)
