"""Matchers: which job runs a rule is about."""

from __future__ import annotations

import re

import pytest

from tests.service.requests import HIVE, start_job_run

REQUEST = {
    "name": "nightly etl",
    "executionRoleArn": "arn:aws:iam::123456789012:role/team/etl-role",
    "jobDriver": {
        "sparkSubmit": {"entryPoint": "s3://code/etl.py", "entryPointArguments": ["--day", "2024-01-01"]},
    },
    "tags": {"team": "data", "stage": "test"},
}


MATCHING = {
    "name": ["nightly etl", "nightly*", "n?ghtly [de]tl", re.compile("etl$"), re.compile("^night"), "*"],
    "entry_point": ["s3://code/etl.py", "s3://code/*", re.compile(r"\.py$")],
    "argument": ["--day", "2024-*", re.compile(r"^\d+-\d+-\d+$")],
    "role": ["arn:aws:iam::123456789012:role/team/etl-role", "etl-role", "etl-*", re.compile("role/team/")],
    "tags": [{"team": "data"}, {"team": "d*", "stage": re.compile("^t")}, {}, {"team": lambda value: value == "data"}],
    "where": [lambda run: run.tags["stage"] == "test", lambda run: run.name.endswith("etl") and run.application_id],
}
OTHER = {
    "name": ["nightly", "NIGHTLY ETL", re.compile("^etl"), ""],
    "entry_point": ["etl.py", "s3://code/*.jar"],
    "query": ["*"],
    "argument": ["--day 2024-01-01", "--DAY"],
    "role": ["role", "*/team"],
    "tags": [{"team": "web"}, {"owner": "*"}, {"team": "data", "stage": "prod"}],
    "where": [lambda run: run.tags.get("owner"), lambda run: None],
}


def each(table):
    """Every matcher under its name."""
    return [pytest.param({name: matcher}, id=f"{name}-{n}") for name in table for n, matcher in enumerate(table[name])]


@pytest.mark.parametrize("matchers", each(MATCHING))
def test_a_rule_is_about_the_job_runs_that_match(emr, submit, matchers):
    """Shell patterns match the whole value, regular expressions are searched, callables get it."""
    emr.when(**matchers).fail()
    assert emr.run_until(submit(**REQUEST)).state == "FAILED"


@pytest.mark.parametrize("matchers", each(OTHER))
def test_a_rule_is_about_no_others(emr, submit, matchers):
    """Letter case counts; a part of a value is not the value."""
    emr.when(**matchers).fail()
    assert emr.run_until(submit(**REQUEST)).state == "SUCCESS"


@pytest.mark.parametrize("name", ["name", "entry_point", "argument", "role", "application"])
def test_a_callable_gets_the_value(emr, submit, name):
    """Each value that there is, until one is taken."""
    seen = []
    emr.when(**{name: lambda value: seen.append(value)}).fail()
    submit(**REQUEST)
    assert {
        "name": ["nightly etl"],
        "entry_point": ["s3://code/etl.py"],
        "argument": ["--day", "2024-01-01"],
        "role": ["arn:aws:iam::123456789012:role/team/etl-role", "etl-role"],
        "application": [emr.applications[0].id, emr.applications[0].arn],
    }[name] == seen


def test_a_job_run_without_a_name_has_an_empty_one(emr, submit):
    """A callable gets a string in any case."""
    emr.when(name=lambda name: name.startswith("nightly")).fail()
    emr.when(name="").hang()
    assert emr.run_until(submit()).state == "CANCELLED"


@pytest.mark.parametrize("key", ["id", "arn", "name"])
def test_a_rule_can_be_about_an_application(emr, client, key):
    """By its id, ARN or name."""
    wanted, other = emr.add_application(name="wanted"), emr.add_application(name="other")
    emr.when(application=getattr(wanted, key)).fail()
    outcomes = [emr.run_until(start_job_run(client, app.id)).state for app in (wanted, other)]
    assert outcomes == ["FAILED", "SUCCESS"]


def test_a_rule_can_be_about_a_query(emr, client):
    """Of Hive; a rule about an entry point is about Spark."""
    app = emr.add_application(type="HIVE").id
    emr.when(query="s3://code/*.sql").fail()
    emr.when(entry_point="*").hang()
    assert emr.run_until(start_job_run(client, app, jobDriver=HIVE)).state == "FAILED"


@pytest.mark.needs_model("StartJobRun.mode")
@pytest.mark.parametrize("matcher", ["STREAMING", "STREAM*", re.compile("^S"), lambda mode: mode == "STREAMING"])
def test_a_rule_can_be_about_a_mode(emr, submit, matcher):
    """The default mode is BATCH."""
    emr.when(mode=matcher).succeed(after=1)
    emr.when(mode="BATCH").fail(after=1)
    outcomes = [emr.run_until(submit(**members)).state for members in ({"mode": "STREAMING"}, {"mode": "BATCH"}, {})]
    assert outcomes == ["SUCCESS", "FAILED", "FAILED"]


@pytest.mark.parametrize(("name", "ends"), [("nightly etl", "FAILED"), ("hourly etl", "SUCCESS")])
def test_everything_that_is_named_has_to_match(emr, submit, name, ends):
    """One matcher that does not is enough."""
    emr.when(name="nightly*", role="etl-role", tags={"team": "data"}).fail()
    assert emr.run_until(submit(**{**REQUEST, "name": name})).state == ends


@pytest.mark.parametrize(
    ("matchers", "error", "text"),
    [
        ({"mode": "STREAM"}, ValueError, "No job run has mode='STREAM'. There are: BATCH, STREAMING"),
        ({"name": 5}, TypeError, "name=5: expected a string or a re.Pattern or a callable"),
        ({"tags": "team"}, TypeError, "tags='team'"),
        ({"where": "etl"}, TypeError, "where='etl'"),
        ({"nmae": "etl"}, TypeError, "nmae"),
    ],
)
def test_a_matcher_that_no_job_run_can_have_is_refused(emr, matchers, error, text):
    """At once; no rule is left behind."""
    with pytest.raises(error, match=re.escape(text)):
        emr.when(**matchers)
    assert emr._rules.checkpoint() == []


def test_an_application_may_be_the_record(emr, client):
    """As `add_application` returns it; another application's job runs are not concerned."""
    one, two = (emr.add_application(region_name="us-east-1") for _ in range(2))
    rule = emr.when(application=one).fail()
    states = [emr.run_until(start_job_run(client, app.id)).state for app in (one, two)]
    assert (states, rule.matched) == (["FAILED", "SUCCESS"], 1)
    assert repr(rule) == f"when(application={one.id!r}).fail()"


def test_an_application_is_given_as_the_response_that_made_it(emr):
    """As `run_until` takes it."""
    created = emr.client().create_application(name="etl", type="SPARK", releaseLabel="emr-7.2.0")
    rule = emr.when(application=created).fail()
    emr.run_until(created, "CREATED")
    emr.add_job_run(created, "SUBMITTED")
    emr.add_job_run(emr.add_application(), "SUBMITTED")
    assert rule.matched == 1
