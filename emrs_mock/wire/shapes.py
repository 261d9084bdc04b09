"""Shared by the modules that compile shapes: one function per shape, and the locations of members.

What a shape's function does belongs to `decode`, `encode` and `validate`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.model import Shape

Convert = Callable[[Any], Any]
Make = Callable[[Shape, "Compiler"], Any]


KEPT = 512
"""Of how many `Fixed` structures of a shape what was made of them is kept."""


class Compiler:
    """Makes a function for each shape once. A shape that contains itself looks its own function up when it is called.

    A maker returns None if values of the shape need no work.
    """

    def __init__(self, makers: Mapping[str, Make]) -> None:
        self._makers = makers
        self._made: dict[tuple[str, str | None], Any] = {}

    def __call__(self, shape: Shape) -> Any:
        """The shape's function, or None."""
        # The format of a timestamp belongs to the member, not to the shape.
        key = shape.name, shape.serialization.get("timestampFormat")
        if key not in self._made:
            self._made[key] = lambda value: self._made[key](value)
            self._made[key] = self._makers[shape.type_name](shape, self)
        return self._made[key]


class Member(NamedTuple):
    """A member of a structure: its name in the model, its name in the request or response, its shape."""

    name: str
    wire_name: str
    shape: Shape


def members_at(shape: Shape | None, *locations: str | None) -> list[Member]:
    """The members at these locations of a request or response; None is the body."""
    if shape is None:
        return []
    return [
        Member(name, member.serialization.get("name", name), member)
        for name, member in shape.members.items()
        if member.serialization.get("location") in locations
    ]
