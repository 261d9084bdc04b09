"""`emr.events` and `emr.subscribe`: the events for EventBridge, and the callbacks that receive them."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta, timezone

import pytest

from emrs_mock import mock_emr_serverless
from tests.service.requests import RUNNING_AFTER

START = "2026-01-31T04:00:00Z"
ROLE = "arn:aws:iam::123456789012:role/etl"
DRIVER = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}
MADE = "EMR Serverless Application State Change"
MOVED = "EMR Serverless Job Run State Change"
RUNNING_AT = datetime(2026, 1, 31, 4, tzinfo=timezone.utc) + timedelta(seconds=RUNNING_AFTER)
USED = "EMR Serverless Job Resource Utilization Update"


@pytest.fixture
def emr():
    """A mock whose clock stands until it is moved."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        yield emr


@pytest.fixture
def client(emr):
    """A client of the mock."""
    return emr.client("eu-west-1")


@pytest.fixture
def app(emr):
    """An application that was there before."""
    return emr.add_application(region_name="eu-west-1", name="etl").id


def submit(client, app, **more):
    """Start a job run; returns its id."""
    return client.start_job_run(applicationId=app, executionRoleArn=ROLE, jobDriver=DRIVER, **more)["jobRunId"]


def clock(seconds):
    """The time of day, so many seconds after the job run that was submitted at START is RUNNING."""
    return (RUNNING_AT + timedelta(seconds=seconds)).strftime("%H:%M:%S")


def states(events):
    """What the events say of states, in order."""
    return [event["detail"]["state"] for event in events]


def test_an_application_tells_of_each_of_its_states(emr, client):
    """In AWS's envelope, with the settings in AWS's words for events."""
    made = client.create_application(name="etl", type="Hive", releaseLabel="emr-6.6.0")
    emr.run_until(made, "CREATED")
    first, last = emr.events
    assert last["detail"].pop("updatedAt") == "2026-01-31T04:00:10.000000Z"
    assert re.fullmatch(r"[0-9a-f-]{36}", first.pop("id"))
    assert first == {
        "version": "0",
        "detail-type": MADE,
        "source": "aws.emr-serverless",
        "account": "123456789012",
        "time": START,
        "region": "eu-west-1",
        "resources": [],
        "detail": {
            "applicationId": made["applicationId"],
            "applicationName": "etl",
            "arn": made["arn"],
            "releaseLabel": "emr-6.6.0",
            "state": "CREATING",
            "type": "HIVE",
            "createdAt": "2026-01-31T04:00:00.000000Z",
            "updatedAt": "2026-01-31T04:00:00.000000Z",
            "autoStopConfig": {"enabled": True, "idleTimeout": 15},
            "autoStartConfig": {"enabled": True},
        },
    }


def test_a_job_run_tells_where_it_came_from(emr, client, app):
    """`previousState` is absent in the first event, `jobRunName` if the job run has no name."""
    run = submit(client, app, name="nightly")
    emr.run_until(run)
    moves = emr.events.of(MOVED)
    assert states(moves) == ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS"]
    assert [move["detail"].get("previousState") for move in moves] == [None, *states(moves)[:-1]]
    assert {move["detail"]["jobRunName"] for move in moves} == {"nightly"}
    submit(client, app)
    assert "jobRunName" not in emr.events[-1]["detail"]


def test_what_an_author_arranges_tells_nothing(emr, app):
    """It was there before."""
    emr.add_job_run(app, "SUCCESS")
    assert len(emr.events) == 0


def test_a_running_job_tells_every_half_hour_what_it_uses_and_finally(emr, client, app):
    """The intervals follow one another, and add up to the totals of GetJobRun."""
    emr.when().succeed(after=4000)
    run = submit(client, app)
    emr.run_until(run)
    used = emr.events.of(USED)
    details = [event["detail"] for event in used]
    assert [event["time"][11:19] for event in used] == [clock(30 * 60), clock(60 * 60), clock(4000)]
    assert [detail["resourceUtilizationFinal"] for detail in details] == [False, False, True]
    assert details[0]["calculatedFrom"] == details[0]["startedAt"]
    assert [d["calculatedTo"] for d in details[:-1]] == [d["calculatedFrom"] for d in details[1:]]
    shown = client.get_job_run(applicationId=app, jobRunId=run)["jobRun"]
    assert details[-1]["totalResourceUtilization"] == shown["totalResourceUtilization"]
    billed = emr.job_runs[run].billed_resource_utilization  # which an old model does not show
    assert details[-1]["totalBilledResourceUtilization"] == billed
    hours = [detail["resourceUtilizationForInterval"]["vCPUHour"] for detail in details]
    assert sum(hours) == pytest.approx(shown["totalResourceUtilization"]["vCPUHour"])
    assert {tuple(event["resources"]) for event in used} == {(shown["arn"],)}


def test_a_run_that_ends_on_the_half_hour_tells_once(emr, client, app):
    """The final update takes the place of the one that was due."""
    emr.when().succeed(after=1800)
    emr.run_until(submit(client, app))
    assert [event["detail"]["resourceUtilizationFinal"] for event in emr.events.of(USED)] == [True]


def test_a_run_that_ends_as_it_begins_tells_of_no_time_before(emr, client, app):
    """The interval of its only update begins and ends with the run."""
    emr.when().succeed(after=0)
    emr.run_until(submit(client, app))
    (used,) = [event["detail"] for event in emr.events.of(USED)]
    assert used["calculatedFrom"] == used["calculatedTo"] == used["startedAt"]


def test_a_run_that_never_ran_used_nothing(emr, client, app):
    """It has a final update, without `startedAt`."""
    run = submit(client, app)
    client.cancel_job_run(applicationId=app, jobRunId=run)
    emr.run_until(run)
    (used,) = emr.events.of(USED)
    assert "startedAt" not in used["detail"]
    assert set(used["detail"]["totalBilledResourceUtilization"].values()) == {0}


@pytest.mark.needs_model("StartJobRun.retryPolicy")
def test_a_retry_tells_of_both_attempts(emr, client, app):
    """The utilization of the failed attempt comes before the job run is PENDING again."""
    emr.when().fail(after=60)
    run = submit(client, app, retryPolicy={"maxAttempts": 2})
    emr.run_until(run)
    failed, again, pending = emr.events[4:7]
    assert (failed["detail"]["attempt"], failed["detail"]["resourceUtilizationFinal"]) == (1, True)
    assert again["detail-type"] == "EMR Serverless Job Run Retry"
    assert again["detail"] == {
        "jobRunId": run,
        "applicationId": app,
        "arn": emr.job_runs[run].arn,
        "releaseLabel": emr.job_runs[run].release_label,
        "createdBy": emr.job_runs[run].created_by,
        "updatedAt": f"2026-01-31T{clock(60)}.000000Z",
        "createdAt": "2026-01-31T04:00:00.000000Z",
        "previousAttempt": 1,
        "previousAttemptState": "FAILED",
        "previousAttemptCreatedAt": "2026-01-31T04:00:00.000000Z",
        "previousAttemptEndedAt": f"2026-01-31T{clock(60)}.000000Z",
        "newAttempt": 2,
        "newAttemptCreatedAt": f"2026-01-31T{clock(60)}.000000Z",
    }
    assert (pending["detail"]["previousState"], pending["detail"]["state"]) == ("RUNNING", "PENDING")
    last = emr.events[-1]["detail"]
    assert last["attempt"] == 2
    assert last["totalResourceUtilization"] == dict(emr.job_runs[run].total_resource_utilization)


def test_what_an_author_decides_that_a_run_uses_is_told(emr, client, app):
    """At its end, as GetJobRun does."""
    emr.when().succeed()
    emr.when().utilization(vcpu_hours=7)
    emr.run_until(submit(client, app))
    assert emr.events[-1]["detail"]["totalResourceUtilization"]["vCPUHour"] == 7


def test_events_can_be_picked(emr, client, app):
    """By detail-type as a shell pattern, by what they are about, by a callable."""
    first, second = submit(client, app), submit(client, app)
    emr.run_until(second)
    assert len(emr.events.of("*State Change", about=first)) == 5
    assert len(emr.events.of(about=app)) == len(emr.events)
    ended = emr.events.of(MOVED, where=lambda event: event["detail"]["state"] == "SUCCESS")
    assert [event["detail"]["jobRunId"] for event in ended] == [first, second]


def test_a_detail_type_that_there_is_not_is_refused(emr):
    """With those that there are."""
    with pytest.raises(ValueError, match=rf"'Job Run'.*There are: {MADE}"):
        emr.events.of("Job Run")
    with pytest.raises(ValueError, match="There are"):
        emr.subscribe(print, "Job Run")


def test_a_subscriber_is_called_at_the_instant_it_is_told_of(emr, client, app):
    """The callback is not called at the end of `advance`."""
    told = []
    emr.subscribe(lambda event: told.append((event["detail"]["state"], emr.clock.now().isoformat()[11:19])), MOVED)
    submit(client, app)
    emr.clock.advance(3600)
    assert told == [
        ("SUBMITTED", "04:00:00"),
        ("PENDING", "04:00:01"),
        ("SCHEDULED", "04:00:05"),
        ("RUNNING", clock(0)),
        ("SUCCESS", clock(120)),
    ]


def test_a_subscriber_gets_what_the_events_have(emr, client, app):
    """The same events, ids included, in the same order."""
    told = []
    emr.subscribe(told.append)
    emr.when().succeed(after=4000)
    submit(client, app)
    for _ in range(5):
        emr.clock.advance(1000)
    assert told == list(emr.events)
    assert len({event["id"] for event in told}) == len(told)


def test_a_subscriber_may_call_the_service(emr, client, app):
    """An orchestrator that resubmits what failed, at the very instant."""
    emr.when(name="first").fail()

    def resubmit(event):
        submit(client, app, name="second")

    emr.subscribe(resubmit, where=lambda event: event["detail"].get("state") == "FAILED")
    run = submit(client, app, name="first")
    emr.clock.advance(3600)
    assert emr.job_runs[-1].name == "second"
    assert emr.job_runs[-1].state == "SUCCESS"
    assert emr.job_runs[-1].created_at == emr.job_runs[run].ended_at


def test_no_lock_of_the_mock_is_held_while_a_subscriber_is_called(emr, client, app):
    """Another thread gets its answer meanwhile."""
    seen = []

    def look(event):
        thread = threading.Thread(target=lambda: seen.append(emr.job_runs[-1].state))
        thread.start()
        thread.join(5)

    with emr.subscribe(look, MOVED):
        submit(client, app)
    assert seen == ["SUBMITTED"]


def test_a_subscription_ends(emr, client, app):
    """By its block, by `cancel()`, by a reset."""
    told = []
    with emr.subscribe(told.append):
        pass
    emr.subscribe(told.append).cancel()
    submit(client, app)
    emr.subscribe(told.append)
    emr.reset()
    client.create_application(name="etl", type="SPARK", releaseLabel="emr-7.2.0")
    assert told == []


def test_what_a_rewound_world_was_before_is_not_told_again(emr, client, app):
    """After a restore only what happens from then on is."""
    submit(client, app)
    before = emr.snapshot()
    told = []
    emr.clock.advance(3600)
    emr.restore(before)
    emr.subscribe(told.append, MOVED)
    emr.clock.advance(3600)
    assert states(told) == ["PENDING", "SCHEDULED", "RUNNING", "SUCCESS"]


def test_threads_tell_in_one_order(emr, client, app):
    """A thread that is delivering also delivers the events of other threads, so that the order is kept."""
    told = []
    emr.subscribe(told.append)
    threads = [threading.Thread(target=submit, args=(client, app)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    emr.clock.advance(3600)
    assert told == list(emr.events)


def test_what_a_subscriber_raises_reaches_the_caller(emr, client, app):
    """The next event is delivered by the next caller."""
    told = []

    def fail_once(event):
        told.append(event)
        if len(told) == 1:
            raise AssertionError("not this one")

    emr.subscribe(fail_once, MOVED)
    with pytest.raises(AssertionError, match="not this one"):
        submit(client, app)
    emr.run_until(emr.job_runs[-1])
    assert len(told) == 5


def test_a_subscriber_that_fails_keeps_nothing_from_the_others(emr, client, app):
    """The subscriber itself gets later events too; the first exception is raised at the end."""
    told, failed = [], []

    def fail(event):
        failed.append(event)
        raise AssertionError(f"event {len(failed)}")

    emr.subscribe(fail)
    emr.subscribe(told.append)
    with pytest.raises(AssertionError, match="event 1"):
        submit(client, app)
    assert told == failed == list(emr.events)


def test_what_was_left_untold_of_a_world_that_is_gone_stays_so(emr, client, app):
    """Ctrl-C came during the first of two events about an end."""
    told = []

    def interrupt(event):
        raise KeyboardInterrupt

    emr.subscribe(interrupt, where=lambda event: event["detail"].get("state") == "SUCCESS")
    emr.subscribe(told.append, USED)
    run = submit(client, app)
    before = emr.snapshot()
    with pytest.raises(KeyboardInterrupt):
        emr.run_until(run)
    emr.restore(before)
    emr.clock.advance(1)
    assert told == []


def test_a_subscriber_gets_nothing_after_the_end_of_a_mock():
    """Reading a record afterwards may still move its state."""
    told = []
    with mock_emr_serverless(clock="manual", start=START) as emr:
        submit(emr.client("eu-west-1"), emr.add_application(region_name="eu-west-1").id)
        emr.subscribe(told.append)
    emr.clock.advance(3600)
    assert emr.job_runs[0].state == "SUCCESS"
    assert told == []


def test_under_a_virtual_clock_subscribers_are_called_when_a_sleep_passes_the_event():
    """By the thread whose sleep moved time; they may look and submit."""
    import time

    told = []
    with mock_emr_serverless(clock="virtual", start=START) as emr:
        client = emr.client("eu-west-1")
        app = emr.add_application(region_name="eu-west-1").id
        emr.subscribe(lambda event: told.append(event["detail"]["state"]), MOVED)
        submit(client, app)
        time.sleep(600)
        assert told[-1] == "SUCCESS"
