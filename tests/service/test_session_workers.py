"""The workers of sessions: they are part of the application's capacity, as those of job runs are (facts §4.5, §10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emrs_mock import Quotas, mock_emr_serverless
from tests.service.requests import ROLE, START, at, job_run, start_job_run
from tests.service.test_capacity import maximum, spark, worker
from tests.service.test_executors import number, units

pytestmark = pytest.mark.needs_model("StartSession")

SESSIONS = {"releaseLabel": "emr-7.13.0", "interactiveConfiguration": {"sessionEnabled": True}}
NO_CAPACITY = "Job failed as application has exceeded maximumCapacity settings."


def started(client, app, properties=None, **members):
    """The id of a new session, with these Spark properties."""
    if properties:
        configuration = [{"classification": "spark-defaults", "properties": properties}]
        members = {**members, "configurationOverrides": {"runtimeConfiguration": configuration}}
    return client.start_session(applicationId=app, executionRoleArn=ROLE, **members)["sessionId"]


def shown(client, app, session):
    """GetSession."""
    return client.get_session(applicationId=app, sessionId=session)["session"]


def test_4_5_a_session_takes_of_the_maximum_what_a_job_run_does(emr, client):
    """Beside one of 16 vCPU a job run of 16 has room in 32, and the driver of a second one has none."""
    app = emr.add_application(maximumCapacity=maximum(32, 128), **SESSIONS).id
    emr.run_until(started(client, app), "STARTED")
    runs = [start_job_run(client, app) for _ in range(2)]
    assert [emr.run_until(run).state for run in reversed(runs)] == ["FAILED", "SUCCESS"]
    assert emr.job_runs[runs[1]].state_details == NO_CAPACITY


def test_4_5_a_session_whose_driver_does_not_fit_fails(emr, client):
    """With the text of job runs."""
    app = emr.add_application(maximumCapacity=maximum(16, 64), **SESSIONS).id
    emr.when().hang()
    emr.run_until(start_job_run(client, app), "RUNNING")
    session = started(client, app)
    assert emr.run_until(session).state == "FAILED"
    assert shown(client, app, session)["stateDetails"] == NO_CAPACITY
    assert shown(client, app, session)["billedResourceUtilization"]["vCPUHour"] == 0


def test_3_2_the_executors_of_a_session_come_when_a_job_run_has_ended(emr, client):
    """And are billed from then on; its driver was there all the time."""
    app = emr.add_application(maximumCapacity=maximum(20, 80), **SESSIONS).id
    emr.when().succeed(after=1800)
    run = start_job_run(client, app)
    emr.run_until(run, "RUNNING")
    session = started(client, app)
    usable = emr.run_until(session, "STARTED").started_at
    emr.run_until(run)
    freed = emr.clock.now()
    emr.sessions[session].busy()
    emr.clock.move_to(usable + timedelta(seconds=3595))
    client.terminate_session(applicationId=app, sessionId=session)
    ended = emr.run_until(session).ended_at
    driver, executors = emr.timeline().tracks[-1].workers
    assert (driver.since, driver.until, driver.number, driver.role) == (usable, ended, 1, "driver")
    assert (executors.since, executors.until, executors.number) == (freed, ended, 3)
    hours = (4 * 3600 + 12 * (ended - freed).total_seconds()) / 3600
    assert shown(client, app, session)["totalResourceUtilization"]["vCPUHour"] == pytest.approx(hours, abs=0.001)
    assert f"executors of session {session}\n" in str(emr.timeline())


def test_3_2_a_job_run_gets_the_executors_that_a_session_leaves(emr, client):
    """At the moment at which it has ended."""
    app = emr.add_application(maximumCapacity=maximum(20, 80), **SESSIONS).id
    session = emr.add_session(app)
    run = start_job_run(client, app)
    emr.run_until(run, "RUNNING")
    emr.clock.advance(300)
    client.terminate_session(applicationId=app, sessionId=session.id)
    ended = emr.run_until(session).ended_at
    assert [stint.since for stint in emr.timeline().tracks[-1].workers if stint.role == "executor"] == [ended]
    assert emr.run_until(run).state == "SUCCESS"


@pytest.mark.needs_model("Application.initialCapacity")
def test_4_4_a_session_uses_pre_initialised_workers(emr, client):
    """It has them at once; to job runs they are not idle."""
    initial = {"Driver": worker("4 vCPU", "16 GB", 1), "Executor": worker("4 vCPU", "16 GB", 3)}
    app = emr.add_application(initialCapacity=initial, **SESSIONS).id
    first, second = started(client, app), started(client, app)
    assert emr.run_until(first, "STARTED").started_at == at(seconds=1)
    assert emr.run_until(second, "STARTED").started_at == at(seconds=76)
    emr.clock.advance(60)
    warm = emr.metrics.of("RunningWorkerCount", CapacityAllocationType="PreInitCapacity")
    assert (warm.values[-1], emr.metrics["IdleWorkerCount"].values[-1]) == (4, 0)
    assert emr.metrics["RunningWorkerCount"].values[-1] == 8


def test_11_2_metrics_count_the_workers_of_a_session(emr, client):
    """Pending while it is STARTING, running from STARTED to its end."""
    app = emr.add_application(maximumCapacity=maximum(12, 48), **SESSIONS).id
    session = started(client, app)
    emr.run_until(session, "STARTED")
    emr.clock.advance(minutes=5)
    client.terminate_session(applicationId=app, sessionId=session)
    emr.clock.advance(minutes=5)
    values = {name: emr.metrics[name].values for name in ("PendingCreationWorkerCount", "RunningWorkerCount")}
    assert values["PendingCreationWorkerCount"][:3] == [0, 4, 1]
    assert values["RunningWorkerCount"][1:4] == [0, 3, 3]
    assert (values["PendingCreationWorkerCount"][-1], values["RunningWorkerCount"][-1]) == (0, 0)
    assert emr.metrics.of("WorkerCpuAllocated", JobId=session).peak == 12


def test_4_2_the_executors_of_a_session_come_in_batches_whatever_it_does(emr, client):
    """Also while it changes from STARTED to BUSY and IDLE."""
    app = emr.add_application(**SESSIONS).id
    session = started(client, app, {"spark.executor.instances": "50", "spark.dynamicAllocation.enabled": "false"})
    emr.run_until(session, "STARTED")
    emr.sessions[session].busy()
    emr.clock.advance(0.5)
    emr.sessions[session].idle()
    emr.clock.advance(10)
    stints = [stint for stint in emr.timeline().tracks[-1].workers if stint.role == "executor"]
    assert [(stint.number, (stint.since - stints[0].since).total_seconds()) for stint in stints] == [
        (20, 0),
        (20, 1),
        (10, 2),
    ]


@pytest.mark.parametrize("state", ["STARTED", "IDLE", "BUSY"])
def test_4_5_a_session_that_is_arranged_has_its_workers(emr, state):
    """In each state in which a session has some."""
    app = emr.add_application(**SESSIONS)
    emr.add_session(app, state)
    emr.clock.advance(60)
    assert emr.metrics["RunningWorkerCount"].values[-1] == 4


def test_6_a_session_counts_for_the_accounts_vcpus():
    """It fails where they are used up."""
    with mock_emr_serverless(clock="manual", start=START, quotas=Quotas(vcpus=16)) as emr:
        client, app = emr.client("us-east-1"), emr.add_application(**SESSIONS).id
        first = started(client, app)
        emr.run_until(first, "STARTED")
        assert emr.run_until(started(client, app)).state == "FAILED"
        assert emr.run_until(start_job_run(client, app)).state == "FAILED"


def test_snapshots_keep_the_workers_of_sessions(emr, client):
    """What comes after is the same as without one."""
    app = emr.add_application(maximumCapacity=maximum(20, 80), **SESSIONS).id
    first, second = started(client, app), started(client, app, idleTimeoutMinutes=90)
    emr.run_until(second, "STARTED")
    snapshot = emr.snapshot()
    ends = []
    for _ in range(2):
        emr.run_until(second)
        ends.append([shown(client, app, each)["totalResourceUtilization"] for each in (first, second)])
        emr.restore(snapshot)
    assert ends[0] == ends[1]
    assert ends[0][0] != ends[0][1]


# --- what always holds ----------------------------------------------------------------------------------------------

SIZES = ("1 2g", "2 4g", "4 14g")
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["run", "session", "busy", "idle", "terminate", "cancel", "wait"]),
        st.sampled_from(SIZES),
        st.sampled_from(SIZES),
        st.integers(0, 7),
        st.sampled_from([0, 1, 30, 90, 600]),
    ),
    max_size=14,
)
CAPACITIES = st.sampled_from(
    [
        {"maximumCapacity": maximum(16, 64)},
        {"maximumCapacity": {**maximum(24, 200), "disk": "200 GB"}},
        {"maximumCapacity": maximum(32, 128), "initialCapacity": {"Executor": worker("4 vCPU", "16 GB", 3)}},
    ]
)


def properties(driver, executor, executors):
    """Spark properties of workers of these sizes."""
    sizes = {"driver": driver.split(), "executor": executor.split()}
    named = {
        f"spark.{role}.{what}": value
        for role, size in sizes.items()
        for what, value in zip(("cores", "memory"), size, strict=True)
    }
    return {**named, "spark.executor.instances": str(executors), "spark.dynamicAllocation.enabled": "false"}


def do(emr, client, app, move):
    """One move of a generated test; a refusal is no fault."""
    what, driver, executor, executors, seconds = move
    asked = properties(driver, executor, executors)
    alive = [session for session in emr.sessions if session.state in ("STARTED", "IDLE", "BUSY")]
    going = [run for run in emr.job_runs if run.state in ("RUNNING", "SCHEDULED")]
    if what == "run":
        start_job_run(client, app, jobDriver=spark(" ".join(f"--conf {name}={asked[name]}" for name in asked)))
    elif what == "session":
        started(client, app, asked, idleTimeoutMinutes=15)
    elif what in ("busy", "idle") and alive:
        getattr(alive[0], what)()
    elif what == "terminate" and alive:
        client.terminate_session(applicationId=app, sessionId=alive[-1].id)
    elif what == "cancel" and going:
        client.cancel_job_run(applicationId=app, jobRunId=going[0].id)
    emr.clock.advance(seconds)


@settings(max_examples=40, deadline=None)
@given(capacity=CAPACITIES, moves=MOVES)
def test_job_runs_and_sessions_together_never_exceed_the_maximum(plain_client, capacity, moves):
    """Timeline, metrics and what is billed agree at every instant; in the end all workers are free."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        app = emr.add_application(autoStopConfiguration={"enabled": False}, **capacity, **SESSIONS).id
        for move in moves:
            do(emr, plain_client, app, move)
        for busy in [session for session in emr.sessions if session.state == "BUSY"]:
            busy.idle()
        emr.clock.advance(hours=4)
        tracks = {track.id: track.workers for track in emr.timeline().tracks}
        metrics, pool = emr.metrics, emr._simulation.owners[app][1].pool
        assert not [record for record in (*emr.job_runs, *emr.sessions) if record.ended_at is None]
        answers = {session.id: shown(plain_client, app, session.id) for session in emr.sessions}
        answers |= {run.id: job_run(plain_client, app, run.id) for run in emr.job_runs}
    assert (dict(pool.on_demand), dict(pool.warm), pool.waiting) == ({}, {}, {})
    stints = [stint for workers in tracks.values() for stint in workers]
    most = [number(capacity["maximumCapacity"].get(unit, "999999 GB")) for unit in ("cpu", "memory", "disk")]
    kept = [12, 48, 60] if "initialCapacity" in capacity else [0, 0, 0]
    for instant in {stint.since for stint in stints}:
        created = units(s for s in stints if s.since <= instant < s.until and not s.pre_initialised)
        assert all(a + b <= c for a, b, c in zip(created, kept, most, strict=True))
    running = metrics["RunningWorkerCount"].values
    for index, sample in enumerate(metrics["ResourceCount"]):
        present = [stint for stint in stints if stint.since <= sample.at < stint.until]
        assert sample.value == units(present)[0]
        assert running[index] == sum(stint.number for stint in present)
    for record, answer in answers.items():
        used = sum(-((s.since - s.until) // timedelta(seconds=1)) * s.vcpu * s.number for s in tracks[record]) / 3600
        assert answer["totalResourceUtilization"]["vCPUHour"] == pytest.approx(used, abs=0.0006)
        assert answer["billedResourceUtilization"]["vCPUHour"] >= answer["totalResourceUtilization"]["vCPUHour"]
