"""What clients find that are made inside of a mock; the environment stays the user's."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import unittest.mock
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import CredentialRetrievalError, ProfileNotFound
from botocore.httpsession import URLLib3Session

from emrs_mock import mock_emr_serverless
from tests.activation.work import client, create
from tests.conftest import changes, process


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Write a config file and a credentials file."""

    def write(config: str = "", credentials: str = "") -> None:
        for variable, name, text in (
            ("AWS_CONFIG_FILE", "config", config),
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", credentials),
        ):
            (tmp_path / name).write_text(text, encoding="utf-8")
            monkeypatch.setenv(variable, str(tmp_path / name))

    return write


def region(**session) -> str:
    """The region of a client that is made now."""
    return boto3.Session(**session).client("emr-serverless").meta.region_name


def test_a_client_needs_neither_region_nor_credentials():
    """On a machine that has nothing."""
    with mock_emr_serverless():
        client = boto3.Session().client("emr-serverless")
        assert client.list_applications()["applications"] == []
        assert client.meta.region_name == "us-east-1"
    assert boto3.Session().region_name is None


@pytest.fixture
def asked(monkeypatch):
    """The addresses that are asked for credentials or a region, and answer as those of AWS do."""
    urls = []
    expires = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    keys = {"AccessKeyId": "ASIAINSTANCE", "SecretAccessKey": "s", "Token": "t", "Code": "Success", "Type": "AWS-HMAC"}
    answers = {
        "/latest/api/token": b"token",
        "/latest/meta-data/iam/security-credentials/": b"role",
        "/latest/meta-data/placement/availability-zone/": b"eu-north-1a",
        "/latest/meta-data/placement/availability-zone": b"eu-north-1a",
    }

    def send(self, request):
        urls.append(request.url)
        path = urlsplit(request.url).path
        body = answers.get(path, json.dumps({**keys, "Expiration": expires, "LastUpdated": expires}).encode())
        response = AWSResponse(request.url, 200, {}, None)
        response._content = body
        return response

    monkeypatch.setattr(URLLib3Session, "send", send)
    return urls


@pytest.fixture
def default_session(monkeypatch):
    """boto3's own default session: to be made by the test, and forgotten after it."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def key_of(session) -> str | None:
    """The access key that a session has found."""
    found = session.get_credentials()
    return found and found.access_key


@pytest.mark.parametrize("name", ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"])
def test_container_credentials_are_asked_for_outside_of_the_mock_only(monkeypatch, asked, name):
    """Making a client inside would send a request; the session finds them afterwards."""
    monkeypatch.setenv(name, "http://localhost/me" if "FULL" in name else "/me")
    with mock_emr_serverless():
        session = boto3.Session()
        assert key_of(session) is None
        assert asked == []
    assert key_of(session) == "ASIAINSTANCE"


@pytest.mark.parametrize("source", ["Ec2InstanceMetadata", "EcsContainer"])
@pytest.mark.parametrize("profile", ["direct", "by_profile", "by_itself"])
def test_a_role_with_credentials_of_the_machine_is_not_assumed(monkeypatch, files, asked, source, profile):
    """A client is made without them, as anywhere else; none are asked for."""
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/me")
    role = "role_arn = arn:aws:iam::123456789012:role/etl"
    files(
        f"[profile direct]\n{role}\ncredential_source = {source}\n"
        f"[profile by_profile]\n{role}\nsource_profile = direct\n"
        f"[profile by_itself]\n{role}\nsource_profile = by_itself\ncredential_source = {source}\n"
    )
    with mock_emr_serverless():
        session = boto3.Session(profile_name=profile)
        assert session.client("emr-serverless").list_applications()["applications"] == []
        assert (key_of(session), asked) == (None, [])


def test_a_role_without_the_credentials_of_its_source_is_an_error(monkeypatch, files):
    """The environment is no other place under a mock."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    files("[profile mine]\nrole_arn = arn:aws:iam::123456789012:role/etl\ncredential_source = Environment\n")
    with mock_emr_serverless(), pytest.raises(CredentialRetrievalError):
        boto3.Session(profile_name="mine").client("emr-serverless")


def test_the_default_session_has_its_instance_credentials_after_the_mock(asked, default_session):
    """Made inside it finds none, as the metadata service is not asked there; afterwards it does."""
    with mock_emr_serverless():
        boto3.client("emr-serverless").list_applications()
        assert boto3.DEFAULT_SESSION.get_credentials() is None
        assert asked == []
    assert key_of(boto3.DEFAULT_SESSION) == "ASIAINSTANCE"


def test_the_metadata_service_is_not_asked_for_a_region(monkeypatch, asked):
    """As the defaults mode `auto` does."""
    monkeypatch.setenv("AWS_DEFAULTS_MODE", "auto")
    with mock_emr_serverless():
        boto3.Session().client("emr-serverless").list_applications()
    assert asked == []


@pytest.mark.parametrize("aiobotocore_first", [True, False])
def test_an_async_client_does_not_ask_either(aiobotocore_first):
    """Whether aiobotocore was imported before the mock began, or inside it."""
    pytest.importorskip("aiobotocore")
    code = f"""
import asyncio, socket, sys
socket.socket.connect = lambda *args: sys.exit("asked")
import emrs_mock
if {aiobotocore_first}:
    import aiobotocore.session

async def main():
    import aiobotocore.session
    async with aiobotocore.session.get_session().create_client("emr-serverless") as client:
        await client.list_applications()

with emrs_mock.mock_emr_serverless():
    asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(("value", "key"), [("", "ASIAINSTANCE"), ("false", "ASIAINSTANCE"), ("true", None)])
def test_what_the_user_has_said_about_the_metadata_service_holds(monkeypatch, asked, value, key):
    """Empty is not unset."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", value)
    with mock_emr_serverless():
        assert key_of(boto3.Session()) == key


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_profile_that_no_file_has_is_hidden(monkeypatch, name):
    """A client could not be made."""
    monkeypatch.setenv(name, "nobodys")
    with pytest.raises(ProfileNotFound):
        region()
    with mock_emr_serverless():
        assert region() == "us-east-1"
    with pytest.raises(ProfileNotFound):
        region()


def test_a_profile_that_the_code_asks_for_and_no_file_has_is_an_error():
    """As without a mock: it is not the machine that is to blame."""
    with mock_emr_serverless(), pytest.raises(ProfileNotFound):
        region(profile_name="nobodys")


@pytest.mark.parametrize("where", [{"config": "[profile ours]"}, {"credentials": "[ours]"}])
def test_a_profile_that_a_file_has_stays(monkeypatch, files, where):
    """In either file."""
    files(**where)
    monkeypatch.setenv("AWS_PROFILE", "ours")
    with mock_emr_serverless():
        assert boto3.Session().profile_name == "ours"
        assert region() == "us-east-1"


def test_a_region_of_the_environment_stays(monkeypatch):
    """The default is for those who have said nothing."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_emr_serverless():
        assert region() == "eu-west-1"


@pytest.mark.parametrize(
    "where", [{"config": "[default]\nregion = eu-west-1"}, {"credentials": "[default]\nregion = eu-west-1"}]
)
def test_a_region_of_a_file_counts(files, where):
    """A variable would override it."""
    files(**where)
    with mock_emr_serverless():
        assert region() == "eu-west-1"


def test_the_region_of_any_profile_counts(files):
    """A session may name the profile."""
    files(config="[default]\noutput = json\n[profile ours]\nregion = eu-west-1")
    with mock_emr_serverless():
        assert region(profile_name="ours") == "eu-west-1"


def test_a_file_that_changes_is_read_again(files):
    """What is remembered of a file holds for this content only."""
    files()
    with mock_emr_serverless():
        assert region() == "us-east-1"
    files(config="[default]\nregion = eu-west-1")
    with mock_emr_serverless():
        assert region() == "eu-west-1"


def test_a_file_that_cannot_be_read_is_no_concern_of_the_mock(files):
    """A client that is there already works; who makes one is told by botocore."""
    client()
    files(config="no section")
    with mock_emr_serverless():
        assert create()


@pytest.mark.parametrize("where", ["time.sleep", "botocore.endpoint.Endpoint._send", "datetime.datetime"])
def test_every_test_checks_that_the_process_is_as_it_was(monkeypatch, where):
    """The check of conftest.py can fail: for a module, a class of it, and a fake that takes a type's place."""
    before = process()
    monkeypatch.setattr(where, type("Fake", (), {}))
    assert changes(before) == [where]


SET = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_PROFILE": "mine", "AWS_EC2_METADATA_DISABLED": "true"}


def test_a_mock_leaves_the_environment_alone():
    """Whatever it is: nothing is set, hidden or put back."""
    before = dict(os.environ)
    with mock_emr_serverless():
        assert dict(os.environ) == before
        os.environ.update(SET)
    assert {name: os.environ.pop(name) for name in SET} == SET
    assert dict(os.environ) == before


@pytest.mark.parametrize("order", [*itertools.permutations(["mock", "outer mock", "monkeypatch", "patch.dict"])])
@pytest.mark.parametrize("sets_inside", [True, False])
def test_the_environment_is_right_in_whatever_order_everything_is_undone(order, sets_inside):
    """pytest's monkeypatch and mock's patch.dict put back what they found, also after the mock has ended."""
    before = dict(os.environ)
    patch, changed = pytest.MonkeyPatch(), unittest.mock.patch.dict(os.environ, {"AWS_PROFILE": "mine"})
    mocks = [mock_emr_serverless(), mock_emr_serverless()]
    patches = [changed.start, lambda: [patch.setenv(name, value) for name, value in SET.items()]]
    begins = [mock.start for mock in mocks]
    for begin in [*begins, *patches] if sets_inside else [*patches, *begins]:
        begin()
    ends = {"outer mock": mocks[0].stop, "mock": mocks[1].stop, "monkeypatch": patch.undo, "patch.dict": changed.stop}
    # Two that patch the same variables are undone in their own order, or they would be wrong without a mock too.
    for name in order if order.index("monkeypatch") < order.index("patch.dict") else reversed(order):
        ends[name]()
    assert dict(os.environ) == before
