"""`other_services="block"` and `credentials="fake"`: nothing of the developer's own is reached or used."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber

from emrs_mock import mock_emr_serverless
from emrs_mock.wire.doubles import NoDouble
from tests.activation.work import create

SAYS = r's3 ListBuckets was not sent to s3\..*amazonaws\.com.*other_services="allow" \(docs: leaving-the-process\)'
KEYS = {"aws_access_key_id": "AKIDOWN", "aws_secret_access_key": "own"}


@pytest.fixture
def sent(monkeypatch):
    """The requests that leave; each is answered."""
    requests = []

    def send(self, request):
        requests.append(request)
        response = AWSResponse(request.url, 200, {}, None)
        response._content = b"<ListAllMyBucketsResult/>"
        return response

    monkeypatch.setattr(URLLib3Session, "send", send)
    return requests


def s3(**options):
    """A client of another service."""
    return boto3.Session(**KEYS).client("s3", region_name="eu-west-1", **options)


# --- other services -------------------------------------------------------------------------------------------------


def test_other_services_are_allowed_by_default(sent):
    """A mock of EMR Serverless is about nothing else."""
    with mock_emr_serverless():
        s3().list_buckets()
    assert len(sent) == 1


@pytest.mark.parametrize("age", ["before", "used before", "inside"])
def test_a_blocked_call_raises_and_says_how_to_allow_it(sent, age):
    """Whenever its client was made; it is not retried; and before and after the mock it is sent."""
    client = s3()
    if age == "used before":
        client.list_buckets()
    with mock_emr_serverless(other_services="block"):
        client = s3() if age == "inside" else client
        with pytest.raises(NoDouble, match=SAYS):
            client.list_buckets()
    assert len(sent) == (age == "used before")
    client.list_buckets()
    assert len(sent) == (2 if age == "used before" else 1)


def test_emr_serverless_itself_is_answered(sent):
    """Blocked are the others."""
    with mock_emr_serverless(other_services="block"):
        assert create()
    assert sent == []


@pytest.mark.parametrize(
    "url", ["http://localhost:4566", "http://127.0.0.1:5000", "http://minio:9000", "http://0.0.0.0:9000"]
)
def test_an_endpoint_on_this_machine_may_be_called(sent, url):
    """It is a double of AWS."""
    with mock_emr_serverless(other_services="block"):
        s3(endpoint_url=url).list_buckets()
    assert len(sent) == 1


@pytest.mark.parametrize("host", ["localhost:4566", "minio:9000", "host.docker.internal:9000"])
def test_an_address_with_the_name_of_a_bucket_may_be_called(sent, host):
    """It is one of the double at the endpoint."""
    client = s3(endpoint_url=f"http://{host}", config=Config(s3={"addressing_style": "virtual"}))
    with mock_emr_serverless(other_services="block"):
        client.list_objects_v2(Bucket="bucket")
    assert sent[0].url.startswith(f"http://bucket.{host}/")


def test_an_address_below_one_of_aws_is_blocked(sent):
    """A bucket's name may be a double's."""
    client = s3(config=Config(s3={"addressing_style": "virtual"}))
    with mock_emr_serverless(other_services="block"), pytest.raises(NoDouble):
        client.list_objects_v2(Bucket="localhost")
    assert sent == []


def test_a_stubber_answers(sent):
    """Its client reaches nothing."""
    client = s3()
    with mock_emr_serverless(other_services="block"), Stubber(client) as stubber:
        stubber.add_response("list_buckets", {"Buckets": []})
        assert client.list_buckets()["Buckets"] == []
    assert sent == []


def test_a_handler_of_the_users_own_answers(sent):
    """As every double that botocore's events allow."""
    client = s3()
    response = AWSResponse("x", 200, {}, None)
    response._content = b"<ListAllMyBucketsResult/>"
    client.meta.events.register("before-send.s3", lambda **kwargs: response)
    with mock_emr_serverless(other_services="block"):
        client.list_buckets()
    assert sent == []


def test_moto_answers_what_it_knows(sent, monkeypatch):
    """And what it lets through is blocked."""
    moto = pytest.importorskip("moto")
    mock_aws = getattr(moto, "mock_aws", None) or moto.mock_events
    with mock_aws(), mock_emr_serverless(other_services="block"):
        assert boto3.client("events", region_name="eu-west-1").list_rules()["Rules"] == []
    with mock_emr_serverless(other_services="block"), mock_aws():
        assert boto3.client("events", region_name="eu-west-1").list_rules()["Rules"] == []
    assert sent == []


def test_an_async_client_is_blocked_too():
    """aiobotocore's too."""
    session = pytest.importorskip("aiobotocore.session")

    async def main():
        made = session.get_session().create_client("s3", region_name="eu-west-1", **KEYS)
        async with made as client:
            await client.list_buckets()

    with mock_emr_serverless(other_services="block"), pytest.raises(NoDouble, match=SAYS):
        asyncio.run(main())


def test_the_innermost_mock_decides(sent):
    """A context that knows none is blocked if any of the active mocks wants it."""
    client, blocked = s3(), []

    def ask():
        try:
            client.list_buckets()
        except NoDouble as error:
            blocked.append(error)

    with mock_emr_serverless(other_services="block"):
        with mock_emr_serverless():
            ask()
            assert not blocked
            contextvars.Context().run(ask)
            assert len(blocked) == 1
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len(blocked) == 2


def test_deliveries_go_to_doubles_as_ever(sent):
    """They are kept from AWS with any option."""
    with mock_emr_serverless(other_services="block", deliver={"events"}), pytest.raises(Exception, match="double"):
        create()
    assert sent == []


# --- credentials ----------------------------------------------------------------------------------------------------


@pytest.fixture
def own(monkeypatch, tmp_path):
    """A developer's own credentials: a process that gives them, which notes that it ran."""
    ran = tmp_path / "ran"
    script = tmp_path / "give.py"
    script.write_text(
        f"open({str(ran)!r}, 'a').write('x'); import json\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': 'AKIDOWN', 'SecretAccessKey': 'own'}))"
    )
    config = tmp_path / "config"
    process = f"credential_process = {sys.executable} {script}"
    config.write_text(f"[default]\n{process}\n[profile ours]\n{process}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return ran


def key_of(session) -> str | None:
    """The access key that a session has."""
    return session.get_credentials().access_key


@pytest.mark.parametrize("profile", [None, "ours"])
def test_own_credentials_are_the_default(own, profile):
    """Those of the client that is made, as without a mock."""
    with mock_emr_serverless():
        assert key_of(boto3.Session(profile_name=profile)) == "AKIDOWN"


@pytest.mark.parametrize("profile", [None, "ours"])
def test_with_fake_ones_no_process_is_run(own, profile):
    """For no profile; the session finds its own afterwards, the client keeps what it got."""
    with mock_emr_serverless(credentials="fake"):
        session = boto3.Session(profile_name=profile)
        client = session.client("s3", region_name="eu-west-1")
        assert client._request_signer._credentials.access_key == key_of(session) == "testing"
        assert session.client("emr-serverless", region_name="eu-west-1").list_applications()["applications"] == []
    assert not own.exists()
    assert key_of(session) == "AKIDOWN"
    assert own.exists()


def test_a_session_that_has_found_its_own_gives_fake_ones_inside(own):
    """Clients made inside get test credentials, however old the session."""
    session = boto3.Session()
    assert key_of(session) == "AKIDOWN"
    with mock_emr_serverless(credentials="fake"):
        assert key_of(session) == "testing"
    assert key_of(session) == "AKIDOWN"


def test_keys_that_the_code_gives_stay(own):
    """They are no secret of the machine's, and say which account calls."""
    with mock_emr_serverless(credentials="fake", accounts={"AKIDOWN": "111111111111"}) as emr:
        assert key_of(boto3.Session(**KEYS)) == "AKIDOWN"
        client = boto3.client("emr-serverless", region_name="eu-west-1", **KEYS)
        client.create_application(name="etl", type="SPARK", releaseLabel="emr-6.6.0")
        assert ":111111111111:" in emr.applications[0].arn


def test_an_async_client_gets_fake_ones_too(own):
    """And runs no process."""
    session = pytest.importorskip("aiobotocore.session")

    async def main():
        made = session.get_session()
        async with made.create_client("emr-serverless", region_name="eu-west-1") as client:
            await client.list_applications()
        return (await made.get_credentials()).access_key

    with mock_emr_serverless(credentials="fake"):
        assert asyncio.run(main()) == "testing"
    assert not own.exists()
