"""The only place that makes clients; botocore is imported when one is wanted."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import urlsplit

_ACCESS_KEY = re.compile(r"(AKIA|ASIA)[A-Z0-9]{12,}")
_DOUBLES_NAME = re.compile(r"(.+\.)?(localhost|localhost\.localstack\.cloud)|host\.docker\.internal|[a-z][\w-]*")
"""What a double's host is called: names of this machine, and names without a dot, as containers have for each other."""


def emr_serverless_client(region_name: str | None) -> Any:
    """A fresh client for EMR Serverless, from a session of its own."""
    return _session().create_client("emr-serverless", region_name=region_name)


def _session() -> Any:
    """A fresh session of botocore's; the models that come with botocore are read once, which is most of the time."""
    import botocore.session

    session = botocore.session.get_session()
    session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
    return session


@cache
def _loader(data_path: str | None) -> Any:
    from botocore.loaders import create_loader

    return create_loader(data_path)


def accounts_by_key(accounts: Mapping[str, str]) -> dict[str, str]:
    """Accounts by access key, where some are given by the name of a profile that has a key of its own.

    Raises ValueError for a profile without one: which account its calls are made from could not be told.
    """
    profiles = _profiles() if accounts and not all(map(_is_access_key, accounts)) else {}
    return {_access_key(name, profiles): account for name, account in accounts.items()}


def _profiles() -> Mapping[str, Mapping[str, str]]:
    import botocore.session

    profiles: Mapping[str, Mapping[str, str]] = botocore.session.get_session().full_config["profiles"]
    return profiles


def _is_access_key(name: str) -> bool:
    return _ACCESS_KEY.fullmatch(name) is not None


def _access_key(name: str, profiles: Mapping[str, Mapping[str, str]]) -> str:
    key = profiles.get(name, {}).get("aws_access_key_id") if name in profiles else name
    if key is None:
        raise ValueError(f"accounts={{{name!r}: ...}}: the profile has no access key of its own (docs: accounts)")
    return key


def default_region() -> str:
    """The region that `boto3.client("emr-serverless")` would be for, here and now."""
    boto3 = sys.modules.get("boto3")
    session = None if boto3 is None else boto3.DEFAULT_SESSION
    if session is not None:
        return session.region_name or "us-east-1"
    return os.environ.get("AWS_DEFAULT_REGION") or _configured_region() or "us-east-1"


def _configured_region() -> str | None:
    import botocore.session

    region: str | None = botocore.session.get_session().get_config_variable("region")
    return region


# --- deliveries -----------------------------------------------------------------------------------------------------


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
    client = _session().create_client(service, region_name=region, config=config, **_keys())
    if not _is_a_doubles(client.meta.endpoint_url):
        client._endpoint.http_session = _NoWayOut()
    return client


def _keys() -> Mapping[str, str]:
    """Keys that need no look-up, which might go over the network: the environment's, as moto sets them, or any."""
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return {}
    return {"aws_access_key_id": "emrs-mock", "aws_secret_access_key": "emrs-mock"}


def _is_a_doubles(endpoint_url: str) -> bool:
    host = urlsplit(endpoint_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return _DOUBLES_NAME.fullmatch(host) is not None
