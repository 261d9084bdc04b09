"""What the installed service model knows by name, for messages and checks of what a test's author says."""

from __future__ import annotations

from emrs_mock.wire.codec import COMMON_STATUSES, installed

_COMMON_400 = ("MalformedHttpRequest", "RequestAborted", "Throttling")  # facts §6
_SUFFIX = "Exception"


def operations() -> list[str]:
    """The operations that the installed botocore has."""
    return list(installed().model.operation_names)


def error_codes() -> list[str]:
    """The errors that the model has, then AWS's common ones; the latter exist with and without their suffix."""
    modelled = sorted(shape.name for shape in installed().model.error_shapes)
    common = sorted({*COMMON_STATUSES, *_COMMON_400})
    return [*modelled, *(code + _SUFFIX for code in common), *common]
