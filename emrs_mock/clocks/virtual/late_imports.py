"""Acts on modules that may be imported only while the process lives in simulated time. It imports none of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

Act = Callable[[Any], None]


class LateImports(MetaPathFinder):
    """Calls a function with a module: at once if it is loaded already, else right after its import."""

    def __init__(self) -> None:
        self._acts: dict[str, Act] = {}

    def when_loaded(self, name: str, act: Act) -> None:
        """Call `act` with the module of that name, now or later."""
        if module := sys.modules.get(name):
            act(module)
        else:
            self._acts[name] = act

    def begin(self) -> None:
        """Look at imports."""
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Look at no more imports."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find one of our modules as the import system does, with a loader that calls the function afterwards."""
        act = self._acts.pop(name, None)
        spec = PathFinder.find_spec(name, path, target) if act else None
        if spec is not None and spec.loader is not None and act is not None:
            spec.loader = _Acting(spec.loader, act)
        return spec


class _Acting(Loader):
    """Another loader, with a function that is called once the module is complete."""

    def __init__(self, loader: Loader, act: Act) -> None:
        self._loader = loader
        self._act = act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._act(module)
