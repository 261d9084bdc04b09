"""Text that others chose (names, details), made harmless for a terminal, an SVG or HTML document, and JSON.

Escaping for a document's markup is not here: `gantt_chart` does that.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with every character escaped that does not print: controls, ANSI escapes, line ends, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def encodable(text: str) -> str:
    """The text with lone surrogates escaped, which no encoding has; JSON escapes everything else itself."""
    return text.encode("utf-8", "backslashreplace").decode()
