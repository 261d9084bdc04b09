"""Raw requests that no well-behaved client sends: each gets an answer or a modelled error, and the mock works on."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from emrs_mock import mock_emr_serverless
from emrs_mock.operations import page_tokens
from tests.service.model import MODEL, has
from tests.service.requests import RELEASE, ROLE, SPARK, START, create_application, everything, start_job_run
from tests.wire.strategies import smallest

DEEP = 10_000
LISTS = [name for name in ("ListApplications", "ListJobRuns", "ListSessions", "ListJobRunAttempts") if has(name)]
OPERATIONS = sorted(MODEL.operation_names)


@pytest.fixture(scope="module")
def lax():
    """A client that checks nothing itself and makes one try, and the method of each operation."""
    client = boto3.client(
        "emr-serverless",
        "us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"max_attempts": 0}),
    )
    return client, {name: getattr(client, method) for method, name in client.meta.method_to_api_mapping.items()}


@contextmanager
def sent_instead(client, body=None, query=None):
    """Replace the body or the query of every request of a client, at the last moment before it is sent."""

    def replace(request, **kwargs):
        if body is not None:
            request.body = body
        if query is not None:
            request.url = f"{request.url.partition('?')[0]}?{query}"

    client.meta.events.register_first("before-send.emr-serverless", replace)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.emr-serverless", replace)


class Life:
    """A mock with a record of every kind, which must work on whatever was sent to it."""

    def __init__(self, lax):
        self.client, self.methods = lax

    def __enter__(self):
        self._mock = mock_emr_serverless(clock="manual", start=START)
        self.emr = self._mock.start()
        self.app = create_application(self.client)
        self.client.start_application(applicationId=self.app)
        self.emr.run_until(self.app, "STARTED")
        self.run = start_job_run(self.client, self.app)
        start_job_run(self.client, self.app)
        arn = self.emr.applications[self.app].arn
        self.ids = {"applicationId": self.app, "jobRunId": self.run, "sessionId": self.run, "resourceArn": arn}
        return self

    def __exit__(self, *error):
        self._mock.stop()

    def send(self, operation, body=None, query=None):
        """The error code that a raw request is answered with; None where it is answered. A refusal changes nothing."""
        shape = MODEL.operation_model(operation).input_shape
        path = {name: made for name, made in self.ids.items() if name in shape.members}
        before = everything(self.emr)
        with sent_instead(self.client, body, query):
            try:
                self.methods[operation](**{**smallest(shape), **path})
            except ClientError as error:
                refusal = error.response
            else:
                return None
        assert refusal["ResponseMetadata"]["HTTPStatusCode"] < 500
        assert everything(self.emr) == before
        return refusal["Error"]["Code"]

    def works_on(self):
        """Everything can be shown and called, and time passes."""
        everything(self.emr)
        str(self.emr.timeline()), list(self.emr.events), list(self.emr.calls), self.emr.snapshot().to_json()
        self.emr.clock.advance(days=2)
        app = create_application(self.client)
        self.client.start_application(applicationId=app)
        assert self.emr.run_until(start_job_run(self.client, app)).state == "SUCCESS"
        self.client.list_applications()


@pytest.fixture
def life(lax):
    """A mock in the middle of things; it works on at the end of the test."""
    with Life(lax) as life:
        yield life
        life.works_on()


def nested(depth, inner="1"):
    """A JSON object that is `depth` deep."""
    return '{"a":' * depth + inner + "}" * depth


def configurations(depth):
    """Configurations that are in each other."""
    made = {"classification": "spark-defaults"}
    for _ in range(depth - 1):
        made = {"classification": "spark-defaults", "configurations": [made]}
    return made


BODIES = {
    "objects 10,000 deep": nested(DEEP),
    "lists 10,000 deep": "[" * DEEP + "]" * DEEP,
    "an unknown member 10,000 deep": '{"unknown":' + nested(DEEP) + "}",
    "10,000 brackets that are never closed": "[" * DEEP,
    "NaN": '{"name": NaN}',
    "Infinity": '{"executionTimeoutMinutes": Infinity}',
    "a number beyond all floats": '{"executionTimeoutMinutes": 1e400}',
    "a number beyond 64 bits": '{"executionTimeoutMinutes": 9223372036854775808}',
    "a number of 5,000 digits": '{"executionTimeoutMinutes": ' + "9" * 5000 + "}",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "half a document": '{"name": "x',
    "nothing but a name": '"name"',
    "null": "null",
    "wrong types": '{"jobDriver": [], "tags": 1, "applicationConfiguration": {}}',
}
ALL_MAKING = ("CreateApplication", "StartJobRun", "StartSession")
POSTS = [name for name in OPERATIONS if MODEL.operation_model(name).http["method"] in ("POST", "PUT", "PATCH")]


@pytest.mark.parametrize("operation", [name for name in ALL_MAKING if has(name)])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_read_is_refused(life, operation, body):
    """With a modelled error that says why, before anything is done."""
    raw = body if isinstance(body, bytes) else body.encode()
    assert life.send(operation, raw) in ("SerializationException", "ValidationException")


@pytest.mark.parametrize("depth", [100, 400, 5000])
def test_configurations_nested_too_deep_are_refused(life, depth):
    """What is kept is walked through again and again."""
    overrides = {"applicationConfiguration": ["%s"]}
    body = {"executionRoleArn": ROLE, "jobDriver": SPARK, "configurationOverrides": overrides}
    deep = '{"classification":"spark-defaults","configurations":[' * depth + "{}" + "]}" * depth
    raw = json.dumps(body).replace('"%s"', deep)
    assert life.send("StartJobRun", raw.encode()) == "SerializationException"


def test_configurations_nested_as_deep_as_can_be_are_kept(life):
    """And shown, copied, restored."""
    body = {
        "clientToken": "deep",
        "executionRoleArn": ROLE,
        "jobDriver": SPARK,
        "configurationOverrides": {"applicationConfiguration": [configurations(48)]},
    }
    assert life.send("StartJobRun", json.dumps(body).encode()) is None
    life.emr.restore(life.emr.snapshot())
    assert life.emr.job_runs[-1].configuration_overrides["applicationConfiguration"] == [configurations(48)]


MOMENTS = [
    "1e400", "-1e400", "inf", "-inf", "nan", "NaN", "Infinity", "1e15", "-1e15", "99999999999999999999",
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z",
    "2024-02-30T00:00:00Z", "2024-01-01T25:00:00Z", "2024-01-01T00:00:00+99:99", "", " ", "yesterday", "١٢٣",
    "1_000", "0x10", "2024-01-01 00:00 XYZ", "Mon, 99 Xyz 2024 00:00:00 GMT", "T", "\0", "1" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("bound", ["createdAtAfter", "createdAtBefore"])
def test_a_moment_that_is_none_is_refused(life, bound, moment):
    """Whatever Python would make of it."""
    assert life.send("ListJobRuns", query=urlencode({bound: moment})) == "SerializationException"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "-62135596800", "0", "1.5"])
@pytest.mark.parametrize("bound", ["createdAtAfter", "createdAtBefore"])
def test_any_moment_that_there_is_can_be_a_bound(life, bound, moment):
    """From year 1 to 9999."""
    assert life.send("ListJobRuns", query=urlencode({bound: moment})) is None


@pytest.mark.parametrize("number", ["1_0", " 1", "١", "1e1", "1.0", "0x1", "nan", "2147483648", "9" * 5000, ""])
def test_a_whole_number_is_spelled_with_digits_and_fits(life, number):
    """Python's `int` takes more than AWS."""
    assert life.send("ListJobRuns", query=urlencode({"maxResults": number})) == "SerializationException"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([10**400, "\ud800", "\x1b[2J", "\0", "a" * 3000, 1e308, -(2**63), 2**31, RELEASE, ROLE])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def members(operation):
    """The members of an operation's input, each valid or anything, at most as deep as a request is."""
    shape = MODEL.operation_model(operation).input_shape
    return st.fixed_dictionaries({}, optional={name: value(inner) for name, inner in shape.members.items()})


def value(shape, depth=0):
    """Something for a shape: the smallest that is valid, anything at all, or a structure of such."""
    if depth < 4 and shape.type_name == "structure":
        inner = st.fixed_dictionaries({}, optional={n: value(m, depth + 1) for n, m in shape.members.items()})
    elif depth < 4 and shape.type_name == "list":
        inner = st.lists(value(shape.member, depth + 1), max_size=2)
    elif depth < 4 and shape.type_name == "map":
        inner = st.dictionaries(st.text(max_size=4) | st.just("Driver"), value(shape.value, depth + 1), max_size=2)
    else:
        inner = st.nothing()
    valid = st.builds(smallest, st.just(shape)) if shape.type_name not in ("timestamp", "structure") else st.nothing()
    return inner | valid | JSON


REQUESTS = st.sampled_from(POSTS).flatmap(lambda operation: st.tuples(st.just(operation), members(operation)))


@settings(max_examples=50, deadline=None)
@given(st.lists(REQUESTS, min_size=3, max_size=8))
def test_whatever_a_body_holds_it_is_answered_or_refused(lax, requests):
    """Any operation, any JSON in place of any member; the mock works on."""
    with Life(lax) as life:
        for operation, body in requests:
            life.send(operation, json.dumps(body).encode())
        life.works_on()


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(POSTS), st.binary(max_size=40))
def test_whatever_bytes_a_body_is_it_is_answered_or_refused(lax, operation, body):
    """They need not be text."""
    with Life(lax) as life:
        life.send(operation, body)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(LISTS),
    st.lists(
        st.tuples(
            st.sampled_from(["nextToken", "maxResults", "createdAtAfter", "createdAtBefore", "states", "mode"]),
            st.text(max_size=12) | st.floats().map(str) | st.integers().map(str) | st.sampled_from(MOMENTS),
        ),
        max_size=3,
    ),
)
def test_whatever_a_query_holds_it_is_answered_or_refused(lax, operation, query):
    """Each key as often as one likes."""
    with Life(lax) as life:
        life.send(operation, query="&".join(f"{quote(key)}={quote(text)}" for key, text in query))


# --- forged tokens --------------------------------------------------------------------------------------------------

FORGED = [
    [], [None], ["{q}"], ["{q}", 0], ["{q}", 0, None], ["{q}", 0, float("inf")], ["{q}", float("nan"), 1],
    ["{q}", -5, 1], ["{q}", 0, -1], ["{q}", 99, 1], ["{q}", 0, 10**30], ["{q}", True, True], ["{q}", "0", "1"],
    ["{q}", [0], {}], {"q": 1}, "text", 5, None,
]  # fmt: skip


def encoded(text):
    """As tokens are."""
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize("numbers", FORGED, ids=repr)
def test_a_forged_token_is_refused(life, numbers):
    """Whatever numbers, or things that are none, are in place of those of a real one."""
    create_application(life.client)
    real = life.client.list_applications(maxResults=1)["nextToken"]
    checksum = base64.urlsafe_b64decode(real).split(b".")[0].decode()
    as_json = json.dumps(numbers).replace('"{q}"', checksum)
    with_dots = ".".join(map(str, numbers)).replace("{q}", checksum) if isinstance(numbers, list) else str(numbers)
    for text in (as_json, with_dots):
        assert life.send("ListApplications", query=urlencode({"nextToken": encoded(text)})) == "ValidationException"


def test_a_token_nested_deep_is_refused(life):
    """Nothing in a token is parsed that could be."""
    token = encoded("[" * 500 + "]" * 500)
    assert life.send("ListApplications", query=urlencode({"nextToken": token})) == "ValidationException"


@given(st.text(max_size=20), st.lists(st.integers(0, 10**20), max_size=4), st.data())
def test_a_token_is_read_only_for_its_question_and_unaltered(question, numbers, data):
    """What is read is what was written."""
    token = page_tokens.write(question, numbers)
    assert page_tokens.read(token, question) == numbers
    with pytest.raises(ValueError, match="token"):
        page_tokens.read(token, question + "x")
    at = data.draw(st.integers(0, len(token) - 1))
    altered = token[:at] + data.draw(st.characters()) + token[at + 1 :]
    if altered != token:
        with pytest.raises(ValueError, match="token"):
            page_tokens.read(altered, question)
