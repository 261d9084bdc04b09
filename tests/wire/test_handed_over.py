"""Answers are handed to botocore as its own parser makes them, and only where that makes no difference.

That each one is what the parser makes of the body is compared in tests/conftest.py, in every test of the suite.
"""

from __future__ import annotations

import inspect
import json
import logging
import os
import time
from copy import deepcopy
from datetime import datetime, timedelta, timezone

import botocore.endpoint
import botocore.parsers
import pytest
from botocore.parsers import RestJSONParser

from emrs_mock._call import Fixed
from emrs_mock.wire.codec import installed
from emrs_mock.wire.encode import TIMESTAMPS
from tests.benchmarks.test_growth import steps_of
from tests.shapes import differences
from tests.wire.conftest import client

RUN = {"applicationId": "00f1cbsc6anuij25", "jobRunId": "00f1cbsc6anuij26"}
NIGHT = datetime(2026, 3, 29, 0, 30, tzinfo=timezone.utc)
MEMBERS = {
    **RUN,
    "createdAt": NIGHT,
    "updatedAt": NIGHT + timedelta(hours=1),
    "name": "ü \ud83d\ude00",
    "jobDriver": {"sparkSubmit": {"entryPointArguments": ["a"], "entryPoint": "s3://x"}},
    "tags": {"b": "1", "a": "2"},
    "executionTimeoutMinutes": 5,
    "totalResourceUtilization": {"vCPUHour": 1},
}

asks_before_parsing = pytest.mark.skipif(
    "before-parse" not in inspect.getsource(botocore.endpoint),
    reason="this botocore does not ask for parsed answers",
)


@pytest.fixture
def emr():
    """A client of this test's own."""
    return client()


@pytest.fixture
def bodies(monkeypatch):
    """The bodies that botocore's parser has parsed since."""
    seen = []
    real = RestJSONParser._initial_body_parse

    def parse(self, body):
        seen.append(body)
        return real(self, body)

    monkeypatch.setattr(RestJSONParser, "_initial_body_parse", parse)
    return seen


@pytest.fixture
def toy(toy):
    """A toy that answers GetJobRun."""
    toy.respond = lambda call: {"jobRun": MEMBERS}
    return toy


@asks_before_parsing
def test_botocore_does_not_parse_what_we_have_just_written(emr, toy, bodies):
    """The body that it parses is empty, and the answer is there."""
    assert emr.get_job_run(**RUN)["jobRun"]["jobRunId"] == RUN["jobRunId"]
    assert bodies[-1] == b""  # the others are of the comparison that the suite makes


def test_the_answer_is_what_the_parser_makes_of_the_json_that_is_kept(emr, toy):
    """The response that handlers see has the real body; types, order, zones and joined surrogates are the parser's."""
    kept = []
    emr.meta.events.register("response-received", lambda response_dict, **_: kept.append(response_dict))
    answer = emr.get_job_run(**RUN)
    assert json.loads(kept[0]["body"])["jobRun"]["name"] == "ü 😀" == answer["jobRun"]["name"]
    shape = emr.meta.service_model.operation_model("GetJobRun").output_shape
    parsed = RestJSONParser().parse(kept[0], shape)
    answer["ResponseMetadata"].pop("RetryAttempts")
    assert list(differences(answer, parsed)) == []


def test_two_moments_are_subtracted_as_parsed_ones_are(emr, toy, zone):
    """Each has a tzinfo object of its own, so that an hour over the change to summer time is one hour."""
    zone("Europe/Berlin")
    run = emr.get_job_run(**RUN)["jobRun"]
    assert run["updatedAt"] - run["createdAt"] == timedelta(hours=1)
    assert run["createdAt"].tzinfo is not run["updatedAt"].tzinfo


@pytest.fixture
def zone():
    """Sets the time zone of the process."""
    before = os.environ.get("TZ")
    if not hasattr(time, "tzset"):
        pytest.skip("this system cannot change the zone of a process")

    def change(name):
        os.environ.pop("TZ", None) if name is None else os.environ.update(TZ=name)
        time.tzset()

    yield change
    change(before)


def test_a_zone_that_changes_changes_later_answers(emr, toy, zone):
    """As it would change what is parsed."""
    zone("Europe/Berlin")
    assert emr.get_job_run(**RUN)["jobRun"]["createdAt"].utcoffset() == timedelta(hours=1)
    zone("America/New_York")
    assert emr.get_job_run(**RUN)["jobRun"]["createdAt"].utcoffset() == timedelta(hours=-4)


def test_a_frozen_datetime_is_what_answers_have(emr, toy):
    """Freezegun replaces the class `datetime`, and parsed moments are of the class of their time."""
    freezegun = pytest.importorskip("freezegun")
    with freezegun.freeze_time(NIGHT):
        frozen = emr.get_job_run(**RUN)["jobRun"]["createdAt"]
    thawed = emr.get_job_run(**RUN)["jobRun"]["createdAt"]
    assert (type(frozen), type(thawed)) == (freezegun.api.FakeDatetime, datetime)


def test_every_answer_is_a_new_object(emr, toy):
    """What code does to one changes no other, and nothing in the mock."""
    first = emr.get_job_run(**RUN)["jobRun"]
    first["jobDriver"]["sparkSubmit"]["entryPointArguments"].append("b")
    first["tags"].clear()
    again = emr.get_job_run(**RUN)["jobRun"]
    assert again["jobDriver"]["sparkSubmit"]["entryPointArguments"] == ["a"]
    assert again["tags"] == {"b": "1", "a": "2"}


def test_a_union_that_the_parser_refuses_is_left_to_it(emr, toy):
    """It is botocore that raises."""
    toy.respond = lambda call: {"jobRun": {**MEMBERS, "jobDriver": {}}}
    if not getattr(emr.meta.service_model.shape_for("JobDriver"), "is_tagged_union", False):
        pytest.skip("this botocore does not check unions")
    with pytest.raises(botocore.parsers.ResponseParserError, match="one member"):
        emr.get_job_run(**RUN)


def with_a_handler(name, method="register"):
    """A change: another handler of `before-parse`, which is there before or after the first call."""
    return lambda emr, patch: getattr(emr.meta.events, method)(name, lambda **_: None)


def own_model(emr, patch):
    """A client whose model has another member."""
    description = emr.meta.service_model._service_description
    emr.meta.service_model._service_description = {**description, "metadata": {**description["metadata"], "x": "y"}}


ASIDE = {
    "another handler": with_a_handler("before-parse.emr-serverless.GetJobRun"),
    "a handler of all": with_a_handler("before-parse"),
    "the very last handler": with_a_handler("before-parse", "register_last"),
    "a parser with options": lambda emr, patch: emr._endpoint._response_parser_factory.set_parser_defaults(
        timestamp_parser=str
    ),
    "a factory of one's own": lambda emr, patch: patch.setattr(
        emr._endpoint, "_response_parser_factory", type("Own", (botocore.parsers.ResponseParserFactory,), {})()
    ),
    "a parser of one's own": lambda emr, patch: patch.setitem(
        botocore.parsers.PROTOCOL_PARSERS, "rest-json", type("Own", (RestJSONParser,), {})
    ),
    "a log of bodies": lambda emr, patch: patch.setattr(
        logging.getLogger("botocore.parsers"), "isEnabledFor", lambda level: level >= logging.DEBUG
    ),
}


@pytest.mark.parametrize("first", ["before the first call", "after it"])
@pytest.mark.parametrize("change", ASIDE)
def test_a_client_that_parses_in_its_own_way_gets_the_body(emr, toy, bodies, monkeypatch, change, first):
    """Whenever that was said."""
    if first == "after it":
        emr.get_job_run(**RUN)
    ASIDE[change](emr, monkeypatch)
    bodies.clear()
    emr.get_job_run(**RUN)
    monkeypatch.undo()
    assert bodies
    assert all(bodies)


def test_a_client_with_a_model_of_its_own_parses_itself(emr, toy, bodies, monkeypatch):
    """Its names need not be those that we write."""
    own_model(emr, monkeypatch)
    emr.get_job_run(**RUN)
    assert bodies
    assert all(bodies)


def test_an_answer_of_another_handler_is_parsed(emr, toy, bodies):
    """One that answers at `before-send`, in place of the mock, after the mock has answered a try."""
    from tests.wire.conftest import canned

    emr.get_job_run(**RUN)
    emr.meta.events.register("before-send", lambda **_: canned(b'{"jobRun": {"name": "canned"}}'))
    bodies.clear()
    assert emr.get_job_run(**RUN)["jobRun"]["name"] == "canned"
    assert bodies
    assert all(bodies)


@pytest.mark.parametrize("kind", TIMESTAMPS)
def test_moments_are_parsed_in_every_spelling(kind):
    """Also in those that the installed model does not use in bodies."""
    from botocore.model import ServiceModel

    from emrs_mock.wire.encode import result_encoder
    from emrs_mock.wire.parsed import result_parser

    shapes = {
        "Out": {"type": "structure", "members": {"at": {"shape": "Time", "timestampFormat": kind}}},
        "Time": {"type": "timestamp"},
    }
    http = {"method": "GET", "requestUri": "/"}
    operations = {"Op": {"name": "Op", "http": http, "output": {"shape": "Out"}}}
    model = ServiceModel({"metadata": {"protocol": "rest-json"}, "operations": operations, "shapes": shapes}, "toy")
    operation = model.operation_model("Op")
    body = result_encoder(operation)({"at": NIGHT}).body
    theirs = RestJSONParser().parse({"status_code": 200, "headers": {}, "body": body}, operation.output_shape)
    del theirs["ResponseMetadata"]
    assert list(differences(result_parser(operation)({"at": NIGHT}), theirs)) == []


def test_what_never_changes_is_written_and_parsed_once():
    """The second time, such rows take a fraction of the steps, and say the same as ordinary ones."""
    codec = installed().codec("ListJobRuns")
    rows = [Fixed({**MEMBERS, "id": str(number)}) for number in range(50)]

    def made(rows):
        return codec.encode({"jobRuns": rows}).body, codec.parsed({"jobRuns": rows})

    first, second = (steps_of(lambda: made(rows)) for _ in range(2))
    assert second < first / 2
    assert made(rows) == made([dict(row) for row in rows])
    one, another = (codec.parsed({"jobRuns": rows}) for _ in range(2))
    assert one["jobRuns"][0] is not another["jobRuns"][0]


def test_a_deep_copy_of_what_never_changes_may_change():
    """It is an ordinary dict, of which nothing is kept."""
    copied = deepcopy(Fixed(MEMBERS))
    assert type(copied) is dict
    copied["tags"]["a"] = "3"
    assert MEMBERS["tags"]["a"] == "2"
