"""The text of a nextToken: the numbers of a position, and a checksum over them and the question they belong to.

A token that was altered, or made for another question, is not read. What the numbers mean is in `pages`.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Sequence

# Decimal numbers only: nothing in a forged token can be nested, infinite or of another type.
_TOKEN = re.compile(rb"[0-9]{1,30}(?:\.[0-9]{1,30})*")


def write(question: str, numbers: Sequence[int]) -> str:
    """The token of a position in the answer to a question."""
    signed = (_checksum(question, numbers), *numbers)
    return base64.urlsafe_b64encode(".".join(map(str, signed)).encode()).decode()


def read(token: str, question: str) -> list[int]:
    """The numbers of a position. Raises ValueError for what `write` did not write for this question."""
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        text = b""
    if _TOKEN.fullmatch(text) is None:
        raise ValueError("no token")
    numbers = [int(number) for number in text.split(b".")][1:]
    if write(question, numbers) != token:
        raise ValueError("the token of another question")
    return numbers


def _checksum(question: str, numbers: Sequence[int]) -> int:
    return zlib.crc32(repr((question, *numbers)).encode())
