"""For every test: no settings of this machine, no active mocks left, and answers that match the service model."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import botocore.endpoint
import pytest
from hypothesis import settings

# Imported before any test runs pytest inside pytest, which forgets what was imported first in there: a process has
# one book of active mocks.
import emrs_mock.activation.mock
import emrs_mock.handle.emr_serverless
import emrs_mock.wire.attach  # noqa: F401
from tests.shapes import misfits

pytest_plugins = ["pytester"]

PYTESTS_OWN = {"PYTEST_CURRENT_TEST"}


def pytest_configure() -> None:
    """Remove the AWS settings of this machine now, because classes and modules are set up before our fixtures.

    Hypothesis has no deadline: the duration of an example depends on the machine.
    """
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = "/nonexistent/aws"


def world() -> tuple[object, ...]:
    """The state that outlives a test: the environment and the active mocks."""
    active = sys.modules.get("emrs_mock.activation.active_mocks")
    return {k: v for k, v in os.environ.items() if k not in PYTESTS_OWN}, list(active.ALIVE) if active else []


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Fail if the environment or the active mocks have changed after the block."""
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


@pytest.fixture(autouse=True, scope="session")
def answers_that_misfit() -> Iterator[list[str]]:
    """The mistakes in all answers of mocks since the list was last read."""
    found: list[str] = []
    original = botocore.endpoint.convert_to_response_dict

    def checked(response, operation_model):
        if is_ours(operation_model) and response.status_code == 200:
            found.extend(misfits_of(response.content, operation_model))
        return original(response, operation_model)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.endpoint, "convert_to_response_dict", checked)
        yield found


def misfits_of(content, operation_model) -> list[str]:
    """The mistakes in the body of an answer."""
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        return [f"{operation_model.name}: not JSON"]
    return list(misfits(body, operation_model.output_shape, operation_model.name))


def is_ours(operation_model) -> bool:
    """Whether an answer comes from a simulation, and not from a test's replacement for it."""
    active = sys.modules.get("emrs_mock.activation.active_mocks")
    service = operation_model.service_model.service_name
    return service == "emr-serverless" and active is not None and active.find() is not None


@pytest.fixture(autouse=True)
def _every_answer_fits(answers_that_misfit) -> Iterator[None]:
    yield
    found, answers_that_misfit[:] = list(answers_that_misfit), []
    assert not found
