"""The model's checks for values that did not come over the wire: what a test's author arranges.

What a request is checked for on its way is in `exchange`.
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
    """A copy of `params`, as a client could have sent them; idempotency tokens may be left out.

    Raises ValueError, in botocore's words, for types, unknown and missing members, and
    ValidationException as a ServiceError for what the model refuses beyond that.
    """
    codec, model = installed().known(operation), installed().model.operation_model(operation)
    given = deepcopy(dict(params))
    complete = {**dict.fromkeys(model.idempotent_members, "emrs-mock"), **given}
    report = ParamValidator().validate(complete, model.input_shape)
    if report.has_errors():
        raise ValueError(f"{operation}: {report.generate_report()}")
    if violations := codec.validate(complete):
        raise ServiceError("ValidationException", "; ".join(violations))
    return given


def problems_of(shape_name: str, value: Any) -> list[str]:
    """What the model's shape of this name has against a value of its type: "Member must …", or nothing."""
    shape = installed().model.shape_for(shape_name)
    return [text for holds, text in constraints(shape) if not holds(value)]
