"""Properties that an engine must have, or must not be given (facts §4.3, §4.6, §10)."""

from __future__ import annotations

import pytest

from tests.service.requests import DIRECTORIES, HIVE, ROLE, SPARK, start_job_run

QUERY = {"hive": {"query": "s3://code/etl.sql"}}
SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}
needs_sessions = pytest.mark.needs_model("StartSession")
RUNTIME = pytest.mark.needs_model("CreateApplication.runtimeConfiguration")


def configured(classification, **properties):
    """A list of one classification; `a_b` is `a.b`."""
    given = {name.replace("_", "."): value for name, value in properties.items()}
    return [{"classification": classification, "properties": given}]


def hive_site(properties):
    """The properties as a classification."""
    return [{"classification": "hive-site", "properties": properties}]


@pytest.mark.parametrize("missing", [list(DIRECTORIES), *([name] for name in DIRECTORIES)], ids=str)
def test_4_3_a_hive_job_run_without_its_directories_is_refused(emr, client, refuses, missing):
    """The documentation calls both mandatory; the text names what is missing."""
    app = emr.add_application(type="Hive").id
    given = {name: value for name, value in DIRECTORIES.items() if name not in missing}
    overrides = {"applicationConfiguration": hive_site(given)}
    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": QUERY, "configurationOverrides": overrides}
    assert refuses(client.start_job_run, **request) == (
        "ValidationException",
        f"Hive job runs require the properties: {', '.join(missing)}.",
        400,
    )


def test_4_3_the_directories_of_hive_may_be_parameters_or_overrides(emr, client):
    """Or some here and some there."""
    app = emr.add_application(type="Hive").id
    assert start_job_run(client, app, jobDriver=HIVE)
    overrides = {"applicationConfiguration": hive_site(DIRECTORIES)}
    assert start_job_run(client, app, jobDriver=QUERY, configurationOverrides=overrides)


@RUNTIME
def test_4_3_the_directories_of_hive_may_be_the_applications(emr, client, refuses):
    """Unless the job run replaces the classification, or takes it away (facts §3.8)."""
    app = emr.add_application(type="Hive", runtimeConfiguration=hive_site(DIRECTORIES)).id
    assert start_job_run(client, app, jobDriver=QUERY)
    for own in ({}, {"hive.driver.cores": "4"}):
        overrides = {"applicationConfiguration": hive_site(own)}
        request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": QUERY}
        assert "require" in refuses(client.start_job_run, **request, configurationOverrides=overrides).message


@needs_sessions
@pytest.mark.parametrize("name", ["spark_connect_grpc_binding_address", "spark_connect_grpc_binding_port"])
def test_10_a_session_does_not_set_what_is_reserved_for_spark_connect(emr, client, refuses, name):
    """By its overrides, or by its application's configuration."""
    given = configured("spark-defaults", **{name: "1"})
    plain, other = emr.add_application(**SESSIONS).id, emr.add_application(**SESSIONS, runtimeConfiguration=given).id
    own = {"configurationOverrides": {"runtimeConfiguration": given}}
    for app, members in ((plain, own), (other, {})):
        refusal = refuses(client.start_session, applicationId=app, executionRoleArn=ROLE, **members)
        assert (refusal.code, refusal.status) == ("ValidationException", 400)
        assert name.replace("_", ".") in refusal.message


@needs_sessions
def test_10_a_session_has_no_serverless_storage(emr, client, refuses):
    """By its overrides, or by its application's configuration, unless it turns that off."""
    on, off = (configured("spark-defaults", spark_aws_serverlessStorage_enabled=said) for said in ("true", "false"))
    plain, other = emr.add_application(**SESSIONS).id, emr.add_application(**SESSIONS, runtimeConfiguration=on).id
    own = {"configurationOverrides": {"runtimeConfiguration": on}}
    for app, members in ((plain, own), (other, {})):
        refusal = refuses(client.start_session, applicationId=app, executionRoleArn=ROLE, **members)
        assert refusal.message == "Serverless storage for EMR Serverless is not supported for interactive sessions."
    without = {"configurationOverrides": {"runtimeConfiguration": off}}
    assert client.start_session(applicationId=other, executionRoleArn=ROLE, **without)["sessionId"]


@RUNTIME
def test_3_8_a_job_runs_spark_defaults_replace_the_applications(emr, client):
    """An hour is 2 + 3 × 4 vCPU-hours: a driver of its own, and executors by default (facts §3.8)."""
    application = configured(
        "spark-defaults",
        spark_executor_cores="2",
        spark_executor_memory="4g",
        spark_executor_instances="10",
        spark_dynamicAllocation_enabled="false",
    )
    own = configured("spark-defaults", spark_driver_cores="2", spark_driver_memory="4g")
    app = emr.add_application(runtimeConfiguration=application).id
    emr.when().succeed(after=3600)
    run = emr.run_until(start_job_run(client, app, configurationOverrides={"applicationConfiguration": own}))
    assert run.total_resource_utilization["vCPUHour"] == 14.0
    emr.when().succeed(after=3600)
    run = emr.run_until(start_job_run(client, app))
    assert run.total_resource_utilization["vCPUHour"] == 4 + 10 * 2


@RUNTIME
def test_3_8_an_override_without_properties_takes_the_applications_away(emr, client):
    """AWS's defaults are in effect then: 4 + 3 × 4 vCPU."""
    app = emr.add_application(runtimeConfiguration=configured("spark-defaults", spark_executor_cores="8")).id
    emr.when().succeed(after=3600)
    overrides = {"applicationConfiguration": [{"classification": "spark-defaults"}]}
    run = emr.run_until(start_job_run(client, app, configurationOverrides=overrides))
    assert run.total_resource_utilization["vCPUHour"] == 16.0


UNREADABLE = [
    ("spark_dynamicAllocation_enabled", "flase", "neither true nor false"),
    ("spark_aws_serverlessStorage_enabled", "yes", "neither true nor false"),
    ("spark_dynamicAllocation_executorIdleTimeout", "soon", "not a duration"),
    ("spark_dynamicAllocation_maxExecutors", "ten", "not a number"),
    ("spark_executor_memoryOverhead", "lots", "not a size"),
]


@pytest.mark.parametrize(("name", "value", "text"), UNREADABLE)
def test_4_2_a_property_that_cannot_be_read_refuses_the_job_run(emr, client, app, refuses, name, value, text):
    """Spark could not read it either; nothing is submitted."""
    overrides = {"applicationConfiguration": configured("spark-defaults", **{name: value})}
    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK}
    refusal = refuses(client.start_job_run, **request, configurationOverrides=overrides)
    assert (refusal.code, refusal.status) == ("ValidationException", 400)
    assert text in refusal.message
    assert len(emr.job_runs) == 0


@needs_sessions
@pytest.mark.parametrize(("name", "value", "text"), UNREADABLE)
def test_4_2_a_property_that_cannot_be_read_refuses_the_session(emr, client, refuses, name, value, text):
    """By its overrides, or by its application's configuration."""
    given = configured("spark-defaults", **{name: value})
    plain, other = emr.add_application(**SESSIONS).id, emr.add_application(**SESSIONS, runtimeConfiguration=given).id
    own = {"configurationOverrides": {"runtimeConfiguration": given}}
    for app, members in ((plain, own), (other, {})):
        refusal = refuses(client.start_session, applicationId=app, executionRoleArn=ROLE, **members)
        assert (refusal.code, refusal.status) == ("ValidationException", 400)
        assert text in refusal.message
    assert len(emr.sessions) == 0
