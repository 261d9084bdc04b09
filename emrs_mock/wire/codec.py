"""The service model of the installed botocore, compiled to functions: each operation when it is first called.

Also the HTTP status of errors. How a shape is compiled is in `request`, `decode`, `encode` and `validate`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, NamedTuple

from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from emrs_mock.wire.encode import Encode, result_encoder
from emrs_mock.wire.parsed import Parsed, result_parser
from emrs_mock.wire.request import Decode, path_pattern, request_decoder
from emrs_mock.wire.validate import Validate, validator

SERVICE = "emr-serverless"

# AWS's common errors, which the service model does not have (facts §6). Any other error is a 400.
COMMON_STATUSES = {
    "AccessDenied": 403,
    "ExpiredToken": 403,
    "IncompleteSignature": 403,
    "InternalFailure": 500,
    "NotAuthorized": 401,
    "OptInRequired": 403,
    "RequestEntityTooLarge": 413,
    "RequestTimeout": 408,
    "ServiceUnavailable": 503,
    "UnknownOperation": 404,
    "UnrecognizedClient": 403,
}


class Codec(NamedTuple):
    """One operation: request to params, params to violations, result to response, result to its parsed form."""

    name: str
    decode: Decode
    validate: Validate
    encode: Encode
    parsed: Callable[[Mapping[str, Any]], Parsed]


class Service:
    """A service model, compiled operation by operation."""

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        self._codecs: dict[str, Codec] = {}

    def codec(self, name: str) -> Codec | None:
        """The operation's codec; None if the model has no operation of that name."""
        found = self._codecs.get(name)
        if found is None and name in self.model.operation_names:
            found = self._codecs.setdefault(name, self._compiled(name))
        return found

    def known(self, name: str, method: str = "", url: str = "") -> Codec:
        """The codec by name, or else by method and path, for a client with a service model of its own (facts §15.14).

        Raises NotImplementedError, which lists the operations, if neither finds one.
        """
        found = self._codecs.get(name) or self.codec(name) or self.routed(method, url)
        if found is None:
            raise NotImplementedError(
                f"{name} {method} {url} is not an operation of EMR Serverless in the installed botocore, which has: "
                f"{', '.join(self.model.operation_names)} (docs: coverage)"
            )
        return found

    def _compiled(self, name: str) -> Codec:
        operation = self.model.operation_model(name)
        return Codec(
            name,
            request_decoder(operation),
            validator(operation),
            result_encoder(operation),
            result_parser(operation),
        )

    def routed(self, method: str, url: str) -> Codec | None:
        """The codec of the operation that a method and a path lead to; None where they lead to none."""
        path = url.partition("?")[0]
        named = (name for verb, pattern, name in self._routes if verb == method and pattern.search(path))
        return self.codec(next(named, ""))

    @cached_property
    def _routes(self) -> list[tuple[str, re.Pattern[str], str]]:
        https = {name: self.model.operation_model(name).http for name in self.model.operation_names}
        return [(http["method"], path_pattern(http["requestUri"]), name) for name, http in https.items()]

    def status(self, code: str) -> int:
        """The HTTP status of an error: that of its shape, else that of AWS's common errors, else 400."""
        shape = self.model.shape_for_error_code(code)
        own = shape.metadata["error"].get("httpStatusCode") if shape else None
        return own or COMMON_STATUSES.get(code.removesuffix("Exception"), 400)


class _OneService(Loader):  # type: ignore[misc]  # botocore has no types
    """Loads the model of one service, without first looking through the folders of all."""

    def list_available_services(self, type_name: str) -> list[str]:
        return [SERVICE]


@cache
def _loader() -> Loader:
    # Only botocore's own data: a model in ~/.aws/models must not change the result of a test.
    return _OneService(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


@cache
def installed() -> Service:
    """The service of the installed botocore; loaded at the first call."""
    return Service(ServiceModel(_loader().load_service_model(SERVICE, "service-2"), SERVICE))


@cache
def partition_of(region: str) -> str:
    """The partition of a region in botocore's data; "aws" for a region that is not in them."""
    for partition in _partitions():
        name: str = partition["id"]
        if region in partition["regions"] or re.match(partition["regionRegex"], region):
            return name
    return "aws"


@cache
def _partitions() -> list[dict[str, Any]]:
    """The partitions, from a file that is small; older botocores have only that of all endpoints."""
    try:
        partitions: list[dict[str, Any]] = _loader().load_data("partitions")["partitions"]
    except DataNotFoundError:
        return [{**each, "id": each["partition"]} for each in _loader().load_data("endpoints")["partitions"]]
    return partitions
