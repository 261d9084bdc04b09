"""What GetJobRun shows: what was asked for, and which fields in which state (facts §3.7)."""

from __future__ import annotations

import pytest

from tests.service.model import MODEL, has, known, sample
from tests.service.requests import ROLE, RUNNING_AFTER, SUCCESS_AFTER, at, job_run, start_job_run

needs_model = pytest.mark.needs_model
REQUEST = MODEL.operation_model("StartJobRun").input_shape
SHOWN_AS = {"executionRoleArn": "executionRole"}
KEPT = [m for m in REQUEST.members if m != "clientToken" and has(f"JobRun.{SHOWN_AS.get(m, m)}")]
MANAGED_LOGS = {"managedPersistenceMonitoringConfiguration": {"enabled": True}}
RELEASE = "emr-7.14.0"

ALWAYS = [
    "applicationId",
    "jobRunId",
    "arn",
    "createdBy",
    "createdAt",
    "updatedAt",
    "executionRole",
    "state",
    "stateDetails",
    "releaseLabel",
    "jobDriver",
    "tags",
    "configurationOverrides",
    "mode",
    "executionTimeoutMinutes",
    "attempt",
    "attemptCreatedAt",
    "attemptUpdatedAt",
]
ENDED = ["endedAt", "totalExecutionDurationSeconds", "totalResourceUtilization", "billedResourceUtilization"]
RAN = ["startedAt"]


def show(client, app, run):
    """GetJobRun."""
    return job_run(client, app, run)


def value_of(member):
    """A value with everything in it that the model allows and a BATCH job run can have."""
    value = sample(REQUEST.members[member])
    return {"maxAttempts": 3} if member == "retryPolicy" else value


@pytest.mark.parametrize("member", KEPT)
def test_3_7_every_member_of_the_request_is_kept_and_shown(emr, client, member):
    """All that the installed model has, except clientToken."""
    app = emr.add_application(id=sample(REQUEST.members["applicationId"]), releaseLabel=RELEASE).id
    value = value_of(member)
    run = start_job_run(client, app, **{member: value})
    assert show(client, app, run)[SHOWN_AS.get(member, member)] == value


def test_3_7_all_members_at_once_are_kept_and_shown(emr, client):
    """One does not get in another's way, now or at the end."""
    app = emr.add_application(releaseLabel=RELEASE).id
    given = {member: value_of(member) for member in KEPT if member != "applicationId"}
    run = start_job_run(client, app, **given)
    for _ in range(2):
        answer = show(client, app, run)
        assert {member: answer[SHOWN_AS.get(member, member)] for member in given} == given
        emr.run_until(run)


@pytest.mark.parametrize(("engine", "driver"), [("Spark", "sparkSubmit"), ("Hive", "hive")])
def test_3_7_every_member_of_a_driver_is_kept_and_shown(emr, client, engine, driver):
    """Parameters with line ends too."""
    app = emr.add_application(releaseLabel=RELEASE, type=engine).id
    given = {driver: sample(MODEL.shape_for("JobDriver").members[driver])}
    assert show(client, app, start_job_run(client, app, jobDriver=given))["jobDriver"] == given


@needs_model("StartJobRun.mode")
def test_3_7_a_streaming_job_run_shows_its_mode_and_no_time_out(emr, client, app):
    """With its own kind of retry policy."""
    retries = {"maxFailedAttemptsPerHour": 2}
    run = start_job_run(client, app, mode="STREAMING", retryPolicy=retries)
    answer = show(client, app, run)
    assert (answer["mode"], answer["retryPolicy"]) == ("STREAMING", retries)
    assert "executionTimeoutMinutes" not in answer


def test_3_7_a_client_token_is_never_shown(client, app):
    """It is no property of the job run."""
    run = start_job_run(client, app, clientToken="token")
    assert "clientToken" not in show(client, app, run)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, {"monitoringConfiguration": MANAGED_LOGS}),
        ({}, {"monitoringConfiguration": MANAGED_LOGS}),
        (
            {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/"}}},
            {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/"}, **MANAGED_LOGS}},
        ),
        *(
            [{"monitoringConfiguration": {"managedPersistenceMonitoringConfiguration": {"enabled": False}}}] * 2,
            [{"applicationConfiguration": [{"classification": "spark-defaults", "properties": {}}]}] * 2,
        ),
    ],
)
def test_3_7_overrides_are_shown_as_given_with_managed_logs_on(client, app, given, shown):
    """Unless the request says something about them."""
    run = start_job_run(client, app, **({} if given is None else {"configurationOverrides": given}))
    assert show(client, app, run)["configurationOverrides"] == {"monitoringConfiguration": MANAGED_LOGS, **shown}


def test_3_7_a_job_run_of_which_little_is_said_shows_the_defaults(client, app):
    """720 minutes, BATCH, the first attempt, no name."""
    answer = show(client, app, start_job_run(client, app))
    defaults = {"executionTimeoutMinutes": 720, "mode": "BATCH", "attempt": 1, "tags": {}}
    assert {name: answer[name] for name in defaults if name in answer} == known("JobRun", defaults)
    assert "name" not in answer


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("networkConfiguration", {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}),
        pytest.param(
            "imageConfiguration",
            {"imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/spark:1"},
            marks=needs_model("JobRun.imageConfiguration"),
        ),
    ],
)
def test_3_7_a_job_run_shows_its_application_as_it_was_at_submission(emr, client, create, member, value):
    """A later update of the application changes nothing; without the member there is none."""
    app, plain = create(**{member: value}), create()
    emr.run_until(plain, "CREATED")
    run, other = (start_job_run(client, a) for a in (app, plain))
    assert show(client, app, run)[member] == value
    assert member not in show(client, plain, other)
    emr.run_until(run)
    emr.run_until(app, "STOPPED")
    client.update_application(applicationId=app, **{member: {}})
    assert show(client, app, run)[member].items() >= value.items()


@needs_model("UpdateApplication.releaseLabel")
def test_3_7_a_job_run_shows_the_release_that_it_ran_on(emr, client, app):
    """The application may have moved on."""
    run = start_job_run(client, app)
    emr.run_until(run)
    emr.run_until(app, "STOPPED")
    client.update_application(applicationId=app, releaseLabel="emr-7.11.0")
    assert show(client, app, run)["releaseLabel"] == "emr-7.10.0"


def succeeds(emr, client, app, state):
    """On the ordinary way."""
    run = start_job_run(client, app)
    emr.run_until(run, state)
    return run


def fails(emr, client, app, state):
    """Made to fail."""
    emr.when().fail()
    return succeeds(emr, client, app, state)


def is_cancelled(while_in):
    """Cancelled in a state."""

    def walk(emr, client, app, state):
        run = succeeds(emr, client, app, while_in)
        client.cancel_job_run(applicationId=app, jobRunId=run)
        emr.run_until(run, state)
        return run

    return walk


FIELDS = {
    "SUBMITTED": (succeeds, []),
    "PENDING": (succeeds, []),
    "SCHEDULED": (succeeds, []),
    "RUNNING": (succeeds, RAN),
    "SUCCESS": (succeeds, [*RAN, *ENDED]),
    "FAILED": (fails, [*RAN, *ENDED]),
    "CANCELLING": (is_cancelled("RUNNING"), RAN),
    "CANCELLED": (is_cancelled("RUNNING"), [*RAN, *ENDED]),
    "CANCELLING, never ran": (is_cancelled("SCHEDULED"), []),
    "CANCELLED, never ran": (is_cancelled("SCHEDULED"), ENDED),
}


@pytest.mark.parametrize(("state", "walk", "fields"), [(s, *row) for s, row in FIELDS.items()], ids=FIELDS)
def test_3_7_a_field_is_there_in_exactly_these_states(emr, client, app, state, walk, fields):
    """All that are always there, these besides, and no other; what never ran took nothing."""
    run = walk(emr, client, app, state.partition(",")[0])
    answer = show(client, app, run)
    assert answer["state"] == state.partition(",")[0]
    assert set(answer) == {name for name in [*ALWAYS, *fields] if has(f"JobRun.{name}")}
    if "never ran" in state and ENDED[1] in fields:
        assert answer["totalExecutionDurationSeconds"] == 0
        assert set(answer["totalResourceUtilization"].values()) == {0}


@needs_model("JobRun.startedAt")
def test_3_7_the_moments_of_a_job_run_are_those_of_its_moves(emr, client, app):
    """Whenever it is looked at."""
    emr.clock.advance(7)
    run = start_job_run(client, app)
    emr.clock.advance(3600)
    answer = show(client, app, run)
    moments = ("createdAt", "attemptCreatedAt", "startedAt", "endedAt", "attemptUpdatedAt", "updatedAt")
    assert [answer[name] for name in moments] == [
        at(seconds=7 + since) for since in (0, 0, RUNNING_AFTER, SUCCESS_AFTER, SUCCESS_AFTER, SUCCESS_AFTER)
    ]
    assert answer["totalExecutionDurationSeconds"] == 120


def test_3_7_a_captured_job_run_is_answered_as_captured(emr, client):
    """A success on release 6.6.0, field by field; the figures of its workers are §5's."""
    app = emr.add_application(releaseLabel="emr-6.6.0").id
    emr.when().succeed(after=107)
    spark = {"entryPoint": "s3://b/etl.py", "entryPointArguments": ["a"], "sparkSubmitParameters": "--name etl"}
    run = start_job_run(client, app, name="etl", jobDriver={"sparkSubmit": spark})
    emr.run_until(run)
    answer = show(client, app, run)
    captured = {
        "applicationId": app,
        "jobRunId": run,
        "name": "etl",
        "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{app}/jobruns/{run}",
        "executionRole": ROLE,
        "state": "SUCCESS",
        "stateDetails": "",
        "releaseLabel": "emr-6.6.0",
        "configurationOverrides": {"monitoringConfiguration": MANAGED_LOGS},
        "jobDriver": {"sparkSubmit": spark},
        "tags": {},
        "totalExecutionDurationSeconds": 107,
        "executionTimeoutMinutes": 720,
    }
    assert known("JobRun", captured).items() <= answer.items()


def test_3_7_a_row_of_a_list_shows_a_part_of_the_job_run(client, app):
    """As captured, and the engine as applications show it (facts §16)."""
    run = start_job_run(client, app, name="Sample_Spark_Job5", tags={"team": "data"})
    (row,) = client.list_job_runs(applicationId=app)["jobRuns"]
    assert row == {**known("JobRunSummary", show(client, app, run)), "id": run, "type": "Spark"}
