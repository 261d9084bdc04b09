"""What an author sees after a scenario in which everything happens, compared with files that were read and approved.

A difference is a change that users see. If it is wanted, `pytest tests/golden --rewrite-golden` writes the files.
"""

from __future__ import annotations

import json
import re
import sys

import pytest

from emrs_mock.observation.orphans import orphans
from emrs_mock.observation.state_coverage import Coverage, summary
from emrs_mock.scenario.snapshots import CHECKSUM, LAYOUT, VERSION
from tests.golden.constants import constants
from tests.golden.scenario import happened

TESTED_ABOVE = {"/snapshot", "/calls", "/events", "/applications", "/job-runs", "/sessions"}

pytestmark = pytest.mark.needs_model("StartSession")


@pytest.fixture(autouse=True)
def _retries_wait_in_no_time(monkeypatch):
    """botocore's back-off is not tested here."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def emr(plain_client, answers_that_misfit):
    """The mock after the scenario."""
    with happened(plain_client, handler=handled) as emr:
        answers_that_misfit.clear()  # one was garbled
        yield emr


def handled(run):
    """What the job run "handled" does."""
    sys.stdout.write(f"hello from {run.name}\n")
    raise LookupError("no table")


def lines(values) -> str:
    """Each on its line."""
    return "".join(f"{value}\n" for value in values)


def as_json(value) -> str:
    """A document, a value on each line."""
    return json.dumps(value, indent=1, default=str, sort_keys=True) + "\n"


def test_the_timeline_as_text(emr, golden):
    """Which is also in the report of a failed test, with the rules and the reasons of refusals."""
    golden("timeline.txt", str(emr.timeline()) + "\n")
    golden("report.txt", emr._report() + "\n")


def test_the_timeline_as_a_picture(emr, golden):
    """And as the page that contains both."""
    timeline = emr.timeline()
    golden("timeline.svg", timeline.to_svg().replace("><", ">\n<"))
    golden("timeline.html", timeline.to_html().replace("><", ">\n<"))


def test_the_timeline_as_data(emr, golden):
    """With the workers of each job run."""
    golden("timeline.json", as_json(json.loads(emr.timeline().to_json())))


def test_the_events(emr, golden):
    """In order, with all that is in them."""
    golden("events.jsonl", lines(json.dumps(event) for event in emr.events))
    golden("events.txt", repr(emr.events).replace("', '", "'\n'") + "\n")


def test_the_metrics(emr, golden):
    """Of the whole, and of each application."""
    metrics = emr.metrics
    whole = [repr(metrics[name]) for name in metrics]
    own = [
        repr(metrics.of(name, ApplicationId=each))
        for each in emr.applications
        for name in ("CPUAllocated", "MemoryAllocated", "RunningWorkerCount", "IdleWorkerCount", "RunningJobs")
    ]
    golden("metrics.txt", lines(whole + own))


def test_the_calls(emr, golden):
    """As they are printed."""
    calls = [repr(call) for call in emr.calls]
    golden("calls.txt", lines([*calls, emr.calls, emr.calls.per_minute]))


def test_the_records(emr, golden):
    """All members of each, and the logs of the job runs."""
    records = {repr(each): each._members() for kind in (emr.applications, emr.job_runs, emr.sessions) for each in kind}
    logs = {
        run.id: [
            (
                number,
                attempt.stdout,
                attempt.stderr.splitlines()[-1:],
                {each: attempt.executor(each) for each in attempt.executors},
            )
            for number in range(1, (run.attempt or 1) + 1)
            for attempt in [emr.logs[run].attempt(number)]
        ]
        for run in emr.job_runs
    }
    golden("records.json", as_json({"records": records, "logs": logs}))
    golden("handle.txt", lines([emr, emr.clock, emr.clock.next_due(), *emr._rules, *orphans(emr._simulation)]))


def test_the_states_that_were_seen(emr, golden):
    """In the answers of all applications and job runs."""
    labels = [f"{change.kind}:{change.before}->{change.after}" for change in emr._simulation.changes]
    coverage = Coverage()
    coverage.add([*labels, *(f"{change.kind}:{change.after}" for change in emr._simulation.changes)])
    golden("states.txt", lines(summary(coverage.labels | {call.error for call in emr.calls if call.error})))


def test_the_snapshot(plain_client, answers_that_misfit, golden):
    """Without what tells apart releases of the package. Objects have other numbers on other Pythons."""
    with happened(plain_client, handler=None) as emr:
        answers_that_misfit.clear()
        document = json.loads(emr.snapshot().to_json())
    objects = sorted(unnumbered(json.dumps(each, sort_keys=True)) for each in document.pop("objects"))
    kept = {name: value for name, value in document.items() if name not in (VERSION, LAYOUT, CHECKSUM)}
    golden("snapshot.txt", unnumbered(as_json(kept)) + lines(objects))


def unnumbered(text: str) -> str:
    """JSON without the numbers of objects."""
    return re.sub(r'"\$object": \d+', '"$object": ...', text)


def test_the_answers_of_a_server(emr, golden):
    """To each question that changes nothing, and the description of all."""
    pytest.importorskip("h11")
    from emrs_mock.server.connections import Request
    from emrs_mock.server.remote import PREFIX
    from emrs_mock.server.routes import ROUTES
    from emrs_mock.server.steering import respond

    said = []
    for route in ROUTES:
        if route.method == "GET" and "timeline" not in route.path and route.path not in TESTED_ABOVE:
            answer = respond(emr, Request("GET", PREFIX + route.path, {}, b""))
            text = answer.body.decode()
            said.append(f"--- {route.path}: {answer.status} {answer.headers}")
            said.append(as_json(json.loads(text)) if route.media == "application/json" else text)
    golden("server.txt", re.sub(r'"id": \d+', '"id": ...', lines(said)))  # rules and faults count up in a process


def test_the_constants(golden):
    """What AWS documents, and what is assumed, as the code holds it."""
    golden("constants.txt", lines(constants()))
