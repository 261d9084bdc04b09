"""What a test does inside a mock, as a user would: through a client."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3

import emrs_mock
from emrs_mock.activation import active_mocks


@cache
def client() -> Any:
    """One client for all: making one is slow, and it may be used before, in and after any mock."""
    return boto3.Session().client(
        "emr-serverless", region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret"
    )


def create(name: str = "etl") -> str:
    """Create an application; returns its id."""
    return client().create_application(name=name, type="SPARK", releaseLabel="emr-7.2.0")["applicationId"]


def names() -> list[str]:
    """The names of the applications of the mock that is active here."""
    return [each.name for each in emrs_mock.current().applications]


def listed() -> list[str]:
    """The same, as the service tells them."""
    return sorted(each["name"] for each in client().list_applications()["applications"])


def is_active() -> bool:
    """Whether a call made here would be answered by a mock."""
    return active_mocks.find() is not None
