"""Concurrency and queueing through a client (facts §2.4, §3.1, §3.4)."""

from __future__ import annotations

import pytest

from tests.service.requests import (
    RELEASE,
    ROLE,
    SPARK,
    SUCCESS_AFTER,
    at,
    create_application,
    job_run,
    refused,
    start_job_run,
)

pytestmark = pytest.mark.needs_model("CreateApplication.schedulerConfiguration", "JobRun.queuedDurationMilliseconds")

QUEUED = "The JobRun is queued, as the application has reached its maximum number of concurrent job runs."


@pytest.fixture
def app(emr):
    """The id of an application that runs one job run at a time."""
    return emr.add_application(schedulerConfiguration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 15}).id


@pytest.fixture
def show(client, app):
    """GetJobRun of a job run of `app`."""
    return lambda run: job_run(client, app, run)


@pytest.fixture
def states(show):
    """The states of some job runs of `app`."""
    return lambda *runs: [show(run)["state"] for run in runs]


def test_3_1_a_job_run_too_many_is_queued(emr, submit, show, states):
    """After SUBMITTED, and says why."""
    runs = submit(), submit()
    assert states(*runs) == ["SUBMITTED", "SUBMITTED"]
    emr.clock.advance(1)
    assert states(*runs) == ["PENDING", "QUEUED"]
    assert show(runs[1])["stateDetails"] == QUEUED


def test_3_4_the_queue_is_first_in_first_out(emr, submit, states):
    """Each is admitted when the one before has ended; a newcomer does not overtake."""
    runs = [submit(), submit(), submit()]
    emr.run_until(runs[0])
    assert states(*runs) == ["SUCCESS", "PENDING", "QUEUED"]
    runs.append(submit())
    emr.run_until(runs[1])
    assert states(*runs) == ["SUCCESS", "SUCCESS", "PENDING", "QUEUED"]
    emr.run_until(runs[3])
    assert states(*runs) == ["SUCCESS"] * 4


def test_3_4_a_newcomer_that_is_validated_while_others_queue_queues_behind_them(emr, submit, states):
    """Also if it was submitted just before room was made."""
    runs = [submit(), submit()]
    emr.clock.move_to(at(seconds=SUCCESS_AFTER - 1))
    runs.append(submit())
    emr.clock.advance(1)
    assert states(*runs) == ["SUCCESS", "PENDING", "QUEUED"]


def test_3_4_a_job_run_makes_room_when_it_has_been_cancelled(emr, client, app, submit, states):
    """CANCELLING still takes its place, from newcomers too."""
    run = submit()
    emr.run_until(run, "RUNNING")
    client.cancel_job_run(applicationId=app, jobRunId=run)
    newcomer = submit()
    emr.clock.advance(1)
    assert states(run, newcomer) == ["CANCELLING", "QUEUED"]
    emr.run_until(run)
    assert states(run, newcomer) == ["CANCELLED", "PENDING"]


def test_3_7_a_job_run_shows_how_long_it_was_queued(emr, submit, show):
    """Live while QUEUED, for good afterwards, and not at all if it never was."""
    first, second = submit(), submit()
    emr.clock.move_to(at(seconds=31.5))
    assert "queuedDurationMilliseconds" not in show(first)
    assert show(second)["queuedDurationMilliseconds"] == 30_500
    emr.run_until(second)
    assert "queuedDurationMilliseconds" not in show(first)
    assert show(second)["queuedDurationMilliseconds"] == (SUCCESS_AFTER - 1) * 1000


def test_3_4_a_job_run_that_is_queued_too_long_is_cancelled(emr, submit, show):
    """By way of CANCELLING, and says why in both states (facts §16)."""
    emr.when().hang()
    _, run = submit(), submit()
    text = "The JobRun exceeded its queue timeout of 15 minutes."
    emr.clock.move_to(at(minutes=15, seconds=0.5))
    assert show(run)["state"] == "QUEUED"
    emr.clock.move_to(at(minutes=15, seconds=1))
    assert (show(run)["state"], show(run)["stateDetails"]) == ("CANCELLING", text)
    emr.run_until(run)
    assert (show(run)["state"], show(run)["stateDetails"]) == ("CANCELLED", text)
    assert show(run)["queuedDurationMilliseconds"] == 900_000
    assert "startedAt" not in show(run)


def test_3_4_a_job_run_that_timed_out_in_the_queue_is_not_tried_again(emr, submit, show):
    """A retry policy is about failures (facts §16)."""
    emr.when().hang()
    _, run = submit(), submit(retryPolicy={"maxAttempts": 3})
    emr.run_until(run)
    assert (show(run)["state"], show(run)["attempt"]) == ("CANCELLED", 1)


def test_3_5_a_queued_job_run_can_be_cancelled(emr, client, app, submit, show, states):
    """And is passed over when there is room."""
    runs = submit(), submit(), submit()
    emr.clock.advance(1)
    client.cancel_job_run(applicationId=app, jobRunId=runs[1])
    assert (show(runs[1])["state"], show(runs[1])["stateDetails"]) == (
        "CANCELLING",
        "The JobRun was cancelled by the user.",
    )
    emr.run_until(runs[0])
    assert states(*runs) == ["SUCCESS", "CANCELLED", "PENDING"]


def test_2_2_an_application_with_a_queued_job_run_cannot_be_stopped(emr, client, app, submit, refuses):
    """Queued job runs are not finished."""
    submit()
    submit()
    emr.clock.advance(1)
    assert refuses(client.stop_application, applicationId=app).code == "ValidationException"


def test_3_4_more_concurrency_lets_those_in_who_wait(emr, client, app, submit, states):
    """maxConcurrentRuns can be updated while STARTED (facts §2.2)."""
    runs = submit(), submit(), submit()
    emr.clock.advance(1)
    client.update_application(applicationId=app, schedulerConfiguration={"maxConcurrentRuns": 2})
    assert states(*runs) == ["PENDING", "PENDING", "QUEUED"]


@pytest.mark.parametrize(
    ("label", "members", "queued"),
    [
        ("emr-7.3.0", {}, 1),
        ("emr-7.2.0", {}, 0),
        ("emr-7.3.0", {"schedulerConfiguration": {}}, 0),
        ("emr-7.0.0", {"schedulerConfiguration": {"maxConcurrentRuns": 10}}, 6),
    ],
)
def test_2_4_fifteen_job_runs_at_a_time_are_the_default_from_7_3_on(emr, client, label, members, queued):
    """Before, and where the scheduler is off, there is no limit."""
    app = emr.add_application(releaseLabel=label, **members).id
    runs = [start_job_run(client, app) for _ in range(16)]
    emr.clock.advance(1)
    states = [job_run(client, app, run)["state"] for run in runs]
    assert states == ["PENDING"] * (16 - queued) + ["QUEUED"] * queued


@pytest.mark.parametrize(
    ("member", "value", "bound"),
    [
        ("maxConcurrentRuns", 0, "greater than or equal to 1"),
        ("maxConcurrentRuns", 1001, "less than or equal to 1000"),
        ("queueTimeoutMinutes", 14, "greater than or equal to 15"),
        ("queueTimeoutMinutes", 721, "less than or equal to 720"),
    ],
)
def test_3_4_the_scheduler_has_bounds(client, app, refuses, member, value, bound):
    """Refused in the captured style, when it is created and when it is updated (facts §16)."""
    wanted = {"schedulerConfiguration": {member: value}}
    expected = (
        f"1 validation error detected: Value at 'schedulerConfiguration.{member}' failed to satisfy constraint: "
        f"Member must have value {bound}"
    )
    created = refuses(client.create_application, releaseLabel=RELEASE, type="SPARK", **wanted)
    assert created == ("ValidationException", expected, 400)


@pytest.mark.parametrize(
    "value",
    [{"maxConcurrentRuns": 1}, {"maxConcurrentRuns": 1000}, {"queueTimeoutMinutes": 15}, {"queueTimeoutMinutes": 720}],
)
def test_3_4_the_bounds_of_the_scheduler_are_within_it(client, value):
    """What is just possible is accepted."""
    app = create_application(client, schedulerConfiguration=value)
    answer = client.get_application(applicationId=app)["application"]
    assert value.items() <= answer["schedulerConfiguration"].items()


def test_3_4_two_thousand_job_runs_of_an_account_can_queue(emr, client, app):
    """Those of all applications together; the next is refused with the status of quotas (facts §6)."""
    for _ in range(2000):
        emr.add_job_run(app, "QUEUED")
    wanted = {"applicationId": emr.add_application().id, "executionRoleArn": ROLE, "jobDriver": SPARK}
    refusal = refused(client.start_job_run, **wanted)
    assert (refusal.code, refusal.status, len(emr.job_runs)) == ("ServiceQuotaExceededException", 402, 2000)
    client.cancel_job_run(applicationId=app, jobRunId=emr.job_runs[0].id)
    assert client.start_job_run(**wanted)["jobRunId"]
