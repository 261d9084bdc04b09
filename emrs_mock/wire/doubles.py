"""Sends requests to doubles of S3, CloudWatch Logs and EventBridge, and never to AWS."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import urlsplit

from emrs_mock.wire.clients import session

_DOUBLES_NAME = re.compile(r"(.+\.)?(localhost|localhost\.localstack\.cloud)|host\.docker\.internal|[a-z][\w-]*")
"""Host names of doubles: names of this machine, and names without a dot, which containers have in their network."""


class Sender:
    """Sends logs and events to doubles of AWS. A request that no double answers does not leave the process.

    A double answers within the process, as moto does, or at an endpoint that is not an address of AWS: on this machine
    or in a neighbouring container.
    """

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str], Any] = {}

    def __call__(
        self, service: str, region: str, operation: str, parameters: Mapping[str, Any], tolerated: tuple[str, ...] = ()
    ) -> Mapping[str, Any]:
        """Make a call and return its answer, empty after a tolerated error. Raises NoDouble, and boto3's exceptions."""
        client = self._client(service, region)
        try:
            answer: Mapping[str, Any] = getattr(client, operation)(**parameters)
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in tolerated:
                raise
            return {}
        except NoDouble:
            self._clients.clear()  # a client that was created before a double was imported does not use the double
            raise
        return answer

    def _client(self, service: str, region: str) -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = _client_for_doubles(service, region)
        return self._clients[service, region]


class NoDouble(RuntimeError):
    """A request would have been sent to AWS."""


class Blocked:
    """One call of another service while a mock has `other_services="block"`: only a double of AWS may answer it."""

    def __init__(self, service: str, operation: str, endpoint_url: str) -> None:
        self._service = service
        self._operation = operation
        self._endpoint_url = endpoint_url

    def reply(self, request: Any) -> None:
        """Let a request go where it goes to a double, having met none on its way. Raises NoDouble otherwise."""
        if not (is_a_doubles(request.url) or self._is_below_a_double(request.url)):
            raise NoDouble(
                f"{self._service} {self._operation} was not sent to {urlsplit(request.url).hostname}, because a mock "
                'of EMR Serverless with other_services="block" is active and no double of AWS answered. Put moto\'s '
                "@mock_aws around the test, use botocore's Stubber or an endpoint URL on this machine; or allow such "
                'calls with other_services="allow" (docs: leaving-the-process)'
            )

    def _is_below_a_double(self, url: str) -> bool:
        """Whether a URL is of a name below the endpoint's, such as a bucket's, and the endpoint is a double's."""
        return is_a_doubles(self._endpoint_url) and _host_of(url).endswith(f".{_host_of(self._endpoint_url)}")


class _NoWayOut:
    """Replaces the connections of a client: a request arrives here if no double has answered it."""

    def send(self, request: Any) -> NoReturn:
        raise NoDouble(
            f"no double of AWS is active, so {request.method} {request.url.partition('?')[0]} was not sent. Put "
            "moto's @mock_aws around the test, outside of the mock of EMR Serverless, or set AWS_ENDPOINT_URL to a "
            "double on this machine, or leave deliver= out"
        )

    def close(self) -> None:
        """Do nothing: there is no connection."""


def _client_for_doubles(service: str, region: str) -> Any:
    """Create a client that never waits between tries, and uses the network only if its endpoint is a double's."""
    from botocore.config import Config

    config = Config(proxies={}, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    client = session().create_client(service, region_name=region, config=config, **_keys())
    if not is_a_doubles(client.meta.endpoint_url):
        client._endpoint.http_session = _NoWayOut()
    return client


def object_reader(endpoint: str) -> Any:
    """Create a client of a double of S3 at this URL, with dummy credentials. It does not wait between tries."""
    from botocore.config import Config

    config = Config(proxies={}, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    keys = {"aws_access_key_id": "emrs-mock", "aws_secret_access_key": "emrs-mock"}
    return session().create_client("s3", region_name="us-east-1", endpoint_url=endpoint, config=config, **keys)


def _keys() -> Mapping[str, str]:
    """Credentials without a look-up, which could use the network: those of the environment, or dummy ones."""
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return {}
    return {"aws_access_key_id": "emrs-mock", "aws_secret_access_key": "emrs-mock"}


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def is_a_doubles(url: str) -> bool:
    """Whether a URL can only be that of a double of AWS, by the name or address of its host."""
    host = _host_of(url)
    try:
        address = ip_address(host)
        return address.is_loopback or address.is_unspecified
    except ValueError:
        return _DOUBLES_NAME.fullmatch(host) is not None
