"""What messages and reprs show of many: the first and the last, and how many are left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

_FIRST, _LAST = 10, 20


def shortened(items: Sequence[T], show: Callable[[T], str] = str, indent: str = "") -> list[str]:
    """Each item as `show` shows it; of more than 30 the first 10 and the last 20, and how many are between."""
    left_out = len(items) - _FIRST - _LAST
    if left_out <= 0:
        return [show(item) for item in items]
    first, last = items[:_FIRST], items[-_LAST:]
    return [*map(show, first), f"{indent}... {left_out} more ...", *map(show, last)]


def there_are(names: Sequence[str]) -> str:
    """What a message says of the names that exist."""
    return f"There are: {', '.join(shortened(names)) or 'none'}"
