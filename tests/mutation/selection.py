"""A pytest plugin that runs only the tests that are named in a file. If the file is empty, all tests run."""

from __future__ import annotations

from pathlib import Path

import pytest

SELECTED = "selected-tests.txt"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that the file does not name."""
    wanted = set(Path(config.rootpath, SELECTED).read_text(encoding="utf-8").splitlines())
    if wanted:
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
        items[:] = [item for item in items if item.nodeid in wanted]
