"""Every operation of the installed model goes over the wire and back, by botocore's serializer and parser."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSRequest
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.regions import EndpointResolver
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emrs_mock._call import ServiceError
from emrs_mock.wire.codec import Service, installed, partition_of
from tests.wire.conftest import Toy
from tests.wire.strategies import broken, smallest, values

OPERATIONS = list(installed().model.operation_names)
generous = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


def shapes(operation):
    """The input and the output shape."""
    model = installed().model.operation_model(operation)
    return model.input_shape, model.output_shape


@pytest.mark.parametrize("operation", OPERATIONS)
@generous
@given(data=st.data())
def test_params_and_results_go_round_without_loss(operation, data, emr, active):
    """What the caller gives reaches the mock, and what the mock answers reaches the caller, unchanged and accepted."""
    takes, gives = shapes(operation)
    params, result = data.draw(values(takes)), data.draw(values(gives))
    active.host = Toy(lambda call: result)

    answer = getattr(emr, xform_name(operation))(**params)

    (call,) = active.host.calls
    in_query = {name for name, member in takes.members.items() if member.serialization.get("location") == "querystring"}
    sent = {name: value for name, value in params.items() if value != [] or name not in in_query}
    assert (call.operation, call.params, call.violations) == (operation, sent, ())
    del answer["ResponseMetadata"]
    assert answer == result


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_constraint_of_the_model_is_checked(operation):
    """A value that breaks one constraint is refused for that one, at its place."""
    shape, _ = shapes(operation)
    validate = installed().known(operation).validate
    assert validate(smallest(shape)) == ()
    for params, path, text in broken(shape):
        head, _, tail = text.partition("[... ")
        violations = validate(params)
        start = f"Value at '{path}' failed to satisfy constraint: {head}"
        assert any(found.startswith(start) and tail in found for found in violations), (params, violations)


def test_an_answer_has_only_what_the_model_has(emr, active):
    """Members that the output shape does not have, and members that are None, are left out."""
    summary = {"id": "00f1", "state": "CREATED", "stateDetails": None, "clientToken": "x"}
    active.host = Toy(lambda call: {"applications": [summary], "nextToken": None, "more": 1})
    answer = emr.list_applications()
    del answer["ResponseMetadata"]
    assert answer == {"applications": [{"id": "00f1", "state": "CREATED"}]}
    assert installed().known("ListApplications").encode({"nextToken": None}).body == b"{}"


def test_numbers_may_be_decimals(emr, active):
    """Billing is counted in Decimal; a client sees a float."""
    active.host = Toy(lambda call: {"jobRun": {"totalResourceUtilization": {"vCPUHour": Decimal("0.106")}}})
    run = emr.get_job_run(applicationId="00f1", jobRunId="00f2")["jobRun"]
    assert run == {"totalResourceUtilization": {"vCPUHour": 0.106}}


def test_moments_in_a_query_are_aware_and_in_utc(emr, toy):
    """Whatever zone the caller thinks in, the mock thinks in UTC, to the microsecond."""
    there = datetime(2024, 5, 1, 12, 30, 0, 250, tzinfo=timezone(timedelta(hours=2)))
    emr.list_job_runs(applicationId="00f1", createdAtAfter=there, createdAtBefore="2024-05-01")
    params = toy.calls[0].params
    assert params["createdAtAfter"] == there
    assert {params["createdAtAfter"].tzinfo, params["createdAtBefore"].tzinfo} == {timezone.utc}


def test_a_resource_arn_is_unquoted(emr, toy):
    """An ARN is one label of the path, its slashes and colons escaped."""
    arn = "arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1cbsc6anuij25"
    emr.untag_resource(resourceArn=arn, tagKeys=["a b", "ü&="])
    assert toy.calls[0].params == {"resourceArn": arn, "tagKeys": ["a b", "ü&="]}


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"name": 1}, "NUMBER_VALUE can not be converted to string"),
        ({"name": {"a": "b"}}, "START_OBJECT can not be converted to string"),
        ({"autoStartConfiguration": {"enabled": "yes"}}, "STRING_VALUE can not be converted to boolean"),
        ({"autoStopConfiguration": {"idleTimeoutMinutes": True}}, "BOOLEAN_VALUE can not be converted to integer"),
        ({"autoStopConfiguration": {"idleTimeoutMinutes": 1.5}}, "NUMBER_VALUE can not be converted to integer"),
        ({"initialCapacity": {"Driver": {"workerCount": "1"}}}, "STRING_VALUE can not be converted to long"),
        ({"networkConfiguration": {"subnetIds": [["s"]]}}, "START_ARRAY can not be converted to string"),
    ],
)
def test_values_of_the_wrong_type_cannot_be_read(lax, toy, params, problem):
    """A client without parameter validation gets the error before the mock is called."""
    with pytest.raises(lax.exceptions.ClientError, match=f"SerializationException.*{problem}"):
        lax.create_application(releaseLabel="emr-7.1.0", type="SPARK", **params)
    assert toy.calls == []


@pytest.mark.parametrize(("kind", "bits"), [("integer", 32), ("long", 64)])
@pytest.mark.parametrize(("sign", "least"), [(-1, 0), (1, -1)], ids=["lowest", "highest"])
def test_a_whole_number_has_as_many_bits_as_its_type(kind, bits, sign, least):
    """The lowest and the highest one can be read, in body and query, and none beyond."""
    members = {"body": {"shape": "N"}, "query": {"shape": "N", "location": "querystring", "locationName": "q"}}
    http = {"method": "POST", "requestUri": "/do"}
    codec = Service(
        ServiceModel(
            {
                "metadata": TOMORROW["metadata"],
                "operations": {"Do": {"name": "Do", "http": http, "input": {"shape": "In"}}},
                "shapes": {"In": {"type": "structure", "members": members}, "N": {"type": kind}},
            }
        )
    ).known("Do")

    def read(number):
        """The number from the query, after it was read from the body too."""
        body, query = json.dumps({"body": number}).encode(), urlencode({"q": number})
        (in_body,) = codec.decode(AWSRequest(method="POST", url="https://x/do", data=body).prepare()).values()
        (in_query,) = codec.decode(AWSRequest(method="POST", url=f"https://x/do?{query}").prepare()).values()
        assert in_body == in_query
        return in_query

    limit = sign * 2 ** (bits - 1) + least
    assert [read(limit), read(limit - sign)] == [limit, limit - sign]
    beyond = limit + sign
    for url, body in ((f"https://x/do?q={beyond}", b""), ("https://x/do", json.dumps({"body": beyond}).encode())):
        with pytest.raises(ServiceError, match="SerializationException"):
            codec.decode(AWSRequest(method="POST", url=url, data=body).prepare())


def test_null_items_are_refused_and_null_members_are_absent(lax, toy):
    """JSON's null is no item of a list, no value of a map, and no member at all."""
    lax.tag_resource(resourceArn="arn", tags={"a": None})
    lax.create_application(
        releaseLabel="emr-7.1.0", type="SPARK", name=None, networkConfiguration={"subnetIds": [None]}
    )
    tagged, created = toy.calls
    assert "Value at 'tags' failed to satisfy constraint: Map value must satisfy" in tagged.violations[-1]
    assert "name" not in created.params
    assert created.violations == (
        "Value at 'networkConfiguration.subnetIds.1.member' failed to satisfy constraint: Member must not be null",
    )


UNREADABLE = {
    b"{": "The body is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    b"{} {}": "The body is not JSON: Extra data: line 1 column 4 (char 3)",
    b"\xff": "The body is not JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    b'{"name": NaN}': "The body is not JSON: NaN is not a number of JSON",
    b'{"name": -Infinity}': "The body is not JSON: -Infinity is not a number of JSON",
    b"[]": "START_ARRAY found where START_OBJECT is expected",
    b"1": "NUMBER_VALUE found where START_OBJECT is expected",
    b'"name"': "STRING_VALUE found where START_OBJECT is expected",
    b"true": "BOOLEAN_VALUE found where START_OBJECT is expected",
    b'{"name": ' + b"[" * 100 + b"]" * 100 + b"}": "The body is nested deeper than 100 levels",
    b"[" * 100_000: "The body is nested deeper than 100 levels",
}


def post(body):
    """A CreateApplication with this body, as botocore prepares it."""
    return AWSRequest(method="POST", url="https://x/applications", data=body).prepare()


@pytest.mark.parametrize(("body", "text"), UNREADABLE.items(), ids=lambda value: value[:20])
def test_a_body_that_is_no_json_object_cannot_be_read(body, text):
    """This happens only if a test changes requests; the client gets an error, and the mock does not crash."""
    with pytest.raises(ServiceError) as caught:
        installed().known("CreateApplication").decode(post(body))
    assert (caught.value.code, caught.value.message) == ("SerializationException", text)
    assert str(caught.value) == f"SerializationException: {text}"


@pytest.mark.parametrize("body", ['{"name":"etl"}', b'{"name":"etl"}', b' \t{ "name" : "etl" }\r\n'])
def test_blanks_around_a_body_do_not_matter(body):
    """Nor does it matter whether it is text or bytes."""
    assert installed().known("CreateApplication").decode(post(body)) == {"name": "etl"}


@pytest.mark.parametrize("innermost", ["", "1", '"x"'])
def test_a_body_may_be_nested_as_deep_as_the_limit(innermost):
    """It counts itself; what is in the deepest list does not matter."""
    deepest = b'{"unknown":' + b"[" * 99 + innermost.encode() + b"]" * 99 + b"}"
    assert installed().known("CreateApplication").decode(post(deepest)) == {}
    with pytest.raises(ServiceError, match="nested deeper"):
        installed().known("CreateApplication").decode(post(b'{"unknown":[' + deepest + b"]}"))


def test_a_request_without_a_body_has_no_members():
    """It is read as an empty object."""
    assert installed().known("CreateApplication").decode(post(b"")) == {}


def test_a_path_of_another_operation_is_a_mistake_in_the_test():
    """Where code changes a request on its way, no answer of AWS fits."""
    request = AWSRequest(method="POST", url="https://x/somewhere?a=b", data=b"{}").prepare()
    for _ in range(2):
        with pytest.raises(LookupError) as caught:
            installed().known("CreateApplication").decode(request)
        assert caught.value.args == ("https://x/somewhere is not a path of CreateApplication: /applications",)


@pytest.mark.parametrize("query", ["maxResults=ten", "createdAtAfter=yesterday"])
def test_a_query_that_is_not_of_the_models_types_cannot_be_read(query):
    """Text that stands for no number and no moment is refused."""
    request = AWSRequest(method="GET", url=f"https://x/applications/00f1/jobruns?{query}").prepare()
    with pytest.raises(ServiceError, match="SerializationException"):
        installed().known("ListJobRuns").decode(request)


def test_a_model_may_use_headers_statuses_formats_and_recursion():
    """What the model of today does not use is understood where the model of tomorrow does."""
    codec = Service(ServiceModel(TOMORROW)).known("Do")
    url = "https://x/prefix/do/a%2Fb/rest/of/it?deep&flag=true&at=1714521600.5&blob=aGk%3D"
    headers = {"x-since": b"Wed, 01 May 2024 00:00:00 GMT"}
    body = b'{"tree": {"leaf": "l", "branches": [{"leaf": "m"}]}, "ratio": 1, "when": "2024-05-01T00:00:00Z"}'
    may = datetime(2024, 5, 1, tzinfo=timezone.utc)

    params = codec.decode(AWSRequest(method="POST", url=url, headers=headers, data=body).prepare())

    tree = {"Leaf": "l", "Branches": [{"Leaf": "m"}]}
    assert params == {
        "id": "a/b", "rest": "rest/of/it", "flag": True, "at": may + timedelta(milliseconds=500), "blob": b"hi",
        "since": may, "tree": tree, "ratio": 1.0, "when": may,
    }  # fmt: skip
    assert codec.validate({"tree": {"Branches": [tree, {"Leaf": "toolong"}]}}) == (
        "Value at 'tree.Branches.2.member.Leaf' failed to satisfy constraint: "
        "Member must have length less than or equal to 3",
    )
    encoded = codec.encode(
        {"status": 202, "since": may, "flag": True, "tree": tree, "now": may, "when": may, "blob": b"hi"}
    )
    assert encoded.status == 202
    assert encoded.headers == {"x-since": "Wed, 01 May 2024 00:00:00 GMT", "x-flag": "true"}
    assert encoded.body == (
        b'{"tree":{"leaf":"l","branches":[{"leaf":"m"}]},"now":1714521600.0,"when":"2024-05-01T00:00:00Z","blob":"aGk="}'
    )


TOMORROW = {
    "metadata": {"protocol": "rest-json", "serviceId": "Tomorrow", "endpointPrefix": "tomorrow"},
    "operations": {
        "Do": {
            "name": "Do",
            "http": {"method": "POST", "requestUri": "/do/{id}/{rest+}?deep"},
            "input": {"shape": "In"},
            "output": {"shape": "Out"},
        }
    },
    "shapes": {
        "In": {
            "type": "structure",
            "members": {
                "id": {"shape": "String", "location": "uri", "locationName": "id"},
                "rest": {"shape": "String", "location": "uri", "locationName": "rest"},
                "flag": {"shape": "Boolean", "location": "querystring", "locationName": "flag"},
                "at": {"shape": "Moment", "location": "querystring", "locationName": "at"},
                "blob": {"shape": "Blob", "location": "querystring", "locationName": "blob"},
                "since": {"shape": "Moment", "location": "header", "locationName": "x-since"},
                "absent": {"shape": "String", "location": "header", "locationName": "x-absent"},
                "tree": {"shape": "Tree"},
                "ratio": {"shape": "Double"},
                "when": {"shape": "IsoMoment"},
            },
        },
        "Out": {
            "type": "structure",
            "members": {
                "status": {"shape": "Integer", "location": "statusCode"},
                "since": {"shape": "Moment", "location": "header", "locationName": "x-since"},
                "flag": {"shape": "Boolean", "location": "header", "locationName": "x-flag"},
                "tree": {"shape": "Tree"},
                "now": {"shape": "Moment"},
                "when": {"shape": "Moment", "timestampFormat": "iso8601"},
                "blob": {"shape": "Blob"},
            },
        },
        "Tree": {
            "type": "structure",
            "members": {
                "Leaf": {"shape": "Short", "locationName": "leaf"},
                "Branches": {"shape": "Trees", "locationName": "branches"},
            },
        },
        "Trees": {"type": "list", "member": {"shape": "Tree"}},
        "Short": {"type": "string", "max": 3},
        "String": {"type": "string"},
        "Boolean": {"type": "boolean"},
        "Integer": {"type": "integer"},
        "Double": {"type": "double"},
        "Blob": {"type": "blob"},
        "Moment": {"type": "timestamp"},
        "IsoMoment": {"type": "timestamp", "timestampFormat": "iso8601"},
    },
}


def test_the_partition_of_every_region_is_that_of_botocores_endpoints():
    """It is looked up in a small file, where botocore has one, instead of in the large one of all endpoints."""
    resolver = EndpointResolver(create_loader().load_data("endpoints"))
    regions = [region for each in resolver._endpoint_data["partitions"] for region in each["regions"]]
    assert len(regions) > 20
    assert [partition_of(region) for region in regions] == [
        resolver.get_partition_for_region(region) for region in regions
    ]
    assert partition_of("moon-south-1") == "aws"


VALUES = {
    "string": "a b&ü",
    "integer": -7,
    "long": 2**40,
    "float": 1.5,
    "double": -0.25,
    "boolean": True,
    "blob": b"\x00\xff",
    "timestamp": datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc),
}


@pytest.mark.parametrize(("kind", "value"), VALUES.items(), ids=list(VALUES))
def test_a_value_of_each_type_travels_everywhere_as_botocore_sends_and_reads_it(kind, value):
    """In body, query and headers, in a list and a map; whether a model of today has it there or not."""
    places = {"body": {}}
    if kind != "blob":  # which botocore spells in a body only
        places["query"] = {"location": "querystring", "locationName": "q"}
    if kind in ("string", "integer", "long", "timestamp"):  # the others old botocores spell otherwise than AWS
        places["header"] = {"location": "header", "locationName": "x-h"}
    members = {name: {"shape": "Value", **place} for name, place in places.items()}
    members |= {"list": {"shape": "List"}, "map": {"shape": "Map"}}
    answered = {name: member for name, member in members.items() if name != "query"}
    model = ServiceModel(
        {
            **TOMORROW,
            "operations": {
                "Do": {
                    "name": "Do",
                    "http": {"method": "POST", "requestUri": "/do"},
                    "input": {"shape": "In"},
                    "output": {"shape": "Out"},
                }
            },
            "shapes": {
                "In": {"type": "structure", "members": members},
                "Out": {"type": "structure", "members": answered},
                "List": {"type": "list", "member": {"shape": "Value"}},
                "Map": {"type": "map", "key": {"shape": "Key"}, "value": {"shape": "Value"}},
                "Key": {"type": "string"},
                "Value": {"type": kind},
            },
        }
    )
    operation, codec = model.operation_model("Do"), Service(model).known("Do")
    params = {name: {"list": [value, value], "map": {"k": value}}.get(name, value) for name in members}

    sent = create_serializer("rest-json").serialize_to_request(params, operation)
    url = f"https://x{sent['url_path']}?{urlencode(sent['query_string'])}"
    request = AWSRequest(method="POST", url=url, headers=sent["headers"], data=sent["body"]).prepare()
    assert codec.decode(request) == params

    answer = {name: params[name] for name in answered}
    _, headers, body = codec.encode(answer)
    parsed = create_parser("rest-json").parse(
        {"status_code": 200, "headers": headers, "body": body}, operation.output_shape
    )
    parsed.pop("ResponseMetadata")
    assert parsed == answer
    assert codec.parsed(answer) == {name: parsed[name] for name in answer if name != "header"}
