"""URLs and tokens that the service hands out: dashboards of job runs and sessions, endpoints of sessions.

All of them are valid for an hour of the mock's clock (facts §1.5, §1.6); the token contains the end of that hour.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from emrs_mock._call import Call
from emrs_mock.operations.error_texts import attempt_of, job_run_of, session_of
from emrs_mock.sim.world import World

Params = Mapping[str, Any]

VALID_FOR = timedelta(hours=1)  # facts §1.5, §1.6
_SUFFIXES: Mapping[str, str] = {"aws-cn": "amazonaws.com.cn"}  # facts §1.3


def of_job_run(world: World, call: Call) -> Params:
    """GetDashboardForJobRun: the `j-` form, once an attempt is SCHEDULED (facts §1.5, §16)."""
    run, attempt = job_run_of(world, call), attempt_of(world, call)
    return {"url": _dashboard(world, f"j-{run.id}", attempt=attempt.number)}


def of_resource(world: World, call: Call) -> Params:
    """GetResourceDashboard: of a session, while it lives and afterwards (facts §1.5)."""
    return {"url": _dashboard(world, f"s-{session_of(world, call).id}")}


def of_endpoint(world: World, call: Call) -> Params:
    """GetSessionEndpoint: where Spark Connect is served, and the token for it (facts §1.6)."""
    session = session_of(world, call)
    expires = world.now + VALID_FOR
    return {
        "applicationId": session.application_id,
        "sessionId": session.id,
        "endpoint": f"https://{session.id}.s.emr-serverless-services.{world.region}.{_suffix(world)}",
        "authToken": _token(expires, session=session.id),
        "authTokenExpiresAt": expires,
    }


def _dashboard(world: World, host: str, **what: Any) -> str:
    token = _token(world.now + VALID_FOR, host=host, **what)
    return f"https://{host}.dashboard.emr-serverless.{world.region}.{_suffix(world)}/?authToken={token}"


def _suffix(world: World) -> str:
    return _SUFFIXES.get(world.partition, "amazonaws.com")


def _token(expires: datetime, **what: Any) -> str:
    # assumed: what real tokens consist of is not public; ours has its purpose and its end
    claims = {**what, "expires": expires.isoformat()}
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
