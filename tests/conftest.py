"""For every test: no settings of this machine, no active mocks left, and answers that match the service model."""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType

import botocore.endpoint
import botocore.parsers
import pytest
from hypothesis import settings

import emrs_mock
from emrs_mock import _forks
from emrs_mock.wire.wrapping import is_outermost
from tests.shapes import differences, misfits

pytest_plugins = ["pytester", "tests.service.fixtures"]

# All of the package is imported before any test runs pytest inside pytest, which forgets what was imported first in
# there: a second copy of a module would have classes and registers of its own. The server needs h11.
for module in pkgutil.walk_packages(emrs_mock.__path__, "emrs_mock."):
    if not module.name.startswith(("emrs_mock.__main__", "emrs_mock.server")):
        importlib.import_module(module.name)

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
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each child process would compile the package


def pytest_collection_finish() -> None:
    """Keep what stays until the end, such as hundreds of modules and all tests, out of each collection of garbage."""
    gc.collect()
    gc.freeze()


MODULES = (
    "datetime", "time", "asyncio.events", "asyncio.base_events", "threading", "subprocess", "multiprocessing.spawn",
    "botocore.client", "botocore.credentials", "botocore.endpoint", "botocore.handlers", "botocore.hooks",
    "botocore.httpsession", "botocore.session", "botocore.signers", "botocore.utils",
    "aiobotocore.credentials", "aiobotocore.endpoint", "aiobotocore.session", "aiobotocore.utils",
    "moto.core.botocore_stubber", "moto.core.custom_responses_mock", "moto.core.models",
)  # fmt: skip
"""What mocks and clocks replace something in, and what they use."""

HOOKS = {"_count", "_dangling", "_counter", "_shutdown_locks", "_shutdown_locks_lock", "_limbo", "_active", "_cleanup"}
"""Names in these modules that change by being used."""


def without_ours(value: object) -> object:
    """What is under our wrappers, which stay for good and do nothing while no mock is active."""
    while is_outermost(value):
        value = value.__wrapped__
    return value


@cache
def _owners(module: ModuleType) -> dict[str, object]:
    """A module and the classes that it defines, by name."""
    classes = [value for value in vars(module).values() if isinstance(value, type)]
    own = [each for each in classes if each.__module__ == module.__name__]
    return {module.__name__: module} | {f"{module.__name__}.{each.__name__}": each for each in own}


def process() -> dict[str, dict[str, object]]:
    """What a mock could leave changed in the process, of what is loaded: by owner, everything that it holds."""
    loaded = [sys.modules[name] for name in MODULES if name in sys.modules]
    found = {name: dict(vars(owner)) for module in loaded for name, owner in _owners(module).items()}
    handlers, stubbers = sys.modules.get("botocore.handlers"), sys.modules.get("moto.core.models")
    handled = handlers.BUILTIN_HANDLERS if handlers else []
    found["botocore's handlers"] = {str(number): handler for number, handler in enumerate(handled)}
    found["moto's stubber"] = {"enabled": stubbers.botocore_stubber.enabled} if stubbers else {}
    return found


def changes(before: dict[str, dict[str, object]]) -> list[str]:
    """What is not in the process as it was; modules may have been loaded since."""
    after = process()
    changed = [owner for owner, held in before.items() if held != after.get(owner)]
    return [f"{owner}.{name}" for owner in changed for name in _changed(before[owner], after.get(owner, {}))]


def _changed(before: dict[str, object], after: dict[str, object]) -> list[str]:
    names = [name for name in before if not name.startswith("_abc") and name not in HOOKS]
    return [name for name in names if not _is_same(without_ours(before[name]), without_ours(after.get(name)))]


def _is_same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, bool | int | str | bytes | dict | list | tuple) and one == other)


def held_locks() -> list[object]:
    """The locks of mocks that this thread holds, or left held."""
    return [lock for lock in _forks._all() if (lock._is_owned if hasattr(lock, "_is_owned") else lock.locked)()]


def world() -> tuple[object, ...]:
    """The state that outlives a test: the environment and the active mocks."""
    active = sys.modules.get("emrs_mock.activation.active_mocks")
    return {k: v for k, v in os.environ.items() if k not in PYTESTS_OWN}, list(active.ALIVE) if active else []


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Fail if the environment, the active mocks, modules or locks have changed after the block."""
    before, modules = world(), process()
    yield
    assert world() == before
    assert changes(modules) == []
    assert held_locks() == []


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
    """The mistakes in all answers of mocks, and in what they hand over as parsed, since the list was last read."""
    found: list[str] = []
    original = botocore.endpoint.convert_to_response_dict

    def checked(response, operation_model):
        if is_ours(operation_model) and response.status_code == 200:
            found.extend(misfits_of(response.content, operation_model))
        return original(response, operation_model)

    hand_over = emrs_mock.wire.attach._hand_over

    def compared(endpoint, *, operation_model, response_dict, customized_response_dict, **kwargs):
        sent = dict(response_dict)
        hand_over(endpoint, response_dict=response_dict, customized_response_dict=customized_response_dict, **kwargs)
        if response_dict["body"] is not sent["body"]:
            parser = botocore.parsers.ResponseParserFactory().create_parser("rest-json")
            ours = {**parser.parse(response_dict, operation_model.output_shape), **customized_response_dict}
            theirs = parser.parse(sent, operation_model.output_shape)
            found.extend(differences(ours, theirs, operation_model.name))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.endpoint, "convert_to_response_dict", checked)
        patch.setattr(emrs_mock.wire.attach, "_hand_over", compared)
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
    return service == "emr-serverless" and active is not None and bool(active.ALIVE)


@pytest.fixture(autouse=True)
def _every_answer_fits(answers_that_misfit) -> Iterator[None]:
    yield
    found, answers_that_misfit[:] = list(answers_that_misfit), []
    assert not found
