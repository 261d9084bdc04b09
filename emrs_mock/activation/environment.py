"""What clients made under a mock may see of the environment: as little as they need, and put back exactly.

Requests are not signed, so that no credentials are needed. But making a client walks through the places where
credentials may be, some of which are asked over the network, and wants a region (docs/design.md §3).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import lru_cache

DEFAULT_REGION = "us-east-1"

_METADATA = "AWS_EC2_METADATA_DISABLED"
_REGION = "AWS_DEFAULT_REGION"
_PROFILES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
_CONTAINER = (
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)

# Reentrant: a garbage collection in here may close a generator that leaves its mock.
_lock = threading.RLock()
_holders: set[object] = set()
_changed: dict[str, tuple[str | None, str | None]] = {}
"""By name, the value before and ours; None is unset."""


def enter(holder: object) -> None:
    """Prepare the environment, unless another holder has done so."""
    with _lock:
        if not _holders:
            _change(_wanted(os.environ))
        _holders.add(holder)


def leave(holder: object) -> None:
    """Put everything back after the last holder; what somebody else has changed meanwhile stays as it is."""
    with _lock:
        _holders.discard(holder)
        if not _holders:
            _restore()


def _change(wanted: Mapping[str, str | None]) -> None:
    for name, value in wanted.items():
        before = os.environ.get(name)
        if before != value:
            _changed[name] = (before, value)
            _put(name, value)


def _restore() -> None:
    while _changed:
        name, (before, ours) = _changed.popitem()
        if os.environ.get(name) == ours:
            _put(name, before)


def _put(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _wanted(environ: Mapping[str, str]) -> dict[str, str | None]:
    profiles = _profiles(environ)
    wanted: dict[str, str | None] = dict.fromkeys(_CONTAINER)
    wanted.update((name, None) for name in _PROFILES if environ.get(name) not in profiles)
    wanted[_METADATA] = environ.get(_METADATA, "true")
    # Any profile's region counts: a session may name that profile, and the variable would override it.
    if not any(profiles.values()):
        wanted[_REGION] = environ.get(_REGION, DEFAULT_REGION)
    return wanted


def _profiles(environ: Mapping[str, str]) -> dict[str, bool]:
    """The profiles that botocore would find, and whether they say a region."""
    config = _sections(environ.get("AWS_CONFIG_FILE", "~/.aws/config"), True)
    credentials = _sections(environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), False)
    return {name: config.get(name, False) or credentials.get(name, False) for name in {*config, *credentials}}


def _sections(path: str, is_config: bool) -> dict[str, bool]:
    path = os.path.expanduser(os.path.expandvars(path))
    try:
        found = os.stat(path)
    except OSError:
        return {}
    return _parse(path, is_config, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=16)
def _parse(path: str, is_config: bool, *version: int) -> dict[str, bool]:
    from botocore.configloader import load_config, raw_config_parse
    from botocore.exceptions import ConfigNotFound, ConfigParseError

    try:
        profiles = load_config(path)["profiles"] if is_config else raw_config_parse(path)
    except (ConfigNotFound, ConfigParseError):  # which whoever makes a client is told as well
        return {}
    return {name: "region" in settings for name, settings in profiles.items()}
