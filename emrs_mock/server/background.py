"""An HTTP server in a thread of its own, from entering a block to leaving it. What it answers is handed in."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType

from emrs_mock.server.connections import Connection, Respond


class BackgroundServer:
    """Listens on `host` and `port` (0: a free one) while it is entered. Leaving waits for no client."""

    def __init__(self, respond: Respond, host: str, port: int) -> None:
        if port not in range(65536):
            raise ValueError(f"port={port}: expected a number from 0 (a free one) to 65535 (docs: server)")
        self._respond = respond
        self._host, self._port = host, port
        self._ready = threading.Event()
        self._problem: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="emrs-mock-server", daemon=True)
        self.url = ""

    def __enter__(self) -> BackgroundServer:
        """Begin to listen. Raises OSError where the address is in use or is not this machine's."""
        self._thread.start()
        self._ready.wait()
        if self._problem is not None:
            raise self._problem
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as problem:
            self._problem = problem
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        connections: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            try:
                await Connection(reader, writer, self._respond).run()
            except asyncio.CancelledError:
                writer.transport.abort()
            finally:
                connections.discard(task)

        server = await asyncio.start_server(connected, self._host, self._port, backlog=1024)
        host, port = server.sockets[0].getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for task in connections:
            task.cancel()
