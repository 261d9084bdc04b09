"""Creates clients, and reads their configuration. Imports botocore only when a function needs it.

A client of the mock's own is made for nearly every test. What is the same for all of them is made once: the models and
botocore's handlers. Credentials, region and files are looked up for each client.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from copy import copy
from functools import cache, lru_cache
from typing import Any

SERVICE = "emr-serverless"
_ACCESS_KEY = re.compile(r"(AKIA|ASIA)[A-Z0-9]{12,}")
_REGION = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def emr_serverless_client(region_name: str | None, **options: Any) -> Any:
    """Create a client for EMR Serverless, from a session of its own, with further options of `create_client`.

    Raises ValueError for an impossible region.
    """
    region = None if region_name is None else named_region(region_name)
    return _session_for_one_client().create_client(SERVICE, region_name=region, **options)


def session() -> Any:
    """Create a botocore session. All sessions share one loader, because reading the models takes most of the time."""
    import botocore.session

    return _with_shared_loader(botocore.session.get_session())


def _with_shared_loader(made: Any) -> Any:
    made.register_component("data_loader", _loader(made.get_config_variable("data_path")))
    return made


@cache
def _loader(data_path: str | None) -> Any:
    from botocore.loaders import create_loader

    return create_loader(data_path)


# --- a session for one client of EMR Serverless ---------------------------------------------------------------------


def _session_for_one_client() -> Any:
    """Create a session without what only other clients need, which takes five times as long as the client itself."""
    import botocore.session

    if getattr(botocore, "_INITIALIZERS", None):  # by which the program changes each session
        return session()
    events = copy(_registered(_handlers()))
    made = _with_shared_loader(botocore.session.Session(event_hooks=events, include_builtin_handlers=False))
    made.register_component("event_emitter", botocore.session.EventAliaser(events, {}))  # aliases: of other services
    made.register_component("credential_provider", _EnvironmentFirst(made))
    scoped = made.get_scoped_config()
    made.get_scoped_config = lambda: scoped  # botocore asks for it about fifty times per client
    return made


def _handlers() -> tuple[Any, ...]:
    """Botocore's handlers, and those that moto adds, except those for other services."""
    from botocore.handlers import BUILTIN_HANDLERS

    return tuple(each for each in BUILTIN_HANDLERS if _is_for_us(each[0]))


@cache
def _is_for_us(event: str) -> bool:
    parts = event.split(".")
    services = parts[2:3] if parts[0] == "docs" else parts[1:2]
    return {*services} <= {"*", SERVICE}


@lru_cache(maxsize=1)
def _registered(handlers: tuple[Any, ...]) -> Any:
    """An emitter with these handlers, to be copied: a client registers its own on a copy."""
    from botocore.handlers import REGISTER_FIRST, REGISTER_LAST
    from botocore.hooks import HierarchicalEmitter

    emitter = HierarchicalEmitter()
    registering = {REGISTER_FIRST: emitter.register_first, REGISTER_LAST: emitter.register_last}
    for event, handler, *place in handlers:
        registering.get(place[0] if place else None, emitter.register)(event, handler)
    return emitter


class _EnvironmentFirst:
    """Finds the credentials that botocore finds, which looks in the environment first.

    What would look elsewhere is not made where that is enough: two of botocore's providers prepare HTTP connections.
    """

    def __init__(self, of: Any) -> None:
        self._session = of

    def load_credentials(self) -> Any:
        """The credentials of the session; None if there are none."""
        from botocore.credentials import EnvProvider, create_credential_resolver

        return EnvProvider().load() or create_credential_resolver(self._session).load_credentials()


# --- accounts and regions -------------------------------------------------------------------------------------------


def accounts_by_key(accounts: Mapping[str, str]) -> dict[str, str]:
    """Replace the names of profiles in `accounts` by the access keys of these profiles.

    Raises ValueError for a profile without an access key, because its calls could not be recognised.
    """
    profiles = _profiles() if accounts and not all(map(_is_access_key, accounts)) else {}
    return {_access_key(name, profiles): account for name, account in accounts.items()}


def _profiles() -> Mapping[str, Mapping[str, str]]:
    profiles: Mapping[str, Mapping[str, str]] = _configuration().full_config["profiles"]
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
    region: str | None = _configuration().get_config_variable("region")
    return region


def _configuration() -> Any:
    """A session that is only asked for what environment and files say: it has no handlers."""
    import botocore.session

    return botocore.session.Session(include_builtin_handlers=False)
