"""What every test may count on: no configuration of the person who runs it, and nothing left behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

pytest_plugins = ["pytester"]

PYTESTS_OWN = {"PYTEST_CURRENT_TEST"}


def pytest_configure() -> None:
    """Forget the AWS settings of this machine, at once: classes and modules set up before any fixture of ours."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = "/nonexistent/aws"


def world() -> tuple[object, ...]:
    """What outlives a test: the environment and the mocks that are active."""
    active = sys.modules.get("emrs_mock._active")
    return {k: v for k, v in os.environ.items() if k not in PYTESTS_OWN}, active and list(active.ALIVE)


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Fail if the environment or the active mocks are not after the block what they were before."""
    before = world()
    yield
    assert world() == before


@pytest.fixture(autouse=True)
def _every_test_cleans_up() -> Iterator[None]:
    with nothing_left_behind():
        yield


@pytest.fixture(autouse=True, scope="session")
def _the_suite_cleans_up() -> Iterator[None]:
    with nothing_left_behind():
        yield
