"""Steering over HTTP: what the handle offers, for tests in other languages."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from xml.etree import ElementTree

import pytest

from emrs_mock.server.routes import ROUTES, openapi
from emrs_mock.server.verbs import RULE_VERBS
from tests.server.conftest import client_of
from tests.service.requests import create_application, start_job_run


@pytest.fixture
def steer(url):
    """Makes a request below /_emrs_mock; returns its status and its JSON."""

    def steer(path, body=None, method=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{url}/_emrs_mock{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    return steer


@pytest.fixture
def submitted(url):
    """A job run, submitted over HTTP: its id."""
    client = client_of(url)
    return start_job_run(client, create_application(client))


def test_the_clock_is_read_and_moved(steer, emr):
    """By units, and to a moment."""
    status, before = steer("/clock")
    assert (status, before["next_due"]) == (200, None)
    assert steer("/clock/advance", {"hours": 1})[0] == 200
    assert steer("/clock/move-to", {"moment": "2031-01-01T00:00:00Z"})[1]["now"] == "2031-01-01T00:00:00+00:00"
    assert emr.clock.now().year == 2031


def test_a_rule_decides_and_time_runs_until_the_end(steer, emr, url):
    """The whole of a test in another language."""
    rule = {"when": {"entry_point": "*.py"}, "then": {"fail": {"details": "boom", "after": 60, "times": 1}}}
    assert steer("/rules", rule)[0] == 200
    client = client_of(url)
    run = start_job_run(client, create_application(client))
    status, record = steer("/run-until", {"target": run})
    assert (status, record["state"], record["state_details"]) == (200, "FAILED", "boom")
    assert [each["state"] for each in steer("/job-runs")[1]] == ["FAILED"]


def test_attempts_are_said_by_their_endings(steer, emr, url):
    """As `Succeed`, `Fail` and `Hang` say them in Python."""
    endings = [{"fail": {"details": "first"}}, {"succeed": {"after": 5}}]
    assert steer("/rules", {"then": {"attempts": {"endings": endings}}})[0] == 200
    for wrong in ({"explode": {}}, {"fail": {}, "succeed": {}}):
        status, said = steer("/rules", {"then": {"attempts": {"endings": [wrong]}}})
        assert (status, "An ending is one of succeed, fail, hang" in said["message"]) == (400, True)
    assert len(emr._rules.entries) == 1


def test_a_fault_lets_calls_go_wrong(steer, emr, url):
    """A throttled call is tried again by the client."""
    fault = {"operation": "ListApplications", "then": {"error": {"code": "ThrottlingException", "times": 2}}}
    assert steer("/faults", fault)[0] == 200
    assert client_of(url).list_applications()["applications"] == []
    assert [call["error"] for call in steer("/calls")[1]] == ["ThrottlingException", "ThrottlingException", None]


def test_the_state_is_that_of_now(steer, emr, url):
    """Job runs by state, the capacity that is in use, the last fifty calls with the newest first."""
    application = emr.add_application(region_name="eu-west-1").id
    emr.add_job_run(application, "SUCCESS")
    emr.run_until(emr.add_job_run(application, "SUBMITTED").id, "RUNNING")
    emr.clock.advance(minutes=1)
    client = client_of(url)
    client.list_applications()
    for _ in range(50):
        client.list_job_runs(applicationId=application)
    client.get_application(applicationId=application)
    state = steer("/state")[1]
    assert state["job_runs"] == {"SUCCESS": 1, "RUNNING": 1}
    assert state["capacity"] == {name: float(emr.metrics[name].values[-1]) for name in state["capacity"]}
    assert state["capacity"]["RunningWorkerCount"] > 0
    assert [call["operation"] for call in state["calls"]] == ["GetApplication", *["ListJobRuns"] * 49]


def test_calls_are_shown_without_secrets(steer, emr, url):
    """In the list of calls and in the state, which the page shows."""
    client = client_of(url)
    driver = {"sparkSubmit": {"entryPoint": "s3://code/hunter2.py"}}
    start_job_run(client, create_application(client), jobDriver=driver)
    assert emr.calls[-1].params["jobDriver"] == driver
    for shown in (steer("/calls")[1], steer("/state")[1]["calls"]):
        assert "hunter2" not in json.dumps(shown)
        assert "_masks" not in shown[0]


def test_rules_and_faults_are_listed_and_removed_by_their_ids(steer, emr):
    """One that is not there any more is no error."""
    rule = steer("/rules", {"when": {"name": "x"}, "then": {"hang": {}}})[1]
    kept = steer("/rules", {"then": {"hang": {}}})[1]
    fault = steer("/faults", {"operation": "*", "then": {"reset": {}}})[1]
    assert (steer("/rules"), steer("/faults")) == ((200, [rule, kept]), (200, [fault]))
    for path, each in (("/rules/remove", rule), ("/faults/remove", fault), ("/rules/remove", rule)):
        assert steer(path, {"id": each["id"]}) == (200, {})
    assert (steer("/rules")[1], steer("/faults")[1]) == ([kept], [])


def test_records_are_arranged(steer, url):
    """As `emr.add_application` and the like do."""
    status, application = steer("/applications", {"state": "STARTED", "region_name": "eu-west-1", "name": "etl"})
    assert (status, application["state"], application["name"]) == (200, "STARTED", "etl")
    status, run = steer("/job-runs", {"application": application["id"], "state": "RUNNING"})
    assert (status, run["state"], run["kind"]) == (200, "RUNNING", "job_run")
    assert [each["name"] for each in client_of(url).list_applications()["applications"]] == ["etl"]


@pytest.mark.needs_model("GetSession")
def test_sessions_are_arranged(steer):
    """As `emr.add_session` does."""
    members = {"releaseLabel": "emr-7.13.0", "interactiveConfiguration": {"sessionEnabled": True}}
    application = steer("/applications", members)[1]
    status, session = steer("/sessions", {"application": application["id"], "state": "STARTED"})
    assert (status, session["state"], session["kind"]) == (200, "STARTED", "session")
    assert [each["id"] for each in steer("/sessions")[1]] == [session["id"]]


def test_a_snapshot_is_restored(steer, emr, submitted):
    """The service goes on from there."""
    kept = steer("/snapshot")[1]
    assert steer("/reset", {})[0] == 200
    assert steer("/job-runs")[1] == []
    assert steer("/restore", kept)[0] == 200
    assert [each["id"] for each in steer("/job-runs")[1]] == [submitted]


def test_what_happened_can_be_seen(steer, emr, url, submitted):
    """As data, drawn, and as events."""
    emr.run_until(submitted)
    assert [each["kind"] for each in steer("/timeline.json")[1]["records"]] == ["application", "job_run"]
    assert "EMR Serverless Job Run State Change" in {event["detail-type"] for event in steer("/events")[1]}
    with urllib.request.urlopen(f"{url}/_emrs_mock/timeline.svg") as answer:
        assert ElementTree.fromstring(answer.read()).tag.endswith("svg")
    with urllib.request.urlopen(f"{url}/_emrs_mock/timeline.html") as answer:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.read().startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/clock/advance", {"seconds": -1}, "cannot be negative"),
        ("/clock/advance", {"fortnights": 1}, "fortnights"),
        ("/clock/move-to", {"moment": "2000-01-01"}, "never runs backwards"),
        ("/clock/move-to", {}, "moment"),
        ("/run-until", {"target": "nothing"}, "No record"),
        ("/rules", {"when": {"name": "x"}, "then": {}}, "succeed"),
        ("/rules", {"when": {"colour": "x"}, "then": {"hang": {}}}, "colour"),
        ("/rules", {"then": {"fail": {"times": 0}}}, "times="),
        ("/faults", {"operation": "Nothing", "then": {"reset": {}}}, "No operation"),
        ("/faults", {"operation": "*", "then": {"error": {"code": "Nothing"}}}, "No error"),
        ("/applications", {"state": "LOST"}, "LOST"),
        ("/restore", {"a": 1}, "no snapshot"),
        ("/rules", [1], "not a JSON object"),
    ],
)
def test_a_mistake_is_refused_with_the_texts_of_python_and_changes_nothing(steer, emr, path, body, message):
    """The author reads the same words in every language."""
    now = emr.clock.now()
    status, said = steer(path, body)
    assert (status, message in said["message"]) == (400, True), said
    assert (len(emr.applications), emr._rules.entries, emr._backend.faults.entries) == (0, [], [])
    assert emr.clock.now() == now


def test_what_is_not_there_is_told_with_what_is(steer):
    """Paths and methods."""
    status, said = steer("/nothing")
    assert (status, "/clock/advance" in said["message"]) == (404, True)
    assert steer("/clock", {}) == (405, {"error": "ValueError", "message": "/_emrs_mock/clock takes GET"})
    assert steer("/rules", method="DELETE")[1]["message"] == "/_emrs_mock/rules takes POST and GET"


@pytest.mark.parametrize("path", ["", "/", "/?x=1"])
def test_the_page_is_found_with_and_without_a_slash(url, path):
    """A query, which some tools add, changes nothing."""
    with urllib.request.urlopen(f"{url}/_emrs_mock{path}") as answer:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_body_may_be_missing(steer, emr):
    """If nothing has to be said."""
    emr.add_application()
    assert steer("/reset", method="POST")[0] == 200
    assert len(emr.applications) == 0


@pytest.mark.parametrize("origin", ["https://example.org", "http://127.0.0.1:1", "null"])
def test_a_page_of_another_site_steers_nothing(steer, emr, origin):
    """A browser lets any page send a simple POST to the developer's machine; it says for which page."""
    before = emr.clock.now()
    status, refusal = steer("/clock/advance", {"hours": 1}, Origin=origin)
    assert (status, refusal["error"], emr.clock.now()) == (403, "PermissionError", before)
    assert steer("/snapshot", Origin=origin)[0] == 403


def test_our_own_page_steers(steer, emr, url):
    """Its origin is the server."""
    assert steer("/clock/advance", {"hours": 1}, Origin=url)[0] == 200


def test_each_world_is_steered_by_itself(url, steer):
    """The path of the world comes first."""
    with urllib.request.urlopen(f"{url}/w/a/_emrs_mock/applications", b"{}") as answer:
        assert json.loads(answer.read())["state"] == "STARTED"
    assert steer("/applications")[1] == []


def test_the_description_has_every_route(steer):
    """It is made of the same table."""
    described = steer("/openapi.json")[1]
    assert {(m.upper(), p) for p, ms in described["paths"].items() for m in ms} == {
        (route.method, f"/_emrs_mock{route.path}") for route in ROUTES
    }
    assert set(RULE_VERBS) >= {"succeed", "fail", "hang", "time_out", "cancel", "attempts", "stay", "logs"}


def test_the_description_is_kept_whatever_is_sent(url):
    """Requests made from the description, good ones and bad ones, are answered as it says; none is a 5xx."""
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, given, settings

    schema = schemathesis.openapi.from_dict(openapi())
    schema.config.update(base_url=url)

    for operation in (result.ok() for result in schema.get_all_operations()):

        @given(case=operation.as_strategy())
        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def conforms(case):
            answer = case.call(timeout=10)
            assert answer.status_code in (200, 400), answer.text
            if "json" in answer.headers["content-type"][0]:
                json.loads(answer.text)

        conforms()
