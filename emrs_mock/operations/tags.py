"""The operations on tags, of applications, job runs and sessions (facts §9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emrs_mock._call import Call
from emrs_mock.operations.error_texts import tagged
from emrs_mock.sim.world import World

Params = Mapping[str, Any]


def list_(world: World, call: Call) -> Params:
    """ListTagsForResource: the tags of an application, job run or session."""
    return {"tags": tagged(world, call).tags}


def tag(world: World, call: Call) -> Params:
    """TagResource: adds tags; a key that exists gets the new value."""
    record = tagged(world, call)
    record.tags = {**record.tags, **call.params["tags"]}
    return {}


def untag(world: World, call: Call) -> Params:
    """UntagResource: removes tags; keys that do not exist are ignored."""
    record, keys = tagged(world, call), call.params["tagKeys"]
    record.tags = {key: value for key, value in record.tags.items() if key not in keys}
    return {}
