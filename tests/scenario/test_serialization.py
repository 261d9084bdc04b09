"""Objects as JSON, without the rest of a snapshot: what is written is read again, and what cannot be is named."""

from __future__ import annotations

import json
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from emrs_mock.scenario.serialization import Outside, Reader, Writer, layout_of


class Pair(NamedTuple):
    """A value that is a tuple."""

    left: int
    right: str


@dataclass(frozen=True)
class Fixed:
    """A value that cannot change."""

    name: str
    length: timedelta = timedelta(0)


@dataclass(eq=False)
class Node:
    """An object that others refer to."""

    name: str
    next: Node | None = None
    seen: dict[str, Any] = field(default_factory=dict)


class Loose:
    """An object whose attributes are declared nowhere."""


CLASSES = {kind.__name__: kind for kind in (Pair, Fixed, Node, Loose)}


def written(value, outside=None):
    """The value and the objects in it, as they come out of JSON."""
    writer = Writer(CLASSES, outside)
    plain = writer(value, "it")
    return json.loads(json.dumps([plain, writer.objects]))


def round_trip(value):
    """The value after it was JSON."""
    plain, objects = written(value)
    return Reader(CLASSES, objects)(plain)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1.5,
        "text",
        ["a", ["b", None]],
        {"a": {"b": 1}},
        {"$odd": 1, "b": [2]},
        {1: "a", (1, 2): "b"},
        {},
        datetime(2024, 5, 1, 12, 30, 0, 5, tzinfo=timezone.utc),
        timedelta(days=2, microseconds=1),
        Decimal("0.106"),
        (1, (2, "x")),
        deque([1, 2]),
        Pair(1, "a"),
        Fixed("a", timedelta(hours=1)),
        [Pair(1, "a"), {"f": Fixed("b")}],
    ],
    ids=repr,
)
def test_a_value_comes_back_as_it_was(value):
    """With its type."""
    again = round_trip(value)
    assert again == value
    assert type(again) is type(value)


def test_chance_goes_on_where_it_was():
    """A generator that was read makes the same numbers."""
    chance = random.Random(7)
    chance.random()
    again = round_trip(chance)
    assert [again.random() for _ in range(3)] == [chance.random() for _ in range(3)]


@pytest.mark.parametrize("factory", [deque, Loose])
def test_a_dictionary_with_a_default_makes_the_same_ones(factory):
    """Its factory is known by name."""
    again = round_trip(defaultdict(factory, {"a": deque([1])}))
    assert (again.default_factory, dict(again)) == (factory, {"a": deque([1])})


def test_one_object_in_two_places_is_one_object():
    """Also where it refers to itself; what cannot change is written once, and need not be one object."""
    node = Node("a")
    node.next = node
    twice = [node, {"again": node, "other": Node("a")}]
    first, second = round_trip(twice)
    assert first is second["again"] is first.next
    assert second["other"] is not first
    plain, objects = written(twice)
    assert plain == [{"$object": 0}, {"again": {"$object": 0}, "other": {"$object": 1}}]
    assert objects == [
        ["Node", {"name": "a", "next": {"$object": 0}, "seen": {}}],
        ["Node", {"name": "a", "next": None, "seen": {}}],
    ]


def test_attributes_that_are_declared_nowhere_are_read_as_they_were():
    """Each object has its own."""
    loose = Loose()
    loose.a, loose.b = 1, [Fixed("x")]
    assert vars(round_trip(loose)) == {"a": 1, "b": [Fixed("x")]}


def test_what_is_outside_is_not_written_and_something_stands_in_for_it():
    """There is one such object."""
    outside = Node("the whole")
    plain, objects = written({"a": outside, "b": [outside]}, outside)
    assert (plain, objects) == ({"a": {"$outside": None}, "b": [{"$outside": None}]}, [])
    again = Reader(CLASSES, objects)(plain)
    assert isinstance(again["a"], Outside)
    assert again["a"] is again["b"][0]


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (print, "it"),
        ([print], "it"),
        ({"a": {"b": print}}, "it['a']['b']"),
        ({"$a": print}, "it"),
        ({1: print}, "it"),
        ((print,), "it"),
        (Pair(1, print), "Pair.right"),
        (Fixed(print), "Fixed.name"),
        (Node("a", None, {"k": print}), "Node.seen['k']"),
        (Node("a", Node("b", print)), "Node.next"),
    ],
    ids=[
        "itself",
        "in a list",
        "in mappings",
        "odd key",
        "other key",
        "tuple",
        "named tuple",
        "value",
        "deep",
        "linked",
    ],
)
def test_what_json_cannot_hold_is_named_with_its_place(value, where):
    """The author sees which part it is."""
    with pytest.raises(TypeError) as caught:
        written(value)
    assert str(caught.value) == f"{where} is {print!r}, which JSON cannot hold"


@pytest.mark.parametrize(
    ("plain", "objects", "message"),
    [
        ({"$Fixed": {"name": "a"}}, [], "Fixed has name, length, and not name"),
        ({"$Pair": {"right": "a", "up": 1}}, [], "Pair has left, right, and not right, up"),
        ({"$Pair": {"left": "a", "right": "a"}}, [], "Pair.left is a whole number, and not 'a'"),
        ({"$Node": {"name": "a"}}, [], "$Node is no value"),
        (None, [["Node", {"name": 1, "next": None, "seen": {}}]], "Node.name is a string, and not 1"),
    ],
)
def test_what_does_not_fit_its_class_is_refused_with_what_would_fit(plain, objects, message):
    """Its attributes, and their types."""
    with pytest.raises(TypeError) as caught:
        Reader(CLASSES, objects)(plain)
    assert str(caught.value) == message


def test_a_time_without_a_zone_is_refused():
    """Nobody could compare it."""
    with pytest.raises(ValueError, match=r"^2024-01-01T00:00:00 is in no time zone$"):
        Reader(CLASSES, [])({"$datetime": "2024-01-01T00:00:00"})


def test_the_layout_names_the_attributes_of_classes_that_declare_them_and_their_types():
    """In order of names, so that it is the same for the same code."""
    assert layout_of(CLASSES) == [
        ("Fixed", [("length", "timedelta"), ("name", "str")]),
        ("Node", [("name", "str"), ("next", "Node | None"), ("seen", "dict[str, Any]")]),
        ("Pair", [("left", "ForwardRef('int')"), ("right", "ForwardRef('str')")]),
    ]
