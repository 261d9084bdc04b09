"""What clients made under a mock see of the environment, and that it is put back exactly."""

from __future__ import annotations

import os
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ProfileNotFound

from emrs_mock import mock_emr_serverless
from tests.activation.work import create

CONTAINER = [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
]


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


@pytest.mark.parametrize("name", CONTAINER)
def test_container_credentials_are_not_asked_for(monkeypatch, name):
    """Making a client would send a request."""
    monkeypatch.setenv(name, "/credentials")
    with mock_emr_serverless():
        assert name not in os.environ
        assert boto3.Session().get_credentials() is None
    assert os.environ[name] == "/credentials"


def test_the_metadata_service_is_not_asked():
    """Making a client would wait for an address that does not answer."""
    with mock_emr_serverless():
        assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"
        assert boto3.Session().get_credentials() is None
    assert "AWS_EC2_METADATA_DISABLED" not in os.environ


@pytest.mark.parametrize("value", ["", "false", "true"])
def test_what_somebody_has_said_about_the_metadata_service_stays(monkeypatch, value):
    """Empty is not unset."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", value)
    with mock_emr_serverless():
        assert os.environ["AWS_EC2_METADATA_DISABLED"] == value
    assert os.environ["AWS_EC2_METADATA_DISABLED"] == value


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_profile_that_no_file_has_is_hidden(monkeypatch, name):
    """A client could not be made."""
    monkeypatch.setenv(name, "nobodys")
    with pytest.raises(ProfileNotFound):
        region()
    with mock_emr_serverless():
        assert region() == "us-east-1"
    assert os.environ[name] == "nobodys"


@pytest.mark.parametrize("where", [{"config": "[profile ours]"}, {"credentials": "[ours]"}])
def test_a_profile_that_a_file_has_stays(monkeypatch, files, where):
    """In either file."""
    files(**where)
    monkeypatch.setenv("AWS_PROFILE", "ours")
    with mock_emr_serverless():
        assert os.environ["AWS_PROFILE"] == "ours"
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
        assert "AWS_DEFAULT_REGION" not in os.environ
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
    files(config="no section")
    with mock_emr_serverless():
        assert create()


def test_nested_mocks_change_the_environment_once():
    """It comes back with the last that leaves, in whatever order."""
    first, second = mock_emr_serverless(), mock_emr_serverless()
    first.start()
    second.start()
    first.stop()
    assert os.environ["AWS_DEFAULT_REGION"] == "us-east-1"
    second.stop()
    assert "AWS_DEFAULT_REGION" not in os.environ


def test_what_is_changed_under_the_mock_stays_as_it_was_changed(monkeypatch):
    """Only what still is as the mock set it is put back."""
    monkeypatch.setenv("AWS_PROFILE", "nobodys")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with mock_emr_serverless():
        os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
        os.environ["AWS_PROFILE"] = "mine"
        del os.environ["AWS_EC2_METADATA_DISABLED"]
    assert os.environ.pop("AWS_DEFAULT_REGION") == "eu-west-1"
    assert os.environ["AWS_PROFILE"] == "mine"
    assert "AWS_EC2_METADATA_DISABLED" not in os.environ
