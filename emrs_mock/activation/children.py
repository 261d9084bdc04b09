"""Processes that are started while a mock is active: their calls of EMR Serverless do not leave them.

A mock answers in the process that entered it, and in forks of that, which have a copy of it. Any other child would call
AWS, so it gets the order to refuse: a child of `multiprocessing` by what is sent to it when it starts, a child of
`subprocess` by its environment. Both are decided at the moment the child starts, so that nothing is left behind in this
process. What the child then does is in `child_guard`.
"""

from __future__ import annotations

import os
import runpy
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emrs_mock.activation import active_mocks

GUARD = Path(__file__).parent / "child_guard" / "sitecustomize.py"
REASON = "EMRS_MOCK_CHILD_OF"
ENDPOINT = "AWS_ENDPOINT_URL_EMR_SERVERLESS"
IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
IGNORES = "EMRS_MOCK_CHILD_IGNORES"
NO_ENDPOINT = "http://127.0.0.1:9/EMR-Serverless-is-mocked-in-the-parent-process"
"""For children that Python's start does not let us into, such as the AWS CLI: nothing answers there."""

_ENV = 10
"""The position of `env` among the parameters of `subprocess.Popen`."""


def install() -> None:
    """Put the wrappers where children are started, unless they are there."""
    from multiprocessing import spawn

    from emrs_mock.wire.wrapping import wrap

    wrap(subprocess.Popen, "__init__", _starting)
    wrap(spawn, "get_preparation_data", _preparing)


def reason() -> str | None:
    """Why a child that is started now must refuse calls of EMR Serverless; None if it need not."""
    if active_mocks.ALIVE:
        return f"process {os.getpid()}, in which a mock was active"
    if active_mocks.refuses_outside():
        return f"process {os.getpid()}, a test run with emr_serverless_outside = error"
    return None


def _starting(real: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if (because := reason()) is not None:
            if len(args) > _ENV:
                args = (*args[:_ENV], guarded(args[_ENV], because), *args[_ENV + 1 :])
            else:
                kwargs["env"] = guarded(kwargs.get("env"), because)
        real(self, *args, **kwargs)

    return __init__


def guarded(env: Mapping[Any, Any] | None, because: str) -> dict[Any, Any]:
    """An environment (None: this process's) in which Python refuses calls of EMR Serverless."""
    made = dict(os.environ if env is None else env)
    here = str(GUARD.parent)
    paths = [path for path in made.get("PYTHONPATH", "").split(os.pathsep) if path and path != here]
    made["PYTHONPATH"] = os.pathsep.join([here, *paths])
    made[REASON] = because
    if IGNORE in made:
        made[IGNORES], made[IGNORE] = made[IGNORE], "false"  # the guard sets it back
        made[ENDPOINT] = NO_ENDPOINT
    elif "AWS_ENDPOINT_URL" not in made:
        made.setdefault(ENDPOINT, NO_ENDPOINT)
    return made


def _preparing(real: Any) -> Any:
    def get_preparation_data(*args: Any, **kwargs: Any) -> dict[str, Any]:
        data: dict[str, Any] = real(*args, **kwargs)
        if (because := reason()) is not None:
            data["emrs_mock"] = _RunsGuard(because)
        return data

    return get_preparation_data


class _RunsGuard:
    """Unpickled, it runs the guard: by its path, as this package need not be importable where the child begins."""

    def __init__(self, because: str) -> None:
        self._because = because

    def __reduce__(self) -> tuple[Any, ...]:
        return runpy.run_path, (str(GUARD), {"BECAUSE": self._because})
