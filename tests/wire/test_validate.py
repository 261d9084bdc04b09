"""The texts of violations, and their paths (facts §14)."""

from __future__ import annotations

import pytest
from botocore.model import StringShape

from emrs_mock._call import ServiceError
from emrs_mock.wire.model_checks import checked, problems_of
from emrs_mock.wire.validate import constraints

APPLICATION = {"releaseLabel": "emr-7.1.0", "type": "SPARK"}
RUN = {"applicationId": "00f1", "executionRoleArn": "arn:aws:iam::123456789012:role/job"}
WORKER = {"cpu": "1 vCPU", "memory": "4 GB"}


def value_at(path, text):
    """The part of the message that names one violation."""
    return f"Value at '{path}' failed to satisfy constraint: {text}"


@pytest.fixture
def refused(lax, toy):
    """The violations of a call, as the mock gets them."""

    def violations(operation, **params):
        getattr(lax, operation)(**params)
        return toy.calls.pop().violations

    return violations


def test_the_captured_refusal_is_worded_as_captured(refused):
    """A name of 65 characters, as captured from AWS."""
    assert refused("create_application", **APPLICATION, name="x" * 65) == (
        "Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 64",
    )


def test_all_violations_come_in_the_models_order(refused):
    """Whatever order the caller writes them in, and one for each constraint that is broken."""
    assert refused(
        "start_job_run",
        executionTimeoutMinutes=-1,
        tags={"?": "ok"},
        executionRoleArn="role",
        applicationId="NO!" * 30,
    ) == (
        value_at("applicationId", "Member must have length less than or equal to 64"),
        value_at("applicationId", "Member must satisfy regular expression pattern: [0-9a-z]+"),
        value_at("executionRoleArn", "Member must have length greater than or equal to 20"),
        *refused("start_job_run", **{**RUN, "executionRoleArn": "x" * 20}),
        value_at(
            "tags",
            "Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have "
            "length greater than or equal to 1, Member must satisfy regular expression pattern: [A-Za-z0-9 /_.:=+@-]+]",
        ),
        value_at("executionTimeoutMinutes", "Member must have value greater than or equal to 0"),
    )


def test_an_enum_lists_what_is_allowed(refused):
    """In the model's order."""
    (violation,) = refused("list_applications", states=["STARTED", "NAPPING"])
    assert violation.startswith(
        "Value at 'states.2.member' failed to satisfy constraint: Member must satisfy enum value set: [CREATING, "
    )


def test_what_is_missing_must_not_be_null(refused):
    """Required members, at any depth."""
    assert refused("start_job_run", applicationId="00f1", jobDriver={"sparkSubmit": {}}) == (
        value_at("executionRoleArn", "Member must not be null"),
        value_at("jobDriver.sparkSubmit.entryPoint", "Member must not be null"),
    )


def test_items_are_counted_from_one(refused):
    """The path of a violation inside a list."""
    driver = {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "entryPointArguments": ["fine"]}}
    inner = [{"classification": "spark"}, {"classification": "log", "properties": {"a": "b" * 1025}}]
    overrides = {"applicationConfiguration": [{"classification": "a", "configurations": inner}]}
    (violation,) = refused("start_job_run", **RUN, jobDriver=driver, configurationOverrides=overrides)
    assert violation.startswith(
        "Value at 'configurationOverrides.applicationConfiguration.1.member.configurations.2.member.properties' "
        "failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than"
    )


def test_what_is_inside_of_a_map_names_its_key(refused):
    """The path of a violation inside a map's value."""
    capacity = {"Driver": {"workerCount": 0, "workerConfiguration": {**WORKER, "cpu": "one"}}}
    (count, cpu) = refused("create_application", **APPLICATION, initialCapacity=capacity)
    assert count == value_at(
        "initialCapacity.Driver.member.workerCount", "Member must have value greater than or equal to 1"
    )
    assert cpu.startswith("Value at 'initialCapacity.Driver.member.workerConfiguration.cpu' failed")


@pytest.mark.parametrize("driver", [{}, {"sparkSubmit": {"entryPoint": "x"}, "hive": {"query": "x"}}])
def test_a_union_has_exactly_one_member(refused, driver):
    """A job is Spark or Hive."""
    assert value_at("jobDriver", "Member must have exactly one of [sparkSubmit, hive]") in refused(
        "start_job_run", **RUN, jobDriver=driver
    )


def test_a_pattern_is_for_the_whole_value_and_all_its_lines(refused):
    """Parameters over several lines are common; a good beginning is not enough."""
    driver = {"sparkSubmit": {"entryPoint": "s3://x", "sparkSubmitParameters": "--conf a=b\n  --conf c=d\n"}}
    assert refused("start_job_run", **RUN, jobDriver=driver) == ()
    assert len(refused("create_application", **APPLICATION, name="fine\n")) == 1


@pytest.mark.parametrize(("least", "problems"), [(0, 0), (1, 2)])
def test_an_empty_string_that_may_be_empty_has_no_pattern(least, problems):
    """A property without a value passes where the model allows it, although its pattern asks for a character."""
    shape = StringShape("Value", {"type": "string", "min": least, "pattern": r".*\S.*"})
    assert len([text for holds, text in constraints(shape) if not holds("")]) == problems


def test_arranged_params_are_checked_as_a_clients():
    """Types by botocore, the rest by the model; a token may be left out; what comes back is a copy."""
    given = {**APPLICATION, "tags": {"a": "b"}}
    result = checked("CreateApplication", given)
    assert result == given
    assert result["tags"] is not given["tags"]
    with pytest.raises(ValueError, match='Unknown parameter in input: "nmae"'):
        checked("CreateApplication", {**APPLICATION, "nmae": "x"})
    with pytest.raises(ServiceError, match="Value at 'name' failed to satisfy"):
        checked("CreateApplication", {**APPLICATION, "name": "x" * 65})
    with pytest.raises(NotImplementedError, match=r"CreateAplication .* CreateApplication"):
        checked("CreateAplication", {})


def test_one_value_is_checked_by_its_shape():
    """An id that the author chose must match the model's pattern; the error says what is wrong."""
    assert problems_of("ApplicationId", "00f1cbsc6anuij25") == []
    assert problems_of("ApplicationId", "My-App") == ["Member must satisfy regular expression pattern: [0-9a-z]+"]
