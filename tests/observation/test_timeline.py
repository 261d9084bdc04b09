"""`emr.timeline()`: what happened, as text, chart and data."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from xml.etree import ElementTree

import pytest
from _pictures import DRAWN, PICTURES

from emrs_mock import mock_emr_serverless
from emrs_mock.observation.gantt_chart import GROUPS
from emrs_mock.observation.worker_stints import in_words
from emrs_mock.sim.lifecycles import TABLES
from emrs_mock.sim.stints import Level

START = "2026-01-31T04:00:00Z"
ROLE = "arn:aws:iam::123456789012:role/etl"
DRIVER = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def emr():
    """A mock whose clock stands until it is moved."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        yield emr


@pytest.fixture
def client(emr):
    """A client of the mock."""
    return emr.client("us-east-1")


def submit(emr, client, **more):
    """Start a job run in an application that was there; returns what names it."""
    app = emr.add_application(name="etl")
    made = client.start_job_run(applicationId=app.id, executionRoleArn=ROLE, jobDriver=DRIVER, **more)
    return {name: made[name] for name in ("applicationId", "jobRunId")}


def drawn(emr):
    """The chart as XML: its texts and its tooltips."""
    root = ElementTree.fromstring(emr.timeline().to_svg())
    return [text.text for text in root.iter(f"{SVG}text")], [title.text for title in root.iter(f"{SVG}title")]


def test_the_text_tells_states_and_calls(emr, client):
    """Calls that follow each other and are alike are one line."""
    run = submit(emr, client, name="nightly")
    for _ in range(3):
        client.get_job_run(**run)
        emr.clock.advance(60)
    told = str(emr.timeline())
    assert told == repr(emr.timeline())
    assert told.splitlines()[-4:] == [
        "",
        "calls",
        "  2026-01-31 04:00:00  0:00:00  StartJobRun",
        "  2026-01-31 04:00:00  0:00:00  GetJobRun ×3  0:02:00",
    ]
    assert f"job run {run['jobRunId']}  nightly" in told


def test_a_call_that_was_refused_says_so(emr, client):
    """In the text with its code; in the chart when pointed at."""
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_application(applicationId="00f1cbsc6anuij25")
    assert str(emr.timeline()).endswith("GetApplication    ResourceNotFoundException")
    assert drawn(emr)[1] == ["GetApplication: ResourceNotFoundException"]


def test_nothing_makes_a_timeline_too(emr):
    """Whose chart is an empty one."""
    assert str(emr.timeline()) == "Nothing has happened."
    assert json.loads(emr.timeline().to_json())["records"] == []
    assert drawn(emr)[1] == []


def test_the_chart_has_a_row_for_each_record_and_a_bar_for_each_state(emr, client):
    """Wide bars have the name of the state, all bars have a tooltip."""
    submit(emr, client, name="nightly")
    emr.clock.advance(600)
    texts, titles = drawn(emr)
    assert {"application etl", "job run nightly", "RUNNING", "SUCCESS", "calls"} <= set(texts)
    assert "RUNNING for 0:02:00" in titles
    assert "SUCCESS" in titles


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_a_job_run_that_was_retried_has_a_row_for_each_attempt(emr, client):
    """An attempt that was followed by another has failed."""
    emr.when().fail()
    emr.run_until(submit(emr, client, retryPolicy={"maxAttempts": 2}))
    texts, titles = drawn(emr)
    assert {"job run, attempt 1", "job run, attempt 2"} <= set(texts)
    assert len([title for title in titles if title.startswith("FAILED")]) == 2


def test_names_cannot_break_the_chart(emr, client):
    """They are text, whatever is in them; long ones are cut."""
    emr.add_application(name="etl-" + "x" * 60)
    submit(emr, client, name="<&>")
    texts, _ = drawn(emr)
    assert "job run <&>" in texts
    assert max(map(len, texts)) < 40


def test_the_documents_need_no_other_file_and_follow_the_reader(emr, client):
    """In a notebook, on a page and as a file; in light and dark."""
    submit(emr, client)
    timeline = emr.timeline()
    assert timeline._repr_html_() == timeline.to_svg()
    assert timeline.to_svg() in timeline.to_html()
    assert "prefers-color-scheme:dark" in timeline.to_svg()
    for reference in ("href", "src=", "url(", "@import", "<script"):
        assert reference not in timeline.to_html()


def test_the_data_are_complete(emr, client):
    """Records with their states, and calls, in JSON."""
    run = submit(emr, client, name="nightly")
    emr.run_until(run)
    data = json.loads(emr.timeline().to_json())
    shown = data["records"][1]
    assert (data["start"], data["end"]) == ("2026-01-31T04:00:00+00:00", "2026-01-31T04:03:27+00:00")
    assert (shown["kind"], shown["id"], shown["name"]) == ("job_run", run["jobRunId"], "nightly")
    assert [(state["state"], state["seconds"]) for state in shown["states"]] == [
        ("SUBMITTED", 1.0),
        ("PENDING", 4.0),
        ("SCHEDULED", 82.0),
        ("RUNNING", 120.0),
        ("SUCCESS", None),
    ]
    assert data["calls"] == [
        {
            "at": "2026-01-31T04:00:00+00:00",
            "operation": "StartJobRun",
            "attempt": 1,
            "error": None,
            "account": "123456789012",
            "region": "us-east-1",
        }
    ]


@pytest.mark.parametrize(("days", "tick"), [(0, "0:00"), (1, "6:00:00"), (30, "7 d"), (400, "50 d")])
def test_any_length_of_time_has_readable_ticks(emr, days, tick):
    """From seconds to a year."""
    emr.add_application()
    emr.clock.advance(days=days)
    assert tick in drawn(emr)[0]


def test_every_state_has_a_colour():
    """No colour is for an unknown state."""
    known = {state for table in TABLES.values() for state in table}
    assert {state for states in GROUPS.values() for state in states} == known


@pytest.mark.needs_model("StartJobRun.retryPolicy", "CreateApplication.schedulerConfiguration")
@pytest.mark.parametrize("name", DRAWN)
def test_the_pictures_of_the_pages_are_what_the_code_draws(name):
    """If not: `python docs/_pictures.py`, and look at what has changed."""
    assert (PICTURES / name).read_text(encoding="utf-8") == DRAWN[name]()


def test_the_workers_of_a_job_run_are_in_its_track(emr, client):
    """As data, and as JSON; in the text only where executors came, left or were missing."""
    emr.when(name="grows").succeed(after=600).executors([(0, 1), (300, 2)])
    plain, grows = submit(emr, client), submit(emr, client, name="grows")
    emr.run_until(grows["jobRunId"])
    tracks = {track.id: track for track in emr.timeline().tracks}
    assert [(w.role, w.first, w.number) for w in tracks[plain["jobRunId"]].workers] == [
        ("driver", 0, 1),
        ("executor", 1, 3),
    ]
    driver, first, second = tracks[grows["jobRunId"]].workers
    assert (driver.vcpu, driver.memory_gb, driver.disk_gb, driver.pre_initialised) == (4, 16, 20, False)
    assert (second.since - first.since).total_seconds() == 300
    record = json.loads(emr.timeline().to_json())["records"][-1]
    assert [worker["until"] for worker in record["workers"]] == [driver.until.isoformat()] * 3
    text = str(emr.timeline())
    assert f"executors of job run {grows['jobRunId']}  grows" in text
    assert text.count("executors of job run") == 1


@pytest.mark.parametrize(
    ("wanted", "executors", "words"),
    [
        (0, 0, "0 executors"),
        (1, 1, "1 executor"),
        (2, 0, "0 executors, 2 more wanted"),
        (2, 3, "3 executors, 1 of them idle"),
        (0, 1, "1 executor, 1 of them idle"),
    ],
)
def test_numbers_of_executors_are_told_in_words(wanted, executors, words):
    """How many there are, and how many too few or too many."""
    assert in_words(Level(datetime(2026, 1, 31, tzinfo=timezone.utc), wanted, executors)) == words
