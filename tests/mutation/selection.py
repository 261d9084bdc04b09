"""A pytest plugin that runs the tests that a file names, in its order, and writes down which one fails.

If the file is empty, all tests run.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

COLLECTED, SELECTED, FAILED = "collected-tests.txt", "selected-tests.txt", "failed-tests.txt"


def pytest_configure(config: pytest.Config) -> None:
    """Forget what failed before."""
    Path(config.rootpath, FAILED).write_text("", "utf-8")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that the file does not name."""
    Path(config.rootpath, COLLECTED).write_text("\n".join(item.nodeid for item in items), "utf-8")
    wanted = Path(config.rootpath, SELECTED).read_text("utf-8").split("\n")
    if wanted != [""]:
        place = {name: number for number, name in enumerate(wanted)}
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in place])
        items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the name of a test that fails."""
    report = yield
    if report.failed:
        with Path(item.config.rootpath, FAILED).open("a", encoding="utf-8") as file:
            file.write(f"{item.nodeid}\n")
    return report
