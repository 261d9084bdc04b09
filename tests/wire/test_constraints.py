"""Each kind of constraint, at its limits and in its own words, whether the model uses it or not (facts §14)."""

from __future__ import annotations

import pytest
from botocore.model import ServiceModel

from emrs_mock.wire.validate import constraints, validator

LESS, GREATER = "Member must have {} less than or equal to {}", "Member must have {} greater than or equal to {}"


def operation(shapes):
    """An operation whose input is the shape `In` of these."""
    http = {"method": "POST", "requestUri": "/"}
    operations = {"Do": {"name": "Do", "http": http, "input": {"shape": "In"}}}
    description = {"metadata": {"protocol": "rest-json"}, "operations": operations, "shapes": shapes}
    return ServiceModel(description, "toy").operation_model("Do")


def violations(params, **shapes):
    """What is said of params of such a model."""
    return validator(operation(shapes))(params)


def broken(shape, value):
    """The texts of one value's constraints that it breaks."""
    model = operation({"In": {"type": "structure", "members": {"it": {"shape": "It"}}}, "It": shape, "S": STRING})
    it = model.input_shape.members["it"]
    return [text for holds, text in constraints(it) if not holds(value)]


STRING = {"type": "string"}
LIST = {"type": "list", "member": {"shape": "S"}}
MAP = {"type": "map", "key": {"shape": "S"}, "value": {"shape": "S"}}


@pytest.mark.parametrize("least", [0, 1, 2, 3])
@pytest.mark.parametrize("length", range(6))
@pytest.mark.parametrize(
    ("shape", "make"),
    [
        (STRING, lambda length: "x" * length),
        ({"type": "blob"}, lambda length: b"x" * length),
        (LIST, lambda length: ["x"] * length),
        (MAP, lambda length: dict.fromkeys("abcdef"[:length], "x")),
    ],
    ids=["string", "blob", "list", "map"],
)
def test_a_length_is_between_its_limits_and_may_be_at_them(shape, make, length, least):
    """Whatever has a length."""
    expected = [LESS.format("length", 4)] * (length > 4) + [GREATER.format("length", least)] * (length < least)
    assert broken({**shape, "min": least, "max": 4}, make(length)) == expected


@pytest.mark.parametrize("kind", ["integer", "long", "float", "double"])
@pytest.mark.parametrize(
    ("number", "expected"), [(-2, [GREATER.format("value", -1)]), (-1, []), (4, []), (5, [LESS.format("value", 4)])]
)
def test_a_number_is_between_its_limits_and_may_be_at_them(kind, number, expected):
    """Its value counts."""
    assert broken({"type": kind, "min": -1, "max": 4}, number) == expected


def test_a_value_without_limits_breaks_none():
    """Nor does one of a type that has no length and no value."""
    assert broken(STRING, "") == broken({"type": "integer"}, 0) == broken({"type": "boolean", "min": 1}, False) == []


def test_the_values_of_an_enum_are_listed_with_commas():
    """In the model's order, and by letters of the same case."""
    text = "Member must satisfy enum value set: [B, A, C]"
    shape = {**STRING, "enum": ["B", "A", "C"]}
    assert (broken(shape, "A"), broken(shape, "a"), broken(shape, "")) == ([], [text], [text])


def test_a_union_has_exactly_one_of_its_members():
    """They are named in the model's order."""
    text = "Member must have exactly one of [b, a]"
    shape = {"type": "structure", "union": True, "members": {"b": {"shape": "S"}, "a": {"shape": "S"}}}
    assert (broken(shape, {"a": ""}), broken(shape, {}), broken(shape, {"a": "", "b": ""})) == ([], [text], [text])


@pytest.mark.parametrize(
    ("pattern", "value", "is_fine"),
    [
        ("[a-z]+", "abc", True),
        ("[a-z]+", "abc1", False),
        ("[a-z]+", "1abc", False),
        (".+", "a\nb", True),
        ("[    ]a", "\ta", True),
        ("[    ]a", "\na", True),
        ("[    ]a", " a", True),
        ("[    ]a", "ba", False),
    ],
)
def test_a_pattern_is_quoted_as_the_model_has_it(pattern, value, is_fine):
    """Though it means control characters where the publication made spaces of them."""
    text = f"Member must satisfy regular expression pattern: {pattern}"
    assert broken({**STRING, "pattern": pattern}, value) == ([] if is_fine else [text])


def test_all_constraints_of_a_value_are_named_in_a_fixed_order():
    """Its maximum, its minimum, its pattern, its values."""
    shape = {**STRING, "min": 2, "max": 3, "pattern": "[0-9]+", "enum": ["12"]}
    lesser, greater = LESS.format("length", 3), GREATER.format("length", 2)
    pattern = "Member must satisfy regular expression pattern: [0-9]+"
    enum = "Member must satisfy enum value set: [12]"
    assert broken(shape, "abcd") == [lesser, pattern, enum]
    assert broken(shape, "a") == [greater, pattern, enum]
    assert broken(shape, "12") == []


SHAPES = {
    "In": {
        "type": "structure",
        "required": ["z", "m"],
        "members": {name: {"shape": shape} for name, shape in {"z": "S", "l": "L", "m": "M", "i": "In"}.items()},
    },
    "S": {**STRING, "max": 2},
    "L": {"type": "list", "max": 2, "member": {"shape": "S"}},
    "M": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "V"}},
    "V": {"type": "structure", "required": ["s"], "members": {"s": {"shape": "S"}}},
}
NULL, LONG = "Member must not be null", LESS.format("length", 2)
FINE = {"z": "z", "m": {}}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (FINE, []),
        ({}, [("z", NULL), ("m", NULL)]),
        ({"m": {}, "z": None}, [("z", NULL)]),
        ({"m": {}, "z": "zzz"}, [("z", LONG)]),
        ({**FINE, "l": None}, []),
        ({"l": ["a", "bbb"], "m": None, "z": "zzz"}, [("z", LONG), ("l.2.member", LONG), ("m", NULL)]),
        ({**FINE, "l": ["aaa", None, "c"]}, [("l", LONG), ("l.1.member", LONG), ("l.2.member", NULL)]),
        ({**FINE, "m": {"k": {"s": "s"}}}, []),
        ({**FINE, "m": {"k": {}, "j": {"s": "sss"}}}, [("m.k.member.s", NULL), ("m.j.member.s", LONG)]),
        ({**FINE, "m": {"kkk": {"s": "s"}}}, [("m", f"Map keys must satisfy constraint: [{LONG}]")]),
        ({**FINE, "m": {"k": None}}, [("m", f"Map value must satisfy constraint: [{NULL}]")]),
        ({**FINE, "i": {"z": "z"}}, [("i.m", NULL)]),
        ({**FINE, "i": {**FINE, "i": {"m": {}}}}, [("i.i.z", NULL)]),
    ],
)
def test_violations_come_in_the_models_order_with_their_paths(params, expected):
    """Whatever order the params have; each is named once."""
    assert violations(params, **SHAPES) == tuple(
        f"Value at '{path}' failed to satisfy constraint: {text}" for path, text in expected
    )


def test_what_the_values_of_a_map_must_satisfy_is_named_as_a_whole():
    """All constraints of the value's shape, whichever is broken; keys come before values."""
    shapes = {
        "In": {"type": "structure", "members": {"m": {"shape": "M"}}},
        "M": {"type": "map", "key": {"shape": "K"}, "value": {"shape": "S"}},
        "K": {**STRING, "min": 1},
        "S": {**STRING, "min": 1, "max": 2},
    }
    start = "Value at 'm' failed to satisfy constraint: "
    assert violations({"m": {"": "sss", "k": ""}}, **shapes) == (
        f"{start}Map keys must satisfy constraint: [{GREATER.format('length', 1)}]",
        f"{start}Map value must satisfy constraint: [{LONG}, {GREATER.format('length', 1)}]",
    )
    assert violations({"m": {"k": "s"}}, **shapes) == ()


def test_an_operation_without_input_or_constraints_refuses_nothing():
    """There is nothing to check."""
    free = {"In": {"type": "structure", "members": {"s": {"shape": "S"}}}, "S": STRING}
    assert violations({"s": ""}, **free) == ()
    http = {"method": "GET", "requestUri": "/"}
    model = ServiceModel({"metadata": {}, "operations": {"Do": {"name": "Do", "http": http}}, "shapes": {}}, "toy")
    assert validator(model.operation_model("Do"))({"anything": 1}) == ()
