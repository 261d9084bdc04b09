"""Where deliveries may go besides moto: doubles behind an endpoint that is no address of AWS's."""

from __future__ import annotations

import botocore
import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from emrs_mock import DeliveryError, mock_emr_serverless
from emrs_mock.wire import doubles
from tests.observation.deliveries.arrived import REGION, TO_S3, finish

needs_variable = pytest.mark.skipif(
    tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 31), reason="AWS_ENDPOINT_URL means nothing yet"
)


@pytest.fixture
def sent(monkeypatch):
    """The requests that would leave the process; each is answered, and none is sent."""
    sent = []

    def send(self, request):
        sent.append(request)
        response = AWSResponse(request.url, 200, {}, None)
        response._content = b""
        return response

    monkeypatch.setattr(URLLib3Session, "send", send)
    return sent


def deliver():
    """Run a job whose logs are delivered to S3."""
    with mock_emr_serverless(clock="manual", deliver={"s3"}) as emr:
        finish(emr, emr.client(REGION), TO_S3)


@needs_variable
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_a_double_behind_an_endpoint_on_this_machine_gets_what_is_delivered(monkeypatch, sent, name):
    """Without a proxy, with dummy keys, and with the bucket in the path: `job-logs.localhost` may not exist."""
    monkeypatch.setenv(name, "http://localhost:4566")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    deliver()
    assert len(sent) == 8
    assert {request.url.partition("/emr/")[0] for request in sent} == {"http://localhost:4566/job-logs"}
    assert all("Credential=emrs-mock/" in str(request.headers["Authorization"]) for request in sent)


@needs_variable
def test_the_keys_of_the_environment_are_used(monkeypatch, sent):
    """A double may recognise accounts by them."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "000000000001")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    deliver()
    assert all("Credential=000000000001/" in str(request.headers["Authorization"]) for request in sent)


@needs_variable
def test_an_endpoint_elsewhere_gets_nothing(monkeypatch, sent):
    """It could belong to anyone."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://minio.example.com")
    with pytest.raises(DeliveryError, match=r"so PUT https://minio\.example\.com/job-logs/emr/.* was not sent"):
        deliver()
    assert sent == []


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:4566",
        "http://127.0.0.1:5000",
        "http://[::1]:5000",
        "http://s3.localhost:9000",
        "https://localhost.localstack.cloud:4566",
        "https://s3.localhost.localstack.cloud:4566",
        "http://host.docker.internal:4566",
        "http://localstack:4566",
    ],
)
def test_doubles_are_on_this_machine_or_in_a_container_beside(url):
    """By what their hosts are called."""
    assert doubles.is_a_doubles(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.eu-west-1.amazonaws.com",
        "https://logs.cn-north-1.amazonaws.com.cn",
        "https://vpce-1.s3.eu-west-1.vpce.amazonaws.com",
        "http://10.0.0.7:4566",
        "http://[2001:db8::1]:4566",
        "http://134744072:4566",
        "https://localhost.example.com",
        "https://mylocalhost.com",
    ],
)
def test_what_may_be_aws_is_no_double(url):
    """An unknown host could be AWS."""
    assert not doubles.is_a_doubles(url)
