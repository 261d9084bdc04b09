"""Wrappers around functions of other packages: put there once, and again only where they were taken off.

A wrapper stays until the process ends and does nothing while no mock is active: what is never undone is never undone
in the wrong order. Several copies of this package may be loaded in one process, each with wrappers of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

Function = Callable[..., Any]

_MARK = "_emrs_mock"
# A module that is reloaded keeps its namespace, and a second copy of the package has another one.
COPY: object = globals()
"""What tells this copy of the package from others in the same process."""


def wrap(owner: Any, name: str, make: Callable[[Function], Function]) -> None:
    """Replace the function `name` of a class or module with `make(function)`, unless this copy did so before.

    Without a lock, as a mock that Ctrl-C breaks off must leave none held: two threads at a time may wrap a function
    twice, which does no more than wrapping it once.
    """
    function = getattr(owner, name)
    if not is_wrapped(function):
        setattr(owner, name, marked(make(function), function))


def marked(wrapper: Function, wrapped: Function | None) -> Function:
    """The wrapper, marked as one of this copy, with the function that it calls."""
    if wrapped is not None:
        wraps(wrapped)(wrapper)
    vars(wrapper)[_MARK] = COPY
    return wrapper


def is_outermost(function: Any) -> bool:
    """Whether a function is a wrapper of this copy."""
    return getattr(function, _MARK, None) is COPY


def is_wrapped(function: Any) -> bool:
    """Whether a wrapper of this copy is the function, or one that it calls."""
    while function is not None:
        if is_outermost(function):
            return True
        function = getattr(function, "__wrapped__", None)
    return False
