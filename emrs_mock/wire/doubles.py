"""Sending to doubles of S3, CloudWatch Logs and EventBridge, and to nobody else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import urlsplit

from emrs_mock.wire.clients import session

_DOUBLES_NAME = re.compile(r"(.+\.)?(localhost|localhost\.localstack\.cloud)|host\.docker\.internal|[a-z][\w-]*")
"""What a double's host is called: names of this machine, and names without a dot, as containers have for each other."""


class Sender:
    """Sends what is delivered, and only to doubles of AWS: nothing that no double answers leaves the process.

    A double is whatever answers within the process, as moto does, or behind an endpoint that is no address of AWS's:
    on this machine, or a container beside this one.
    """

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str], Any] = {}

    def __call__(
        self, service: str, region: str, operation: str, parameters: Mapping[str, Any], tolerated: tuple[str, ...] = ()
    ) -> Mapping[str, Any]:
        """Make a call; returns its answer, empty where an error is tolerated. Raises NoDouble, and what boto3 does."""
        client = self._client(service, region)
        try:
            answer: Mapping[str, Any] = getattr(client, operation)(**parameters)
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in tolerated:
                raise
            return {}
        except NoDouble:
            self._clients.clear()  # a double that is imported later is not on clients made before
            raise
        return answer

    def _client(self, service: str, region: str) -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = _client_for_doubles(service, region)
        return self._clients[service, region]


class NoDouble(RuntimeError):
    """A request would have left for AWS."""


class Blocked:
    """One call of another service while a mock has `other_services="block"`: only a double of AWS may answer it."""

    def __init__(self, service: str, operation: str) -> None:
        self._service = service
        self._operation = operation

    def reply(self, request: Any) -> None:
        """Let a request go where it goes to a double, having met none on its way. Raises NoDouble otherwise."""
        if not is_a_doubles(request.url):
            raise NoDouble(
                f"{self._service} {self._operation} was not sent to {urlsplit(request.url).hostname}, because a mock of "
                'EMR Serverless with other_services="block" is active and no double of AWS answered. Put moto\'s '
                "@mock_aws around the test, use botocore's Stubber or an endpoint URL on this machine; or allow such "
                'calls with other_services="allow" (docs: leaving-the-process)'
            )


class _NoWayOut:
    """In place of the connections of a client: where a request ends that no double has answered."""

    def send(self, request: Any) -> NoReturn:
        raise NoDouble(
            f"nothing stands in for AWS here, so {request.method} {request.url.partition('?')[0]} was not sent. Put "
            "moto's @mock_aws around the test, outside of the mock of EMR Serverless, or set AWS_ENDPOINT_URL to a "
            "double on this machine, or leave deliver= out"
        )

    def close(self) -> None:
        """There is nothing to close."""


def _client_for_doubles(service: str, region: str) -> Any:
    """A client that never waits, and reaches the network only where its endpoint is a double's."""
    from botocore.config import Config

    config = Config(proxies={}, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    client = session().create_client(service, region_name=region, config=config, **_keys())
    if not is_a_doubles(client.meta.endpoint_url):
        client._endpoint.http_session = _NoWayOut()
    return client


def _keys() -> Mapping[str, str]:
    """Keys that need no look-up, which might go over the network: the environment's, as moto sets them, or any."""
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return {}
    return {"aws_access_key_id": "emrs-mock", "aws_secret_access_key": "emrs-mock"}


def is_a_doubles(url: str) -> bool:
    """Whether a URL can only be that of a double of AWS, by the name or address of its host."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return _DOUBLES_NAME.fullmatch(host) is not None
