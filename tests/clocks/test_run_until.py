"""run_until: whom it takes, where it stops, and when it gives up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emrs_mock import Fail, Hang, Succeed, Timing, UnreachableState, mock_emr_serverless
from emrs_mock.sim.outcomes import Outcome, Streams
from tests.service.requests import (
    RELEASE,
    ROLE,
    RUNNING_AFTER,
    SCHEDULED_AFTER,
    SPARK,
    START,
    SUCCESS_AFTER,
    at,
    everything,
    start_job_run,
)

SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}


def test_it_stops_at_the_instant_of_the_move(emr, submit):
    """Not a moment later; the record comes back."""
    run = submit()
    found = emr.run_until(run, "RUNNING")
    assert (found.id, found.state, emr.clock.now()) == (run, "RUNNING", at(seconds=RUNNING_AFTER))


def test_job_runs_and_sessions_are_taken_to_their_end(emr, submit):
    """Unless a state is said."""
    emr.when(name="bad").fail()
    assert [emr.run_until(submit(name=name)).state for name in ("good", "bad")] == ["SUCCESS", "FAILED"]


@pytest.mark.needs_model("StartSession")
def test_sessions_are_taken_to_their_end(emr):
    """Which an idle one comes to by itself."""
    session = emr.add_session(emr.add_application(**SESSIONS))
    assert emr.run_until(session).state == "TERMINATED"


TARGETS = {
    "record": lambda client, run: run,
    "id": lambda client, run: run.id,
    "arn": lambda client, run: run.arn,
    "StartJobRun": lambda client, run: {"applicationId": run.application_id, "jobRunId": run.id, "arn": run.arn},
    "GetJobRun": lambda client, run: client.get_job_run(applicationId=run.application_id, jobRunId=run.id),
    "its jobRun": lambda client, run: client.get_job_run(applicationId=run.application_id, jobRunId=run.id)["jobRun"],
    "row": lambda client, run: client.list_job_runs(applicationId=run.application_id)["jobRuns"][0],
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_job_run_is_named_by_whatever_has_its_id(emr, client, app, name):
    """A record, an id, an ARN, or a response."""
    run = emr.add_job_run(app)
    assert emr.run_until(TARGETS[name](client, run)) == run
    assert run.state == "SUCCESS"


@pytest.mark.parametrize("what", ["CreateApplication", "GetApplication", "application", "row", "id", "arn", "record"])
def test_an_application_is_named_by_whatever_has_its_id(emr, client, what):
    """Responses of operations that are about it included."""
    created = client.create_application(releaseLabel=RELEASE, type="SPARK")
    shown = client.get_application(applicationId=created["applicationId"])
    target = {
        "CreateApplication": created,
        "GetApplication": shown,
        "application": shown["application"],
        "row": client.list_applications()["applications"][0],
        "id": created["applicationId"],
        "arn": created["arn"],
        "record": emr.applications[0],
    }[what]
    assert emr.run_until(target, "CREATED") == emr.applications[0]


def test_a_response_that_has_nothing_of_it_is_refused(emr, client):
    """It says what could have been there."""
    with pytest.raises(TypeError, match="one of jobRunId, sessionId, id, applicationId, arn"):
        emr.run_until(client.list_applications())


def test_for_an_application_a_state_is_required(emr, app):
    """None of them is its goal; all are listed."""
    with pytest.raises(TypeError, match="CREATING, CREATED, STARTING, STARTED, STOPPING, STOPPED, TERMINATED"):
        emr.run_until(app)


def test_a_state_that_there_is_not_is_refused(emr, app, submit):
    """Those that there are, are listed."""
    with pytest.raises(ValueError, match=r"in state 'RUNNING'\. There are: CREATING, CREATED"):
        emr.run_until(app, "RUNNING")
    with pytest.raises(ValueError, match=r"in state 'SUCCEEDED'\. There are: SUBMITTED"):
        emr.run_until(submit(), "SUCCEEDED")


def test_a_record_that_there_is_not_is_refused(emr, app):
    """Those that there are, are listed."""
    with pytest.raises(KeyError, match=f"No record '00abcdefabcdef01'. There are: {app}"):
        emr.run_until("00abcdefabcdef01")


def test_a_record_that_is_missing_is_refused_with_those_that_exist(emr, submit):
    """All of them, in order of creation; where there are none, that is said."""
    app, *runs = emr.applications[0].id, submit(), submit()
    with pytest.raises(KeyError, match=rf"There are: {', '.join([app, *runs])} \(docs: clocks\)"):
        emr.run_until("00abcdefabcdef01")
    emr.reset()
    with pytest.raises(KeyError, match=r"There are: none \(docs: clocks\)"):
        emr.run_until(app)


def test_no_time_passes_for_a_state_that_is_there_already(emr, submit):
    """Also of one that has ended."""
    run = submit()
    emr.run_until(run, "SUBMITTED")
    assert emr.clock.now() == START
    emr.run_until(run)
    ended = emr.clock.now()
    assert (emr.run_until(run).state, emr.clock.now()) == ("SUCCESS", ended)


def test_others_move_meanwhile_each_at_its_own_moment(emr, app, submit):
    """Nothing is left out on the way."""
    emr.when(name="short").succeed(after=10)
    short, long = submit(name="short"), submit(name="long")
    emr.run_until(long)
    assert emr.job_runs[short].ended_at == at(seconds=RUNNING_AFTER + 10)


def test_an_application_is_taken_through_start_work_and_auto_stop(emr, create, client):
    """A job run moves it, and its own end lets it stop."""
    app = create()
    start_job_run(client, app)
    assert emr.run_until(app, "STARTED").updated_at == at(seconds=20)
    assert emr.run_until(app, "STOPPED").state_details == "AUTO_STOPPING"


def test_an_application_that_stops_for_others_to_end_is_waited_for(emr, client, app, submit):
    """A job run that ends is what lets it stop: nothing of its own is due before."""
    submit()
    assert emr.run_until(app, "STOPPED").updated_at == at(seconds=SUCCESS_AFTER + 900 + 20)


@pytest.mark.parametrize(
    ("arrange", "state"),
    [
        (lambda emr: emr.add_application("CREATED"), "STARTED"),
        (lambda emr: emr.add_application("STOPPED"), "STARTED"),
        (lambda emr: emr.add_application("STARTED"), "CREATED"),
        (lambda emr: emr.add_application("STARTED"), "TERMINATED"),
        (lambda emr: emr.add_application(auto_stop_configuration={"enabled": False}), "STOPPED"),
        (lambda emr: emr.add_application("TERMINATED"), "CREATED"),
        (lambda emr: emr.add_job_run(emr.add_application(), "SUCCESS"), "FAILED"),
        (lambda emr: emr.add_job_run(emr.add_application(), "CANCELLED"), "RUNNING"),
        (lambda emr: emr.add_job_run(emr.add_application(), "CANCELLING"), "SUCCESS"),
        (lambda emr: emr.add_job_run(emr.add_application(), "RUNNING"), "SUBMITTED"),
    ],
)
def test_a_state_that_can_no_longer_come_is_told_at_once(emr, arrange, state):
    """No time has passed, and nothing has changed."""
    record = arrange(emr)
    before = everything(emr)
    with pytest.raises(UnreachableState, match=f"{record.id} is {record.state} and cannot become {state} any more"):
        emr.run_until(record, state)
    assert (emr.clock.now(), everything(emr)) == (START, before)


def test_a_hanging_job_run_cannot_succeed(emr, submit):
    """That is known when it runs, long before its time-out; the history and what is due are told."""
    emr.when().hang()
    run = submit()
    with pytest.raises(UnreachableState) as caught:
        emr.run_until(run, "SUCCESS")
    assert emr.clock.now() == at(seconds=RUNNING_AFTER)
    assert str(caught.value).splitlines() == [
        f"job_run {run} is RUNNING and cannot become SUCCESS any more.",
        "What happened to it:",
        f"  {START.isoformat()} SUBMITTED SUBMITTED",
        f"  {at(seconds=1).isoformat()} PENDING The JobRun is pending scheduling.",
        f"  {at(seconds=SCHEDULED_AFTER).isoformat()} SCHEDULED "
        "The job has been scheduled and is acquiring resources to run.",
        f"  {at(seconds=RUNNING_AFTER).isoformat()} RUNNING",
        "What is still due:",
        f"  {at(seconds=RUNNING_AFTER, hours=12).isoformat()} time_out of {run}",
    ]


STREAMING = {"mode": "STREAMING"}
STREAMS = pytest.mark.needs_model("StartJobRun.mode", "StartJobRun.retryPolicy")
FULL = {"maximumCapacity": {"cpu": "4 vCPU", "memory": "16 GB"}}
"""Room for a driver alone."""


def fails_every_hour(emr):
    """A rule: too seldom for the limit of failures within an hour."""
    emr.when(name="endless").fail(after=3600)


def fails_as_its_handler_says(emr):
    """The same, decided anew for each attempt."""
    emr.when(name="endless").run(lambda run: 1 / 0, after=3600)


def gets_no_executors(emr):
    """Nothing: without executors each attempt is abandoned after 20 minutes."""


ENDLESS = pytest.mark.parametrize(
    ("arrange", "members"),
    [(fails_every_hour, {}), (fails_as_its_handler_says, {}), (gets_no_executors, FULL)],
    ids=lambda value: getattr(value, "__name__", ""),
)


@STREAMS
@ENDLESS
@pytest.mark.parametrize("state", ["SUCCESS", "FAILED", "CANCELLED"])
def test_a_streaming_job_run_that_is_tried_again_for_ever_is_not_waited_for(emr, client, arrange, members, state):
    """The error says why, and does not list a thousand attempts."""
    arrange(emr)
    run = start_job_run(client, emr.add_application(**members).id, name="endless", **STREAMING)
    with pytest.raises(UnreachableState, match="and that would go on for ever") as caught:
        emr.run_until(run, state)
    told = f"Job run {run} failed and was tried again 1000 times, and that would go on for ever."
    lines = str(caught.value).splitlines()
    assert lines[0].endswith(f" and cannot become {state} before others end.")
    assert lines[1:3] == [told, "What happened to it:"]
    assert len(lines) < 40


@STREAMS
@ENDLESS
def test_other_targets_are_not_waited_for_either_while_a_job_run_is_tried_again_for_ever(emr, client, arrange, members):
    """What waits for it to end: its application, and a job run that waits for something else."""
    arrange(emr)
    app = emr.add_application(**members).id
    start_job_run(client, app, name="endless", **STREAMING)
    with pytest.raises(UnreachableState, match="failed and was tried again 1000 times"):
        emr.run_until(app, "STOPPED")
    held = emr.add_application("STARTING")
    held.stay("STARTING")
    waits = start_job_run(client, held.id)
    with pytest.raises(UnreachableState, match="failed and was tried again 1000 times"):
        emr.run_until(waits)


@STREAMS
def test_each_job_run_that_is_tried_again_for_ever_is_told_and_none_that_has_ended(emr, client):
    """Attempts count from the last time that anything else happened."""
    fails_every_hour(emr)
    emr.when(name="long").succeed(after=15 * 86400)
    emr.when(name="waits").succeed(after=10)
    app = emr.add_application(maximumCapacity={"cpu": "20 vCPU", "memory": "80 GB"}).id
    for name in ("long", "waits"):
        waits = start_job_run(client, app, name=name, **STREAMING)
    endless = [start_job_run(client, emr.add_application().id, name="endless", **STREAMING) for _ in range(2)]
    with pytest.raises(UnreachableState) as caught:
        emr.run_until(endless[0])
    assert emr.job_runs[waits].state == "SUCCESS"
    assert emr.job_runs[waits].attempt > 1000
    told = [f"Job run {run} failed and was tried again 1000 times" for run in sorted(endless)]
    assert [line.partition(", and that would")[0] for line in str(caught.value).splitlines()[1:3]] == told


def ends_after_500_attempts(emr, client, app):
    """A job run that fails as often before."""
    emr.when(name="late").attempts(*[Fail(after=3600)] * 500, Succeed())
    start_job_run(client, app, name="late", **STREAMING)


def stops_after_a_week(emr, client, app):
    """An application that is idle until then."""
    emr.add_application(auto_stop_configuration={"enabled": True, "idleTimeoutMinutes": 7 * 24 * 60})


def has_begun_500_hours_ago(emr, client, app):
    """The time that was moved before."""
    emr.clock.advance(hours=500)


@STREAMS
@pytest.mark.parametrize(
    ("happens", "before"), [(ends_after_500_attempts, 500), (stops_after_a_week, 164), (has_begun_500_hours_ago, 488)]
)
def test_attempts_count_from_the_last_time_that_anything_else_happened(emr, client, app, happens, before):
    """What happens once may let the job run end; so it gets a thousand attempts more."""
    fails_every_hour(emr)
    run = start_job_run(client, app, name="endless", **STREAMING)
    happens(emr, client, app)
    with pytest.raises(UnreachableState, match="failed and was tried again 1000 times"):
        emr.run_until(run)
    assert emr.job_runs[run].attempt == pytest.approx(before + 1000, abs=10)


def test_what_waits_for_others_is_not_waited_for_if_nothing_is_due(emr, client):
    """The application never gets started, so its job run never begins."""
    app = emr.add_application("STARTING")
    app.stay("STARTING")
    run = start_job_run(client, app.id)
    emr._simulation.agenda.keep(run, ())
    with pytest.raises(UnreachableState, match=r"cannot become CANCELLED or FAILED or SUCCESS any more\."):
        emr.run_until(run)


def test_an_application_without_work_is_refused_at_once(emr, submit):
    """What is due for others does not concern it: no time passes for them."""
    idle = emr.add_application(auto_stop_configuration={"enabled": False})
    run = submit()
    before = emr.clock.now()
    with pytest.raises(UnreachableState, match=r"cannot become STOPPED any more\."):
        emr.run_until(idle, "STOPPED")
    assert (emr.clock.now(), emr.job_runs[run].state) == (before, "SUBMITTED")


@STREAMS
def test_what_comes_late_is_waited_for_however_often_a_job_run_is_tried_again(emr, client):
    """Executors come when the other job run has ended; until then the driver is abandoned more than 1,000 times."""
    emr.when(name="long").succeed(after=30 * 86400)
    emr.when(name="waits").succeed(after=10)
    app = emr.add_application(maximumCapacity={"cpu": "20 vCPU", "memory": "80 GB"}).id
    for name in ("long", "waits"):
        run = start_job_run(client, app, name=name, **STREAMING)
    found = emr.run_until(run, "SUCCESS")
    assert found.attempt > 1000


@STREAMS
def test_a_rule_may_say_how_thousands_of_attempts_end(emr, submit):
    """Those that it says are waited for."""
    emr.when().attempts(*[Fail(after=3600)] * 1100, Succeed())
    assert emr.run_until(submit(**STREAMING)).attempt == 1101


@STREAMS
def test_executors_that_are_wanted_later_can_end_a_job_run(emr, client):
    """Nothing but that wish is due; 20 minutes after it the job run is abandoned."""
    emr.when().hang().executors([(0, 0), (30, 2)])
    run = start_job_run(
        client, emr.add_application(**FULL).id, **STREAMING, retryPolicy={"maxFailedAttemptsPerHour": 1}
    )
    assert (emr.run_until(run).ended_at - emr.job_runs[run].started_at).total_seconds() == 30 + 1200


@pytest.mark.needs_model("CreateApplication.schedulerConfiguration")
def test_a_job_run_that_is_queued_behind_one_that_hangs_gets_in_by_its_time_out(emr, client):
    """Nothing of its own brings it on; what is due for the other one does."""
    emr.when(name="first").hang()
    app = emr.add_application(scheduler_configuration={"maxConcurrentRuns": 1}).id
    start_job_run(client, app, name="first", executionTimeoutMinutes=60)
    second = start_job_run(client, app)
    emr.run_until(second, "QUEUED")
    assert emr.run_until(second).state == "SUCCESS"


def test_it_moves_a_system_clock_too():
    """By what is missing."""
    with mock_emr_serverless(timing=Timing(run=3600)) as emr:
        run = emr.run_until(emr.add_job_run(emr.add_application()))
        assert (run.state, (run.ended_at - run.started_at).total_seconds()) == ("SUCCESS", 3600)
        assert run.ended_at <= emr.clock.now()


class Code:
    """Code that runs for a job run, and that ends when it has been waited for often enough."""

    def __init__(self, waits):
        self.waits, self.waited, self.looks = waits, [], 0

    def streams(self):
        """Count the looks, so that a loop that does not wait comes to an end."""
        self.looks += 1
        assert self.looks < 1000
        return Streams()

    def result(self):
        """A failure, in the end."""
        return Outcome("fail", "exit code 3", timedelta(0)) if len(self.waited) >= self.waits else None

    def wait(self, seconds=None):
        """Note for how long."""
        self.waited.append(seconds)

    def stop(self):
        """Begin to end."""


@pytest.fixture
def code(emr):
    """Code that runs for the job runs of that name, and fails at once when it has been waited for three times."""
    code = Code(3)

    def begin(run):
        emr._simulation.works.add(emr._simulation.owners[run.id][1], code, beside=True)
        return Hang()

    emr.when(name="code").run(begin)
    return code


def test_code_that_really_runs_is_waited_for_and_not_only_looked_at(emr, submit, code):
    """A little between two looks, while no simulated time passes; its end is that of the job run."""
    run = emr.run_until(submit(name="code"))
    assert (run.state, run.state_details) == ("FAILED", "exit code 3")
    assert emr.clock.now() == at(seconds=RUNNING_AFTER)
    assert code.waited == [pytest.approx(0.05)] * 3


def test_an_application_whose_job_run_really_runs_is_waited_for(emr, app, submit, code):
    """It stops after the code has ended, long before the time-out of the job run."""
    submit(name="code")
    assert emr.run_until(app, "STOPPED").updated_at == at(seconds=RUNNING_AFTER + 900 + 20)
    assert len(code.waited) == 3


@pytest.mark.needs_model("CreateApplication.schedulerConfiguration")
def test_a_job_run_that_is_queued_behind_code_is_waited_for(emr, client, code):
    """It begins when the code has ended."""
    app = emr.add_application(scheduler_configuration={"maxConcurrentRuns": 1}).id
    start_job_run(client, app, name="code")
    queued = start_job_run(client, app)
    ended = emr.run_until(queued).ended_at
    assert (len(code.waited), ended < at(hours=1)) == (3, True)


def test_code_of_another_job_run_is_not_waited_for(emr, app, submit, code):
    """A job run that ends by itself does so at its own time."""
    submit(name="code")
    emr.run_until(submit(), "RUNNING")
    assert code.waited == []


def test_moves_at_one_instant_are_waited_for_one_by_one():
    """It stops after the one that was asked for, so that the next look lets the rest happen."""
    with mock_emr_serverless(clock="manual", start=START, timing=Timing.instant()) as emr:
        client, app = emr.client("us-east-1"), emr.add_application().id
        request = {"applicationId": app, "executionRoleArn": ROLE, "jobDriver": SPARK}
        run = client.start_job_run(**request)["jobRunId"]
        emr.run_until(run)
        assert [c.after for c in emr._simulation.changes if c.id == run] == [
            "SUBMITTED",
            "PENDING",
            "SCHEDULED",
            "RUNNING",
            "SUCCESS",
        ]
        assert emr.clock.now() == START
