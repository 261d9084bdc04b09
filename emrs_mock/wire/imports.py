"""Tells when a module is imported from now on: one for the first time, or one that the process has imported before.

Its classes are others then: a program deletes entries of `sys.modules`, or puts others there for a while, and imports
again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from emrs_mock.wire.wrapping import is_outermost, marked


def tell(name: str, then: Callable[[], None]) -> None:
    """Call `then` after each import of a module from now on. A second time this changes nothing."""
    telling: Any = next((each for each in sys.meta_path if is_outermost(getattr(each, "find_spec", None))), None)
    if telling is None:
        telling = _Telling()
        sys.meta_path.insert(0, telling)
    telling.wanted[name] = then


class _Telling:
    """A finder that leaves the finding to the others."""

    def __init__(self) -> None:
        self.wanted: dict[str, Callable[[], None]] = {}
        self.find_spec = marked(lambda *asked: self._spec(*asked), None)

    def _spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        then = self.wanted.get(name)
        if then is None:
            return None
        finders = [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]
        found = (finder.find_spec(name, path, target) for finder in finders)
        spec = next((each for each in found if each is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loading(spec.loader, then)  # type: ignore[assignment]
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
