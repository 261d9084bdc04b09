"""Tells when botocore is imported anew in a process that has imported it: its classes are others then.

A program deletes entries of `sys.modules`, or puts others there for a while, and imports again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from emrs_mock.wire.wrapping import is_outermost, marked


def tell(name: str, then: Callable[[], None]) -> None:
    """Call `then` after each import of a module from now on. A second time this changes nothing."""
    if not any(is_outermost(getattr(finder, "find_spec", None)) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Telling(name, then))


class _Telling:
    """A finder that leaves the finding to the others."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self._name, self._then = name, then
        self.find_spec = marked(lambda *asked: self._spec(*asked), None)

    def _spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != self._name:
            return None
        finders = [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]
        found = (finder.find_spec(name, path, target) for finder in finders)
        spec = next((each for each in found if each is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loading(spec.loader, self._then)  # type: ignore[assignment]
        return spec


class _Loading:
    """A loader that calls a function after its work, and leaves the module with the real one."""

    def __init__(self, loader: Any, then: Callable[[], None]) -> None:
        self._loader, self._then = loader, then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def exec_module(self, module: Any) -> None:
        """Run the module, then tell."""
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._then()
