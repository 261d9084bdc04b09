"""What botocore's sessions look up while a mock is active: nothing over the network, a region for all that have none.

Requests are not signed, so that no credentials are needed; but making a client looks for some, in places that are
reached over the network too, and needs a region. Nothing is changed that outlives the mock, neither in the environment
nor in a session: it is decided at each look whether a mock is active.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from typing import Any

from emrs_mock._call import FindProtection, Protection
from emrs_mock.wire.imports import tell
from emrs_mock.wire.wrapping import Function, wrap

DEFAULT_REGION = "us-east-1"
TEST_KEY = "testing"

_METADATA = "AWS_EC2_METADATA_DISABLED"

Instead = Callable[[Any, bool], "tuple[Any] | None"]
"""What a method returns instead of its own result, in a tuple, by its object and whether it is async; None: its own."""


def _no_protection() -> Protection | None:
    return None


_protection: FindProtection = globals().get("_protection") or _no_protection


def install(protection: FindProtection) -> None:
    """Let `protection` say from now on whether a mock is active, and what it asks for."""
    global _protection
    _protection = protection
    _wrap_loaded()
    for module in _MODULES:
        tell(module, _wrap_loaded)


# --- regions and profiles -------------------------------------------------------------------------------------------


def _configuring(real: Function) -> Function:
    def get_config_variable(self: Any, logical_name: str, *args: Any, **kwargs: Any) -> Any:
        value = real(self, logical_name, *args, **kwargs)
        instead = _INSTEAD_OF.get(logical_name)
        return value if instead is None else instead(self, value)

    return get_config_variable


def _region(session: Any, value: str | None) -> str | None:
    return DEFAULT_REGION if value is None and _protection() is not None else value


def _profile(session: Any, value: str | None) -> str | None:
    """Hide a profile of the environment that no file has, or no client could be made; code that asks gets the error."""
    if value is None or _protection() is None:  # botocore asks for it about fifty times per client
        return value
    if "profile" in session.instance_variables() or value in session.full_config["profiles"]:
        return value
    return None


_INSTEAD_OF: dict[str, Callable[[Any, Any], Any]] = {"region": _region, "profile": _profile}


# --- credentials ----------------------------------------------------------------------------------------------------


def _nothing_from_containers(provider: Any, is_async: bool) -> tuple[None] | None:
    return None if _protection() is None else (None,)


def _nothing_from_metadata(provider: Any, is_async: bool) -> tuple[None] | None:
    # What the user has said about it holds.
    return None if _METADATA in os.environ else _nothing_from_containers(provider, is_async)


_OVER_THE_NETWORK: dict[str, Instead] = {
    "Ec2InstanceMetadata": _nothing_from_metadata,
    "EcsContainer": _nothing_from_containers,
}
"""By `credential_source` of a profile."""


def _nothing_assumed_with_these(provider: Any, is_async: bool) -> tuple[None] | None:
    """No role whose own credentials, or those of its source profile, would come from there."""
    profiles = provider._load_config().get("profiles", {})
    name, seen = provider._profile_name, set[str]()
    while name in profiles.keys() - seen:
        instead = _OVER_THE_NETWORK.get(profiles[name].get("credential_source", ""))
        if instead is not None:
            return instead(provider, is_async)
        seen.add(name)
        name = profiles[name].get("source_profile")
    return None


def _test_credentials(session: Any, is_async: bool) -> tuple[Any] | None:
    """Test credentials, unless the code under test has given the session some itself."""
    protection = _protection()
    if protection is None or not protection.fakes_credentials:
        return None
    if getattr(session._credentials, "method", None) == "explicit":
        return None
    kind = "aiobotocore.credentials" if is_async else "botocore.credentials"
    make = getattr(sys.modules[kind], "AioCredentials" if is_async else "Credentials")
    return (make(TEST_KEY, TEST_KEY, TEST_KEY),)


_LOOK_UPS: tuple[tuple[str, str, str, Instead], ...] = (
    ("session", "Session", "get_credentials", _test_credentials),
    ("credentials", "ContainerProvider", "load", _nothing_from_containers),
    ("credentials", "InstanceMetadataProvider", "load", _nothing_from_metadata),
    ("credentials", "AssumeRoleProvider", "load", _nothing_assumed_with_these),
    ("utils", "IMDSRegionProvider", "provide", _nothing_from_metadata),
)
"""By module of botocore, class and method: what is returned while a mock is active. aiobotocore has the same."""


_PACKAGES = {"botocore": "", "aiobotocore": "Aio"}
"""By name, what the names of their classes begin with. They may be imported while a mock is active."""

_MODULES = sorted({f"{package}.{module}" for package in _PACKAGES for module, *_ in _LOOK_UPS})


def _wrap_loaded() -> None:
    for package, prefix in _PACKAGES.items():
        for module, name, method, instead in _LOOK_UPS:
            _wrap_if_loaded(f"{package}.{module}", prefix + name, method, _returning(instead))
    _wrap_if_loaded("botocore.session", "Session", "get_config_variable", _configuring)  # aiobotocore's is a subclass


def _wrap_if_loaded(module: str, name: str, method: str, make: Callable[[Function], Function]) -> None:
    owner = getattr(sys.modules.get(module), name, None)
    if owner is not None:
        wrap(owner, method, make)


def _returning(instead: Instead) -> Callable[[Function], Function]:
    def make(real: Function) -> Function:
        def look_up(self: Any) -> Any:
            found = instead(self, False)
            return real(self) if found is None else found[0]

        async def look_up_async(self: Any) -> Any:
            found = instead(self, True)
            return await real(self) if found is None else found[0]

        return look_up_async if inspect.iscoroutinefunction(real) else look_up

    return make
