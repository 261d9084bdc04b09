"""Values checked against annotations: what a test's author passes, and what a document says that an object holds.

Standard library only. What a value means, and which values of the right type are refused, is for each function to say.
"""

from __future__ import annotations

import inspect
import math
import re
import reprlib
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, wraps
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from emrs_mock._misspelt import hint

T = TypeVar("T")

_SPECIAL = ("__getitem__",)
_NAMES: Mapping[Any, str] = {
    bool: "True or False",
    bytes: "bytes",
    datetime: "a datetime",
    float: "a number",
    int: "a whole number",
    slice: "a slice",
    str: "a string",
    timedelta: "a timedelta",
    type(None): "None",
}
_CONTAINERS = ("builtins", "collections", "collections.abc")
_DURATION = re.compile("a timedelta or a number(?! of)")
_MOMENT = ("a datetime or a string", "a datetime, or a string such as '2026-01-31T04:00:00Z'")
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 100


# --- whether a value fits -------------------------------------------------------------------------------------------


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is what an annotation says, its items included. A number has to be finite; a bool is none."""
    origin, args = get_origin(hint) or hint, get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, choice) for choice in args)
    if isinstance(hint, TypeVar):
        return hint.__bound__ is None or fits(value, hint.__bound__)
    if origin is Literal:
        return isinstance(value, tuple({type(choice) for choice in args}))
    if origin in (int, float):
        numbers = (int,) if origin is int else (int, float)
        return isinstance(value, numbers) and not isinstance(value, bool) and math.isfinite(value)
    if origin is None:
        return value is None
    if hint is Any or not isinstance(origin, type):
        return True
    if getattr(origin, "_is_protocol", False):
        return not isinstance(value, bool | int | float | str | list | dict)  # none of ours is met by a plain value
    return isinstance(value, origin) and _items_fit(value, origin, args)


def _items_fit(value: Any, origin: type, args: tuple[Any, ...]) -> bool:
    if not args or origin.__module__ not in _CONTAINERS:
        return True
    if issubclass(origin, Mapping):
        kinds = (*args, int)[:2]  # a Counter's values are numbers
        return all(fits(key, kinds[0]) and fits(item, kinds[1]) for key, item in value.items())
    if origin is tuple and args[-1] is not Ellipsis:
        return len(value) == len(args) and all(map(fits, value, args))
    if issubclass(origin, Iterable) and not issubclass(origin, Iterator):
        return all(fits(item, args[0]) for item in value)
    return True  # a callable's arguments, a pattern's text


def described(hint: Any) -> str:
    """What an annotation asks for, in words."""
    origin, args = get_origin(hint) or hint, get_args(hint)
    if origin in (Union, types.UnionType):
        words = " or ".join(dict.fromkeys(map(described, args)))
        return _DURATION.sub(r"\g<0> of seconds", words).replace(*_MOMENT)
    if origin is Literal:
        return " or ".join(map(repr, args))
    if origin in _NAMES or origin is None:
        return _NAMES.get(origin, "None")
    if issubclass(origin, Mapping):
        of = "" if not args or args[1] is Any else f" of {described(args[0])} to {described(args[1])}"
        return f"a mapping{of}"
    if origin is tuple:
        return f"({', '.join('...' if item is Ellipsis else described(item) for item in args)})"
    if origin is re.Pattern:
        return "a re.Pattern"
    if args and issubclass(origin, Iterable):
        return f"a sequence of {described(args[0])}"
    name = origin.__name__.removesuffix("View")
    return "a callable" if name == "Callable" else f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


# --- the arguments of what authors call -----------------------------------------------------------------------------


def checked(page: str, owner: str = "") -> Callable[[T], T]:
    """Decorate a function, or a class and so its public methods: arguments have to be what their annotations say.

    Raises TypeError, or ValueError for NaN and infinity. The message says what is expected and names the page. `owner`
    is the class that authors know, where a method is of a part of it.
    """

    def decorate(target: Any) -> Any:
        if not isinstance(target, type):
            return _checking(target, page)
        for name, member in list(vars(target).items()):
            if name.startswith("_") and name not in _SPECIAL:
                continue
            if inspect.isfunction(member):
                setattr(target, name, _checking(member, page, owner))
            elif isinstance(member, classmethod):
                setattr(target, name, classmethod(_checking(member.__func__, page)))
        return target

    return decorate


def _checking(function: Callable[..., Any], page: str, owner: str = "") -> Callable[..., Any]:
    signature = inspect.signature(function)
    called = f"{owner}.{function.__name__}" if owner else function.__qualname__.removesuffix(".__init__")
    # When it is first called: names may be defined further down in the module.
    hints = cache(lambda: _hints(function))

    @wraps(function)
    def check(*args: Any, **kwargs: Any) -> Any:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:
            given = {}  # the call below says what is wrong
        if not given:
            _refuse_unknown(kwargs, signature, called, page)
        for name, value in given.items():
            if name in hints():
                for item in _each(signature.parameters[name].kind, value):
                    require(item, hints()[name], f"{called}: {name}=", page)
        return function(*args, **kwargs)

    return check


def _refuse_unknown(given: Iterable[str], signature: inspect.Signature, called: str, page: str) -> None:
    """Raise TypeError for a name that no parameter has."""
    parameters = signature.parameters
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for name in given:
        if name not in parameters:
            meant = hint(name, parameters.keys() - {"self"}, "{}=")
            raise TypeError(f"{called} has no {name}=; {meant} (docs: {page})")


def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The annotations of the parameters. Those that are unpacked are for type checkers, and results are not checked."""
    texts = {
        name: text for name, text in function.__annotations__.items() if name != "return" and "Unpack[" not in str(text)
    }
    return get_type_hints(types.SimpleNamespace(__annotations__=texts), vars(inspect.getmodule(function)))


def _each(kind: Any, value: Any) -> Iterable[Any]:
    if kind is inspect.Parameter.VAR_POSITIONAL:
        return tuple(value)
    return tuple(value.values()) if kind is inspect.Parameter.VAR_KEYWORD else (value,)


def require(value: Any, hint: Any, what: str, page: str) -> None:
    """Raise TypeError, or ValueError for NaN and infinity, unless a value fits an annotation."""
    if not fits(value, hint):
        error = ValueError if isinstance(value, float) and not math.isfinite(value) else TypeError
        raise error(f"{what}{_short.repr(value)}: expected {described(hint)} (docs: {page})")
