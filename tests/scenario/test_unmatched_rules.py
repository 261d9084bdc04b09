"""Rules that decided nothing: why, for each job run, is in the report of a failed test and in `assert_all_matched`."""

from __future__ import annotations

import re

import pytest

from emrs_mock import Fail
from tests.service.requests import HIVE

SUBMITTED = {
    "name": "nightly",
    "executionRoleArn": "arn:aws:iam::123456789012:role/team/etl",
    "jobDriver": {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "entryPointArguments": ["--day", "2024-01-01"]}},
    "tags": {"team": "data"},
}
ROLE = "'arn:aws:iam::123456789012:role/team/etl', 'etl'"

REFUSED = {
    "entry_point": ("s3://code/etl", "entry_point='s3://code/etl'", "entry_point is 's3://code/etl.py'"),
    "name": (re.compile("^daily"), "name=re.compile('^daily')", "name is 'nightly'"),
    "argument": ("--hour", "argument='--hour'", "argument is '--day', '2024-01-01'"),
    "query": ("*", "query='*'", "there is no query"),
    "role": ("admin", "role='admin'", f"role is {ROLE}"),
    "mode": ("STREAMING", "mode='STREAMING'", "mode is 'BATCH'"),
    "tags": ({"team": "web"}, "tags={'team': 'web'}", "tag 'team' is 'data'"),
}


def never(run):
    """Accepts nothing."""
    return False


@pytest.mark.parametrize(("matcher", "written", "saw"), REFUSED.values(), ids=REFUSED)
def test_a_rule_that_decided_nothing_is_told_with_the_value_that_it_saw(emr, submit, request, matcher, written, saw):
    """By `assert_all_matched` and by the report, each in the same words."""
    emr.when(**{request.node.callspec.id: matcher}).fail("boom")
    run = submit(**SUBMITTED)
    line = f"when({written}).fail('boom'): {saw} (job run {run})"
    with pytest.raises(AssertionError) as caught:
        emr.assert_all_matched()
    assert str(caught.value) == f"These rules decided about no job run (docs: rules):\n  {line}"
    assert emr._report().endswith(f"rules that decided nothing\n  {line}")


def why(emr):
    """The lines about rules that decided nothing."""
    return list(emr._rules.unmatched(removed=True))


@pytest.mark.parametrize(
    ("matchers", "line"),
    [
        ({"application": "other"}, "when(application='other').hang(): application is '{app}', '{arn}', 'etl'"),
        ({"where": never}, "when(where=never).hang(): where() is false"),
        ({"tags": {"owner": "*"}}, "when(tags={{'owner': '*'}}).hang(): there is no tag 'owner'"),
        ({"name": "night*", "role": never}, f"when(name='night*', role=never).hang(): role is {ROLE}"),
    ],
)
def test_the_first_matcher_that_refused_is_named(emr, client, matchers, line):
    """A callable by its own name."""
    app = emr.add_application(name="etl", region_name="us-east-1")
    emr.when(**matchers).hang()
    run = client.start_job_run(applicationId=app.id, **SUBMITTED)["jobRunId"]
    assert why(emr) == [f"{line.format(app=app.id, arn=app.arn)} (job run {run})"]


def test_each_job_run_has_its_reason(emr, submit):
    """Those with the same one share a line."""
    emr.when(name="weekly").succeed(after=60, times=2)
    runs = [submit(name=name) for name in ("nightly", "hourly", "nightly")]
    rule = "when(name='weekly').succeed(after=60, times=2)"
    assert why(emr) == [
        f"{rule}: name is 'nightly' (job run {runs[0]}, {runs[2]})",
        f"{rule}: name is 'hourly' (job run {runs[1]})",
    ]


def test_a_rule_that_another_covers_names_the_other(emr, submit):
    """The last one that matches wins."""
    emr.when(name="*").fail()
    emr.when().fail(Fail("No"))
    run = submit()
    assert why(emr) == [f"when(name='*').fail(): when().fail(Fail('No')) decided (job run {run})"]


def test_a_rule_that_another_covers_tells_its_own_matcher_first(emr, submit):
    """It would not have decided anyway; a callable is not called to find out."""
    emr.when(name="weekly", where=lambda run: 1 / 0).fail()
    emr.when().succeed()
    submit(name="nightly")
    assert "name is 'nightly'" in why(emr)[0]


def test_a_rule_that_came_too_late_says_so(emr, submit):
    """Rules are applied when a job run is accepted."""
    submit()
    emr.when().hang()
    assert why(emr) == ["when().hang(): no job run was submitted while the rule was there"]


def test_a_rule_that_a_block_removed_is_told_too(emr, submit):
    """Only in the report: what is removed is asserted no more."""
    with emr.when(name="weekly").fail():
        run = submit(name="nightly")
    assert why(emr) == [f"when(name='weekly').fail(): name is 'nightly' (job run {run})"]
    emr.assert_all_matched()
    emr.reset()
    assert why(emr) == []


def test_a_rule_that_decided_something_is_not_told(emr, submit):
    """Whatever else it refused."""
    with emr.when(name="nightly").fail():
        submit(name="weekly")
        submit(name="nightly")
        assert why(emr) == []
    assert why(emr) == []
    assert "decided nothing" not in emr._report()


def test_ten_reasons_are_enough(emr, submit):
    """Of a thousand job runs the first ones are told."""
    emr.when(name="weekly").fail()
    runs = [submit(name="nightly") for _ in range(12)]
    assert why(emr) == [f"when(name='weekly').fail(): name is 'nightly' (job run {', '.join(runs[:10])})"]


def test_a_long_value_is_cut(emr, client):
    """A query may have pages."""
    app = emr.add_application(type="HIVE", region_name="us-east-1").id
    emr.when(query="SELECT").fail()
    client.start_job_run(applicationId=app, executionRoleArn=SUBMITTED["executionRoleArn"], jobDriver=HIVE)
    (line,) = why(emr)
    assert line.startswith("when(query='SELECT').fail(): query is 's3://")
    emr.when(query="x" * 1000).fail()
    assert len(why(emr)[-1]) < 300


def test_a_rule_shows_how_it_was_written(emr):
    """With each verb, in Python."""
    rule = emr.when(name="etl").hang(times=2).logs("out", executor=1).stay("PENDING", 60).run
    assert repr(rule.__self__) == "when(name='etl').hang(times=2).logs('out', executor=1).stay('PENDING', 60)"
    assert repr(emr.when().run(never)) == "when().run(never)"
