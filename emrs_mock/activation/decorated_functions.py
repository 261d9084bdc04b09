"""Decorated functions: a mock is active while the body runs, whatever kind of function it is the body of.

The wrappers are wrapt's, so that signature, kind, marks and binding are the function's own.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless

Door = AbstractContextManager["EMRServerless"]
Body = Callable[["EMRServerless"], Any]


def decorate(target: Any, door: Callable[[Any], Door], as_kwarg: str | None) -> Any:
    """The function with its body behind `door`, which is asked at each call and told what the function is bound to.

    `as_kwarg` is the parameter that gets the handle; callers do not see it. Raises TypeError for what is no function,
    and for a function without this parameter.
    """
    if not callable(getattr(target, "__func__", target)):
        raise TypeError(f"{target!r} cannot be decorated: it is neither a function nor a class (docs: activation)")
    if as_kwarg is not None and not takes(target, as_kwarg):
        raise TypeError(f"as_kwarg={as_kwarg!r}: {target!r} has no such parameter (docs: activation)")
    run = _runner(target)

    def call(wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        def body(emr: EMRServerless) -> Any:
            return wrapped(*args, **kwargs) if as_kwarg is None else _call_with(wrapped, as_kwarg, emr, args, kwargs)

        return run(door(instance), body)

    wrapper: Any = (wrapt.FunctionWrapper if as_kwarg is None else _Hiding)(target, call)
    wrapper._self_hidden = as_kwarg
    return wrapper


def takes(target: Any, name: str) -> bool:
    """Whether a function can be called with a keyword argument of that name."""
    parameters = inspect.signature(getattr(target, "__func__", target)).parameters
    return name in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())


def is_decorated_without_handle(function: Any) -> bool:
    """Whether a function, or one that it wraps as by `functools.wraps`, is decorated and gets no handle."""
    while function is not None:
        if isinstance(function, wrapt.FunctionWrapper | wrapt.BoundFunctionWrapper):
            parent = getattr(function, "_self_parent", None)
            if getattr(function if parent is None else parent, "_self_hidden", "") is None:
                return True
        function = getattr(function, "__wrapped__", None)
    return False


def _call_with(
    function: Callable[..., Any], name: str, emr: EMRServerless, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    """Call a function with the handle as its parameter `name`, wherever that stands among its parameters."""
    signature = inspect.signature(function)
    if not args or name not in signature.parameters:
        return function(*args, **kwargs, **{name: emr})
    try:
        given = _without(function, name).bind(*args, **kwargs).arguments
    except TypeError as problem:
        raise TypeError(f"{function.__qualname__}(): {problem}") from None
    call = inspect.BoundArguments(signature, {**given, name: emr})
    return function(*call.args, **call.kwargs)


# --- bodies, by the kind of function --------------------------------------------------------------------------------


def _run(door: Door, body: Body) -> Any:
    with door as emr:
        return body(emr)


async def _run_coroutine(door: Door, body: Body) -> Any:
    with door as emr:
        return await body(emr)


def _run_generator(door: Door, body: Body) -> Generator[Any, Any, Any]:
    with door as emr:
        return (yield from body(emr))


async def _run_async_generator(door: Door, body: Body) -> AsyncIterator[Any]:
    """What `yield from` would be, if async generators had it."""
    with door as emr:
        inner: AsyncGenerator[Any, Any] = body(emr)
        step = inner.asend(None)
        try:
            while True:
                try:
                    value = await step
                except StopAsyncIteration:
                    return
                try:
                    step = inner.asend((yield value))
                except GeneratorExit:
                    raise
                except BaseException as thrown:
                    step = inner.athrow(thrown)
        finally:
            await inner.aclose()


RUNNERS: tuple[tuple[Callable[[Any], bool], Callable[[Door, Body], Any]], ...] = (
    (inspect.iscoroutinefunction, _run_coroutine),
    (inspect.isgeneratorfunction, _run_generator),
    (inspect.isasyncgenfunction, _run_async_generator),
)


def _runner(target: Any) -> Callable[[Door, Body], Any]:
    function = getattr(target, "__func__", target)
    return next((run for is_kind, run in RUNNERS if is_kind(function)), _run)


# --- a parameter that callers do not see ----------------------------------------------------------------------------


def _without(function: Any, hidden: str) -> inspect.Signature:
    signature = inspect.signature(function)
    return signature.replace(parameters=[each for name, each in signature.parameters.items() if name != hidden])


class _BoundHiding(wrapt.BoundFunctionWrapper):  # type: ignore[type-arg]  # generic in stubs only
    @property
    def __func__(self) -> Any:
        # Where `inspect` looks for the signature of a method.
        return self._self_parent

    @property
    def __signature__(self) -> inspect.Signature:
        return _without(self.__wrapped__, self._self_parent._self_hidden)


class _Hiding(wrapt.FunctionWrapper):  # type: ignore[type-arg]  # generic in stubs only
    __bound_function_wrapper__ = _BoundHiding

    @property
    def __signature__(self) -> inspect.Signature:
        return _without(self.__wrapped__, self._self_hidden)
