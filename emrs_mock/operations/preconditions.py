"""What the service refuses beyond the model's shapes: RULES by operation name, in the order of AWS's checks.

The order is facts §16: role of another account, application, job run, state, values and release gates, quotas. A rule
is one function; its docstring is its line in the docs. Rules about values alone are in
`value_checks`, about the engine's properties in `engine_checks`, about images in `images`, about configuration
classifications in `classifications`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from emrs_mock._call import Call, ServiceError
from emrs_mock.operations import engine_checks, images, value_checks
from emrs_mock.operations.classifications import classifications_are_known
from emrs_mock.operations.error_texts import (
    application_of,
    attempt_of,
    check,
    invalid,
    job_run_of,
    not_found,
    session_of,
    tagged,
)
from emrs_mock.operations.relevance import Rule, about, relevant
from emrs_mock.sim.lifecycles import FINAL, lives, moves
from emrs_mock.sim.records import Application, Record
from emrs_mock.sim.world import World

MOST_SESSIONS = 25  # facts §6, §10
MOST_QUEUED = 2000  # facts §3.4, §6

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


def update_is_possible_while_started(world: World, call: Call) -> None:
    """While STARTED only a few members can be updated (facts §2.2, captured)."""
    application = application_of(world, call)
    if application.state == "STARTED" and not set(_named(call)) <= set(_UPDATABLE_WHILE_STARTED):
        raise invalid(
            "Only the following configurations can be updated when an application is in STARTED state: "
            f"{', '.join(_UPDATABLE_WHILE_STARTED)}."
        )


def _named(call: Call) -> list[str]:
    """The members that an update sets, with their paths as deep as the captured text goes."""
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
    """Every job run and session of an application has ended before it stops; CANCELLING is no end (facts §2.2, §16)."""
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


def application_takes_work(world: World, call: Call) -> None:
    """With auto-start any application but a TERMINATED one, without it a STARTING or STARTED one (facts §2.2, §16)."""
    application = application_of(world, call)
    check(application, submission(application))


def submission(application: Application) -> str:
    """The event that a submission is for its application: it starts the application, or needs a started one."""
    return "auto_start" if application.settings.auto_start or application.is_final else "submit"


def sessions_are_enabled(world: World, call: Call) -> None:
    """The application is configured for sessions (facts §10, §16)."""
    application = application_of(world, call)
    if not application.spec.get("interactiveConfiguration", {}).get("sessionEnabled"):
        raise invalid(f"Interactive sessions are not enabled for application {application.id}.")


def session_exists(world: World, call: Call) -> None:
    """The session exists, in that application (facts §10)."""
    session_of(world, call)


def session_has_not_ended(world: World, call: Call) -> None:
    """A session that is ending or has ended has no endpoint any more: not found (facts §15.13, §16)."""
    session = session_of(world, call)
    if not lives(session.kind, session.state):
        raise not_found(f"Session {session.id}")


def one_more_session_fits(world: World, call: Call) -> None:
    """An application has at most 25 live sessions at a time (facts §6, §10)."""
    application = application_of(world, call)
    sessions = world.sessions[application.id]
    if len(sessions) - sessions.count(FINAL["session"]) >= MOST_SESSIONS:
        raise ServiceError(
            "ServiceQuotaExceededException",
            f"Application {application.id} has reached its limit of {MOST_SESSIONS} concurrent sessions.",  # assumed
        )


def one_more_run_may_queue(world: World, call: Call) -> None:
    """An account has at most 2,000 queued job runs at a time (facts §6)."""
    if world.queued >= MOST_QUEUED:
        raise ServiceError(
            "ServiceQuotaExceededException",
            f"The account has reached its limit of {MOST_QUEUED} queued job runs.",  # assumed
        )


@about("attempt")
def attempt_exists(world: World, call: Call) -> None:
    """The attempt that is asked for exists (facts §16)."""
    attempt_of(world, call)


def dashboard_can_be_served(world: World, call: Call) -> None:
    """The attempt got as far as to wait for its workers: before that there is no dashboard (facts §1.5)."""
    check(job_run_of(world, call), "show", attempt_of(world, call).state)


def target_exists(world: World, call: Call) -> None:
    """The ARN is that of an application, job run or session (facts §9)."""
    tagged(world, call)


_APPLICATION: tuple[Rule, ...] = (application_exists,)
_JOB_RUN: tuple[Rule, ...] = (application_exists, job_run_exists)
_SESSION: tuple[Rule, ...] = (application_exists, session_exists)
_CONFIGURATION: tuple[Rule, ...] = (
    value_checks.release_has_engine,
    value_checks.release_has_features,
    value_checks.interactive_is_for_spark,
    value_checks.scheduler_is_within_bounds,
    value_checks.capacity_is_sound,
    images.worker_types_are_the_engines,
    images.images_are_said_in_one_place,
    classifications_are_known,
)

RULES: Mapping[str, tuple[Rule, ...]] = {
    "CreateApplication": (
        value_checks.engine_is_known,
        *_CONFIGURATION,
        images.images_are_named,
        value_checks.tags_are_allowed,
    ),
    "GetApplication": _APPLICATION,
    "UpdateApplication": (
        application_exists,
        allowed(application_of, "update"),
        update_is_possible_while_started,
        images.images_stay_while_workers_wait,
        *_CONFIGURATION,
    ),
    "StartApplication": (application_exists, allowed(application_of, "start")),
    "StopApplication": (application_exists, allowed(application_of, "stop"), all_work_has_ended),
    "DeleteApplication": (application_exists, allowed(application_of, "delete")),
    "StartJobRun": (
        role_is_of_this_account,
        application_exists,
        application_takes_work,
        value_checks.driver_fits_the_engine,
        value_checks.timeout_is_within_bounds,
        value_checks.retry_policy_fits_the_mode,
        value_checks.policies_are_of_this_account,
        value_checks.policies_are_short_enough,
        value_checks.release_has_features,
        classifications_are_known,
        engine_checks.workers_exist,
        engine_checks.hive_has_its_directories,
        engine_checks.serverless_storage_is_possible,
        value_checks.tags_are_allowed,
        one_more_run_may_queue,
    ),
    "GetJobRun": (*_JOB_RUN, attempt_exists),
    "ListJobRuns": _APPLICATION,
    "ListJobRunAttempts": _JOB_RUN,
    "GetDashboardForJobRun": (*_JOB_RUN, attempt_exists, dashboard_can_be_served),
    "CancelJobRun": (
        *_JOB_RUN,
        allowed(job_run_of, "cancel"),
        value_checks.grace_is_within_bounds,
        value_checks.release_has_features,
    ),
    "StartSession": (
        role_is_of_this_account,
        application_exists,
        application_takes_work,
        sessions_are_enabled,
        classifications_are_known,
        engine_checks.workers_exist,
        engine_checks.reserved_properties_are_left_alone,
        engine_checks.session_has_no_serverless_storage,
        value_checks.tags_are_allowed,
        one_more_session_fits,
    ),
    "GetSession": _SESSION,
    "ListSessions": _APPLICATION,
    "TerminateSession": _SESSION,
    "GetSessionEndpoint": (*_SESSION, session_has_not_ended, allowed(session_of, "connect")),
    "GetResourceDashboard": _SESSION,
    "ListTagsForResource": (target_exists,),
    "TagResource": (target_exists, value_checks.tags_are_allowed),
    "UntagResource": (target_exists,),
}


def rules_of(call: Call) -> tuple[Rule, ...]:
    """The rules that can refuse a call, in AWS's order."""
    return _rules_of(call.operation, frozenset(call.params))


@lru_cache(maxsize=512)
def _rules_of(operation: str, given: frozenset[str]) -> tuple[Rule, ...]:
    return relevant(RULES.get(operation, ()), given)
