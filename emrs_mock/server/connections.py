"""HTTP/1.1 connections: requests in, responses out, and connections that are dropped because a fault says so.

Knows nothing of EMR Serverless. h11 reads and writes the protocol, asyncio the sockets.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import h11

MOST_BYTES = 64 * 1024 * 1024
"""A longer body is refused with 413."""

_CHUNK = 256 * 1024
_LONGEST_DISCARD = 5.0
"""Seconds for which what a client sends after a refusal is read on."""


class Request(NamedTuple):
    """One request. Names of headers are in lower case; `target` is the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class Response(NamedTuple):
    """One response."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Drop(NamedTuple):
    """No response: the connection is reset, at once or, with `hold`, when the client goes away."""

    hold: bool


Respond = Callable[[Request], Awaitable["Response | Drop"]]


class BodyTooLong(Exception):
    """A request has a body of more than MOST_BYTES."""


class Connection:
    """One connection of a client: its requests are answered one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, respond: Respond) -> None:
        self._reader = reader
        self._writer = writer
        self._respond = respond
        self._protocol = h11.Connection(h11.SERVER)
        self._asked_for_head = False

    async def run(self) -> None:
        """Answer requests until the client closes the connection, or may send no more on it."""
        try:
            while (request := await self._request()) is not None:
                if not await self._answer(await self._respond(request)):
                    return
        except h11.RemoteProtocolError as error:
            await self._refuse(error.error_status_hint, str(error))
        except BodyTooLong as error:
            await self._refuse(413, str(error))
        except ConnectionError:
            pass  # the client has gone away
        finally:
            self._writer.close()

    async def _request(self) -> Request | None:
        """The next request; None where none comes any more."""
        head: h11.Request | None = None
        body, length = [], 0
        while True:
            event: Any = await self._event()
            if isinstance(event, h11.Request):
                head = event
                self._asked_for_head = event.method == b"HEAD"
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
                length += len(event.data)
                if length > MOST_BYTES:
                    raise BodyTooLong(f"The body has more than {MOST_BYTES} bytes")
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _request_of(head, b"".join(body))
            else:
                return None

    async def _event(self) -> object:
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            if self._protocol.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self._protocol.receive_data(await self._reader.read(_CHUNK))
        return event

    async def _answer(self, answer: Response | Drop) -> bool:
        """Send an answer; returns whether another request may follow on this connection."""
        if isinstance(answer, Drop):
            await self._drop(answer)
            return False
        body = b"" if self._asked_for_head else answer.body
        length = {"Content-Length": str(len(answer.body))}
        headers = list({**answer.headers, **length}.items())
        await self._send(
            h11.Response(status_code=answer.status, headers=headers), h11.Data(data=body), h11.EndOfMessage()
        )
        if self._protocol.our_state is not h11.DONE:
            return False
        self._protocol.start_next_cycle()
        return True

    async def _send(self, *events: Any) -> None:
        self._writer.write(b"".join(self._protocol.send(event) or b"" for event in events))
        await self._writer.drain()

    async def _refuse(self, status: int, reason: str) -> None:
        """Answer what is no request, and read what the client still sends.

        If the connection was closed at once, the kernel would send RST, and the client would lose the refusal.
        """
        said = {"Content-Type": "text/plain", "Connection": "close"}
        with suppress(asyncio.TimeoutError, OSError):  # the client may be gone, before its end of the stream or after
            await self._answer(Response(status, said, reason.encode()))
            self._writer.write_eof()
            await asyncio.wait_for(self._until_end(), _LONGEST_DISCARD)

    async def _until_end(self) -> None:
        while await self._reader.read(_CHUNK):
            pass

    async def _drop(self, drop: Drop) -> None:
        if drop.hold:
            await self._reader.read()
        # With this the kernel sends RST instead of FIN: the client sees a connection that was reset.
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


def _request_of(head: h11.Request, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
    return Request(head.method.decode("latin-1"), head.target.decode("latin-1"), headers, body)
