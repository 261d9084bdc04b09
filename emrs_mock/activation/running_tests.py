"""Whether the `unittest.TestCase` that runs here has failed, which a mock that is stopped in a clean-up cannot see.

unittest tells it only to the `TestResult`, which is an argument of `TestCase.run`, further up in the same thread.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


def has_failed() -> bool:
    """Whether a test case of unittest runs in this thread and has failed; also where pytest runs it."""
    cases = sys.modules.get("unittest.case")
    if cases is None:
        return False
    code, frame = cases.TestCase.run.__code__, sys._getframe(1)
    while frame.f_code is not code:
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return _reported(frame)


def _reported(run: FrameType) -> bool:
    case, result = run.f_locals["self"], run.f_locals["result"]
    reports: list[Any] = [*getattr(result, "failures", ()), *getattr(result, "errors", ())]
    reports += getattr(case._outcome, "errors", ())  # Python 3.10 tells the result when all clean-ups are done
    # A part of `subTest` is a case of its own, which knows the one it belongs to. pytest's result is its item.
    failed = (getattr(test, "test_case", test) for test, error in reports if error is not None)
    return any(test is case for test in failed) or bool(getattr(result, "_excinfo", None))
