"""The members that new records of every kind have: id, ARN, time and caller of the creation, request, tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emrs_mock._call import Call
from emrs_mock.sim.records import Application
from emrs_mock.sim.world import World


def new_members(
    world: World, call: Call, kind: str, spec: Mapping[str, Any], record_id: str | None, *below: str
) -> dict[str, Any]:
    """The members that all records share, for a record whose ARN is below these parts.

    The id is `record_id`, or a new one. Tags are kept beside the request, as they can change (facts §9).
    """
    seq, fresh = world.simulation.identifiers.new(kind, world.region, world.now)
    record_id = record_id or fresh
    return {
        "id": record_id,
        "arn": world.arn(*below, record_id),
        "seq": seq,
        "created_at": world.now,
        "created_by": call.caller.arn,
        "spec": {name: value for name, value in spec.items() if name != "tags"} if "tags" in spec else spec,
        "tags": dict(spec.get("tags") or {}),
    }


def inherited(application: Application, members: Iterable[str]) -> dict[str, Any]:
    """These members of an application, as they are now, for a record that keeps them."""
    return {member: application.spec[member] for member in members if member in application.spec}
