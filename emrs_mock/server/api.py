"""The API of EMR Serverless over HTTP: which response a request gets from a mock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from email.utils import format_datetime

from emrs_mock._call import NoReply
from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.server.connections import Drop, Request, Response
from emrs_mock.wire.answers import Answer
from emrs_mock.wire.http_calls import Request as HTTPRequest
from emrs_mock.wire.http_calls import answered

AUTHORS_ERROR = "EMRServerlessMockError"
"""The type of the error that a client gets where the test's author made one. It is a 400, which no client retries."""

Failed = Callable[[Exception], None]

CORS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "x-amzn-errortype,x-amzn-requestid,date",
}
_PREFLIGHT: Mapping[str, str] = {
    **CORS,
    "Access-Control-Allow-Methods": "GET,POST,PUT,PATCH,DELETE",
    "Access-Control-Allow-Headers": "*,authorization,content-type,amz-sdk-invocation-id,amz-sdk-request,x-amz-date,"
    "x-amz-security-token,x-amz-user-agent,x-amz-content-sha256",
    "Access-Control-Max-Age": "172800",
}


class Api:
    """Answers requests from one mock. What the author of the test did wrong is handed to `failed`."""

    def __init__(self, emr: EMRServerless, threads: Executor, failed: Failed, *, hold: bool, speed: float) -> None:
        self.emr = emr
        self._failed = failed
        self._threads = threads
        self._hold = hold
        self._speed = speed

    async def respond(self, request: Request) -> Response | Drop:
        """The response; a handler of the author's may block meanwhile, so that other requests are not kept waiting."""
        if request.method == "OPTIONS":
            return Response(200, _PREFLIGHT)
        loop = asyncio.get_running_loop()
        try:
            answer, delay = await loop.run_in_executor(self._threads, self._answered, request)
        except Exception as failure:
            self._failed(failure)
            return refused(failure)
        if delay:
            await asyncio.sleep(delay)
        if isinstance(answer, NoReply):
            return Drop(hold=self._hold and answer is NoReply.READ_TIMEOUT)
        # Not the handle's clock: what is due would happen here, and handlers would be called in the loop's thread.
        date = format_datetime(self.emr._simulation.clock.now(), usegmt=True)
        return Response(answer.status, {**CORS, "Date": date, **answer.headers}, answer.body)

    def _answered(self, request: Request) -> tuple[Answer | NoReply, float]:
        """The answer, and for how many real seconds it has to wait."""
        backend = self.emr._backend
        answer, delay = answered(backend, HTTPRequest(request.method, request.target, request.headers, request.body))
        if not delay:
            return answer, 0
        if self.emr.options.clock == "system":
            return answer, delay.total_seconds() / self._speed
        backend.pause(delay)  # on a clock of the mock's own a delay moves the clock
        return answer, 0


def refused(failure: Exception) -> Response:
    """The response where the author of the test made an error."""
    body = json.dumps({"message": f"{type(failure).__name__}: {failure}"}).encode()
    return Response(400, {**CORS, "Content-Type": "application/json", "x-amzn-ErrorType": AUTHORS_ERROR}, body)
