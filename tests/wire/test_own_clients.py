"""The clients of `emr.client()`: made of what is the same for all of them, and sharing nothing else."""

from __future__ import annotations

import boto3
import botocore
import botocore.handlers
import botocore.hooks
import botocore.loaders
import botocore.session
import pytest
from botocore.client import Config
from botocore.httpsession import URLLib3Session

from emrs_mock import mock_emr_serverless
from emrs_mock.wire import clients

EVENTS = (
    "provide-client-params", "before-parameter-build", "before-endpoint-resolution", "before-call", "request-created",
    "choose-signer", "before-sign", "before-send", "response-received", "before-parse", "needs-retry", "after-call",
    "after-call-error",
)  # fmt: skip
"""What botocore emits for a call, with the names of the service and the operation."""

WITHOUT_OPERATION = ("creating-client-class.emr-serverless", "choose-service-name", "getattr.emr-serverless.anything")
DOCUMENTED = [
    f"docs.{kind}.emr-serverless.StartJobRun.{section}"
    for kind in ("title", "method-intro", "request-params", "request-example", "response-params", "response-example")
    for section in ("complete-section", "name")
]


@pytest.fixture
def emr(monkeypatch):
    """A mock on a machine with credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAONE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with mock_emr_serverless() as emr:
        yield emr


def key(client) -> str:
    """The access key with which the client would sign."""
    return client._request_signer._credentials.access_key


def handlers(client, event: str) -> list[object]:
    """What the client calls at an event, in order. A method of an object is made anew whenever it is read."""
    emitter = client.meta.events._emitter
    return [getattr(each, "__func__", type(each)) for each in emitter._handlers.prefix_search(event)]


# --- what is made once ----------------------------------------------------------------------------------------------


@pytest.fixture
def count(monkeypatch):
    """Count the calls of a method of botocore."""

    def counting(owner: type, name: str) -> list[object]:
        calls, real = [], getattr(owner, name)

        def counted(self, *args, **kwargs):
            calls.append(args)
            return real(self, *args, **kwargs)

        monkeypatch.setattr(owner, name, counted)
        return calls

    return counting


def test_what_is_the_same_for_every_client_is_made_once(emr, count):
    """No file of botocore is read again, no handler of botocore registered again, no second connection prepared."""
    emr.client()
    read = count(botocore.loaders.JSONFileLoader, "load_file")
    registered = count(botocore.hooks.HierarchicalEmitter, "_verify_and_register")
    prepared = count(URLLib3Session, "__init__")
    for _ in range(3):
        emr.client()
    assert read == []
    assert len(registered) <= 3 * 6  # a client's own, such as its signer; botocore has over a hundred
    assert len(prepared) == 3


def test_no_handler_is_registered_to_read_the_region(emr, count, monkeypatch):
    """As for each application that a test arranges, where neither boto3 nor the environment has a region."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    registered = count(botocore.hooks.HierarchicalEmitter, "_verify_and_register")
    emr.add_application()
    assert registered == []


def test_the_configuration_is_read_once_for_a_client(emr, count):
    """Botocore's `Session` reads it about fifty times."""
    read = count(botocore.session.Session, "get_scoped_config")
    emr.client()
    assert len(read) <= 2


def test_a_client_calls_what_any_client_of_the_service_calls(emr):
    """All of botocore's handlers that concern the service are there, in botocore's order, and none besides."""
    ours, usual = emr.client(), boto3.Session(region_name="us-east-1").client("emr-serverless")
    operations = usual.meta.service_model.operation_names
    names = [f"{event}.emr-serverless.{operation}" for event in EVENTS for operation in operations]
    for name in [*names, *WITHOUT_OPERATION, *DOCUMENTED]:
        expected = [each for each in handlers(usual, name) if "boto3." not in getattr(each, "__module__", "")]
        assert handlers(ours, name) == expected, name
    assert any(handlers(ours, name) for name in names)


def test_a_method_is_documented_as_by_any_client(emr):
    """Also by handlers, which botocore calls when the text is first read."""
    usual = boto3.Session(region_name="us-east-1").client("emr-serverless")
    assert str(emr.client().start_job_run.__doc__) == str(usual.start_job_run.__doc__)


# --- what is looked up for each -------------------------------------------------------------------------------------


def test_credentials_of_the_environment_are_those_of_now(emr, monkeypatch):
    """A test that patches the environment sees what it has put there, and the next test does not."""
    before = emr.client()
    with monkeypatch.context() as patched:
        patched.setenv("AWS_ACCESS_KEY_ID", "AKIATWO")
        assert key(emr.client()) == "AKIATWO"
    assert key(emr.client()) == key(before) == "AKIAONE"


def test_credentials_that_are_only_in_a_file_are_found(emr, monkeypatch, tmp_path):
    """And those of another profile where the environment names one; a file that changes is read again."""
    file = tmp_path / "credentials"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    file.write_text("[default]\naws_access_key_id=AKIAFILE\naws_secret_access_key=s\n", encoding="utf-8")
    assert key(emr.client()) == "AKIAFILE"
    file.write_text("[other]\naws_access_key_id=AKIAOTHER\naws_secret_access_key=s\n", encoding="utf-8")
    monkeypatch.setenv("AWS_PROFILE", "other")
    assert key(emr.client()) == "AKIAOTHER"


def test_a_key_without_its_secret_is_refused_as_ever(emr, monkeypatch):
    """Botocore names the variable."""
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(botocore.exceptions.PartialCredentialsError, match="AWS_SECRET_ACCESS_KEY"):
        emr.client()


def test_region_and_configuration_are_those_of_now(emr, monkeypatch, tmp_path):
    """Of the environment, of a file, or the mock's own."""
    config = tmp_path / "config"
    usual = emr.client().meta
    assert usual.region_name == "us-east-1"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    config.write_text("[default]\nregion=eu-west-1\nretry_mode=adaptive\nmax_attempts=7\n", encoding="utf-8")
    client = emr.client()
    assert (client.meta.region_name, client.meta.config.retries["mode"]) == ("eu-west-1", "adaptive")
    assert client.meta.config.retries["total_max_attempts"] == 7
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    config.write_text("", encoding="utf-8")
    client = emr.client()
    assert (client.meta.region_name, client.meta.config.retries) == ("ap-south-1", usual.config.retries)


def test_handlers_that_the_program_adds_to_botocores_are_called(emr, monkeypatch):
    """As moto adds one at its import; and no longer when they are gone."""
    seen = []

    def noting(**kwargs):
        seen.append(kwargs["event_name"])

    with monkeypatch.context() as patched:
        added = [*botocore.handlers.BUILTIN_HANDLERS, ("before-send", noting), ("before-send.emr-serverless", noting)]
        patched.setattr(botocore.handlers, "BUILTIN_HANDLERS", added)
        emr.client().list_applications()
    assert seen == ["before-send.emr-serverless.ListApplications"] * 2
    emr.client().list_applications()
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("event", "is_kept"),
    [
        ("before-send", True),
        ("before-parameter-build.emr-serverless", True),
        ("before-parameter-build.s3.PutObject", False),
        ("docs.*.emr-serverless.StartJobRun.complete-section", True),
        ("docs.*.s3.PutObject.complete-section", False),
        ("docs.*.docs.PutObject.complete-section", False),
        ("creating-client-class.*", True),
    ],
)
def test_handlers_of_other_services_are_left_out(monkeypatch, event, is_kept):
    """The service is the second word of an event, and the third of one about documentation."""
    monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", [(event, print)])
    assert bool(clients._handlers()) is is_kept


def test_a_program_that_initializes_sessions_has_its_way(emr):
    """Such as with a provider of credentials: `botocore.register_initializer`."""

    class Provider:
        def load_credentials(self):
            return botocore.credentials.Credentials("AKIAOWN", "s")

    def initialize(session):
        session.register_component("credential_provider", Provider())

    botocore.register_initializer(initialize)
    try:
        assert key(emr.client()) == "AKIAOWN"
    finally:
        botocore.unregister_initializer(initialize)
    assert key(emr.client()) == "AKIAONE"


# --- what one client has and the next does not ----------------------------------------------------------------------


def test_nothing_that_is_done_to_a_client_reaches_the_next(emr):
    """Its handlers, credentials, configuration and model are its own."""
    called = []
    first = emr.client()
    for event in ("before-call", "before-call.emr-serverless", "before-call.emr-serverless.ListApplications"):
        first.meta.events.register(event, lambda **kwargs: called.append(kwargs))
        first.meta.events.register_first(event, lambda **kwargs: called.append(kwargs))
    first._request_signer._credentials.access_key = "AKIACHANGED"
    first.meta.config.retries["mode"] = "changed"
    first.meta.config._user_provided_options["user_agent"] = "changed"
    first.list_applications()
    assert len(called) == 6
    second = emr.client()
    second.list_applications()
    assert len(called) == 6
    assert key(second) == "AKIAONE"
    assert second.meta.config.retries["mode"] != "changed"
    assert second.meta.config._user_provided_options["user_agent"] != "changed"
    assert type(second) is not type(first)


def test_a_handler_that_is_taken_off_a_client_stays_on_the_next(emr):
    """`unregister` changes the client's own copy."""
    first = emr.client()
    (taken, *_) = first.meta.events._emitter._handlers.prefix_search("before-parameter-build")
    first.meta.events.unregister("before-parameter-build", taken)
    assert taken not in first.meta.events._emitter._handlers.prefix_search("before-parameter-build")
    assert taken in emr.client().meta.events._emitter._handlers.prefix_search("before-parameter-build")


def test_clients_of_other_regions_and_mocks_do_not_meet(emr):
    """Each has its region and its mock."""
    with mock_emr_serverless() as other:
        clients = [emr.client("eu-west-1"), other.client("us-west-2"), emr.client()]
    assert [client.meta.region_name for client in clients] == ["eu-west-1", "us-west-2", "us-east-1"]
    assert [client._endpoint._emrs_mock_bound for client in clients] == [emr._backend, other._backend, emr._backend]


def test_a_configuration_that_is_given_is_the_clients_alone(emr):
    """As `emrs_mock.connect` gives one."""
    from emrs_mock.wire.clients import emr_serverless_client

    given = emr_serverless_client("us-east-1", config=Config(retries={"total_max_attempts": 9}))
    assert given.meta.config.retries["total_max_attempts"] == 9
    assert "total_max_attempts" not in emr.client().meta.config.retries
