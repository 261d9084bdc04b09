"""Worlds of one server: the mock that is served, and others by name, each made at its first use.

`/w/NAME/...` is the world NAME. Whatever a test does in its own world, no other test sees.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from urllib.parse import unquote

from emrs_mock.handle.emr_serverless import EMRServerless

ROOT = ""
"""The name of the world that is served without `/w/NAME`."""

_PREFIX = re.compile(r"/w/([^/?]+)(?=[/?]|$)")


def split(target: str) -> tuple[str, str]:
    """The name of the world, and the rest of the target, as in `("a", "/applications")` of `/w/a/applications`."""
    match = _PREFIX.match(target)
    if match is None:
        return ROOT, target
    rest = target[match.end() :]
    return unquote(match[1]), rest if rest.startswith("/") else f"/{rest}"


class Worlds:
    """The handles of all worlds by name. `make` makes the handle of a world whose name is new."""

    def __init__(self, make: Callable[[str], EMRServerless]) -> None:
        self._handles: dict[str, EMRServerless] = {}
        self._make = make
        self._lock = threading.RLock()
        self.changes = 0
        """The number of requests that may have changed a world."""

    def __getitem__(self, name: str) -> EMRServerless:
        """The world's handle."""
        with self._lock:
            if name not in self._handles:
                self._handles[name] = self._make(name)
            return self._handles[name]

    def known(self, name: str) -> EMRServerless | None:
        """The world's handle; None if it has not been used yet."""
        return self._handles.get(name)

    def items(self) -> list[tuple[str, EMRServerless]]:
        """All worlds that there are."""
        with self._lock:
            return list(self._handles.items())
