"""What editors and type checkers see of `mock_emr_serverless`: `Options` as its keywords, and what a decorator returns.

`Options` is the only place that lists them. Nothing here has an effect when a mock is entered.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless

P = ParamSpec("P")
Subject = TypeVar("Subject")
Result = TypeVar("Result")
Class = TypeVar("Class", bound=type)
Function = TypeVar("Function", bound="Callable[..., Any]")


def taking(
    options: Callable[P, object],
) -> Callable[[Callable[[Subject], Result]], Callable[Concatenate[Subject, P], Result]]:
    """Decorate an overload without parameters: it takes those of `options`."""
    return lambda overloaded: overloaded  # type: ignore[return-value]


def shown_with(options: Callable[..., object]) -> Callable[[Function], Function]:
    """Decorate a method with `**options`: `help()`, and editors that run the code, show the parameters of `options`."""

    def decorate(function: Function) -> Function:
        *fixed, _ = inspect.signature(function).parameters.values()
        named = inspect.signature(options).parameters.values()
        vars(function)["__signature__"] = inspect.Signature([*fixed, *named])
        return function

    return decorate


class Passing(Protocol):
    """A decorator that passes the handle: callers do not give it.

    Type checkers take the first parameter, or the first after `self`, for the one that `as_kwarg` names. With others
    before it they do not check the arguments of a call.
    """

    @overload
    def __call__(self, target: Class, /) -> Class: ...
    @overload
    def __call__(self, target: Callable[Concatenate[EMRServerless, P], Result], /) -> Callable[P, Result]: ...
    @overload
    def __call__(
        self, target: Callable[Concatenate[Subject, EMRServerless, P], Result], /
    ) -> Callable[Concatenate[Subject, P], Result]: ...
    @overload
    def __call__(self, target: Callable[..., Result], /) -> Callable[..., Result]: ...
