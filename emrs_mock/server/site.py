"""All that one server has: the API of each world. Which world a request is for stands in its path."""

from __future__ import annotations

from concurrent.futures import Executor

from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.server.api import Api
from emrs_mock.server.connections import Drop, Request, Response
from emrs_mock.server.worlds import ROOT, MakeTime, Worlds, split


class Site:
    """Responds to each request of a server."""

    def __init__(self, emr: EMRServerless, threads: Executor, make_time: MakeTime, *, hold: bool, speed: float) -> None:
        self._worlds = Worlds(emr, lambda: emr._another(make_time()))
        self._threads = threads
        self._hold, self._speed = hold, speed
        self.failures: list[Exception] = []

    async def respond(self, request: Request) -> Response | Drop:
        """The response of the world that the path names."""
        name, target = split(request.target)
        api = Api(self._worlds[name], self._threads, self.failures, hold=self._hold, speed=self._speed)
        return await api.respond(request._replace(target=target))

    def close(self) -> None:
        """End the worlds that this server made."""
        for name, emr in self._worlds.items():
            if name != ROOT:
                emr._close()
