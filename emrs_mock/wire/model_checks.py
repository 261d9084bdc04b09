"""Applies the model's checks to values that a test's author arranges.

The checks of a request are in `exchange`.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from botocore.validate import ParamValidator

from emrs_mock._call import ServiceError
from emrs_mock.wire.codec import installed
from emrs_mock.wire.validate import constraints


def checked(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of `params`, which must be such as a client can send; idempotency tokens may be missing.

    Raises ValueError with botocore's text for wrong types and for unknown or missing members, and ServiceError with the
    code ValidationException for values that break another constraint of the model.
    """
    codec, model = installed().known(operation), installed().model.operation_model(operation)
    given = deepcopy(dict(params))
    complete = {**dict.fromkeys(model.idempotent_members, "emrs-mock"), **given}
    report = ParamValidator().validate(complete, model.input_shape)
    if report.has_errors():
        raise ValueError(f"{operation}: {report.generate_report()} (docs: handle)")
    if violations := codec.validate(complete):
        raise ServiceError("ValidationException", "; ".join(violations))
    return given


def problems_of(shape_name: str, value: Any) -> list[str]:
    """The constraints that a value breaks, of the model's shape with this name: texts that begin with "Member must"."""
    shape = installed().model.shape_for(shape_name)
    return [text for holds, text in constraints(shape) if not holds(value)]
