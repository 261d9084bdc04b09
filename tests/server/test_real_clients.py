"""Real clients, unmodified, tell the same story: create, submit, poll, fail, cancel, lose a reply, list, tag, err.

Those in other languages run where they are installed: `tox run -e clients` installs what pip, npm and apt bring.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from emrs_mock.activation.mock import SURROUNDINGS
from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.options import Options
from emrs_mock.server.pace import PacedTime
from tests.server.conftest import client_of
from tests.service.model import has, known

ROLE = "arn:aws:iam::123456789012:role/etl"
PIPS_AWS = str(Path(sys.executable).parent / "aws")
needs_sessions = pytest.mark.skipif(not has("StartSession"), reason="the service model is older than sessions")
STORIES = Path(__file__).parent / "stories"
NODE_MODULES = os.environ.get("EMRS_NODE_MODULES", "")
"""Where npm has put the SDK for JavaScript: `tox run -e clients` says so, and only there other languages are tried."""
GOPATH = Path("/usr/share/gocode")
"""Where Debian's packages of Go libraries are."""

TOLD = {
    "success": "SUCCESS",
    "failure": "FAILED",
    "cancelled": "CANCELLED",
    "names": ["lost", "slow", "bad", "good"],
    "tags": {"team": "data", "stage": "test"},
    "state": "STARTED",
    "errors": ["ResourceNotFoundException", "ValidationException"],
}
APPLICATION = {
    "name": "etl",
    "type": "SPARK",
    "releaseLabel": "emr-7.2.0",
    "tags": {"team": "data"},
    "autoStopConfiguration": {"enabled": False},  # a program that is slow to start has to find it STARTED
}
NOTEBOOKS = {
    "name": "notebooks",
    "type": "SPARK",
    "releaseLabel": "emr-7.13.0",
    "interactiveConfiguration": {"sessionEnabled": True},
}
NEWER = known(
    "StartJobRun",
    {
        "mode": "BATCH",
        "retryPolicy": {"maxAttempts": 1},
        "executionIamPolicy": {"policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
    },
)
"""What the service model of the clients for Python has besides."""
SESSION_TOLD = ["STARTED", "STARTED", "TERMINATED"]
"""The state that was waited for, that of the list, and the last one."""
ENDS = ("SUCCESS", "FAILED", "CANCELLED")
ENVIRONMENT = {
    **os.environ,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


@pytest.fixture
def emr():
    """A mock in which five minutes are a second."""
    emr = EMRServerless(Options(), SURROUNDINGS, PacedTime(None, 300))
    emr._open()
    emr.when(name="bad").fail()
    emr.when(name="slow").hang()
    emr.fault("StartJobRun", where=lambda params: params["name"] == "lost").lose_reply(times=1)
    yield emr
    emr._close()


def run(*command, **env):
    """What a program printed."""
    done = subprocess.run(command, env={**ENVIRONMENT, **env}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def request(name):
    """StartJobRun's members, but for the application."""
    return {
        "name": name,
        "executionRoleArn": ROLE,
        "executionTimeoutMinutes": 60,
        "jobDriver": {
            "sparkSubmit": {"entryPoint": "s3://code/job.py", "entryPointArguments": ["--day", "2026-01-31"]}
        },
        "configurationOverrides": {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/"}}},
        "tags": {"name": name},
    }


def python_story(call, pages):
    """The story of a client for Python: `call` makes a call, `pages` all calls of a paginator."""
    application = call("create_application", **APPLICATION)
    id_ = application["applicationId"]

    def submit(name):
        return call("start_job_run", applicationId=id_, **request(name), **NEWER)["jobRunId"]

    def wait(run_id, *states):
        while (state := call("get_job_run", applicationId=id_, jobRunId=run_id)["jobRun"]["state"]) not in states:
            time.sleep(0)
        return state

    told = {"success": wait(submit("good"), *ENDS), "failure": wait(submit("bad"), *ENDS)}
    slow = submit("slow")
    wait(slow, "RUNNING")
    call("cancel_job_run", applicationId=id_, jobRunId=slow)
    told["cancelled"] = wait(slow, *ENDS)
    submit("lost")
    told["names"] = [run["name"] for page in pages("list_job_runs", applicationId=id_) for run in page["jobRuns"]]
    call("tag_resource", resourceArn=application["arn"], tags={"stage": "test"})
    told["tags"] = call("list_tags_for_resource", resourceArn=application["arn"])["tags"]
    told["state"] = call("get_application", applicationId=id_)["application"]["state"]
    told["errors"] = []
    for operation, params in (
        ("get_application", {"applicationId": "00aaaaaaaaaaaaaa"}),
        ("get_job_run", {"applicationId": id_, "jobRunId": "!"}),
    ):
        with pytest.raises(ClientError) as refused:
            call(operation, **params)
        told["errors"].append(type(refused.value).__name__)
    return told


def python_session(call):
    """The states that a session shows to a client for Python."""
    which = {"applicationId": call("create_application", **NOTEBOOKS)["applicationId"]}
    which["sessionId"] = call("start_session", **which, executionRoleArn=ROLE)["sessionId"]

    def wait(wanted):
        while (state := call("get_session", **which)["session"]["state"]) != wanted:
            time.sleep(0)
        return state

    told = [wait("STARTED")]
    told += [each["state"] for each in call("list_sessions", applicationId=which["applicationId"])["sessions"]]
    call("terminate_session", **which)
    return [*told, wait("TERMINATED")]


@pytest.fixture
def boto3_client(url):
    """How Python's SDK makes a call over HTTP, and how it asks for all pages."""
    client = client_of(url)

    def pages(operation, **members):
        return client.get_paginator(operation).paginate(**members, PaginationConfig={"PageSize": 2})

    return (lambda operation, **members: getattr(client, operation)(**members)), pages


@pytest.fixture
def aiobotocore_client(url):
    """The same of the asynchronous one, a loop of its own for each test."""
    session = pytest.importorskip("aiobotocore.session").get_session()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    entering = session.create_client("emr-serverless", "eu-west-1", endpoint_url=url, **keys)

    async def collected(operation, members):
        paginator = client.get_paginator(operation)
        return [page async for page in paginator.paginate(**members, PaginationConfig={"PageSize": 2})]

    with closing(asyncio.new_event_loop()) as loop:
        client = loop.run_until_complete(entering.__aenter__())
        yield (
            lambda operation, **members: loop.run_until_complete(getattr(client, operation)(**members)),
            lambda operation, **members: loop.run_until_complete(collected(operation, members)),
        )
        loop.run_until_complete(entering.__aexit__(None, None, None))


CLIENTS = ["boto3_client", pytest.param("aiobotocore_client", marks=pytest.mark.aiobotocore)]


@pytest.mark.parametrize("made", CLIENTS)
def test_python(request, made):
    """Both SDKs."""
    assert python_story(*request.getfixturevalue(made)) == TOLD


@needs_sessions
@pytest.mark.parametrize("made", CLIENTS)
def test_a_session_of_python(request, made):
    """Start, wait, list, terminate."""
    call, _ = request.getfixturevalue(made)
    assert python_session(call) == SESSION_TOLD


def asked(aws, url, operation, *arguments, **members):
    """What AWS's command line answers to an operation with these members."""
    flags = [f"--{name.replace('_', '-')}" for name in members]
    values = [value if isinstance(value, str) else json.dumps(value) for value in members.values()]
    pairs = [part for pair in zip(flags, values, strict=True) for part in pair]
    said = run(aws, "emr-serverless", operation, "--endpoint-url", url, "--output", "json", *pairs, *arguments)
    return json.loads(said or "{}")


def command_line_story(url, aws):
    """The story, as a shell script would tell it."""
    call = partial(asked, aws, url)
    application = call("create-application", cli_input_json=json.dumps(APPLICATION))
    which = {"application_id": application["applicationId"]}

    def submit(name):
        members = {**request(name), "applicationId": which["application_id"]}
        return call("start-job-run", cli_input_json=json.dumps(members))["jobRunId"]

    def wait(run_id, *states):
        while (state := call("get-job-run", **which, job_run_id=run_id)["jobRun"]["state"]) not in states:
            pass
        return state

    told = {"success": wait(submit("good"), *ENDS), "failure": wait(submit("bad"), *ENDS)}
    slow = submit("slow")
    wait(slow, "RUNNING")
    call("cancel-job-run", **which, job_run_id=slow)
    told["cancelled"] = wait(slow, *ENDS)
    submit("lost")
    told["names"] = [each["name"] for each in call("list-job-runs", "--page-size", "2", **which)["jobRuns"]]
    call("tag-resource", resource_arn=application["arn"], tags={"stage": "test"})
    told["tags"] = call("list-tags-for-resource", resource_arn=application["arn"])["tags"]
    told["state"] = call("get-application", **which)["application"]["state"]
    told["errors"] = []
    for operation, members in (
        ("get-application", {"application_id": "00aaaaaaaaaaaaaa"}),
        ("get-job-run", {**which, "job_run_id": "!"}),
    ):
        with pytest.raises(AssertionError) as refused:
            call(operation, **members)
        told["errors"].append(str(refused.value).partition("(")[2].partition(")")[0])
    return told


@pytest.mark.parametrize("aws", [PIPS_AWS, "/usr/bin/aws"], ids=["version_1_of_pip", "version_2_of_debian"])
def test_the_command_line(url, aws):
    """Both versions of AWS's command line; Debian's knows no endpoint but that of the option."""
    if not NODE_MODULES or not os.path.exists(aws):
        pytest.skip("run by tox run -e clients, where there is such a command line")
    assert command_line_story(url, aws) == TOLD


@needs_sessions
@pytest.mark.skipif(not NODE_MODULES or not os.path.exists(PIPS_AWS), reason="there is no such command line here")
def test_a_session_of_the_command_line(url):
    """Of pip's; Debian's is older than sessions."""
    call = partial(asked, PIPS_AWS, url)
    which = {"application_id": call("create-application", cli_input_json=json.dumps(NOTEBOOKS))["applicationId"]}
    session = call("start-session", **which, execution_role_arn=ROLE)["sessionId"]

    def wait(wanted):
        while (state := call("get-session", **which, session_id=session)["session"]["state"]) != wanted:
            pass
        return state

    told = [wait("STARTED"), *(each["state"] for each in call("list-sessions", **which)["sessions"])]
    call("terminate-session", **which, session_id=session)
    assert [*told, wait("TERMINATED")] == SESSION_TOLD


@pytest.mark.skipif(
    not os.path.isdir(f"{NODE_MODULES}/@aws-sdk") or shutil.which("node") is None,
    reason="there is no SDK for JavaScript here",
)
@pytest.mark.parametrize(("story", "told"), [("story.mjs", TOLD), ("session.mjs", SESSION_TOLD)])
def test_javascript(url, tmp_path, story, told):
    """AWS's SDK for JavaScript, version 3."""
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    shutil.copy(STORIES / story, tmp_path)
    assert json.loads(run("node", str(tmp_path / story), url)) == told


@pytest.mark.skipif(
    not NODE_MODULES
    or shutil.which("go") is None
    or not (GOPATH / "src/github.com/aws/aws-sdk-go-v2/service/emrserverless").exists(),
    reason="there is no SDK for Go here",
)
def test_go(url, tmp_path):
    """AWS's SDK for Go, version 2, as Debian has it."""
    env = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(tmp_path), "GOFLAGS": ""}
    assert json.loads(run("go", "run", str(STORIES / "story.go"), url, **env)) == TOLD
