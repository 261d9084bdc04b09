"""What tests share: plain boto3 against one mock whose clock stands still until it is moved; the marker `needs_model`.

A room whose tests need another `emr` or `client` has a fixture of that name in its own conftest.
"""

from __future__ import annotations

from functools import partial

import boto3
import pytest

from emrs_mock import mock_emr_serverless
from tests.service.model import has
from tests.service.requests import START, Refusal, create_application, nothing_changes, refused, start_job_run

NEWEST = "StartJobRun.flexExecution"
"""What came last: a model that has this has all that any test needs."""


def pytest_configure(config):
    """Know the marker, which no other tests need."""
    config.addinivalue_line(
        "markers",
        "needs_model(*names): operations, or members as in StartJobRun.mode, which an old service model does not have",
    )


def pytest_collection_modifyitems(config, items):
    """Leave out what the installed model cannot say: an old botocore has neither sessions nor retries."""
    lacking = [item for item in items if not all(has(n) for m in item.iter_markers("needs_model") for n in m.args)]
    if lacking and has(NEWEST):
        raise pytest.UsageError(f"needs_model names what no model has: {[item.nodeid for item in lacking]}")
    if lacking:
        config.hook.pytest_deselected(items=lacking)
        items[:] = [item for item in items if item not in lacking]


@pytest.fixture
def emr():
    """The handle of the mock."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        yield emr


@pytest.fixture(scope="session")
def plain_client():
    """A boto3 client that knows of no mock and was there before any: to make one takes longer than most tests do."""
    return boto3.client("emr-serverless", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def client(emr, plain_client):
    """A boto3 client, answered by `emr`."""
    return plain_client


@pytest.fixture
def refuses(emr):
    """Make a call that must be refused and must change nothing; returns the code, the message and the HTTP status."""

    def refuses(call, **members) -> Refusal:
        with nothing_changes(emr):
            return refused(call, **members)

    return refuses


@pytest.fixture
def create(client):
    """CreateApplication with these members; returns the id."""
    return partial(create_application, client)


@pytest.fixture
def app(emr):
    """The id of an application that is STARTED."""
    return emr.add_application().id


@pytest.fixture
def submit(client, app):
    """StartJobRun on `app` with these members; returns the id."""
    return partial(start_job_run, client, app)
