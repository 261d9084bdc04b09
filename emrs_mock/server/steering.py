"""Steering a mock over HTTP: what the handle offers, as JSON below `/_emrs_mock/`. What there is: `routes`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.observation.record_views import RecordView
from emrs_mock.server.connections import Request, Response
from emrs_mock.server.remote import PREFIX
from emrs_mock.server.routes import JSON, ROUTES, Body


def respond(emr: EMRServerless, request: Request) -> Response:
    """The response to a request below `/_emrs_mock/`. What the author of the test did wrong is a 400 that says so."""
    if _from_another_site(request):
        return _wrong(403, "A page of another site steers no mock (docs: server)", "PermissionError")
    path = request.path.removeprefix(PREFIX) or "/"
    routes = {route.method: route for route in ROUTES if route.path == path}
    if not routes:
        return _wrong(404, f"There is no {PREFIX}{path}. There are: {', '.join(sorted({r.path for r in ROUTES}))}")
    route = routes.get(request.method)
    if route is None:
        return _wrong(405, f"{PREFIX}{path} takes {' and '.join(routes)}")
    try:
        answer = route.act(emr, _body(request) if route.takes is not None else {})
    except Exception as problem:
        return _wrong(400, str(problem.args[0] if isinstance(problem, KeyError) else problem), type(problem).__name__)
    return _said(200, answer, route.media)


def _from_another_site(request: Request) -> bool:
    """Whether a browser sends this for a page that is not ours; a browser names the page in `Origin`."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def _body(request: Request) -> Body:
    body = json.loads(request.body or b"{}")
    if not isinstance(body, dict):
        raise TypeError("The body is not a JSON object (docs: server)")
    return body


def _said(status: int, answer: Any, media: str) -> Response:
    text = answer if isinstance(answer, str) else json.dumps(answer, default=_plain)
    return Response(status, {"Content-Type": media if media == JSON else f"{media}; charset=utf-8"}, text.encode())


def _wrong(status: int, message: str, kind: str = "ValueError") -> Response:
    return _said(status, {"error": kind, "message": message}, JSON)


def _plain(value: Any) -> Any:
    """How JSON says what it has no word for."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, RecordView):
        return {"kind": value.kind, **value._members()}
    return str(value)
