"""Creates clients, and reads their configuration. Imports botocore only when a function needs it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

_ACCESS_KEY = re.compile(r"(AKIA|ASIA)[A-Z0-9]{12,}")
_REGION = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def emr_serverless_client(region_name: str | None, **options: Any) -> Any:
    """Create a client for EMR Serverless, from a session of its own, with further options of `create_client`.

    Raises ValueError for an impossible region.
    """
    region = None if region_name is None else named_region(region_name)
    return session().create_client("emr-serverless", region_name=region, **options)


def session() -> Any:
    """Create a botocore session. All sessions share one loader, because reading the models takes most of the time."""
    import botocore.session

    made = botocore.session.get_session()
    made.register_component("data_loader", _loader(made.get_config_variable("data_path")))
    return made


@cache
def _loader(data_path: str | None) -> Any:
    from botocore.loaders import create_loader

    return create_loader(data_path)


def accounts_by_key(accounts: Mapping[str, str]) -> dict[str, str]:
    """Replace the names of profiles in `accounts` by the access keys of these profiles.

    Raises ValueError for a profile without an access key, because its calls could not be recognised.
    """
    profiles = _profiles() if accounts and not all(map(_is_access_key, accounts)) else {}
    return {_access_key(name, profiles): account for name, account in accounts.items()}


def _profiles() -> Mapping[str, Mapping[str, str]]:
    import botocore.session

    profiles: Mapping[str, Mapping[str, str]] = botocore.session.get_session().full_config["profiles"]
    return profiles


def _is_access_key(name: str) -> bool:
    return _ACCESS_KEY.fullmatch(name) is not None


def _access_key(name: str, profiles: Mapping[str, Mapping[str, str]]) -> str:
    key = profiles.get(name, {}).get("aws_access_key_id") if name in profiles else name
    if key is None:
        raise ValueError(f"accounts={{{name!r}: ...}}: the profile has no access key of its own (docs: accounts)")
    return key


def named_region(name: str) -> str:
    """The name of a region, known or not. Raises ValueError for what cannot be one."""
    if _REGION.fullmatch(name) is None:
        raise ValueError(f"region_name={name!r}: expected a region, as in 'us-east-1' (docs: accounts)")
    return name


def default_region() -> str:
    """The region that `boto3.client("emr-serverless")` would use now."""
    boto3 = sys.modules.get("boto3")
    default = None if boto3 is None else boto3.DEFAULT_SESSION
    if default is not None:
        return default.region_name or "us-east-1"
    return os.environ.get("AWS_DEFAULT_REGION") or _configured_region() or "us-east-1"


def _configured_region() -> str | None:
    import botocore.session

    region: str | None = botocore.session.get_session().get_config_variable("region")
    return region
