"""What is printed and exported: no secrets of requests and answers, and no name that acts on what shows it."""

from __future__ import annotations

import json
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from emrs_mock import UnreachableState, mock_emr_serverless
from tests.service.model import has
from tests.service.requests import ROLE, START, create_application, start_job_run

SECRET = "hunter2hunter2hunter2"
DRIVER = {
    "sparkSubmit": {
        "entryPoint": f"s3://{SECRET}/etl.py",
        "entryPointArguments": [f"--password={SECRET}"],
        "sparkSubmitParameters": f"--conf spark.key={SECRET}",
    }
}
HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07", "a\nb", "a\r\nb", "\0", "\ud800", "\udfff x", "\x9b31m", "\u202egnp", "\u2028", "\ufffe",
    "\x7f", "<script>alert(1)</script>", "]]>", "&", "\"'", "--><svg>", "\U0010ffff", "x" * 250, "\t", "日本", "\u0085",
]  # fmt: skip


def shown(emr):
    """Everything that prints or exports what happened, as text."""
    timeline = emr.timeline()
    return {
        "calls": repr(list(emr.calls)) + repr(emr.calls) + "".join(map(str, emr.calls)),
        "exported calls": json.dumps([call.masked() for call in emr.calls], default=str),
        "report": emr._report(),
        "text": str(timeline),
        "svg": timeline.to_svg(),
        "html": timeline.to_html(),
        "json": timeline.to_json(),
        "events": json.dumps(list(emr.events)) + repr(emr.events),
        "records": repr([*emr.applications, *emr.job_runs, *emr.sessions]),
        "handle": repr(emr) + repr(emr.clock) + repr(emr.metrics) + repr(emr.metrics["RunningJobs"]),
        "snapshot": repr(emr.snapshot()),
    }


def test_no_secret_of_a_request_or_an_answer_is_shown():
    """Arguments, properties, policies, tokens and the URLs that contain them, whether calls succeed or not."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        client = emr.client("us-east-1")
        members = {"interactiveConfiguration": {"sessionEnabled": True}} if has("StartSession") else {}
        app = create_application(client, releaseLabel="emr-7.13.0", **members)
        client.start_application(applicationId=app)
        emr.run_until(app, "STARTED")
        policy = {"policy": json.dumps({"Statement": [SECRET]})}
        more = {"executionIamPolicy": policy} if has("StartJobRun.executionIamPolicy") else {}
        properties = [{"classification": "spark-defaults", "properties": {"spark.key": SECRET}}]
        overrides = {"configurationOverrides": {"applicationConfiguration": properties}}
        run = start_job_run(client, app, jobDriver=DRIVER, **overrides, **more)
        with pytest.raises(ClientError):
            client.start_job_run(applicationId="0" * 16, executionRoleArn=ROLE, jobDriver=DRIVER, **more)
        secrets = [SECRET]
        emr.run_until(run, "RUNNING")
        if has("GetDashboardForJobRun"):
            url = client.get_dashboard_for_job_run(applicationId=app, jobRunId=run)["url"]
            secrets.append(url.partition("authToken=")[2])
        if has("GetSessionEndpoint"):
            session = emr.add_session(app).id
            secrets.append(client.get_session_endpoint(applicationId=app, sessionId=session)["authToken"])
            asked = {"applicationId": app, "resourceId": session, "resourceType": "SESSION"}
            secrets.append(client.get_resource_dashboard(**asked)["url"].partition("authToken=")[2])
        emr.run_until(run)
        client.get_job_run(applicationId=app, jobRunId=run)
        assert all(secrets)
        for what, text in shown(emr).items():
            assert not [secret for secret in secrets if secret in text], what
        assert "https://j-" in shown(emr)["calls"] or not has("GetDashboardForJobRun")


# --- names that act -------------------------------------------------------------------------------------------------


class Strict(HTMLParser):
    """Notes the tags of a document, and everything in it that is no text of a person's."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.texts.append(data)


TAGS = {"html", "meta", "title", "style", "svg", "rect", "text", "line", "g", "circle", "pre"}


def acts(text):
    """The characters of a text that a terminal or a parser acts on, line ends aside."""
    return {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}


def scene(name):
    """A mock in which everything that a user can name has this name."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        client = emr.client("us-east-1")
        app = emr.add_application(region_name="us-east-1")
        fitting = {"name": name} if name.strip() and len(name) <= 256 else {}
        emr.when(name=name if fitting else "*").fail(name, after=5)
        run = start_job_run(client, app.id, **fitting)
        emr.run_until(run)
        emr.add_job_run(app)
        yield emr, run


def documents_are_well_formed(emr):
    """The terminal is left alone, and each document parses to what it should be."""
    texts = shown(emr)
    for what in ("calls", "report", "text", "svg", "html", "json", "records", "handle"):
        assert not acts(texts[what]), what
        texts[what].encode()
    ElementTree.fromstring(texts["svg"])
    page = Strict()
    page.feed(texts["html"])
    page.close()
    assert page.tags == TAGS
    data = json.loads(texts["json"])
    json.dumps(data, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_no_name_acts_on_what_shows_it(name):
    """In the terminal, SVG, HTML and JSON."""
    for emr, run in scene(name):
        documents_are_well_formed(emr)
        with pytest.raises(UnreachableState) as caught:
            emr.run_until(run, "RUNNING")
        assert not acts(str(caught.value))


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(), max_size=20))
def test_no_text_acts_on_what_shows_it(name):
    """Any characters at all."""
    for emr, _ in scene(name):
        documents_are_well_formed(emr)


def test_a_harmless_name_is_shown_as_it_is():
    """In any script."""
    for emr, _ in scene("日本 – naïve"):
        assert "日本 – naïve" in str(emr.timeline())
