"""`emrs_mock.connect(url)`: a test in another process is written as one in this."""

from __future__ import annotations

import json
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest

from emrs_mock import Fail, Succeed, UnreachableState, connect
from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.scenario.faults import Fault
from emrs_mock.scenario.rules import Rule
from emrs_mock.server.remote import NOT_THERE
from tests.server.conftest import client_of
from tests.service.requests import start_job_run

SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}


@pytest.fixture
def remote(url):
    """The handle of another process."""
    return connect(url)


def test_a_test_reads_as_in_this_process(remote, url):
    """Arrange, decide, submit, wait, look."""
    application = remote.add_application(region_name="eu-west-1", name="etl")
    remote.when(entry_point="*.py").fail("boom", after=timedelta(minutes=1)).logs(stderr="a trace")
    run = start_job_run(client_of(url), application.id)
    assert remote.run_until(run).state == "FAILED"
    assert (remote.job_runs[-1].state_details, remote.job_runs[-1].id) == ("boom", run)
    assert [call.operation for call in remote.calls] == ["StartJobRun"]


def test_rules_of_the_server_are_those_that_were_said(remote, emr, url):
    """Endings of attempts too."""
    remote.when(name="x").attempts(Fail("first"), Succeed(after=5))
    remote.fault("GetJobRun").error("ThrottlingException", times=2)
    assert [repr(rule) for rule in emr._rules.entries] == ["when(name='x').attempts(Fail('first'), Succeed())"]
    assert emr._rules.decide(type("Run", (), {"name": "x"})).outcomes == (Fail("first").outcome, Succeed(5).outcome)


def test_arguments_are_those_of_this_process(remote, emr):
    """Tuples, which JSON does not have, and records."""
    application = remote.add_application()
    remote.when(application=application).executors([(0, 3), (timedelta(minutes=10), 5)])
    assert remote.when(application=application).succeed().matched == 0
    run = remote.add_job_run(application, "SUBMITTED")
    assert remote.run_until(run).state == "SUCCESS"
    assert [rule.matched for rule in emr._rules.entries] == [1, 1]


def test_a_typo_is_answered_with_the_name_that_was_meant(remote):
    """Of the handle, the clock, a rule, a record."""
    application = remote.add_application()
    for thing, typo, meant in [
        (remote, "aplications", "applications"),
        (remote.clock, "moveTo", "move_to"),
        (remote.when(), "sucess", "succeed"),
        (application, "applicationId", "application_id"),
    ]:
        with pytest.raises(AttributeError, match=rf"did you mean \.{meant}\?"):
            getattr(thing, typo)
        assert not hasattr(thing, "__deepcopy__")


def test_the_clock_is_moved_to_an_iso_string(remote):
    """As in this process; another text is refused with what is wanted."""
    assert remote.clock.move_to("2031-01-01T00:00:00Z").year == 2031
    with pytest.raises(ValueError, match="moment='tomorrow': expected a datetime, or a string such as"):
        remote.clock.move_to("tomorrow")


def test_the_clock_is_moved(remote, emr):
    """By a duration, by units, and to a moment."""
    began = remote.clock.now()
    assert remote.clock.advance(30) == began + timedelta(seconds=30)
    assert remote.clock.advance(timedelta(minutes=1)) == began + timedelta(seconds=90)
    assert remote.clock.advance(hours=1) == emr.clock.now()
    assert remote.clock.move_to(datetime(2031, 1, 1, tzinfo=timezone.utc)).year == 2031
    assert remote.clock.next_due() is None
    remote.add_application("STARTING")
    assert remote.clock.next_due() == emr.clock.next_due() > emr.clock.now()


@pytest.mark.parametrize(("args", "units"), [((), {}), ((30,), {"seconds": 30}), ((30,), {"minutes": 1})])
def test_the_clock_takes_one_amount(remote, emr, args, units):
    """None or two are refused with the words of the clock in this process, and nothing is moved."""
    before = emr.clock.now()
    texts = set()
    for clock in (remote.clock, emr.clock):
        with pytest.raises(TypeError, match="takes one duration") as refused:
            clock.advance(*args, **units)
        texts.add(str(refused.value))
    assert (len(texts), emr.clock.now()) == (1, before)


def test_what_is_wrong_is_raised_here_as_it_would_be_there(remote, emr):
    """The same type, the same text."""
    with pytest.raises(ValueError, match="cannot be negative") as refused:
        remote.clock.advance(-1)
    assert refused.value.__suppress_context__  # the HTTPError says nothing more
    with pytest.raises(KeyError) as unknown:
        remote.run_until("nothing")
    assert unknown.value.args[0].startswith("No record 'nothing'. There are: ")
    application = remote.add_application("STOPPED")
    with pytest.raises(UnreachableState, match="cannot become"):
        remote.run_until(application, "STARTED")
    with pytest.raises(ValueError, match="No operation"):
        remote.fault("Nothing").reset()


def test_an_exception_that_only_the_server_knows_is_a_runtime_error(remote, emr):
    """Such as one of the author's own."""

    class Mine(Exception):
        pass

    def wrong(run):
        raise Mine("of the setup")

    emr.when(where=wrong).fail()
    application = remote.add_application()
    with pytest.raises(RuntimeError, match="of the setup"):
        remote.add_job_run(application, "SUBMITTED")


@pytest.mark.parametrize("body", [b"<html>", "größe".encode(), b"\xff\x00\xc3"])
def test_the_body_of_a_garbled_answer_arrives_as_it_was_said(remote, url, body):
    """Byte for byte, also if it is no text."""
    remote.fault("ListApplications").garble(body)
    with urllib.request.urlopen(f"{url}/applications") as answer:
        assert answer.read() == body


def test_what_json_cannot_say_is_refused_with_what_it_can(remote):
    """Handlers are set up where the mock is."""
    with pytest.raises(AttributeError, match=r"succeed.*docs: server"):
        remote.when().run(print)
    with pytest.raises(TypeError, match="cannot be said"):
        remote.when(where=len).fail()


def test_a_snapshot_is_kept_and_restored(remote):
    """As data, which any language can keep."""
    remote.add_application(name="kept")
    kept = remote.snapshot()
    remote.reset()
    assert remote.applications == []
    remote.restore(kept)
    assert [application.name for application in remote.applications] == ["kept"]


def test_a_world_is_connected_to_by_its_url(url, remote):
    """What is arranged there is not seen elsewhere."""
    there = connect(f"{url}/w/a/")
    there.add_application()
    assert (remote.applications, repr(there)) == ([], f"<Remote {url}/w/a>")
    assert len(there.client("us-east-1").list_applications()["applications"]) == 1


def test_a_url_without_a_server_is_an_error_at_once():
    """Before a test goes on with a handle of nothing."""
    with pytest.raises(OSError, match="refused"):
        connect("http://127.0.0.1:9")
    with pytest.raises(OSError, match="refused"):
        connect("https://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"url='127.0.0.1:9': expected a URL"):
        connect("127.0.0.1:9")


@pytest.mark.needs_model("GetSession")
def test_what_is_shown_is_what_the_handle_in_the_process_shows(remote, emr):
    """Records of all kinds with the ids that were said, events, calls, the timeline; each names itself."""
    application = remote.add_application(id="00f1cbsc6anuij25", **SESSIONS)
    run = remote.add_job_run(application, id="00f1cbsc6anuij26")
    session = remote.add_session(application, id="00f1cbsc6anuij27")
    assert [repr(each) for each in (application, run, session)] == [
        "<application 00f1cbsc6anuij25 STARTED>",
        "<job_run 00f1cbsc6anuij26 RUNNING>",
        "<session 00f1cbsc6anuij27 STARTED>",
    ]
    assert [each.id for each in (*remote.job_runs, *remote.sessions)] == [run.id, session.id]
    assert {"id", "state", "application_id"} <= {*dir(session)}
    remote.run_until(run)
    remote.client("us-east-1").list_applications()
    assert remote.events == json.loads(json.dumps(list(emr.events))) != []
    assert remote.timeline() == json.loads(emr.timeline().to_json())
    assert repr(remote.calls) == "[<call ListApplications>]"


def public(kind):
    """The names that a user may use."""
    return {name for name in dir(kind) if not name.startswith("_")}


def test_the_handle_has_the_methods_that_it_has_in_python(remote):
    """What is not there is named with its reason, and the error says it."""
    assert public(EMRServerless) - public(remote) == set(NOT_THERE)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fork", "a fork lives in the process of the mock: restore() a snapshot() in another world"),
        ("logs", "logs_of(job_run) asks for the logs of one job run"),
        ("metrics", "metrics are computed where the mock is: /_emrs_mock/state has the present ones"),
        ("options", "they were decided where the mock was entered"),
        ("serve", "the mock is served already"),
        ("stop", "the process that serves the mock ends it"),
        ("subscribe", "nothing calls back over HTTP: read events"),
    ],
)
def test_what_only_the_handle_in_python_has_is_refused_with_the_reason(remote, name, reason):
    """And with what to do instead, where there is something."""
    with pytest.raises(AttributeError) as missing:
        getattr(remote, name)
    assert str(missing.value) == f"{remote!r} has no {name!r}: {reason} (docs: server)"


def test_rules_and_faults_have_the_methods_that_they_have_in_python(remote):
    """But for a handler, which JSON cannot say, and what a fault was made with."""
    assert public(Rule) - public(remote.when()) == {"run"}
    assert public(Fault) - public(remote.fault("*")) == set()


def test_a_rule_and_a_fault_are_removed(remote, emr):
    """All that was said of them; a second time does nothing."""
    other = remote.when(name="other").hang()
    rule = remote.when(name="x").fail("boom").logs(stderr="trace")
    fault = remote.fault("*").reset()
    for each in (rule, fault, rule, fault):
        each.remove()
    assert (rule.matched, remote.when().matched, {"remove", "matched", "fail"} <= {*dir(rule)}) == (0, 0, True)
    assert ([repr(each) for each in emr._rules.entries], emr._backend.faults.entries) == (
        ["when(name='other').hang()"],
        [],
    )
    with other, remote.fault("*").reset():
        assert len(emr._backend.faults.entries) == 1
    assert (emr._rules.entries, emr._backend.faults.entries) == ([], [])


def test_a_client_of_the_handle_and_rules_that_matched(remote):
    """The client needs no keys and no URL; a rule that decided nothing is an AssertionError."""
    rule = remote.when(name="nightly").fail("boom").logs(stdout="out", stderr="trace").logs(stderr="of it", executor=2)
    with pytest.raises(AssertionError, match="decided about no job run"):
        remote.assert_all_matched()
    client = remote.client("eu-west-1")
    application = remote.add_application(region_name="eu-west-1")
    run = start_job_run(client, application.id, name="nightly")
    assert remote.run_until(run).state == "FAILED"
    remote.assert_all_matched()
    with remote.fault("ListJobRuns").error("ThrottlingException") as fault:
        assert fault.matched == 0
        with pytest.raises(AssertionError, match="faults hit no try of a call"):
            remote.assert_all_matched()
        with pytest.raises(client.exceptions.ClientError):
            client.list_job_runs(applicationId=application.id)
        assert fault.matched > 0
    logs = remote.logs_of(run)
    assert (rule.matched, logs.number, logs.stdout, logs.stderr) == (1, 1, "out", "trace")
    assert [logs.executors[number]["stderr"] for number in ("1", "2")] == ["", "of it"]
    with pytest.raises(LookupError, match="it had attempts 1 to 1"):
        remote.logs_of(run, attempt=2)
