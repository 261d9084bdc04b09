"""What the service accepts it can show: no accepted request makes a later answer fail, in any state (facts §16)."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, currently_in_test_context, event, given, settings
from hypothesis import strategies as st

from emrs_mock import mock_emr_serverless
from emrs_mock.operations import applications, images
from emrs_mock.operations.classifications import KNOWN
from tests.service.model import MODEL, has, sample
from tests.service.requests import DIRECTORIES, DRIVERS, ROLE, START
from tests.wire.strategies import values

pytestmark = pytest.mark.filterwarnings("ignore::emrs_mock.EMRServerlessWaitWarning")
"""Records are polled on purpose, on a slow machine for seconds."""

PROPERTIES = [
    "--conf spark.executor.cores=8 --conf spark.executor.memory=20g",
    "--conf spark.dynamicAllocation.maxExecutors=2",
    "--conf spark.executor.instances=9223372036854775808",
    "--num-executors 10000",
    " ".join(f"--hiveconf {name}={value}" for name, value in DIRECTORIES.items()),
]
ALWAYS: dict[str, list[Any]] = {
    "ReleaseLabel": ["emr-7.14.0", "emr-7.14.0", "emr-7.13.0", "emr-7.10.0", "emr-6.6.0", "emr-spark-8.0.0"],
    "EngineType": ["SPARK", "spark", "Hive"],
    "IAMRoleArn": [ROLE],
    "JobRunMode": ["BATCH", "BATCH", "STREAMING"],
}
"""Values beside which the service accepts nothing."""
LIKELY: dict[str, list[Any]] = {
    "WorkerTypeString": ["Driver", "EXECUTOR", "HIVE_DRIVER", "TEZ_TASK"],
    "CpuSize": ["4 vCPU", "8vCPU", "4"],
    "MemorySize": ["16 GB", "30GB", "20"],
    "DiskSize": ["20 GB", "200GB"],
    "WorkerCounts": [1, 3, 1_000_000],
    "String1024": ["spark-defaults", "hive-site", *sorted(KNOWN)[::20]],
    "ConfigurationPropertyKey": ["spark.executor.cores", "spark.driver.memory", *DIRECTORIES],
    "ConfigurationPropertyValue": ["4", "8", "14G", "999999999999999999999", "true"],
    "SparkSubmitParameters": PROPERTIES,
    "HiveCliParameters": PROPERTIES,
    "Duration": [5, 720, 1_000_000],
    "Integer": [1, 15, 1000],
    "AttemptNumber": [1, 10],
    "RetryPolicyMaxFailedAttemptsPerHourInteger": [1, 10],
    "Arn": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
}
"""Values that the service, and not only the model, can accept, by the name of their shape."""


@cache
def likely(shape: Any) -> st.SearchStrategy[Any]:
    """Any value that the model allows, more often one that the service accepts."""
    if shape.name in ALWAYS:
        return st.sampled_from(ALWAYS[shape.name])
    if shape.name in LIKELY:
        return st.one_of(st.sampled_from(LIKELY[shape.name]), st.sampled_from(LIKELY[shape.name]), values(shape))
    if shape.type_name == "structure":
        made = {name: st.deferred(lambda member=member: likely(member)) for name, member in shape.members.items()}
        if shape.metadata.get("union"):
            return st.one_of([st.fixed_dictionaries({name: value}) for name, value in made.items()])
        required = {name: made.pop(name) for name in shape.required_members}
        return st.fixed_dictionaries(required, optional=made)
    if shape.type_name == "list":
        return st.lists(likely(shape.member), min_size=shape.metadata.get("min", 0), max_size=2)
    if shape.type_name == "map":
        return st.dictionaries(likely(shape.key), likely(shape.value), max_size=2)
    return values(shape)


def requests(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Requests of an operation, with some of its members."""
    shape = MODEL.operation_model(operation).input_shape
    optional = [name for name in shape.members if name not in shape.required_members]
    chosen = st.lists(st.sampled_from(optional), max_size=6, unique=True)
    required = {name: likely(shape.members[name]) for name in shape.required_members if name not in FILLED_IN}
    return chosen.flatmap(
        lambda names: st.fixed_dictionaries({**required, **{name: likely(shape.members[name]) for name in names}})
    )


FILLED_IN = {"applicationId", "clientToken"}
REFUSALS = {"ValidationException", "ResourceNotFoundException", "ServiceQuotaExceededException"}
CREATED, UPDATED, SUBMITTED = requests("CreateApplication"), requests("UpdateApplication"), requests("StartJobRun")
STARTED = requests("StartSession") if has("StartSession") else st.just({})
WITH_SESSIONS = {"interactiveConfiguration": {"sessionEnabled": True}}
BASES = st.sampled_from([{}, WITH_SESSIONS] if has("StartSession") else [{}])


class Service:
    """A mock, its client, and what was made in it."""

    def __init__(self, emr: Any, client: Any) -> None:
        self.emr, self.client = emr, client
        self.made: dict[str, list[dict[str, str]]] = {"applicationId": [], "jobRunId": [], "sessionId": []}

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        """Call an operation by AWS's name."""
        methods = {of: method for method, of in self.client.meta.method_to_api_mapping.items()}
        return getattr(self.client, methods[operation])(**members)

    def try_to(self, operation: str, **members: Any) -> bool:
        """Make a call that may be refused, in one of AWS's ways, and keep what it made."""
        answer = self._answer(operation, members)
        if currently_in_test_context():
            event(f"{operation} accepted: {answer is not None}")
        if answer is None:
            return False
        if operation in ("CreateApplication", "StartJobRun", "StartSession"):
            kind = {"StartJobRun": "jobRunId", "StartSession": "sessionId"}.get(operation, "applicationId")
            ids = {name: answer[name] for name in ("applicationId", kind)}
            self.made[kind].append({**ids, "arn": answer["arn"]})
        return True

    def _answer(self, operation: str, members: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return self.call(operation, **members)
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] not in REFUSALS:
                raise
            return None

    def show_everything(self) -> None:
        """Every operation that shows something answers; so do the views that a test's author has."""
        self.call("ListApplications", states=MODEL.shape_for("ApplicationState").enum)
        self.call("ListApplications")
        for kind, operations in SHOWING.items():
            for record in self.made[kind]:
                ids = {name: value for name, value in record.items() if name != "arn"}
                for operation in filter(has, operations):
                    self.call(operation, **ids)
                self.call("ListTagsForResource", resourceArn=record["arn"])
        for job_run in self.made["jobRunId"] if has("GetDashboardForJobRun") else ():
            self.try_to("GetDashboardForJobRun", **{name: job_run[name] for name in ("applicationId", "jobRunId")})
        for session in self.made["sessionId"]:
            ids = {name: session[name] for name in ("applicationId", "sessionId")}
            self.try_to("GetSessionEndpoint", **ids)
            resource = {"resourceId": ids["sessionId"], "resourceType": "SESSION"}
            self.call("GetResourceDashboard", applicationId=ids["applicationId"], **resource)

    def live(self, steps: int) -> None:
        """Let time bring so many moves, and show everything after each."""
        for _ in range(steps):
            due = self.emr.clock.next_due()
            if due is None:
                return
            self.emr.clock.move_to(due)
            self.show_everything()


SHOWING = {
    "applicationId": ("GetApplication", "ListJobRuns", "ListSessions"),
    "jobRunId": ("GetJobRun", "ListJobRunAttempts"),
    "sessionId": ("GetSession",),
}


def parts_of(operation: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    """The request, each of its optional members alone, and each part of these alone.

    Where one of them is refused, the others still count.
    """
    shape = MODEL.operation_model(operation).input_shape
    always = {name: value for name, value in request.items() if name in shape.required_members}
    alone = [{name: value} for name, value in request.items() if name not in always]
    within = [
        {name: {part: value[part]}}
        for name, value in request.items()
        if shape.members[name].type_name == "structure" and len(value) > 1
        for part in value
        if not shape.members[name].required_members
    ]
    return [request, *(part for said in (*alone, *within) if (part := {**always, **said}) != request)]


class Life:
    """What is asked of the service in one example."""

    def __init__(self, client: Any, base: dict[str, Any], state: str, asked: dict[str, dict[str, Any]]) -> None:
        self.client, self.base, self.state, self.asked = client, base, state, asked

    def live(self) -> None:
        """Created, updated in a state, started, worked with, stopped, deleted: all is shown after every move."""
        with mock_emr_serverless(clock="manual", start=START) as emr:
            service = Service(emr, self.client)
            for request in parts_of("CreateApplication", self.asked["CreateApplication"]):
                service.try_to("CreateApplication", **{**request, **self.base})
            service.show_everything()
            applications = [{"applicationId": made["applicationId"]} for made in service.made["applicationId"][:3]]
            for app in applications:
                self._lead(service, app)
                self._work(service, app)
            service.show_everything()
            service.live(12)
            for operation, kind in (("CancelJobRun", "jobRunId"), ("TerminateSession", "sessionId")):
                for record in service.made[kind]:
                    service.try_to(operation, **{name: value for name, value in record.items() if name != "arn"})
            service.live(6)
            for operation in ("StopApplication", "DeleteApplication"):
                for app in applications:
                    service.try_to(operation, **app)
                service.live(6)
                service.show_everything()
            assert [list(emr.events), dict(emr.metrics), str(emr.timeline())]

    def _lead(self, service: Service, app: dict[str, str]) -> None:
        """Bring the application to the state in which it is updated."""
        service.emr.run_until(app["applicationId"], "CREATED")
        for state, call in (("STARTED", "StartApplication"), ("STOPPED", "StopApplication")):
            if self.state in (state, "STOPPED"):
                service.call(call, **app)
                service.emr.run_until(app["applicationId"], state)

    def _work(self, service: Service, app: dict[str, str]) -> None:
        """Update it, and submit to it; a driver that its engine has makes acceptance likely."""
        for request in parts_of("UpdateApplication", self.asked["UpdateApplication"]):
            if service.try_to("UpdateApplication", **{**request, **app}):
                service.call("GetApplication", **app)
                service.call("ListApplications")
        plain = DRIVERS[service.emr.applications[app["applicationId"]].type]
        for request in (self.asked["StartJobRun"], {**self.asked["StartJobRun"], "jobDriver": plain}):
            service.try_to("StartJobRun", **{**request, **app})
        if has("StartSession"):
            service.try_to("StartSession", **self.asked["StartSession"], **app)


LIVES = st.builds(
    lambda base, state, *asked: (base, state, dict(zip(OPERATIONS, asked, strict=True))),
    BASES,
    st.sampled_from(["CREATED", "STARTED", "STOPPED"]),
    CREATED,
    UPDATED,
    SUBMITTED,
    STARTED,
)
OPERATIONS = ("CreateApplication", "UpdateApplication", "StartJobRun", "StartSession")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(life=LIVES)
def test_16_no_accepted_request_ever_makes_a_later_answer_fail(plain_client, life):
    """Whatever the model allows, in whatever state: what was accepted is shown by every operation."""
    Life(plain_client, *life).live()


def incomplete(operation: str) -> list[dict[str, Any]]:
    """Each optional structure of a request with each of its parts alone, and empty: what the model lets be."""
    members = MODEL.operation_model(operation).input_shape.members
    structures = {name: shape for name, shape in members.items() if shape.type_name == "structure"}
    alone = [
        {name: {part: sample(inner)}}
        for name, shape in structures.items()
        if not shape.required_members
        for part, inner in shape.members.items()
    ]
    return [*alone, *({name: {}} for name, shape in structures.items() if not shape.required_members)]


def show_what_is_incomplete(client: Any, state: str) -> None:
    """Create and update with each of these in turn; what is accepted is shown, there and when it has worked."""
    base = {"releaseLabel": ALWAYS["ReleaseLabel"][0], "type": "SPARK"}
    asked = {operation: {"executionRoleArn": ROLE} for operation in OPERATIONS}
    for request in incomplete("CreateApplication"):
        Life(client, base, state, {**asked, "CreateApplication": request, "UpdateApplication": {}}).live()
    for request in incomplete("UpdateApplication"):
        Life(client, base, state, {**asked, "CreateApplication": {}, "UpdateApplication": request}).live()


@pytest.mark.parametrize("state", ["CREATED", "STARTED", "STOPPED"])
def test_16_a_structure_of_which_only_a_part_is_said_can_be_shown_if_it_is_accepted(plain_client, state):
    """Every optional structure of the model, each part alone."""
    show_what_is_incomplete(plain_client, state)


@pytest.mark.needs_model("ImageConfigurationInput.applicationLevelDigestResolution")
def test_an_accepted_request_that_cannot_be_shown_is_found(plain_client, monkeypatch):
    """With the fault that there once was: an image configuration that names no image is kept as it is."""
    monkeypatch.setattr(images, "kept_image", lambda image: image)
    monkeypatch.setattr(applications, "kept_image", lambda image: image)
    with pytest.raises(KeyError, match="imageUri"):
        show_what_is_incomplete(plain_client, "STARTED")
