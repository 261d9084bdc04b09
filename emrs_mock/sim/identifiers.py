"""Ids as the service makes them: the creation time is in the high digits, so that ids sort by it (facts §1.1)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache, lru_cache
from zlib import crc32

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TICK = timedelta(microseconds=100)
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_PART = 2**30 - 1
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]
# facts §1.1, from public ids
_REGIONS: Mapping[str, int] = {
    "us-east-1": 2,
    "us-west-2": 5,
    "eu-north-1": 11,
    "ap-south-1": 15,
    "ap-northeast-2": 22,
}
_KINDS: Mapping[str, int] = {"application": 1, "job_run": 3, "session": 0}  # assumed: session (facts §1.1)


class Identifiers:
    """Ids that strictly increase within a mock, the same for the same seed and times."""

    random: random.Random
    _last: int

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._last = 0

    def new(self, kind: str, region: str, now: datetime) -> tuple[int, str]:
        """A number that orders records by creation, and the id made of it."""
        number = _ticks(now) << 15 | self.random.getrandbits(15)
        # assumed: on a standing clock 15 random bits would soon collide, so the next number is taken
        self._last = number = max(number, self._last + 1)
        return number, _base32(number << 10 | _region(region) << 2 | _KINDS[kind])

    def __deepcopy__(self, memo: object) -> Identifiers:
        """A copy that makes the same ids from now on; the generator's 625 numbers of state are copied as one tuple."""
        twin = Identifiers.__new__(Identifiers)
        twin.random, twin._last = random.Random(0), self._last
        twin.random.setstate(self.random.getstate())
        return twin


@cache
def _region(name: str) -> int:
    return _REGIONS.get(name) or 32 + crc32(name.encode()) % 223  # assumed: only five are known


@lru_cache(maxsize=16)  # on a standing clock many records are made in one instant
def _ticks(now: datetime) -> int:
    return (now - _EPOCH) // _TICK


def _base32(number: int) -> str:
    """Sixteen digits, in pairs: of three parts, as Python is fast with numbers below 2**30."""
    high, middle, low = number >> 60, number >> 30 & _PART, number & _PART
    return (
        f"{_PAIRS[high >> 10]}{_PAIRS[high & 1023]}"
        f"{_PAIRS[middle >> 20]}{_PAIRS[middle >> 10 & 1023]}{_PAIRS[middle & 1023]}"
        f"{_PAIRS[low >> 20]}{_PAIRS[low >> 10 & 1023]}{_PAIRS[low & 1023]}"
    )
