"""Executors that come and go, through a client: billing, metrics, timelines, events and logs agree (facts §3.2, §5)."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from itertools import groupby, pairwise
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emrs_mock import Snapshot, mock_emr_serverless
from tests.service.model import has
from tests.service.requests import START, job_run, start_job_run
from tests.service.test_capacity import maximum, spark, worker

FINAL = {"SUCCESS", "FAILED", "CANCELLED"}
ABANDONED = "Abandoning job due to no executor being launched within 1200000ms after driver starts"
ALLOCATION = "spark.dynamicAllocation"
CAPTURED = spark(
    "--conf spark.driver.cores=1 --conf spark.driver.memory=2g --conf spark.driver.memoryOverhead=6g "
    "--conf spark.executor.cores=2 --conf spark.executor.memory=8g --conf spark.executor.memoryOverhead=6g "
    "--conf spark.emr-serverless.executor.disk=60G --conf spark.executor.instances=2 "
    f"--conf {ALLOCATION}.initialExecutors=2 --conf {ALLOCATION}.minExecutors=2 --conf {ALLOCATION}.maxExecutors=2"
)
BILLED = pytest.mark.needs_model("JobRun.billedResourceUtilization")


def test_5_the_captured_contention_comes_to_3_366_gb_hours(emr, client):
    """Two job runs, 48 GB: the second's driver is alone for 622 of its 820 s, until the first one has ended."""
    app = emr.add_application(maximumCapacity={**maximum(16, 48), "disk": "200 GB"}).id
    emr.when(name="first").succeed(after=682)
    emr.when(name="second").succeed(after=820)
    first = start_job_run(client, app, name="first", jobDriver=CAPTURED)
    emr.clock.advance(60)
    second = start_job_run(client, app, name="second", jobDriver=CAPTURED)
    run, shown = emr.run_until(second), job_run(client, app, second)
    ended = emr.job_runs[first].ended_at
    assert (run.state, ended - run.started_at) == ("SUCCESS", timedelta(seconds=622))
    assert shown["totalExecutionDurationSeconds"] == 820
    assert shown["totalResourceUtilization"]["memoryGBHour"] == pytest.approx(3.366, rel=0.01)
    assert shown["totalResourceUtilization"]["vCPUHour"] == pytest.approx((820 + 198 * 4) / 3600, abs=0.001)
    driver, executors = emr.timeline().tracks[-1].workers
    assert (driver.since, driver.until) == (run.started_at, run.ended_at)
    assert (executors.since, executors.until, executors.number) == (ended, run.ended_at, 2)


def test_3_2_a_driver_without_executors_is_abandoned(emr, client):
    """Captured; it pays for its driver only."""
    app = emr.add_application(maximumCapacity=maximum(4, 16)).id
    run = start_job_run(client, app, jobDriver=spark("--driver-cores 4 --driver-memory 8g --executor-cores 2"))
    emr.run_until(run)
    shown = job_run(client, app, run)
    assert (shown["state"], shown["stateDetails"]) == ("FAILED", ABANDONED)
    assert shown["totalExecutionDurationSeconds"] == 1200
    assert shown["totalResourceUtilization"]["vCPUHour"] == pytest.approx(4 / 3, abs=0.001)


def test_4_2_a_rule_says_how_many_executors_are_wanted_over_time(emr, client):
    """In batches of 20 a second; those that are not wanted any more leave after a minute of idling."""
    emr.when().succeed(after=3600).executors([(0, 3), (600, 50), (timedelta(minutes=30), 5)])
    app = emr.add_application().id
    run = start_job_run(client, app)
    emr.run_until(run)
    shown, timeline = job_run(client, app, run), str(emr.timeline())
    seconds = 3600 + 3 * 3600 + 2 * 3000 + (18 * 1260 + 20 * 1259 + 7 * 1258)
    assert shown["totalResourceUtilization"]["vCPUHour"] == pytest.approx(4 * seconds / 3600, abs=0.001)
    assert emr.metrics["RunningWorkerCount"].peak == 51
    assert emr.logs[run].executors == list(range(1, 51))
    for line in ("3 executors", "23 executors, 27 more wanted", "50 executors", "50 executors, 45 of them idle"):
        assert f"  {line}\n" in timeline


def test_4_2_a_function_of_time_says_it_too(emr, client):
    """It gets seconds, at each whole minute."""
    emr.when().succeed(after=600).executors(lambda seconds: 1 if seconds < 100 else 4)
    app = emr.add_application().id
    emr.run_until(start_job_run(client, app))
    stints = emr.timeline().tracks[-1].workers
    assert [(stint.role, stint.number) for stint in stints] == [("driver", 1), ("executor", 1), ("executor", 3)]
    assert stints[2].since - stints[1].since == timedelta(minutes=2)


def test_4_2_a_rule_for_executors_counts_like_other_rules(emr, client):
    """The last one that matches; used up, the one before."""
    app = emr.add_application().id
    emr.when().executors([(0, 1)])
    emr.when(name="wide").executors([(0, 5)], times=1)
    runs = [start_job_run(client, app, name=name) for name in ("narrow", "wide", "wide")]
    emr.run_until(runs[-1])
    assert [len(emr.logs[run].executors) for run in runs] == [1, 5, 1]


@pytest.mark.parametrize(
    "verb", [lambda rule: rule.succeed(after=10), lambda rule: rule.run(lambda run: None, after=10)]
)
def test_3_2_a_job_run_that_waits_for_executors_can_still_succeed(emr, client, verb):
    """`run_until` waits with it, also where nothing but its being abandoned is due; so for a handler."""
    app = emr.add_application(maximumCapacity=maximum(20, 80)).id
    emr.when(name="first").succeed(after=300)
    verb(emr.when(name="second"))
    for name in ("first", "second"):
        run = start_job_run(client, app, name=name)
    assert emr.run_until(run, "SUCCESS").ended_at == emr.job_runs[0].ended_at


def test_a_job_run_that_never_ends_does_not_keep_run_until_going(emr, client):
    """A function of time alone leads to no other state."""
    app = emr.add_application().id
    emr.when().hang().executors(lambda seconds: 1)
    run = start_job_run(client, app)
    with pytest.raises(RuntimeError, match="cannot become SUCCESS"):
        emr.run_until(run, "SUCCESS")
    assert emr.clock.now() == emr.job_runs[run].started_at


@pytest.mark.parametrize("as_json", [True, False])
def test_snapshots_keep_workers_and_those_who_wait(emr, client, as_json):
    """What comes after is the same as without one."""
    app = emr.add_application(maximumCapacity=maximum(20, 80)).id
    emr.when(name="first").succeed(after=300).executors([(0, 3), (60, 1), (120, 3)])
    emr.when(name="second").succeed(after=900).executors([(0, 2), (400, 4)])
    for name in ("first", "second"):
        run = start_job_run(client, app, name=name)
    emr.run_until(run, "RUNNING")
    emr.clock.advance(30)
    snapshot = emr.snapshot()
    emr.run_until(run)
    expected, workers = job_run(client, app, run), json.loads(emr.timeline().to_json())["records"][-1]["workers"]
    emr.restore(Snapshot.from_json(snapshot.to_json()) if as_json else snapshot)
    emr.run_until(run)
    assert json.loads(emr.timeline().to_json())["records"][-1]["workers"] == workers
    assert job_run(client, app, run)["totalResourceUtilization"] == expected["totalResourceUtilization"]


def test_a_function_of_time_is_not_for_json(emr, client):
    """The snapshot itself holds it, and a fork calls the same one."""
    app = emr.add_application().id
    emr.when().executors(lambda seconds: 2)
    run = start_job_run(client, app)
    with pytest.raises(TypeError, match="which JSON cannot hold"):
        emr.snapshot().to_json()
    with emr.fork() as other:
        other.run_until(run)
        assert other.logs[run].executors == [1, 2]


@pytest.mark.needs_model("Application.initialCapacity")
def test_4_6_serverless_storage_leaves_pre_initialised_workers_idle(emr, client):
    """Its workers are created on demand."""
    app = emr.add_application(releaseLabel="emr-7.12.0", initialCapacity={"Driver": worker("4 vCPU", "16 GB", 4)}).id
    parameters = "--conf spark.aws.serverlessStorage.enabled=true"
    emr.run_until(start_job_run(client, app, jobDriver=spark(parameters)), "RUNNING")
    emr.clock.advance(60)
    assert (emr.metrics["IdleWorkerCount"].peak, emr.metrics["RunningWorkerCount"].peak) == (4, 4)
    assert emr.metrics.of("RunningWorkerCount", CapacityAllocationType="PreInitCapacity").peak == 0


def test_4_4_smaller_executors_use_larger_pre_initialised_workers(emr, client):
    """They start at once, and are billed for the whole workers."""
    emr.when().succeed(after=3600)
    initial = {"Driver": worker("2 vCPU", "8 GB"), "Executor": worker("4 vCPU", "16 GB", 2)}
    app = emr.add_application(initialCapacity=initial).id
    small = "--driver-cores 2 --driver-memory 7g --executor-cores 2 --executor-memory 4g --num-executors 2"
    run = start_job_run(client, app, jobDriver=spark(f"{small} --conf {ALLOCATION}.enabled=false"))
    emr.run_until(run)
    assert emr.metrics["PendingCreationWorkerCount"].peak == 0
    assert (emr.metrics["CPUAllocated"].peak, emr.metrics["TotalWorkerCount"].peak) == (10, 3)
    assert emr.metrics.of("RunningWorkerCount", CapacityAllocationType="PreInitCapacity").peak == 3
    assert job_run(client, app, run)["totalResourceUtilization"]["vCPUHour"] == 10


def test_missing_executors_are_pending_creation(emr, client):
    """In the metrics, until they come."""
    app = emr.add_application(maximumCapacity=maximum(20, 80)).id
    emr.when(name="first").succeed(after=600)
    emr.when(name="second").hang()
    for name in ("first", "second"):
        run = start_job_run(client, app, name=name)
    emr.run_until(run, "RUNNING")
    emr.clock.advance(1200)
    pending = emr.metrics["PendingCreationWorkerCount"].values
    assert (pending[-20], pending[-15], pending[-1]) == (3, 3, 0)


@pytest.mark.needs_model("Application.initialCapacity")
def test_11_2_an_update_does_not_change_the_metrics_of_the_past(emr, client):
    """Of workers that were kept ready, and of the maximum: before STARTED, while STARTED, and when STOPPED."""
    most = [maximum(vcpus, 4 * vcpus) for vcpus in (64, 32, 128, 16)]
    app = emr.add_application(initialCapacity={"Driver": worker("4 vCPU", "16 GB", 4)}, maximumCapacity=most[0]).id
    seen = {}

    def nothing_has_changed():
        for name, series in emr.metrics.items():
            assert series.values[: len(seen.get(name, []))] == seen.get(name, [])
            seen[name] = series.values

    emr.run_until(start_job_run(client, app))
    nothing_has_changed()
    for maximum_capacity in most[1:3]:
        client.update_application(applicationId=app, maximumCapacity=maximum_capacity)
        emr.clock.advance(minutes=2)
        nothing_has_changed()
    client.stop_application(applicationId=app)
    emr.run_until(app, "STOPPED")
    fewer = {"Driver": worker("4 vCPU", "16 GB", 1)}
    client.update_application(applicationId=app, initialCapacity=fewer, maximumCapacity=most[3])
    emr.clock.advance(minutes=2)
    nothing_has_changed()
    client.start_application(applicationId=app)
    emr.run_until(app, "STARTED")
    emr.clock.advance(minutes=2)
    nothing_has_changed()
    peaks = [value for value, _ in groupby(seen["MaxCPUAllowed"])]
    assert (peaks, seen["IdleWorkerCount"][-1], max(seen["IdleWorkerCount"])) == ([64, 32, 128, 16], 1, 4)


# --- what always holds ----------------------------------------------------------------------------------------------

SIZES = ("1 2g", "2 4g", "4 14g", "8 40g")
REQUESTS = st.fixed_dictionaries(
    {
        "driver": st.sampled_from(SIZES[:3]),
        "executor": st.sampled_from(SIZES),
        "dynamic": st.booleans(),
        "instances": st.integers(0, 6),
        "least": st.integers(0, 2),
        "most": st.sampled_from(["infinity", "3", "8"]),
        "batch": st.sampled_from([1, 3, 20]),
        "idle": st.sampled_from(["0s", "10s", "60s", "5min"]),
    }
)
WISHES = st.dictionaries(st.integers(0, 1500), st.integers(0, 12), max_size=5).map(
    lambda wishes: sorted(wishes.items())
)
RULES = st.fixed_dictionaries(
    {
        "after": st.sampled_from([0, 30, 59, 600.5, 2000]),
        "ends": st.sampled_from(["succeed", "fail", "hang", "cancel"]),
        "wishes": WISHES,
        "attempts": st.integers(1, 3),
    }
)
STEPS = st.lists(st.tuples(REQUESTS, RULES, st.sampled_from([0, 0.3, 5, 100, 1000])), min_size=1, max_size=6)
CAPACITIES = st.sampled_from(
    [
        {},
        {"maximumCapacity": maximum(16, 64)},
        {"maximumCapacity": {**maximum(24, 200), "disk": "200 GB"}},
        {"maximumCapacity": maximum(32, 128), "initialCapacity": {"Executor": worker("4 vCPU", "16 GB", 3)}},
        {"initialCapacity": {"Driver": worker("2 vCPU", "5 GB"), "Executor": worker("8 vCPU", "32 GB", 2)}},
    ]
)


def parameters(request):
    """The submit parameters of a generated request."""
    conf = {
        **{
            f"spark.{role}.{what}": value
            for role in ("driver", "executor")
            for what, value in zip(("cores", "memory"), request[role].split(), strict=True)
        },
        f"{ALLOCATION}.enabled": str(request["dynamic"]).lower(),
        f"{ALLOCATION}.initialExecutors": request["least"],
        f"{ALLOCATION}.minExecutors": request["least"],
        f"{ALLOCATION}.maxExecutors": request["most"],
        f"{ALLOCATION}.executorIdleTimeout": request["idle"],
        "spark.executor.instances": request["instances"],
        "spark.emr-serverless.allocation.batch.size": request["batch"],
    }
    return spark(" ".join(f"--conf {name}={value}" for name, value in conf.items()))


class Life:
    """What happened in an application in which these job runs were submitted, until all of them had ended."""

    def __init__(self, client, capacity, steps):
        with mock_emr_serverless(clock="manual", start=START) as emr:
            self.app = emr.add_application(autoStopConfiguration={"enabled": False}, **capacity)
            for number, (request, rule, seconds) in enumerate(steps):
                self.decide(emr, str(number), rule)
                retries = {"retryPolicy": {"maxAttempts": rule["attempts"]}} if has("StartJobRun.retryPolicy") else {}
                start_job_run(
                    client,
                    self.app.id,
                    name=str(number),
                    jobDriver=parameters(request),
                    executionTimeoutMinutes=60,
                    **retries,
                )
                emr.clock.advance(seconds)
            emr.clock.advance(timedelta(hours=2))
            self.runs = [job_run(client, self.app.id, run.id) for run in emr.job_runs]
            self.attempts = {run.id: emr._simulation.owners[run.id][1].attempts for run in emr.job_runs}
            tracks = {track.id: track.workers for track in emr.timeline().tracks}
            self.workers = {run.id: tracks[run.id] for run in emr.job_runs}
            self.metrics, self.events = emr.metrics, emr.events
            self.pool = emr._simulation.owners[self.app.id][1].pool
            self.logs = {run.id: emr.logs[run].executors for run in emr.job_runs}
        self.capacity = capacity

    @staticmethod
    def decide(emr, name, rule):
        """Make the rule of a job run."""
        verb = getattr(emr.when(name=name), rule["ends"])
        decided = verb() if rule["ends"] == "hang" else verb(after=rule["after"])
        if rule["wishes"]:
            decided.executors(rule["wishes"])

    @property
    def stints(self):
        """All workers of all job runs."""
        return [stint for stints in self.workers.values() for stint in stints]

    def present(self, at):
        """The workers that exist at an instant."""
        return [stint for stint in self.stints if stint.since <= at < stint.until]


LIVES = {"capacity": CAPACITIES, "steps": STEPS}


def units(stints):
    """What workers take: vCPU, memory, disk."""
    return [sum(getattr(s, unit) * s.number for s in stints) for unit in ("vcpu", "memory_gb", "disk_gb")]


def number(text):
    """The number in `16 vCPU`."""
    return int(text.split()[0])


@settings(max_examples=25, deadline=None)
@given(**LIVES)
def test_workers_never_exceed_the_maximum(plain_client, capacity, steps):
    """At no instant, idle pre-initialised ones included."""
    life = Life(plain_client, capacity, steps)
    if "maximumCapacity" not in capacity:
        return
    most = [number(capacity["maximumCapacity"].get(unit, "999999 GB")) for unit in ("cpu", "memory", "disk")]
    kept = [12, 48, 60] if "initialCapacity" in capacity else [0, 0, 0]
    for instant in {stint.since for stint in life.stints}:
        created = units(stint for stint in life.present(instant) if not stint.pre_initialised)
        assert all(a + b <= c for a, b, c in zip(created, kept, most, strict=True))


@settings(max_examples=25, deadline=None)
@given(**LIVES)
def test_no_worker_is_lost(plain_client, capacity, steps):
    """A driver from the start to the end of each attempt that ran, executors within that time; then all are free."""
    life = Life(plain_client, capacity, steps)
    assert {run["state"] for run in life.runs} <= FINAL
    assert (life.pool.on_demand, life.pool.warm, life.pool.waiting) == (Counter(), Counter(), {})
    for run, stints in life.workers.items():
        for attempt in life.attempts[run]:
            own = [stint for stint in stints if stint.attempt == attempt.number]
            drivers, others = [s for s in own if s.role == "driver"], [s for s in own if s.role == "executor"]
            began = [] if attempt.started_at is None else [(attempt.started_at, attempt.ended_at, 1)]
            assert [(driver.since, driver.until, driver.number) for driver in drivers] == began
            assert all(attempt.started_at <= s.since <= s.until <= attempt.ended_at for s in others)
            numbers = [number for s in own for number in range(s.first, s.first + s.number)]
            assert numbers == list(range(len(numbers)))


@settings(max_examples=25, deadline=None)
@given(**LIVES)
def test_what_is_shown_is_what_the_workers_come_to(plain_client, capacity, steps):
    """In GetJobRun and in the last event; billed is no less than used, but for free storage."""
    life = Life(plain_client, capacity, steps)
    updates = [event["detail"] for event in life.events.of("*Utilization Update")]
    finals = {update["jobRunId"]: update for update in updates}
    for run in life.runs:
        stints = life.workers[run["jobRunId"]]
        seconds = [ceil((s.until - s.since) / timedelta(seconds=1)) for s in stints]
        used = [
            round(sum(t * getattr(s, unit) * s.number for s, t in zip(stints, seconds, strict=True)) / 3600, 3)
            for unit in ("vcpu", "memory_gb", "disk_gb")
        ]
        shown, told = run["totalResourceUtilization"], finals[run["jobRunId"]]
        assert list(shown.values()) == pytest.approx(used, abs=0.0011)
        assert told["totalResourceUtilization"] == shown
        intervals = [u["resourceUtilizationForInterval"] for u in updates if u["jobRunId"] == run["jobRunId"]]
        assert sum(hours["vCPUHour"] for hours in intervals) == pytest.approx(shown["vCPUHour"], abs=1e-6)
        paid = told["totalBilledResourceUtilization"]
        assert paid["vCPUHour"] >= shown["vCPUHour"]
        assert paid["memoryGBHour"] >= shown["memoryGBHour"]
        assert run.get("billedResourceUtilization", paid) == paid


@settings(max_examples=25, deadline=None)
@given(**LIVES)
def test_metrics_are_the_workers_that_exist(plain_client, capacity, steps):
    """At every sample: as many workers, vCPUs and GB as the timeline has then."""
    life = Life(plain_client, capacity, steps)
    warm = 0 if "initialCapacity" not in capacity else 3
    names = ("RunningWorkerCount", "IdleWorkerCount", "TotalWorkerCount", "CPUAllocated")
    series = {name: life.metrics[name].values for name in names}
    for index, sample in enumerate(life.metrics["ResourceCount"]):
        present = life.present(sample.at)
        working, at_hand = sum(s.number for s in present), sum(s.number for s in present if s.pre_initialised)
        assert sample.value == units(present)[0]
        assert series["RunningWorkerCount"][index] == working
        assert series["IdleWorkerCount"][index] == warm - at_hand
        assert series["TotalWorkerCount"][index] == working + warm - at_hand
        assert series["CPUAllocated"][index] >= sample.value


@settings(max_examples=25, deadline=None)
@given(**LIVES)
def test_executors_are_missing_only_while_there_is_no_room(plain_client, capacity, steps):
    """Without a maximum no run waits longer than for the next batches; logs are of the executors that there were."""
    life = Life(plain_client, capacity, steps)
    for run, attempts in life.attempts.items():
        assert life.logs[run] == list(range(1, attempts[-1].workers.launched + 1))
        asking = [attempt for attempt in attempts if attempt.state != "CANCELLED"]
        for earlier, later in (pair for attempt in asking for pair in pairwise(attempt.workers.levels())):
            if earlier.missing and "maximumCapacity" not in capacity:
                assert later.at - earlier.at <= timedelta(seconds=1)
    if "maximumCapacity" not in capacity:
        assert not any(run["stateDetails"] == ABANDONED for run in life.runs)
