"""What cannot live in simulated time is refused, with what to do instead: uvloop, gevent."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, NoReturn

from emrs_mock.clocks.virtual.late_imports import LateImports
from emrs_mock.clocks.virtual.patches import Patches

_UVLOOP = (
    'clock="virtual" cannot see the timers of uvloop, which keeps them in C: use asyncio\'s own loop in tests, '
    'or clock="manual" (docs: virtual-time).'
)
_GEVENT = (
    'clock="virtual" cannot see the timers of gevent, which keeps them in C, nor switch between its greenlets: run '
    'these tests without gevent\'s patches, or use clock="manual" (docs: virtual-time).'
)


def refuse_on_entry() -> None:
    """Raise RuntimeError where uvloop or gevent is in charge already."""
    loop = asyncio._get_running_loop()
    policy = getattr(asyncio.events, "_event_loop_policy", None)
    if any(type(one).__module__.partition(".")[0] == "uvloop" for one in (loop, policy)):
        raise RuntimeError(_UVLOOP)
    if getattr(sys.modules.get("gevent.monkey"), "saved", None):
        raise RuntimeError(_GEVENT)


def refuse_inside(patches: Patches, imports: LateImports) -> None:
    """Let uvloop's loops and gevent's patches raise RuntimeError."""
    imports.when_loaded("uvloop", lambda module: _refuse_uvloop(module, patches))
    imports.when_loaded("gevent.monkey", lambda module: _refuse_gevent(module, patches))


def _refuse_uvloop(module: Any, patches: Patches) -> None:
    for name in ("run", "new_event_loop", "install"):
        if hasattr(module, name):
            patches.put(module, name, _refuse_loop)
    patches.put(module.Loop, "__init__", _refuse_loop)


def _refuse_gevent(module: Any, patches: Patches) -> None:
    for name in list(vars(module)):
        if name.startswith("patch_"):
            patches.put(module, name, _refuse_patching)


def _refuse_loop(*args: Any, **kwargs: Any) -> NoReturn:
    for coroutine in args:
        if asyncio.iscoroutine(coroutine):
            coroutine.close()
    raise RuntimeError(_UVLOOP)


def _refuse_patching(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError(_GEVENT)
