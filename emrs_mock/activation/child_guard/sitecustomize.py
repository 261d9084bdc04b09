"""Run in a process that was started while a mock was active in its parent: calls of EMR Serverless do not leave it.

Python imports this when it starts, as the parent has put this directory on PYTHONPATH; children of `multiprocessing`
run it by its path. It needs nothing but the standard library: the child's environment may be another one. Nothing
happens before botocore is imported, and a mock that the child enters itself answers as ever.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
REASON = "EMRS_MOCK_CHILD_OF"
ENDPOINT = "AWS_ENDPOINT_URL_EMR_SERVERLESS"
IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
IGNORES = "EMRS_MOCK_CHILD_IGNORES"
MODULE = "botocore.endpoint"


def refuse_calls() -> None:
    """Let botocore refuse calls of EMR Serverless, now or when it is imported."""
    if os.environ.get(ENDPOINT, "").startswith("http://127.0.0.1:9/"):
        del os.environ[ENDPOINT]  # it is for children that cannot be told in words
    if (ignores := os.environ.pop(IGNORES, None)) is not None:
        os.environ[IGNORE] = ignores
    if MODULE in sys.modules:
        _refuse_in(sys.modules[MODULE])
    sys.meta_path.insert(0, _Guarding())


class _Guarding:
    """A finder that guards botocore at each import of it. It stays: a module can be looked for, or imported, again."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != MODULE:
            return None
        finders = [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]
        found = (finder.find_spec(name, path, target) for finder in finders)
        spec = next((each for each in found if each is not None), None)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                run(module)
                _refuse_in(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # of this one loader
        return spec


def _refuse_in(module: Any) -> None:
    real = module.Endpoint.make_request
    if not hasattr(real, "_emrs_mock_guard"):
        module.Endpoint.make_request = _refusing(real)


def _refusing(real: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, operation_model: Any, request_dict: Any) -> Any:
        if operation_model.service_model.service_name == "emr-serverless" and not _is_answered(self):
            raise RuntimeError(
                f"EMR Serverless {operation_model.name} was called in process {os.getpid()}, which was started by "
                f"{os.environ.get(REASON)}. A mock answers only in the process that entered it, and the call was not "
                "sent to AWS. Enter a mock here too: with mock_emr_serverless() (docs: leaving-the-process)"
            )
        return real(self, operation_model, request_dict)

    make_request._emrs_mock_guard = True  # type: ignore[attr-defined]
    make_request.__wrapped__ = real  # type: ignore[attr-defined]
    return make_request


def _is_answered(endpoint: Any) -> bool:
    """Whether a mock of this process answers, or something on this machine."""
    shared = getattr(sys, "_emrs_mock_1", None)
    host = urlsplit(endpoint.host).hostname or ""
    is_local = host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
    return is_local or bool(shared and shared.alive)


def _give_way() -> None:
    """Let the module that Python would have imported be imported in place of this one."""
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != HERE]
    mine = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
    except ModuleNotFoundError as missing:
        if missing.name != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", mine)


if "BECAUSE" in globals():
    os.environ[REASON] = globals()["BECAUSE"]
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != HERE]
    os.environ["PYTHONPATH"] = os.pathsep.join([HERE, *others])  # for children of the child
if os.environ.get(REASON):
    refuse_calls()
if __name__ == "sitecustomize":
    _give_way()
