"""The interpreter's own clock and sleep, even where the names in `time` were replaced. Nothing is replaced here."""

from __future__ import annotations

import time
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
    """A function of `time` as the interpreter made it; the one in use if it is that, because identity finds holders."""
    function = getattr(time, name)
    return function if type(function) is BuiltinFunctionType else getattr(_fresh(), name)


REAL_MONOTONIC = _real("monotonic")
"""Real seconds since an unspecified start; also while the process's time is simulated."""

REAL_SLEEP = _real("sleep")
"""Real sleep."""
