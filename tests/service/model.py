"""What the installed service model has, and what a value of one of its shapes could be."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import botocore.session
from botocore.model import NoShapeFoundError, Shape

MODEL = botocore.session.Session().get_service_model("emr-serverless")


def has(name: str) -> bool:
    """Whether the model has an operation, a shape, or the member at a path: `StartSession`, `StartJobRun.mode`."""
    first, *path = name.split(".")
    try:
        shape = MODEL.operation_model(first).input_shape if first in MODEL.operation_names else MODEL.shape_for(first)
    except NoShapeFoundError:
        return False
    for member in path:
        if member not in shape.members:
            return False
        shape = shape.members[member]
    return True


def known(shape: str, members: dict[str, Any]) -> dict[str, Any]:
    """Those of the members that the shape has in the installed model."""
    return {name: value for name, value in members.items() if has(f"{shape}.{name}")}


SAMPLES = {
    "Arn": "arn:aws:iam::123456789012:policy/sample",
    "Duration": 60,
    "EncryptionKeyArn": "arn:aws:kms:us-east-1:123456789012:key/sample",
    "HiveCliParameters": "--hiveconf hive.exec.scratchdir=s3://s/s --hiveconf hive.metastore.warehouse.dir=s3://s/w",
    "IAMRoleArn": "arn:aws:iam::123456789012:role/sample",
    "IdentityCenterInstanceArn": "arn:aws:sso:::instance/ssoins-0123456789abcdef",
    "PrometheusUrlString": "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/sample/api/v1/remote_write",
    "ResourceArn": "arn:aws:emr-serverless:us-east-1:123456789012:/applications/00abcdefabcdef01",
    "SparkSubmitParameters": "--conf spark.executor.cores=2 \\\n  --class org.example.Main",
}
"""Values that their patterns allow, or that mean something, by the name of the shape."""

NAMED = {"classification": "spark-defaults"}
"""The same by the name of the member, where the shape says less."""

PLAIN = {
    "boolean": True,
    "integer": 1,
    "long": 1,
    "string": "sample",
    "timestamp": datetime(2024, 1, 1, tzinfo=timezone.utc),
}
DEEPEST = 2
"""How often a shape may be inside itself."""


def sample(shape: Shape, outer: tuple[str, ...] = ()) -> Any:
    """A value of the shape with everything in it that can be; of a union, the first."""
    if shape.name in SAMPLES:
        return SAMPLES[shape.name]
    inside = (*outer, shape.name)
    if shape.type_name == "structure":
        chosen = list(shape.members.items())[: 1 if shape.is_tagged_union else None]
        return {
            name: NAMED.get(name) or sample(member, inside)
            for name, member in chosen
            if inside.count(member.name) < DEEPEST
        }
    if shape.type_name == "list":
        return [sample(shape.member, inside)]
    if shape.type_name == "map":
        return {sample(shape.key, inside): sample(shape.value, inside)}
    return shape.enum[0] if getattr(shape, "enum", None) else PLAIN[shape.type_name]


def request(operation: str, **members: Any) -> dict[str, Any]:
    """What the operation requires, as samples, and these members."""
    shape = MODEL.operation_model(operation).input_shape
    return {**{name: sample(shape.members[name]) for name in shape.required_members}, **members}
