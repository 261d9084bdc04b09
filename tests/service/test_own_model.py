"""Clients that bring their own service model: further operations, further members (facts §15.14)."""

from __future__ import annotations

import json

import boto3
import botocore.session
import pytest
from botocore.loaders import Loader

from tests.service.requests import ROLE, SPARK, job_run

SERVICE = "emr-serverless"
STRING = {"type": "string"}


def internal(model):
    """The model as a client of AWS's own may have it: an operation, and members, that are not in ours."""
    operation = {**model["operations"]["StartJobRun"], "name": "StartJobRunInternal"}
    model["operations"]["StartJobRunInternal"] = operation
    model["shapes"]["InternalHint"] = STRING
    for shape in ("StartJobRunRequest", "StartJobRunResponse", "SparkSubmit"):
        model["shapes"][shape]["members"]["internalHint"] = {"shape": "InternalHint"}
    return model


@pytest.fixture
def client(emr, tmp_path):
    """A client whose session finds the changed model before the installed one."""
    loader = botocore.session.Session().get_component("data_loader")
    version = loader.determine_latest_version(SERVICE, "service-2")
    folder = tmp_path / SERVICE / version
    folder.mkdir(parents=True)
    model = internal(loader.load_service_model(SERVICE, "service-2", version))
    (folder / "service-2.json").write_text(json.dumps(model))
    session = botocore.session.Session()
    session.register_component("data_loader", Loader(extra_search_paths=[str(tmp_path)]))
    return boto3.Session(botocore_session=session, region_name="us-east-1").client(SERVICE)


@pytest.fixture
def wanted(app):
    """A request with members that the installed model lacks, at the top and inside."""
    driver = {"sparkSubmit": {**SPARK["sparkSubmit"], "internalHint": "x"}}
    return {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": driver, "internalHint": "x"}


@pytest.mark.parametrize("call", ["start_job_run", "start_job_run_internal"])
def test_15_14_an_operation_that_the_installed_model_lacks_is_found_by_method_and_path(emr, client, app, wanted, call):
    """And members that it lacks are ignored."""
    answer = getattr(client, call)(**wanted)
    assert [run.id for run in emr.job_runs] == [answer["jobRunId"]]
    shown = job_run(client, app, answer["jobRunId"])
    assert shown["jobDriver"] == SPARK
    assert "internalHint" not in {*answer, *shown}


def test_15_14_a_refusal_of_an_unknown_operation_is_the_known_ones(client, wanted, refuses):
    """With its code, words and status."""
    refusal = refuses(client.start_job_run_internal, **{**wanted, "applicationId": "00abcdefabcdef01"})
    assert refusal == ("ResourceNotFoundException", "Application 00abcdefabcdef01 does not exist", 404)
