"""The configuration classifications that the service knows (facts §12)."""

from __future__ import annotations

import pytest

from emrs_mock.operations.classifications import KNOWN
from tests.service.requests import RELEASE, ROLE, SPARK, start_job_run

SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}
RUNTIME = pytest.mark.needs_model("CreateApplication.runtimeConfiguration")
UNKNOWN = ["spark-hive-site", "my-settings", "Spark-Defaults", "spark_defaults"]
"""What was captured as refused, and what no reference lists."""


def plain(name):
    """One classification."""
    return [{"classification": name, "properties": {"a": "b"}}]


def within(name):
    """One within another."""
    return [{"classification": "spark-defaults", "configurations": plain(name)}]


@pytest.mark.parametrize("configured", [plain, within])
@pytest.mark.parametrize("name", UNKNOWN)
def test_12_a_job_run_with_a_classification_that_does_not_exist_is_refused(client, app, refuses, name, configured):
    """In the words that were captured."""
    overrides = {"applicationConfiguration": configured(name)}
    request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK, "configurationOverrides": overrides}
    assert refuses(client.start_job_run, **request) == (
        "ValidationException",
        f"Unknown configuration overrides classification: {name}",
        400,
    )


@RUNTIME
@pytest.mark.parametrize("configured", [plain, within])
@pytest.mark.parametrize("name", UNKNOWN)
def test_12_an_application_with_a_classification_that_does_not_exist_is_refused(emr, client, refuses, name, configured):
    """At Create and at Update, in the same words."""
    members = {"runtimeConfiguration": configured(name)}
    created = refuses(client.create_application, releaseLabel=RELEASE, type="SPARK", **members)
    app = emr.add_application("CREATED").id
    assert refuses(client.update_application, applicationId=app, **members) == created
    assert (created.code, created.status, created.message.endswith(name)) == ("ValidationException", 400, True)


@pytest.mark.needs_model("StartSession")
@pytest.mark.parametrize("name", UNKNOWN)
def test_12_a_session_with_a_classification_that_does_not_exist_is_refused(emr, client, refuses, name):
    """As a job run is."""
    app, overrides = emr.add_application(**SESSIONS).id, {"runtimeConfiguration": plain(name)}
    request = {"applicationId": app, "executionRoleArn": ROLE, "configurationOverrides": overrides}
    assert refuses(client.start_session, **request).message.endswith(name)


@pytest.mark.parametrize(
    "name",
    [
        *("spark-defaults", "spark-driver-log4j2", "spark-executor-log4j2", "hive-site", "tez-site", "core-site"),
        *("spark", "iceberg-defaults", "emrfs-site", "spark-env", "export", "presto-connector-hive"),
        *("trino-connector-iceberg", "cloudwatch-logs"),
    ],
)
def test_12_classifications_of_emrs_references_are_accepted(client, app, name):
    """Those of the EMR Serverless user guide, and those of the EMR release guide."""
    assert start_job_run(client, app, configurationOverrides={"applicationConfiguration": plain(name)})


def test_12_a_hundred_and_more_classifications_are_known():
    """All in lower case; one that is listed for clusters was captured being refused."""
    assert len(KNOWN) > 100
    assert all(name == name.lower() for name in KNOWN)
    assert "spark-hive-site" not in KNOWN
