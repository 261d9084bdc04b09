"""What is called when a mock ends.

It imports no other module of the package, so that the pytest plugin can register before there is a mock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless

LISTENERS: list[Callable[[EMRServerless], object]] = globals().get("LISTENERS") or []
"""Each is called with each mock that ends, while the mock is still active."""


@contextmanager
def heard(listener: Callable[[EMRServerless], object]) -> Iterator[None]:
    """Call `listener` with each mock that ends within the block."""
    LISTENERS.append(listener)
    try:
        yield
    finally:
        LISTENERS.remove(listener)
