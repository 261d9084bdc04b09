"""What the compilers of shapes share: making each shape's function once, and where its members travel.

What a shape's function does belongs to `decode`, `encode` and `validate`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.model import Shape

Convert = Callable[[Any], Any]
Make = Callable[[Shape, "Compiler"], Any]


class Compiler:
    """Makes a function for a shape, once; a shape that contains itself finds itself by a late look-up.

    A maker may answer None: nothing is to be done for values of this shape.
    """

    def __init__(self, makers: Mapping[str, Make]) -> None:
        self._makers = makers
        self._made: dict[tuple[str, str | None], Any] = {}

    def __call__(self, shape: Shape) -> Any:
        """The shape's function, or None."""
        # A timestamp's format is written at the member, not at the shape.
        key = shape.name, shape.serialization.get("timestampFormat")
        if key not in self._made:
            self._made[key] = lambda value: self._made[key](value)
            self._made[key] = self._makers[shape.type_name](shape, self)
        return self._made[key]


class Member(NamedTuple):
    """A member of a structure: the model's name, its name on the wire, its shape."""

    name: str
    wire_name: str
    shape: Shape


def members_at(shape: Shape | None, *locations: str | None) -> list[Member]:
    """The members that travel at these locations; None is the body."""
    if shape is None:
        return []
    return [
        Member(name, member.serialization.get("name", name), member)
        for name, member in shape.members.items()
        if member.serialization.get("location") in locations
    ]
