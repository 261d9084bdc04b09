"""The interpreter's own clocks and sleep, whatever stands in `time` instead of them. Nothing is replaced here."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from types import BuiltinFunctionType, ModuleType
from typing import Any


def _fresh() -> ModuleType:
    """A second copy of the module `time`, in which nothing is replaced."""
    spec = BuiltinImporter.find_spec("time")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _real(name: str) -> Any:
    """A function of `time` as the interpreter made it, the one in use if possible: identity finds where it is held.

    freezegun keeps it while it is active; where others have replaced it, that of a second copy is taken.
    """
    function = getattr(sys.modules.get("freezegun.api"), f"real_{name}", None) or getattr(time, name)
    return function if type(function) is BuiltinFunctionType else getattr(_fresh(), name)


class Real:
    """Real clocks, also while the process's time is simulated. In a class: freezegun replaces what a module holds."""

    monotonic: Callable[[], float] = staticmethod(_real("monotonic"))
    monotonic_ns: Callable[[], int] = staticmethod(_real("monotonic_ns"))
    perf_counter: Callable[[], float] = staticmethod(_real("perf_counter"))
    perf_counter_ns: Callable[[], int] = staticmethod(_real("perf_counter_ns"))
    ctime: Callable[..., str] = staticmethod(_real("ctime"))
    asctime: Callable[..., str] = staticmethod(_real("asctime"))


REAL_SLEEP = _real("sleep")
"""Real sleep."""
