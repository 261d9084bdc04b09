"""Worlds of one server: the mock that is served, and others by name, each made at its first use.

`/w/NAME/...` is the world NAME. Whatever a test does in its own world, no other test sees.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from urllib.parse import unquote

from emrs_mock.clocks.kinds import Time
from emrs_mock.handle.emr_serverless import EMRServerless

ROOT = ""
"""The name of the world that is served without `/w/NAME`."""

MakeTime = Callable[[], "Time | None"]
"""Makes the time of another world; None: that of its clock."""

_PREFIX = re.compile(r"/w/([^/?]+)(?=[/?]|$)")


def split(target: str) -> tuple[str, str]:
    """The name of the world, and the rest of the target, as in `("a", "/applications")` of `/w/a/applications`."""
    match = _PREFIX.match(target)
    if match is None:
        return ROOT, target
    rest = target[match.end() :]
    return unquote(match[1]), rest if rest.startswith("/") else f"/{rest}"


class Worlds:
    """The handles of all worlds. `make` makes another one."""

    def __init__(self, root: EMRServerless, make: Callable[[], EMRServerless]) -> None:
        self._handles = {ROOT: root}
        self._make = make
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> EMRServerless:
        """The world's handle; a new one where nobody has named the world before."""
        with self._lock:
            if name not in self._handles:
                self._handles[name] = self._make()
            return self._handles[name]

    def items(self) -> list[tuple[str, EMRServerless]]:
        """All worlds that there are, the root first."""
        with self._lock:
            return list(self._handles.items())
