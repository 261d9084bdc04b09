"""How the work grows with what there is: steps are counted, in two sizes, and never timed.

Each question is asked of a small and of a large mock. Times are printed by bench_growth.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import log
from typing import Any

import pytest

from emrs_mock import mock_emr_serverless
from emrs_mock.wire.codec import installed

FEW, MANY = 50, 400
ROLE = "arn:aws:iam::123456789012:role/etl"
SPARK = {"sparkSubmit": {"entryPoint": "s3://code/etl.py"}}
_OF_JOB_RUNS = installed().model.operation_model("StartJobRun").input_shape.members
SIZE = {"cpu": "4vCPU", "memory": "16GB"}
# The oldest botocores do not have the member; then job runs start as soon as they can.
_MEMBERS = installed().model.operation_model("CreateApplication").input_shape.members
ALL_AT_ONCE = {"schedulerConfiguration": {"maxConcurrentRuns": 1000}} if "schedulerConfiguration" in _MEMBERS else {}
WARM = {name: {"workerCount": 20, "workerConfiguration": SIZE} for name in ("Driver", "Executor")}


def steps_of(act: Callable[[], Any]) -> int:
    """How many lines of Python `act` runs: one for each turn of a loop too."""
    count = 0

    def note(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


def exponent(few: int, many: int) -> float:
    """The power of the number of records with which the work grows: 0 not at all, 1 as they do, 2 quadratic."""
    return log(many / few) / log(MANY / FEW)


def world(size: int, **members: Any) -> Any:
    """A mock with one application and so many job runs, submitted at one instant, all at the same time."""
    mock = mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z")
    emr = mock.start()
    application = emr.add_application(**ALL_AT_ONCE, **members)
    client = emr.client("us-east-1")
    for _ in range(size):
        client.start_job_run(applicationId=application.id, executionRoleArn=ROLE, jobDriver=SPARK)
    return mock, emr, client


def growth(act: Callable[[Any, Any], Any], **members: Any) -> float:
    """With which power the work of `act`, which gets a handle and a client, grows with the job runs."""
    counts = []
    for size in (FEW, MANY):
        mock, emr, client = world(size, **members)
        try:
            act(emr, client)  # what is done once is done
            counts.append(steps_of(lambda: act(emr, client)))  # noqa: B023 - called at once
        finally:
            mock.stop()
    return exponent(*counts)


ASKED_AGAIN = {
    "the number of events": lambda emr, client: len(emr.events),
    "the last event": lambda emr, client: emr.events[-1],
    "the number of job runs": lambda emr, client: len(emr.job_runs),
    "the last job run": lambda emr, client: emr.job_runs[-1].state,
    "whether a job run is there": lambda emr, client: emr.job_runs[-1] in emr.job_runs,
    "the handle as text": lambda emr, client: repr(emr),
    "the number of calls": lambda emr, client: len(emr.calls),
    "the last call": lambda emr, client: emr.calls[-1],
    "what is due next": lambda emr, client: emr.clock.next_due(),
    "a new job run": lambda emr, client: client.start_job_run(
        applicationId=emr.applications[0].id, executionRoleArn=ROLE, jobDriver=SPARK
    ),
}


@pytest.mark.parametrize("question", ASKED_AGAIN)
def test_what_is_asked_again_costs_the_same_among_many(question):
    """What was computed for the first answer is kept."""
    assert growth(ASKED_AGAIN[question]) < 0.1


AS_THERE_ARE = {
    "all metrics": lambda emr, client: list(emr.metrics["RunningWorkerCount"]),
    "the timeline": lambda emr, client: str(emr.timeline()),
    "the timeline as JSON": lambda emr, client: emr.timeline().to_json(),
    "a snapshot": lambda emr, client: emr.snapshot(),
    "a snapshot as JSON, and back": lambda emr, client: type(emr.snapshot()).from_json(emr.snapshot().to_json()),
    "a restored snapshot": lambda emr, client: emr.restore(emr.snapshot()),
}


@pytest.mark.parametrize("question", AS_THERE_ARE)
def test_what_shows_everything_grows_as_there_is(question):
    """No record is looked at once for each other record."""

    def ask(emr, client):
        emr.clock.advance(90)
        AS_THERE_ARE[question](emr, client)

    assert growth(ask) < 1.1


def test_a_snapshot_copies_only_what_can_change():
    """Requests, changes and what is due are shared: a job run costs some lines, and not some thousand."""
    steps = []
    for size in (FEW, MANY):
        mock, emr, _ = world(size)
        emr.clock.advance(90)
        steps.append(steps_of(emr.snapshot))
        mock.stop()
    assert (steps[1] - steps[0]) / (MANY - FEW) < 400


@pytest.mark.parametrize("members", [{}, {"initialCapacity": WARM}], ids=["on demand", "pre-initialised"])
def test_time_passes_at_the_same_cost_for_each_job_run(members):
    """However many are scheduled at one instant, and compete for pre-initialised workers."""
    counts = []
    for size in (FEW, MANY):
        mock, emr, _ = world(size, **members)
        counts.append(steps_of(lambda: emr.clock.advance(7200)))  # noqa: B023 - called at once
        assert emr.job_runs[-1].state == "SUCCESS"
        mock.stop()
    assert exponent(*counts) < 1.1


OF_ATTEMPTS: dict[str, Callable[[Any, Any], Any]] = {
    **AS_THERE_ARE,
    "events": lambda emr, client: len(emr.events),
    "GetJobRun": lambda emr, client: client.get_job_run(
        applicationId=emr.applications[0].id, jobRunId=emr.job_runs[0].id
    ),
}


@pytest.mark.skipif("retryPolicy" not in _OF_JOB_RUNS, reason="this botocore knows no retries")
@pytest.mark.parametrize("question", OF_ATTEMPTS)
def test_what_is_shown_of_a_job_run_grows_as_its_attempts(question):
    """A stream that fails each hour and goes on: no attempt is looked at once for each other attempt."""
    counts = []
    for size in (FEW, MANY):
        with mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z") as emr:
            client, application = emr.client("us-east-1"), emr.add_application()
            emr.when().fail("stopped", after=3600)
            client.start_job_run(applicationId=application.id, executionRoleArn=ROLE, jobDriver=SPARK, mode="STREAMING")
            emr.clock.advance(hours=size)
            counts.append(steps_of(lambda: OF_ATTEMPTS[question](emr, client)))  # noqa: B023 - called at once
            assert emr.job_runs[0].attempt > 0.8 * size
    assert exponent(*counts) < 1.1


def test_a_new_job_run_costs_the_same_among_many_applications():
    """The quota of queued job runs is counted as they move."""
    counts = []
    for size in (FEW, MANY):
        with mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z") as emr:
            client, ids = emr.client("us-east-1"), [emr.add_application().id for _ in range(size)]
            for each in ids:
                client.start_job_run(applicationId=each, executionRoleArn=ROLE, jobDriver=SPARK)
            start = {"applicationId": ids[0], "executionRoleArn": ROLE, "jobDriver": SPARK}
            client.start_job_run(**start)  # what is done once is done
            counts.append(steps_of(lambda: client.start_job_run(**start)))  # noqa: B023 - called at once
    assert counts[1] < counts[0] * 1.02


def test_events_that_are_read_piece_by_piece_are_those_that_are_read_at_once():
    """Reading keeps what it has computed, and changes nothing of what comes."""
    read = []
    for pieces in (1, 40):
        mock, emr, _ = world(3)
        for _ in range(pieces):
            emr.clock.advance(7200 / pieces)
            len(emr.events)
        read.append([{**event, "id": ""} for event in emr.events])
        mock.stop()
    assert read[0] == read[1]
    assert len(read[0]) == 20


def test_what_a_test_does_to_an_event_is_not_in_the_mock():
    """Each reading gives values of its own."""
    mock, emr, _ = world(1)
    emr.events[-1]["detail"].clear()
    assert emr.events[-1]["detail"]
    mock.stop()
