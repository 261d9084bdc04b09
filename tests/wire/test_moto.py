"""moto may be active at the same time: it keeps its services, and EMR Serverless is ours."""

from __future__ import annotations

import pytest

from tests.wire.conftest import Toy, client, session


@pytest.fixture
def moto(monkeypatch):
    """moto, active for EMR Serverless too, and what its handler was called for."""
    import moto
    from moto.core import botocore_stubber

    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    heard = []
    real = botocore_stubber.BotocoreStubber.__call__

    def noting(self, event_name, request, **kwargs):
        heard.append(event_name)
        return real(self, event_name, request, **kwargs)

    monkeypatch.setattr(botocore_stubber.BotocoreStubber, "__call__", noting)
    # One decorator since moto 5, one for each service before.
    mocks = [moto.mock_aws()] if hasattr(moto, "mock_aws") else [moto.mock_s3(), moto.mock_emrserverless()]
    for mock in mocks:
        mock.start()
    yield heard
    for mock in reversed(mocks):
        mock.stop()


def test_our_answer_arrives_and_moto_is_not_asked(moto, active):
    """moto would create an application of its own, and an error of its own would take ours away."""
    active.host = Toy(lambda call: {"applicationId": "ours"})
    created = client().create_application(releaseLabel="emr-7.1.0", type="SPARK")
    assert created["applicationId"] == "ours"
    assert len(active.host.calls) == 1
    assert moto == []


def test_moto_keeps_its_own_services(moto, toy):
    """A bucket is moto's, also for a call made on the way of one of ours."""
    s3 = session().create_client("s3", region_name="us-east-1")
    emr = client()
    emr.meta.events.register(
        "before-sign.emr-serverless", lambda **kwargs: s3.create_bucket(Bucket="job-logs") and None
    )
    emr.list_applications()
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["job-logs"]
    assert len(toy.calls) == 1


def test_without_a_mock_moto_answers(moto, network, active):
    """When ours has ended, moto has EMR Serverless back."""
    active.host = Toy(lambda call: {"applications": []})
    client().list_applications()
    assert moto == []
    active.host = None
    assert client().list_applications()["applications"] == []
    assert moto == ["before-send.emr-serverless.ListApplications"]
    assert network.sent == []
