"""A mock that is served on loopback, and clients in this process that reach it by its URL."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import boto3
import pytest

from emrs_mock.activation.mock import SURROUNDINGS
from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.options import Options
from tests.service.requests import START


@pytest.fixture(autouse=True)
def _clients_retry_at_once(monkeypatch):
    """botocore waits between tries; these tests do not."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def emr():
    """The handle of a mock that is active nowhere: clients of this process reach it by its URL and in no other way."""
    emr = EMRServerless(Options(clock="manual", start=START), SURROUNDINGS)
    emr._open()
    yield emr
    emr._close()


@pytest.fixture
def url(emr):
    """The URL of the mock."""
    with emr.serve() as url:
        yield url


@pytest.fixture
def raw(url):
    """Opens a connection to the server, to send bytes as they are."""
    address = urlsplit(url)
    opened = []

    def connect() -> socket.socket:
        connection = socket.create_connection((address.hostname, address.port), timeout=5)
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()


def client_of(url: str, region: str = "eu-west-1", key: str = "AKIAIOSFODNN7EXAMPLE", config=None):
    """A boto3 client of that URL, with retries as boto3 has them."""
    return boto3.client(
        "emr-serverless", region, endpoint_url=url, aws_access_key_id=key, aws_secret_access_key="secret", config=config
    )
