"""What the service refuses beyond the model's shapes: RULES by operation name, in the order in which AWS is taken to check.

The order is facts §16: role of another account, application, job run, state, values and release gates, quotas. A rule
is one function; its docstring is its line in the docs. Rules change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emrs_mock._call import Call, ServiceError
from emrs_mock.operations.refusals import application_of, check, invalid, job_run_of, missing
from emrs_mock.operations.workload import initial_capacity_problem
from emrs_mock.sim.lifecycles import moves
from emrs_mock.sim.records import Application, Record
from emrs_mock.sim.releases import is_for_spark_only, supports, version
from emrs_mock.sim.world import World

Rule = Callable[[World, Call], None]

ENGINES = ("Spark", "Hive")  # facts §2.3
_DRIVERS: Mapping[str, str] = {"sparkSubmit": "Spark", "hive": "Hive"}

# facts §2.2, captured 2026-07
_UPDATABLE_WHILE_STARTED = (
    "schedulerConfiguration.maxConcurrentRuns",
    "extendedSupportConfiguration",
    "imageConfiguration",
    "workerTypeSpecifications.imageConfiguration",
    "maximumCapacity",
)


def application_exists(world: World, call: Call) -> None:
    """The application exists (facts §2.2)."""
    application_of(world, call)


def job_run_exists(world: World, call: Call) -> None:
    """The job run exists, in that application (facts §3.5)."""
    job_run_of(world, call)


def allowed(find: Callable[[World, Call], Record], event: str) -> Rule:
    """Make the rule that the record's table has `event` in its state."""

    def state_allows_it(world: World, call: Call) -> None:
        check(find(world, call), event)

    state_allows_it.__doc__ = f"The state allows the event `{event}` (docs: states)."
    return state_allows_it


def engine_is_known(world: World, call: Call) -> None:
    """The type is Spark or Hive, in any letter case (facts §2.2, §2.3)."""
    if call.params["type"].capitalize() not in ENGINES:
        raise invalid(f"Unsupported engine {call.params['type']}")


def release_has_engine(world: World, call: Call) -> None:
    """The release exists and has the engine (facts §2.2, §12)."""
    label = call.params.get("releaseLabel")
    if label is None:
        return
    engine = call.params["type"].capitalize() if "type" in call.params else application_of(world, call).spec["type"]
    if version(label) is None or (is_for_spark_only(label) and engine != "Spark"):
        raise invalid(
            f"Type '{engine}' is not supported for release label '{label}' or release label does not exist"
        )


def capacity_is_sound(world: World, call: Call) -> None:
    """Worker sizes exist, and initial capacity fits into the maximum (facts §4, §16)."""
    base = {} if call.operation == "CreateApplication" else application_of(world, call).spec
    problem = initial_capacity_problem({**base, **call.params})
    if problem is not None:
        raise invalid(problem)


def scheduler_is_supported(world: World, call: Call) -> None:
    """The scheduler needs 7.0.0; its numbers have bounds (facts §2.4, §3.4, §16)."""
    base = {} if call.operation == "CreateApplication" else application_of(world, call).spec
    given = call.params.get("schedulerConfiguration")
    label = call.params.get("releaseLabel") or base["releaseLabel"]
    if given and not supports(label, "scheduler"):
        raise invalid(f"schedulerConfiguration is not supported for release label {label}.")


def update_is_possible_while_started(world: World, call: Call) -> None:
    """While STARTED only a few members can be updated (facts §2.2, captured)."""
    application = application_of(world, call)
    if application.state == "STARTED" and not set(_named(call)) <= set(_UPDATABLE_WHILE_STARTED):
        raise invalid(
            "Only the following configurations can be updated when an application is in STARTED state: "
            f"{', '.join(_UPDATABLE_WHILE_STARTED)}."
        )


def _named(call: Call) -> list[str]:
    """What an update names, as deep as the captured text goes."""
    named: list[str] = []
    for member, value in call.params.items():
        if member == "schedulerConfiguration" and value:
            named += [f"{member}.{name}" for name in value]
        elif member == "workerTypeSpecifications" and value:
            named += [f"{member}.{name}" for worker in value.values() for name in worker]
        elif member not in ("applicationId", "clientToken"):
            named.append(member)
    return named


def all_work_has_ended(world: World, call: Call) -> None:
    """Job runs and sessions end before their application stops (facts §2.2, §16)."""
    application = application_of(world, call)
    if moves(application.kind, application.state, "stop") and world.has_work(application):
        raise invalid(
            f"Application {application.id} cannot be STOPPED. All scheduled and running jobs must be completed or "
            "cancelled before stopping an application."
        )


def role_is_of_this_account(world: World, call: Call) -> None:
    """The execution role belongs to the caller's account (facts §3.3)."""
    if call.params["executionRoleArn"].split(":")[4] != call.caller.account_id:
        raise ServiceError("AccessDeniedException", "Cross-account pass role is not allowed.")


def application_takes_job_runs(world: World, call: Call) -> None:
    """With auto-start any application but a TERMINATED one, without it a STARTING or STARTED one (facts §2.2, §16)."""
    application = application_of(world, call)
    check(application, submission(application))


def submission(application: Application) -> str:
    """What a submission is to its application."""
    return "auto_start" if application.settings.auto_start or application.is_final else "submit"


def driver_fits_the_engine(world: World, call: Call) -> None:
    """The job driver is there, and of the application's engine (facts §16)."""
    driver = call.params.get("jobDriver")
    if not driver:
        raise missing("jobDriver")
    engine = application_of(world, call).spec["type"]
    for name in driver:
        if _DRIVERS.get(name, engine) != engine:
            raise invalid(f"Job driver {name} is not supported for application type {engine}.")


def timeout_is_within_bounds(world: World, call: Call) -> None:
    """BATCH: 5 minutes to 7 days (from 7.11); STREAMING: none (facts §3.3, §16)."""
    minutes = call.params.get("executionTimeoutMinutes")
    if minutes is None:
        return
    if call.params.get("mode") == "STREAMING":
        raise invalid("executionTimeoutMinutes is not supported for STREAMING job runs.")  # assumed: the text
    if minutes < 5:
        raise invalid("RunTimeout must be at least 5 minutes.")
    label = application_of(world, call).spec["releaseLabel"]
    if supports(label, "seven-day batch timeout") and minutes > 10080:
        raise invalid("RunTimeout must be at most 10080 minutes.")  # assumed: the text


_APPLICATION: tuple[Rule, ...] = (application_exists,)
_JOB_RUN: tuple[Rule, ...] = (application_exists, job_run_exists)

RULES: Mapping[str, tuple[Rule, ...]] = {
    "CreateApplication": (engine_is_known, release_has_engine, capacity_is_sound, scheduler_is_supported),
    "GetApplication": _APPLICATION,
    "UpdateApplication": (
        application_exists,
        allowed(application_of, "update"),
        update_is_possible_while_started,
        release_has_engine,
        capacity_is_sound,
        scheduler_is_supported,
    ),
    "StartApplication": (application_exists, allowed(application_of, "start")),
    "StopApplication": (application_exists, allowed(application_of, "stop"), all_work_has_ended),
    "DeleteApplication": (application_exists, allowed(application_of, "delete")),
    "StartJobRun": (
        role_is_of_this_account,
        application_exists,
        application_takes_job_runs,
        driver_fits_the_engine,
        timeout_is_within_bounds,
    ),
    "GetJobRun": _JOB_RUN,
    "ListJobRuns": _APPLICATION,
    "CancelJobRun": (*_JOB_RUN, allowed(job_run_of, "cancel")),
}
