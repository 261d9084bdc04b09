"""The names of operations and errors in the installed service model, for checks of what a test's author writes."""

from __future__ import annotations

from emrs_mock.wire.codec import COMMON_STATUSES, installed

_COMMON_400 = ("MalformedHttpRequest", "RequestAborted", "Throttling")  # facts §6
_SUFFIX = "Exception"


def operations() -> list[str]:
    """The operations of the installed botocore."""
    return list(installed().model.operation_names)


def error_codes() -> list[str]:
    """The errors of the model, then AWS's common errors, with and without the suffix "Exception"."""
    modelled = sorted(shape.name for shape in installed().model.error_shapes)
    common = sorted({*COMMON_STATUSES, *_COMMON_400})
    return [*modelled, *(code + _SUFFIX for code in common), *common]
