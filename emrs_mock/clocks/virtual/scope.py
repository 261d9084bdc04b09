"""Whose time is simulated: the caller's module decides for threads that belong to the test.

Which threads belong to it is the business of `turns`.
"""

from __future__ import annotations

from types import FrameType

REAL = frozenset(
    (
        "IPython", "_pydev", "_pytest", "coverage", "debugpy", "execnet", "freezegun", "hypothesis", "ipykernel",
        "jupyter_client", "multiprocessing", "pluggy", "prompt_toolkit", "pydevd", "pytest_cov", "pytest_timeout",
        "subprocess", "tornado", "traitlets", "trio", "xdist", "zmq",
    )
)  # fmt: skip
"""Packages that keep real time: tools around the test, and what waits for other processes (docs: virtual-time)."""

_REAL_MODULES = frozenset({"concurrent.futures.process"})
_VIRTUAL_MODULES = frozenset({"multiprocessing.dummy"})
_PLUMBING = frozenset({"threading", "queue", "concurrent.futures._base", "concurrent.futures.thread"})
"""The standard library's own layers above a wait: who called them decides."""


class _Verdicts(dict["str | None", "bool | None"]):
    """For each module whether its code keeps real time; None where its caller decides. Filled as it is asked."""

    def __missing__(self, module: str | None) -> bool | None:
        verdict = self[module] = None if module in _PLUMBING else keeps_real_time(module)
        return verdict


VERDICTS = _Verdicts()


def keeps_real_time(module: str | None) -> bool:
    """Whether the code of a module keeps real time, whatever module calls it."""
    if module is None or module in _VIRTUAL_MODULES:
        return False
    # pydevd comes in pieces: pydevd_tracing, _pydevd_bundle, _pydev_imps_thread ...
    root = module.partition(".")[0]
    return root in REAL or module in _REAL_MODULES or root.startswith(("pydevd", "_pydev"))


_CALLERS_OF_ITEMS = frozenset({"mapstar", "starmapstar", "worker"})


def calls_an_item(frame: FrameType) -> bool:
    """Whether a pool of `multiprocessing` calls here what it was given: `pool.map(time.sleep, [1, 2])`."""
    return frame.f_code.co_name in _CALLERS_OF_ITEMS and frame.f_globals.get("__name__") == "multiprocessing.pool"


def called_for_real(frame: FrameType | None) -> bool:
    """Whether a wait begun in `frame` is one of the tools'; the plumbing in between does not count."""
    while frame is not None:
        verdict = VERDICTS[frame.f_globals.get("__name__")]
        if verdict is not None:
            return verdict
        frame = frame.f_back
    return False
