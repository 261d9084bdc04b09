"""No EMR Serverless request leaves the process while a mock is active, whatever made the client, and when."""

from __future__ import annotations

import contextvars
import gc
import weakref
from datetime import datetime, timedelta, timezone

import botocore.credentials
import botocore.endpoint
import botocore.hooks
import botocore.session
import pytest
from botocore.stub import Stubber

from emrs_mock.wire import attach
from tests.wire.conftest import Toy, canned, client, session

GET = {"applicationId": "00f1cbsc6anuij25"}


# --- whatever made the client, and when -----------------------------------------------------------------------------


def test_clients_and_sessions_of_any_age_are_caught(active):
    """Made and used before the mock, made before it, made inside it from an old session, and from a new one."""
    old_session, old_client = session(), client()
    toy = active.host = Toy()
    for emr in (old_client, old_session.create_client("emr-serverless", region_name="us-east-1"), client()):
        emr.list_applications()
    assert len(toy.calls) == 3


def test_a_client_used_before_the_mock_is_caught(active, network):
    """A first call to the real service does not make a client immune."""
    emr = client()
    network.allowed = True
    emr.list_applications()
    toy = active.host = Toy()
    emr.list_applications()
    assert (len(network.sent), len(toy.calls)) == (1, 1)


def test_a_client_used_after_the_mock_behaves_as_before_it(active, network):
    """It signs with its own credentials, and sends."""
    emr = client()
    active.host = Toy()
    emr.list_applications()
    active.host = None
    network.allowed = True
    emr.list_applications()
    (request,) = network.sent
    assert b"Credential=AKIDEXAMPLE/" in request.headers["Authorization"]


def test_nothing_is_signed_under_a_mock(toy):
    """No signature is made of a real secret."""
    emr = client()
    seen = []
    emr.meta.events.register_first("before-send.*", lambda request, **_: seen.append(request.headers))
    emr.list_applications()
    (headers,) = seen
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint_url": "http://localhost:4566"},
        {"endpoint_url": "https://proxy.example.com/aws/applications/x/emr"},
        {"config": {"use_fips_endpoint": True}},
        {"config": {"use_dualstack_endpoint": True}},
        {"config": {"signature_version": botocore.UNSIGNED}},
        {"config": {"proxies": {"https": "http://proxy.invalid"}, "max_pool_connections": 1}},
        {"region_name": "cn-north-1"},
    ],
)
def test_any_endpoint_is_caught(toy, options):
    """The service is known by its model; a path is read from its end."""
    client(**options).get_job_run(applicationId="00f1", jobRunId="00f2")
    assert toy.calls[0].params == {"applicationId": "00f1", "jobRunId": "00f2"}


def test_the_caller_of_a_client_that_does_not_sign_is_unknown(toy):
    """Its credentials are not looked at."""
    client(config={"signature_version": botocore.UNSIGNED}).list_applications()
    assert toy.callers == [(None, None)]


def test_no_credentials_are_needed(toy, monkeypatch):
    """A client without credentials works, and its caller is unknown."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    botocore.session.Session().create_client("emr-serverless", region_name="us-east-1").list_applications()
    assert toy.callers == [(None, None)]


def test_refreshable_credentials_are_not_refreshed(toy):
    """Signing is off, and the caller is read from the fields that the credentials have already."""
    expired = botocore.credentials.RefreshableCredentials(
        "ASIAEXPIRED", "secret", "token", datetime.now(timezone.utc) - timedelta(hours=1), pytest.fail, "sso"
    )
    deferred = botocore.credentials.DeferredRefreshableCredentials(pytest.fail, "assume-role")
    for credentials in (expired, deferred):
        made = botocore.session.Session()
        made._credentials = credentials
        made.create_client("emr-serverless", region_name="us-east-1").list_applications()
    assert [key for key, _ in toy.callers] == ["ASIAEXPIRED", None]


def test_an_account_that_the_credentials_know_is_passed_on(toy):
    """Newer releases of botocore know the account of some credentials."""
    credentials = botocore.credentials.Credentials("AKIDEXAMPLE", "secret")
    credentials.account_id = "999999999999"
    made = botocore.session.Session()
    made._credentials = credentials
    made.create_client("emr-serverless", region_name="us-east-1").list_applications()
    assert toy.callers == [("AKIDEXAMPLE", "999999999999")]


def test_other_services_are_not_touched(toy, network):
    """Their requests are signed and sent as ever, their endpoints carry nothing of ours."""
    network.allowed = True
    clusters = session().create_client("emr", region_name="us-east-1")
    clusters.list_clusters()
    (request,) = network.sent
    assert "Authorization" in request.headers
    assert "_send" not in vars(clusters._endpoint)
    assert toy.calls == []


def test_a_presigned_url_is_signed_as_ever(emr, toy):
    """It is no call."""
    emr.list_applications()
    assert "X-Amz-Signature=" in emr.generate_presigned_url("list_applications")


# --- which mock answers ---------------------------------------------------------------------------------------------


def test_a_bound_client_belongs_to_its_mock(active):
    """Whatever else is active, and when nothing is."""
    mine, other = Toy(), Toy()
    emr = client()
    attach.bind(emr, mine)
    for host in (None, other, mine):
        active.host = host
        emr.list_applications()
    assert (len(mine.calls), len(other.calls)) == (3, 0)


def test_what_find_raises_reaches_the_caller(emr, active):
    """If several mocks are active and none can be chosen, the caller gets the error without a retry."""
    asked = []

    def unsure():
        asked.append(1)
        raise RuntimeError("Several mocks are active")

    attach.install(unsure)
    with pytest.raises(RuntimeError, match="Several mocks"):
        emr.list_applications()
    assert asked == [1]


def test_a_call_is_answered_by_the_mock_that_it_began_under(emr, active):
    """If a mock ends between signing and sending, the request is still not sent."""
    toy = active.host = Toy()

    def end_it(**kwargs):
        active.host = None

    emr.meta.events.register("before-sign.emr-serverless", end_it, unique_id="end-it")
    emr.list_applications()
    emr.meta.events.unregister("before-sign.emr-serverless", unique_id="end-it")
    assert len(toy.calls) == 1


def test_calls_within_a_call_are_answered(emr, toy):
    """A handler of the user's may call the service itself."""
    inner = client()

    def ask(**kwargs):
        inner.get_application(**GET)

    emr.meta.events.register("before-sign.emr-serverless", ask, unique_id="ask")
    emr.list_applications()
    emr.meta.events.unregister("before-sign.emr-serverless", unique_id="ask")
    assert [call.operation for call in toy.calls] == ["GetApplication", "ListApplications"]


def test_a_context_born_within_a_call_is_not_taken_for_the_call(active, network):
    """A task that a handler starts inherits the context of the call, and may outlive the mock."""
    emr, born = client(), []
    active.host = Toy()
    emr.meta.events.register("before-sign.emr-serverless", lambda **kwargs: born.append(contextvars.copy_context()))
    emr.list_applications()
    active.host, network.allowed = None, True
    born[0].run(emr.list_applications)
    assert "Authorization" in network.sent[0].headers


def test_an_endpoint_is_not_kept_alive(toy):
    """Registration and `bind` keep no reference to it."""
    emr = client()
    attach.bind(emr, toy)
    emr.list_applications()
    gone = weakref.ref(emr._endpoint)
    del emr
    gc.collect()
    assert gone() is None


# --- what can go wrong on the way -----------------------------------------------------------------------------------


def test_what_stands_before_the_network_comes_back_when_it_was_taken_off(toy, monkeypatch):
    """A patch of an endpoint that is undone after our first call leaves it without us; the next call mends that."""
    emr = client()
    monkeypatch.setattr(emr._endpoint, "_send", lambda request: canned(), raising=False)
    emr.list_applications()
    monkeypatch.undo()
    emr.list_applications()
    assert len(toy.calls) == 2


def test_the_send_of_another_library_is_still_used(active, network):
    """A function that another library put on an endpoint gets the requests that are really sent."""
    emr, sent = client(), []
    emr._endpoint._send = lambda request: sent.append(request) or canned()
    active.host = Toy()
    emr.list_applications()
    active.host = None
    emr.list_applications()
    assert len(sent) == 1


def test_the_wrapper_comes_back_when_it_was_taken_off(active, monkeypatch):
    """A patch that was made before us and is undone after us restores the original; the next mock mends that."""
    with monkeypatch.context() as patch:
        original = botocore.endpoint.Endpoint.make_request
        while hasattr(original, "__wrapped__"):
            original = original.__wrapped__
        patch.setattr(botocore.endpoint.Endpoint, "make_request", original)
        attach.install(active.find)
        toy = active.host = Toy()
        client().list_applications()
        wrapped = botocore.endpoint.Endpoint.make_request
        attach.install(active.find)
        assert botocore.endpoint.Endpoint.make_request is wrapped
    assert len(toy.calls) == 1


def test_the_whole_event_chain_is_emitted(active, monkeypatch):
    """The events of a call under a mock are those of a call with a canned answer, in number and in order."""
    emitted = []
    emit = botocore.hooks.HierarchicalEmitter._emit

    def noting(self, event_name, kwargs, stop_on_response=False):
        emitted.append(event_name)
        return emit(self, event_name, kwargs, stop_on_response)

    monkeypatch.setattr(botocore.hooks.HierarchicalEmitter, "_emit", noting)
    plain, mocked = client(), client()
    plain.meta.events.register("before-send.emr-serverless", lambda **kwargs: canned())
    emitted.clear()
    plain.list_applications()
    expected = emitted[:]
    active.host = Toy()
    emitted.clear()
    mocked.list_applications()
    assert emitted == expected
    kinds = {event.partition(".")[0] for event in emitted}
    assert kinds >= {
        "before-call", "request-created", "choose-signer", "before-sign", "before-send", "response-received",
        "needs-retry", "after-call",
    }  # fmt: skip


def test_a_stub_wins(toy):
    """botocore's Stubber is for one client, and therefore more explicit than a mock."""
    emr = client()
    with Stubber(emr) as stubber:
        stubber.add_response("list_applications", {"applications": [], "nextToken": "stubbed"})
        assert emr.list_applications()["nextToken"] == "stubbed"
    assert toy.calls == []


@pytest.mark.parametrize("event", ["before-send.emr-serverless.ListApplications", "before-send.emr-serverless", "*"])
@pytest.mark.parametrize("register", ["register", "register_first", "register_last"])
@pytest.mark.parametrize("known", [True, False])
def test_a_handler_of_the_users_own_that_answers_keeps_the_service_from_acting(toy, event, register, known):
    """The network would not have been reached. However it is registered, before or after the first call."""
    emr = client()
    if known:
        emr.list_applications()
        toy.calls.clear()

    def answer(event_name, **kwargs):
        return canned(b'{"nextToken": "mine"}') if event_name.startswith("before-send") else None

    getattr(emr.meta.events, register)(event, answer)
    assert emr.list_applications()["nextToken"] == "mine"
    assert toy.calls == []


def test_a_handler_of_the_users_own_that_fails_keeps_the_service_from_acting(toy):
    """As it would have kept the request from being sent."""
    emr = client()

    def fail(**kwargs):
        raise LookupError

    emr.meta.events.register("before-send.emr-serverless", fail)
    with pytest.raises(LookupError):
        emr.list_applications()
    assert toy.calls == []
