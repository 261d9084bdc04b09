"""What the service accepts it can show: no accepted request makes a later answer fail, in any state (facts §16)."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from emrs_mock import mock_emr_serverless
from emrs_mock.operations.classifications import KNOWN
from tests.service.model import MODEL, has
from tests.service.requests import DIRECTORIES, DRIVERS, ROLE, START
from tests.wire.strategies import values

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
    """Requests of an operation, with few members: each one that is refused spoils the others."""
    shape = MODEL.operation_model(operation).input_shape
    optional = [name for name in shape.members if name not in shape.required_members]
    chosen = st.lists(st.sampled_from(optional), max_size=4, unique=True)
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
        try:
            answer = self.call(operation, **members)
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] not in REFUSALS:
                raise
            return False
        if operation in ("CreateApplication", "StartJobRun", "StartSession"):
            kind = {"StartJobRun": "jobRunId", "StartSession": "sessionId"}.get(operation, "applicationId")
            ids = {name: answer[name] for name in ("applicationId", kind)}
            self.made[kind].append({**ids, "arn": answer["arn"]})
        return True

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


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(BASES, CREATED, UPDATED, SUBMITTED, STARTED, st.sampled_from(["CREATED", "STARTED", "STOPPED"]))
def test_16_no_accepted_request_ever_makes_a_later_answer_fail(
    plain_client, base, create, update, submit, connect, state
):
    """Created, updated in a state, started, worked with, stopped, deleted: all is shown after every move."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        service = Service(emr, plain_client)
        if not service.try_to("CreateApplication", **{**create, **base}):
            event("CreateApplication refused")
            return
        app = {"applicationId": service.made["applicationId"][0]["applicationId"]}
        service.show_everything()
        emr.run_until(app["applicationId"], "CREATED")
        if state != "CREATED":
            service.call("StartApplication", **app)
            emr.run_until(app["applicationId"], "STARTED")
        if state == "STOPPED":
            service.call("StopApplication", **app)
            emr.run_until(app["applicationId"], "STOPPED")
        event(f"UpdateApplication accepted: {service.try_to('UpdateApplication', **app, **update)}")
        service.show_everything()
        event(f"StartJobRun accepted: {service.try_to('StartJobRun', **app, **submit)}")
        plain = DRIVERS[emr.applications[0].type]
        event(f"StartJobRun accepted: {service.try_to('StartJobRun', **app, **{**submit, 'jobDriver': plain})}")
        if has("StartSession"):
            event(f"StartSession accepted: {service.try_to('StartSession', **app, **connect)}")
        service.show_everything()
        service.live(12)
        for operation, kind in (("CancelJobRun", "jobRunId"), ("TerminateSession", "sessionId")):
            for record in service.made[kind]:
                service.try_to(operation, **app, **{kind: record[kind]})
        service.live(6)
        service.try_to("StopApplication", **app)
        service.live(6)
        service.try_to("DeleteApplication", **app)
        service.show_everything()
        assert [list(emr.events), dict(emr.metrics), str(emr.timeline())]
