"""clientToken: the same token with the same request gets the same answer, with another request a conflict.

The mock remembers tokens as long as it lives, by account, region, operation and application. A refused request does not
use its token up (facts §7, §15.8, §16).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emrs_mock._call import Call, ServiceError
from emrs_mock.sim.world import World

TOKEN = "clientToken"
_CONFLICT = "A request with the same clientToken but different parameters was already made."


def once(world: World, call: Call, act: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Call `act`, or return the answer of an earlier call with the same token. Raises ServiceError for a conflict."""
    token = call.params.get(TOKEN)
    if token is None:
        return act()
    key = (call.operation, call.params.get("applicationId"), token)
    if key not in world.tokens:
        answer = act()
        world.tokens[key] = (call.params, answer)
        return answer
    first, answer = world.tokens[key]
    if call.params != first:  # the token in it is the same
        raise ServiceError("ConflictException", _CONFLICT)
    assert isinstance(answer, Mapping)
    return answer


def without_token(params: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a request except its token."""
    request = dict(params)
    request.pop(TOKEN, None)
    return request
