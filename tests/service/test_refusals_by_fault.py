"""What AWS refuses for reasons outside of the service: the test's author arranges it (facts §2.2, §13)."""

from __future__ import annotations

import pytest

from tests.service.requests import refused

SLR = "Access denied when calling CreateServiceLinkedRole operation"
DENIED = (
    "User: arn:aws:iam::123456789012:user/etl is not authorized to perform: emr-serverless:CreateApplication "
    "on resource: arn:aws:emr-serverless:us-east-1:123456789012:/*"
)


@pytest.mark.parametrize(
    ("code", "text", "status"),
    [("ValidationException", SLR, 400), ("AccessDeniedException", DENIED, 403)],
    ids=["2.2 no right to the service-linked role", "13 no right to the operation"],
)
def test_2_2_13_what_iam_refuses_is_a_fault_of_the_authors(emr, client, code, text, status):
    """In AWS's words and with its status; no application comes of it."""
    with emr.fault("CreateApplication").error(code, text):
        assert refused(client.create_application, releaseLabel="emr-7.2.0", type="SPARK") == (code, text, status)
    assert not emr.applications
