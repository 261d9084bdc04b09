"""The only place that makes boto3 clients; boto3 is imported when one is wanted."""

from __future__ import annotations

from typing import Any


def emr_serverless_client(region_name: str | None) -> Any:
    """A fresh boto3 client for EMR Serverless, from a session of its own."""
    import boto3

    return boto3.session.Session().client("emr-serverless", region_name=region_name)


def default_region() -> str:
    """The region that a client made here and now would be for."""
    import botocore.session

    return botocore.session.get_session().get_config_variable("region") or "us-east-1"
