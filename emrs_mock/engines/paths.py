"""`paths=`: which local directory stands for which S3 prefix, and S3 URLs in the words of a request."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_ENDS = r"\s,;#'\""
"""Characters that end a URL within a text."""
URL = re.compile(rf"s3[an]?://[^{_ENDS}]+")
"""An S3 URL within a text."""
_SCHEMES = ("s3", "s3a", "s3n")
_SHOWN = 80
_PREFIX = re.compile(r"s3://([a-z0-9][a-z0-9.-]*)((?:/[^/]+)*)/?")

Directory = str | os.PathLike[str]


class Prefix(NamedTuple):
    """One entry of `paths=`."""

    bucket: str
    key: str
    """Of the prefix: empty, or with a slash before it and none behind it."""
    directory: str
    """An absolute path."""


class Unmapped(Exception):
    """An S3 URL of a request for which the engine has neither a directory nor a double of S3."""

    def __init__(self, url: str) -> None:
        bucket = "s3://" + url.split("/")[2]
        shown = url if len(url) <= _SHOWN else f"{url[:_SHOWN]}..."
        super().__init__(
            f"{shown} is not mapped: make the engine with paths={{{bucket!r}: directory}} or s3=URL (docs: engines)"
        )


class Paths:
    """The entries of `paths=`; the longest prefix of a URL decides."""

    def __init__(self, paths: Mapping[str, Directory] | None) -> None:
        """Raises ValueError for a key that is no S3 prefix, or a path that is a file."""
        entries = [_entry(prefix, os.fspath(directory)) for prefix, directory in (paths or {}).items()]
        self._entries = sorted(entries, key=lambda entry: len(entry.key), reverse=True)
        # A prefix may have characters that end other URLs.
        known = "".join(f"{re.escape(entry.bucket + entry.key)}(?=[/{_ENDS}]|$)|" for entry in self._entries)
        self._url = re.compile(rf"s3[an]?://(?:{known}[^{_ENDS}])[^{_ENDS}]*")

    def __iter__(self) -> Iterator[Prefix]:
        return iter(self._entries)

    def local(self, url: str) -> str | None:
        """The path that a URL stands for; None if no prefix fits, or if `..` leads out of its directory."""
        scheme, _, place = url.partition("://")
        for entry in self._entries if scheme in _SCHEMES else ():
            prefix = entry.bucket + entry.key
            if f"{place}/".startswith(f"{prefix}/"):
                return _within(entry.directory, place[len(prefix) :])
        return None

    def localized(self, text: str) -> str:
        """A text with paths in place of the URLs that are mapped."""
        return self._url.sub(lambda match: self.local(match[0]) or match[0], text)

    def require(self, texts: Iterable[str]) -> None:
        """Raise Unmapped if a text has a URL that is not mapped."""
        for text in texts:
            for url in self._url.findall(text):
                if self.local(url) is None:
                    raise Unmapped(url)


def _within(directory: str, rest: str) -> str | None:
    """A path in a directory; a slash at its end stays, as scripts put names behind it. None if `..` leads out of it."""
    path = os.path.normpath(f"{directory}/{rest}")
    if os.path.commonpath([directory, path]) != directory:
        return None
    return os.path.join(path, "") if rest.endswith("/") else path


def _entry(prefix: str, directory: str) -> Prefix:
    match = _PREFIX.fullmatch(prefix)
    if match is None:
        raise ValueError(f"paths={{{prefix!r}: ...}}: expected s3://bucket or s3://bucket/prefix (docs: engines)")
    if Path(directory).is_file():
        raise ValueError(
            f"paths={{{prefix!r}: {directory!r}}}: expected a directory, and this is a file (docs: engines)"
        )
    return Prefix(match[1], match[2], os.path.abspath(directory))
