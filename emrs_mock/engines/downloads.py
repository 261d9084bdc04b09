"""`s3=`: the endpoint of a double of S3, from which an entry point is read, and which the code uses."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from urllib.parse import urlsplit

from emrs_mock.engines.paths import URL, Unmapped
from emrs_mock.wire.doubles import is_a_doubles, object_reader


class Downloads:
    """Files that were read from a double of S3; they are removed with the engine."""

    def __init__(self, name: str, endpoint: str | None) -> None:
        """Raises ValueError for an endpoint that may be AWS's."""
        if endpoint is not None and not (urlsplit(endpoint).scheme in ("http", "https") and is_a_doubles(endpoint)):
            raise ValueError(
                f"{name}(s3={endpoint!r}): expected the URL of a double of S3 on this machine, such as that of moto's "
                "server (docs: engines)"
            )
        self.endpoint = endpoint
        self._directory: str | None = None

    def env(self) -> Mapping[str, str]:
        """What SDKs in the code need to use the double; empty without one."""
        if self.endpoint is None:
            return {}
        keys = {"AWS_ACCESS_KEY_ID": "emrs-mock", "AWS_SECRET_ACCESS_KEY": "emrs-mock"}
        region = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
        return {"AWS_ENDPOINT_URL_S3": self.endpoint, "AWS_DEFAULT_REGION": region, **keys}

    def fetched(self, url: str) -> str:
        """The path of a copy of an object; what is no S3 URL is returned as it is. Raises Unmapped without a double.

        Raises Unfetched where the double does not answer with the object.
        """
        if URL.match(url) is None:
            return url
        if self.endpoint is None:
            raise Unmapped(url)
        if self._directory is None:
            self._directory = tempfile.mkdtemp(prefix="emrs-mock-s3-")
            weakref.finalize(self, _remove, self._directory, os.getpid())
        content = self._read(url)
        path = os.path.join(tempfile.mkdtemp(dir=self._directory), url.rpartition("/")[2])
        with open(path, "wb") as file:
            file.write(content)
        return path

    def localized(self, text: str) -> str:
        """A text with paths of copies in place of the S3 URLs; without a double it is returned as it is."""
        if self.endpoint is None:
            return text
        return URL.sub(lambda match: self.fetched(match[0]), text)

    def _read(self, url: str) -> bytes:
        bucket, _, key = url.partition("://")[2].partition("/")
        if url.rpartition("/")[2] in ("", ".", ".."):
            raise Unfetched(url, str(self.endpoint), ValueError("this is no name of a file"))
        try:
            content: bytes = object_reader(str(self.endpoint)).get_object(Bucket=bucket, Key=key)["Body"].read()
            return content
        except Exception as error:  # botocore's, and those of a connection
            raise Unfetched(url, str(self.endpoint), error) from error


def _remove(directory: str, owner: int) -> None:
    """Remove a directory, but not in a fork of the process that made it: that one still needs it."""
    if os.getpid() == owner:
        shutil.rmtree(directory, ignore_errors=True)


class Unfetched(Unmapped):
    """The double of S3 has not answered with an object."""

    def __init__(self, url: str, endpoint: str, error: Exception) -> None:
        Exception.__init__(self, f"{url} could not be read from {endpoint}: {error} (docs: engines)")
