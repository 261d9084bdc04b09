"""Arranges a test: adds records that are in a given state now. No call is made and no time passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from emrs_mock._call import Call, Caller, ServiceError
from emrs_mock._shortened import there_are
from emrs_mock.operations import applications, job_runs, sessions
from emrs_mock.operations.member_names import snake_case
from emrs_mock.operations.preconditions import application_takes_work, rules_of
from emrs_mock.sim.lifecycles import FINAL, TABLES, path
from emrs_mock.sim.records import Application
from emrs_mock.sim.simulation import Simulation
from emrs_mock.sim.world import World

ENDED = FINAL["job_run"] | FINAL["session"]

_RELEASE = "emr-7.10.0"
_DRIVERS: Mapping[str, Mapping[str, Any]] = {
    "Spark": {"sparkSubmit": {"entryPoint": "s3://emrs-mock/job.py"}},
    "Hive": {
        "hive": {
            "query": "s3://emrs-mock/query.sql",
            "parameters": "--hiveconf hive.exec.scratchdir=s3://emrs-mock/scratch "
            "--hiveconf hive.metastore.warehouse.dir=s3://emrs-mock/warehouse",
        }
    },
}

_ANYWHERE = ("us-east-1", "aws")
"""A mock has the same account in every region."""

Members = Mapping[str, Any]


class Arranger:
    """Adds records to a simulation. `caller_in` returns the caller for a region and its partition.

    Each method returns the id of the new record. It raises ValueError, and adds nothing, if the service could not have
    such a record.
    """

    def __init__(self, simulation: Simulation, caller_in: Callable[[str, str], Caller]) -> None:
        self._simulation = simulation
        self._caller_in = caller_in

    def application(self, state: str, record_id: str | None, region_name: str | None, members: Members) -> str:
        """Add an application in `state`."""
        with self._arranging("application", state):
            world = self._world(region_name)
            call = self._call(world, "CreateApplication", {"release_label": _RELEASE, "type": "SPARK", **members})
            self._refuse_bad_id("ApplicationId", record_id)
            for rule in rules_of(call):
                rule(world, call)
            record = applications.new_application(world, call, record_id)
            world.place(record, path("application", state))
            return record.id

    def job_run(self, application_id: str, state: str, record_id: str | None, members: Members) -> str:
        """Add a job run in `state` to an application."""
        with self._arranging("job_run", state):
            world, parent = self._application(application_id)
            driver = {"jobDriver": _DRIVERS[parent.spec["type"]]}
            call = self._checked(world, parent, "StartJobRun", state, {**driver, **members})
            self._refuse_bad_id("JobRunId", record_id)
            record = job_runs.new_job_run(world, call, parent, record_id)
            record.follow(self._simulation.decide(world, record))
            world.place(record, path("job_run", state))
            return record.id

    def session(self, application_id: str, state: str, record_id: str | None, members: Members) -> str:
        """Add a session in `state` to an application."""
        with self._arranging("session", state):
            world, parent = self._application(application_id)
            call = self._checked(world, parent, "StartSession", state, members)
            self._refuse_bad_id("SessionId", record_id)
            record = sessions.new_session(world, call, parent, record_id)
            world.place(record, path("session", state))
            return record.id

    @contextmanager
    def _arranging(self, kind: str, state: str) -> Iterator[None]:
        if state not in TABLES[kind]:
            known = ", ".join(TABLES[kind])
            raise ValueError(f"No {kind} can be in state {state!r}. There are: {known} (docs: states)")
        self._simulation.catch_up()
        with self._simulation.lock:
            try:
                yield
            except ServiceError as refusal:
                raise ValueError(f"AWS would refuse this: {refusal.message}{self._hint(refusal)}") from refusal

    def _hint(self, refusal: ServiceError) -> str:
        """What the author can do about a refusal, and where it is described."""
        if refusal.code != "AccessDeniedException":  # of a role
            return " (docs: handle)"
        account = self._caller_in(*_ANYWHERE).account_id
        return f" The mock's account is {account}, and account_id= gives it another one (docs: accounts)"

    def _world(self, region_name: str | None) -> World:
        from emrs_mock.wire import clients
        from emrs_mock.wire.codec import partition_of

        region = clients.default_region() if region_name is None else clients.named_region(region_name)
        caller = self._caller_in(region, partition_of(region))
        return self._simulation.world(caller.account_id, region, caller.partition)

    def _application(self, application_id: str) -> tuple[World, Application]:
        world, record = self._simulation.owners.get(application_id, (None, None))
        if world is None or not isinstance(record, Application):
            owners = self._simulation.owners.items()
            known = [key for key, (_, record) in owners if isinstance(record, Application)]
            raise ValueError(f"No application {application_id!r}. {there_are(known)} (docs: handle)")
        return world, record

    def _call(self, world: World, operation: str, params: Members) -> Call:
        from emrs_mock.wire.model_checks import checked

        caller = self._caller_in(world.region, world.partition)
        return Call(operation, checked(operation, _in_camel_case(operation, params)), (), caller, "", "", 1)

    def _refuse_bad_id(self, shape: str, record_id: str | None) -> None:
        from emrs_mock.wire.model_checks import problems_of

        if record_id is None:
            return
        if record_id in self._simulation.owners:
            raise ValueError(f"The id {record_id!r} is already in use (docs: handle)")
        problems = problems_of(shape, record_id)
        if problems:
            raise ValueError(f"The id {record_id!r} is not a valid id: {'; '.join(problems)} (docs: handle)")

    def _checked(self, world: World, parent: Application, operation: str, state: str, members: Members) -> Call:
        """The call that would have made the record. Raises ValueError if no such record could be in `state`."""
        role = f"arn:{world.partition}:iam::{world.account_id}:role/emrs-mock"
        call = self._call(world, operation, {"executionRoleArn": role, "applicationId": parent.id, **members})
        is_new = state == "SUBMITTED"
        for rule in rules_of(call):
            if is_new or rule is not application_takes_work:
                rule(world, call)
        if not is_new and state not in ENDED and parent.state != "STARTED":
            raise ValueError(
                f"No record can be {state} in an application that is {parent.state}: use a STARTED application "
                "(docs: handle)"
            )
        return call


def _in_camel_case(operation: str, params: Members) -> dict[str, Any]:
    """Rename members to AWS's names; both `releaseLabel` and `release_label` are accepted."""
    from emrs_mock.wire.codec import installed

    service = installed()
    service.known(operation)  # which says so where the installed botocore is too old
    names = {snake_case(name): name for name in service.model.operation_model(operation).input_shape.members}
    return {names.get(name, name): value for name, value in params.items()}
