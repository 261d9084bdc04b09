"""Objects of the simulation as plain data that JSON can say, and back. What they mean is the simulation's business.

An object that can change is written once, in a list, and named by its place there; what cannot is written where it is.
Only classes that the reader is given are made.
"""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, NamedTuple, get_type_hints

from emrs_mock._annotations import described, fits
from emrs_mock._call import Fixed

Classes = Mapping[str, type]

_PLAIN = frozenset({NoneType, bool, int, float, str})
"""What JSON has itself."""
_TICK = timedelta(microseconds=1)
_OBJECT, _OUTSIDE, _DICT, _DEFAULT = "$object", "$outside", "$dict", "$defaultdict"


class Spelling(NamedTuple):
    """How values of a type are written, as something simpler, and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _random(state: Any) -> random.Random:
    made = random.Random(0)
    made.setstate(state)
    return made


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} is in no time zone")
    return moment


SPELLINGS: Mapping[type, Spelling] = {
    datetime: Spelling(datetime.isoformat, _moment),
    timedelta: Spelling(lambda span: span // _TICK, lambda number: number * _TICK),
    Decimal: Spelling(str, Decimal),
    random.Random: Spelling(random.Random.getstate, _random),
    tuple: Spelling(list, tuple),
    deque: Spelling(list, deque),
}
_BY_NAME = {f"${kind.__name__}": spelling for kind, spelling in SPELLINGS.items()}


class Writer:
    """Writes values; the objects in them are in `objects` afterwards."""

    def __init__(self, classes: Classes, outside: Any) -> None:
        self._classes = classes
        self._outside = outside
        self._numbers: dict[int, int] = {}
        self._plain: dict[int, tuple[Any, Any]] = {}
        """Values and what was written of them, by their ids, which others cannot have as long as these live."""
        self.objects: list[Any] = []

    def __call__(self, value: Any, where: str) -> Any:
        """The value, plainly. Raises TypeError, naming the place, for what cannot be said so, such as a function."""
        kind: type = type(value)
        if kind in _PLAIN:
            return value
        if value is self._outside:
            return {_OUTSIDE: None}
        if kind is list:
            return [item if type(item) in _PLAIN else self(item, where) for item in value]
        if kind in (dict, defaultdict, Fixed):
            return self._mapping(value, where)
        if kind not in SPELLINGS and self._classes.get(kind.__name__) is not kind:
            raise TypeError(f"{where} is {value!r}, which JSON cannot hold")
        is_value = kind in SPELLINGS or _is_value(kind)
        return self._value(value, where) if is_value else {_OBJECT: self._number(value)}

    def _value(self, value: Any, where: str) -> Any:
        """What cannot change is often the same object in many places, and is written once."""
        known = self._plain.get(id(value))
        if known is None:
            kind = type(value)
            state = self(SPELLINGS[kind].write(value), where) if kind in SPELLINGS else self._state(value)
            known = self._plain[id(value)] = (value, {f"${kind.__name__}": state})
        return known[1]

    def _mapping(self, value: dict[Any, Any], where: str) -> Any:
        if isinstance(value, defaultdict):
            factory = value.default_factory
            return {_DEFAULT: [getattr(factory, "__name__", None), self._pairs(value, where)]}
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {
                key: item if type(item) in _PLAIN else self(item, f"{where}[{key!r}]") for key, item in value.items()
            }
        return {_DICT: self._pairs(value, where)}

    def _pairs(self, value: dict[Any, Any], where: str) -> list[list[Any]]:
        return [[self(key, where), self(item, where)] for key, item in value.items()]

    def _number(self, value: Any) -> int:
        if id(value) not in self._numbers:
            self._numbers[id(value)] = number = len(self.objects)
            self.objects.append(None)
            self.objects[number] = [type(value).__name__, self._state(value)]
        return self._numbers[id(value)]

    def _state(self, value: Any) -> dict[str, Any]:
        items = ((name, getattr(value, name), where) for name, where in _attributes(value))
        return {name: item if type(item) in _PLAIN else self(item, where) for name, item, where in items}


class Outside:
    """What stands in for the object that is not written, in objects that refer to it."""


class Reader:
    """Reads what a `Writer` wrote. Raises LookupError, TypeError or ValueError for anything else."""

    def __init__(self, classes: Classes, objects: list[Any]) -> None:
        self._classes = classes
        self._outside = Outside()
        self._objects = [_blank(classes[name]) for name, _ in objects]
        for made, (_, state) in zip(self._objects, objects, strict=True):
            _fill(made, {name: self(item) for name, item in state.items()}, classes)

    def __call__(self, plain: Any) -> Any:
        """The value that was written."""
        if isinstance(plain, list):
            return [self(item) for item in plain]
        if not isinstance(plain, dict):
            return plain
        if len(plain) == 1 and (name := next(iter(plain))).startswith("$"):
            return self._special(name, plain[name])
        return {key: self(item) for key, item in plain.items()}

    def _special(self, name: str, plain: Any) -> Any:
        if name == _OBJECT:
            return self._objects[plain]
        if name == _OUTSIDE:
            return self._outside
        if name == _DICT:
            return dict(self._pairs(plain))
        if name == _DEFAULT:
            return defaultdict({**self._classes, "deque": deque}[plain[0]], self._pairs(plain[1]))
        if name in _BY_NAME:
            return _BY_NAME[name].read(self(plain))
        kind = self._classes[name[1:]]
        if not _is_value(kind):
            raise TypeError(f"{name} is no value")
        return _value(kind, {key: self(item) for key, item in plain.items()}, self._classes)

    def _pairs(self, plain: Any) -> Iterator[tuple[Any, Any]]:
        return ((self(key), self(item)) for key, item in plain)


@cache
def _is_value(kind: type) -> bool:
    """Whether such objects cannot change, so that one is as good as its equal; they may be keys."""
    return issubclass(kind, tuple) or getattr(getattr(kind, "__dataclass_params__", None), "frozen", False)


def _attributes(value: Any) -> list[tuple[str, str]]:
    """The names of its attributes, and what a message calls them."""
    kind: type = type(value)
    return _fixed(kind) or [(name, f"{kind.__name__}.{name}") for name in vars(value)]


@cache
def _fixed(kind: type) -> list[tuple[str, str]]:
    """The attributes that every object of a class has; empty where each has its own."""
    names = getattr(kind, "_fields", ())
    if is_dataclass(kind):
        names = [field.name for field in fields(kind)]
    return [(name, f"{kind.__name__}.{name}") for name in names]


def _value(kind: type, state: dict[str, Any], classes: Classes) -> Any:
    if issubclass(kind, tuple):
        _refuse_unless_fitting(kind, state, classes)
        return kind(**state)
    made = _blank(kind)
    _fill(made, state, classes)
    return made


def _blank(kind: type) -> Any:
    return object.__new__(kind)


def _fill(made: Any, state: dict[str, Any], classes: Classes) -> None:
    _refuse_unless_fitting(type(made), state, classes)
    for name, item in state.items():
        object.__setattr__(made, name, item)


# --- what objects consist of ----------------------------------------------------------------------------------------


def layout_of(classes: Classes) -> list[tuple[str, list[tuple[str, str]]]]:
    """The attributes of each class that declares them, and their types, as text."""
    hints = {name: _declared(kind) for name, kind in sorted(classes.items())}
    return [(name, sorted(said.items())) for name, said in hints.items() if said]


def _declared(kind: type) -> dict[str, str]:
    """The attributes that every object of a class has, by its annotations."""
    if is_dataclass(kind):
        return {field.name: str(field.type) for field in fields(kind)}
    return {name: str(hint) for name, hint in vars(kind).get("__annotations__", {}).items()}


def _refuse_unless_fitting(kind: type, state: Mapping[str, Any], classes: Classes) -> None:
    """Raise TypeError unless these are the attributes of such an object, each of the type that is declared."""
    declared = _declared(kind)
    if declared and state.keys() != declared.keys():
        raise TypeError(f"{kind.__name__} has {', '.join(declared)}, and not {', '.join(state)}")
    for name, hint in _hints(kind, tuple(classes.items())).items() if declared else ():
        if name in state and not fits(state[name], hint):
            raise TypeError(f"{kind.__name__}.{name} is {described(hint)}, and not {state[name]!r}")


@cache
def _hints(kind: type, classes: tuple[tuple[str, type], ...]) -> Mapping[str, Any]:
    return get_type_hints(kind, localns=dict(classes))
