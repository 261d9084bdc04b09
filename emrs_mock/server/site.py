"""All that one server has: the API of each world, and steering it. Which world a request is for stands in its path."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

from emrs_mock.server import steering
from emrs_mock.server.api import Api, Failed, refused
from emrs_mock.server.connections import Drop, Request, Response
from emrs_mock.server.remote import PREFIX
from emrs_mock.server.worlds import Worlds, split


class Site:
    """Responds to each request of a server. `failed` gets each exception of the author of the test."""

    def __init__(self, worlds: Worlds, threads: Executor, failed: Failed, *, hold: bool, speed: float) -> None:
        self._worlds = worlds
        self._threads = threads
        self._failed = failed
        self._hold, self._speed = hold, speed

    async def respond(self, request: Request) -> Response | Drop:
        """The response of the world that the path names."""
        try:
            return await self._respond(request)
        finally:
            # Counted after the change, so that a save which sees the count sees the change too.
            self._worlds.changes += request.method != "GET"

    async def _respond(self, request: Request) -> Response | Drop:
        name, target = split(request.target)
        request, loop = request._replace(target=target), asyncio.get_running_loop()
        try:
            # A new world is made in a thread, as the author's setup of it may block.
            emr = self._worlds.known(name)
            if emr is None:
                emr = await loop.run_in_executor(self._threads, self._worlds.__getitem__, name)
        except Exception as failure:
            self._failed(failure)
            return refused(failure)
        if request.path.startswith(PREFIX):
            return await loop.run_in_executor(self._threads, steering.respond, emr, request)
        api = Api(emr, self._threads, self._failed, hold=self._hold, speed=self._speed)
        return await api.respond(request)
