"""`emr.fork()`, `emr.snapshot()`, `emr.restore(...)`, and snapshots as JSON."""

from __future__ import annotations

import json
import time

import pytest

from emrs_mock import Fail, Snapshot, Succeed, current, mock_emr_serverless
from tests.service.requests import START, at, create_application, everything, refused, start_job_run

MEMBERS = {"initialCapacity": {"Driver": {"workerCount": 1, "workerConfiguration": {"cpu": "4vCPU", "memory": "16GB"}}}}


@pytest.fixture
def lively(emr, client):
    """A mock in the middle of things: one run runs, one was cancelled, one waits; the ids of the first and last."""
    application = create_application(client, name="etl", tags={"team": "data"}, **MEMBERS)
    client.start_application(applicationId=application)
    emr.run_until(application, "STARTED")
    first = start_job_run(client, application, name="first", clientToken="first")
    emr.run_until(first, "RUNNING")
    second = start_job_run(client, application, name="second")
    client.cancel_job_run(applicationId=application, jobRunId=second)
    return application, first, start_job_run(client, application, name="third")


def test_the_repr_of_a_snapshot_says_its_time(emr):
    """In ISO 8601."""
    assert repr(emr.snapshot()) == f"<Snapshot of {emr.clock.now().isoformat()}>"


def rest_of_the_day(emr):
    """All events that are still due, and the records afterwards."""
    emr.clock.advance(hours=1)
    return everything(emr)


def test_restore_undoes_what_happened_since(emr, client, lively):
    """Records, time and calls are as they were."""
    before, calls = everything(emr), list(emr.calls)
    snapshot = emr.snapshot()
    create_application(client)
    emr.clock.advance(hours=1)
    emr.restore(snapshot)
    assert everything(emr) == before
    assert list(emr.calls) == calls
    assert emr.clock.now() == snapshot.at


def test_what_comes_after_a_restored_moment_is_always_the_same(emr, lively):
    """As often as one likes."""
    snapshot = emr.snapshot()
    days = []
    for _ in range(3):
        emr.restore(snapshot)
        days.append(rest_of_the_day(emr))
    assert days[0] == days[1] == days[2]


def test_ids_after_a_restored_moment_are_the_same(emr, client, lively):
    """Chance is rewound too."""
    application = lively[0]
    snapshot = emr.snapshot()
    first = start_job_run(client, application)
    emr.restore(snapshot)
    assert start_job_run(client, application) == first


def test_restore_brings_back_rules_and_faults(emr, client, lively):
    """With the times they had left; who holds a rule can still remove it."""
    rule = emr.when(name="again").fail("No", times=1)
    fault = emr.fault("ListApplications").error("ThrottlingException", times=1)
    snapshot = emr.snapshot()
    for _ in range(2):
        assert emr.run_until(start_job_run(client, lively[0], name="again")).state_details == "No"
        client.list_applications()
        assert emr.calls[-1].attempt == 2
        emr.restore(snapshot)
    rule.remove()
    fault.remove()
    client.list_applications()
    assert emr.calls[-1].attempt == 1


def test_a_records_view_shows_the_restored_record(emr, lively):
    """What an author holds stays right."""
    run = emr.job_runs[lively[1]]
    snapshot = emr.snapshot()
    emr.run_until(run)
    emr.restore(snapshot)
    assert run.state == "RUNNING"


def test_another_mock_can_restore_a_snapshot(emr, lively):
    """What happens there does not change the first mock, whose rules stay unused."""
    emr.when(name="first-of-all").fail("No", times=1)
    before = everything(emr)
    snapshot = emr.snapshot()
    for _ in range(2):
        with mock_emr_serverless(clock="manual") as other:
            other.restore(snapshot)
            client = other.client("us-east-1")
            assert other.clock.now() == snapshot.at
            assert other.run_until(start_job_run(client, lively[0], name="first-of-all")).state_details == "No"
    assert everything(emr) == before


def test_a_fork_leaves_the_mock_untouched(emr, client, lively):
    """Inside the block plain clients talk to the copy; afterwards to the mock again."""
    before, calls = everything(emr), emr.calls.tries
    with emr.fork() as what_if:
        assert current() is what_if
        assert everything(what_if) == before
        what_if.when().fail("What if")
        created = create_application(client)
        what_if.clock.advance(hours=1)
        assert what_if.job_runs[lively[1]].state == "SUCCESS"
        assert created in what_if.applications
    assert current() is emr
    assert everything(emr) == before
    assert emr.calls.tries == calls


def test_a_fork_goes_on_like_the_mock(emr, lively):
    """The same day follows from the same moment."""
    with emr.fork() as what_if:
        there = rest_of_the_day(what_if)
    assert rest_of_the_day(emr) == there


def test_two_answers_to_one_question_can_be_compared(emr, client, lively):
    """This is the purpose of a fork."""
    ends = {}
    for name in ("succeed", "fail", "hang"):
        with emr.fork() as what_if:
            getattr(what_if.when(name="last"), name)()
            run = start_job_run(client, lively[0], name="last")
            what_if.clock.advance(hours=24)
            ends[name] = what_if.job_runs[run].state
    assert ends == {"succeed": "SUCCESS", "fail": "FAILED", "hang": "CANCELLED"}


def test_a_fork_can_be_forked(emr, lively):
    """Each is a mock like any other."""
    with emr.fork() as outer, outer.fork() as inner:
        inner.clock.advance(60)
        assert inner.clock.now() - outer.clock.now() == at(seconds=60) - START


def test_a_client_of_the_mocks_own_stays_with_it(emr):
    """`emr.client()` always belongs to its mock, so a fork needs its own or a plain one."""
    bound = emr.client("us-east-1")
    with emr.fork() as what_if:
        create_application(bound)
        assert (len(emr.applications), len(what_if.applications)) == (1, 0)


def test_with_a_system_clock_the_fork_goes_on_from_where_the_mock_is():
    """The fork has the time that was advanced before; advancing the fork does not advance the mock."""
    with mock_emr_serverless(clock="system") as emr:
        run = emr.add_job_run(emr.add_application())
        emr.clock.advance(60)
        with emr.fork() as what_if:
            assert abs((what_if.clock.now() - emr.clock.now()).total_seconds()) < 30
            what_if.clock.advance(hours=1)
            assert what_if.job_runs[run.id].state == "SUCCESS"
        assert run.state == "RUNNING"


def test_with_a_virtual_clock_time_that_passed_has_passed():
    """The whole process lives in it: records are restored, and go on from now as they would have."""
    with mock_emr_serverless(clock="virtual", start=START, latency=0) as emr:
        run = emr.add_job_run(emr.add_application())
        snapshot = emr.snapshot()
        time.sleep(60)
        emr.when().hang()
        emr.restore(snapshot)
        assert (run.state, emr.clock.now()) == ("RUNNING", at(seconds=60))
        time.sleep(119)
        assert run.state == "RUNNING"
        time.sleep(1)
        assert run.state == "SUCCESS"
        with emr.fork() as what_if:
            time.sleep(30)
            assert what_if.clock.now() == at(seconds=210)
        assert emr.clock.now() == at(seconds=210)


def test_with_a_virtual_clock_what_json_holds_goes_on_from_now_too():
    """As a snapshot does: what was due in two minutes is due in two minutes."""
    with mock_emr_serverless(clock="virtual", start=START, latency=0) as emr:
        run = emr.add_job_run(emr.add_application())
        text = emr.snapshot().to_json()
        time.sleep(60)
        emr.restore(Snapshot.from_json(text))
        assert (run.state, emr.clock.now()) == ("RUNNING", at(seconds=60))
        time.sleep(119)
        assert run.state == "RUNNING"
        time.sleep(1)
        assert run.state == "SUCCESS"


def test_a_virtual_clock_moves_on_to_a_snapshot_that_is_ahead(emr, lively):
    """The process's time and the mock's stay one."""
    text = emr.snapshot().to_json()
    with mock_emr_serverless(clock="virtual", start="2023-01-01") as other:
        other.restore(Snapshot.from_json(text))
        assert other.clock.now() == emr.clock.now()
        assert time.time() == emr.clock.now().timestamp()
        assert other.job_runs[lively[1]].state == "RUNNING"


def test_json_holds_the_whole_service(emr, lively):
    """Another process can go on from it as this one does."""
    text = emr.snapshot().to_json()
    here = rest_of_the_day(emr)
    with mock_emr_serverless(clock="manual") as other:
        other.restore(Snapshot.from_json(text))
        assert rest_of_the_day(other) == here


def test_json_can_be_restored_again_and_again(emr, lively):
    """Restoring copies."""
    snapshot = Snapshot.from_json(emr.snapshot().to_json())
    days = []
    for _ in range(2):
        emr.restore(snapshot)
        days.append(rest_of_the_day(emr))
    assert days[0] == days[1]


def test_what_json_restores_can_be_called(emr, client, lively):
    """Tokens, lists and tags are there too; ids go on as they would have."""
    application, first, third = lively
    text = emr.snapshot().to_json()
    expected = start_job_run(client, application)
    emr.reset()
    assert refused(client.get_application, applicationId=application).code == "ResourceNotFoundException"
    emr.restore(Snapshot.from_json(text))
    assert start_job_run(client, application, name="first", clientToken="first") == first
    assert start_job_run(client, application) == expected
    shown = client.list_job_runs(applicationId=application)["jobRuns"]
    assert [run["id"] for run in shown][:2] == [expected, third]
    arn = client.get_application(applicationId=application)["application"]["arn"]
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "data"}


def test_json_written_twice_is_the_same(emr, lively):
    """It can be kept in a repository and compared."""
    text = emr.snapshot().to_json()
    assert Snapshot.from_json(text).to_json() == text


def test_json_leaves_rules_and_faults_as_they_are(emr, client, lively):
    """They belong to the test."""
    text = emr.snapshot().to_json()
    emr.fault("ListApplications").error("ValidationException", "Still here")
    emr.restore(Snapshot.from_json(text))
    assert refused(client.list_applications).message == "Still here"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no json", "not JSON"),
        ("[]", "no snapshot"),
        ('{"moto": "5"}', "no snapshot"),
        (json.dumps({"emrs_mock": "0.0.1"}), r"made by emrs_mock 0\.0\.1, and this is \d"),
    ],
)
def test_what_is_no_snapshot_of_this_version_is_refused(text, says):
    """The error says what it is instead."""
    with pytest.raises(ValueError, match=says):
        Snapshot.from_json(text)


def test_a_damaged_snapshot_is_refused(emr, lively):
    """The error says that the document was changed."""
    document = json.loads(emr.snapshot().to_json())
    del document["objects"]
    with pytest.raises(ValueError, match=r"damaged: ValueError\('it was changed after it was written'\)"):
        Snapshot.from_json(json.dumps(document))


def test_a_snapshot_of_another_build_of_this_version_is_refused(emr, lively):
    """What records consist of may have changed since."""
    document = {**json.loads(emr.snapshot().to_json()), "layout": "another"}
    with pytest.raises(ValueError, match=r"made by another emrs_mock \d.*make it anew"):
        Snapshot.from_json(json.dumps(document))


def test_json_says_what_requests_held(emr, client, lively):
    """Secrets too, as the page says; so it is as good as they are."""
    driver = {"sparkSubmit": {"entryPoint": "s3://code/etl.py", "entryPointArguments": ["--password=hunter2"]}}
    start_job_run(client, lively[0], jobDriver=driver)
    assert "hunter2" in emr.snapshot().to_json()


@pytest.mark.parametrize("key", ["$object", "$dict", "$datetime", "$", "plain"])
@pytest.mark.needs_model("CreateApplication.runtimeConfiguration")
def test_json_holds_keys_that_look_like_its_own_marks(emr, key):
    """A property may have any name."""
    configured = [{"classification": "spark-defaults", "properties": {key: "0"}}]
    emr.add_application(runtimeConfiguration=configured)
    kept = Snapshot.from_json(emr.snapshot().to_json())
    emr.reset()
    emr.restore(kept)
    assert emr.applications[-1].runtime_configuration == configured


def test_json_holds_what_rules_decided(emr, client, lively):
    """Decisions that are data: stays, logs, utilization, and the outcomes of attempts."""
    rule = emr.when(name="planned").attempts(Fail("No"), Succeed(after=30))
    rule.stay("PENDING", 60).logs("out", "err").utilization(1, 2, 3)
    run = start_job_run(client, lively[0], name="planned")
    text = emr.snapshot().to_json()
    here = rest_of_the_day(emr)
    emr.restore(Snapshot.from_json(text))
    assert rest_of_the_day(emr) == here
    assert emr.logs[run].stdout == "out"


def test_what_a_fork_leaves_behind_is_no_orphan(client):
    """It is gone with the fork."""
    with mock_emr_serverless(clock="manual", on_orphans="error") as emr:
        application = emr.add_application("STOPPED", region_name="us-east-1").id
        with emr.fork():
            start_job_run(client, application)


def test_a_job_run_that_a_function_decides_has_no_json(emr, client, lively):
    """A function is no data; the snapshot itself holds it."""
    emr.when(name="handled").run(lambda run: None)
    start_job_run(client, lively[0], name="handled")
    snapshot = emr.snapshot()
    with pytest.raises(TypeError, match=r"Outcome\.handler is .*which JSON cannot hold\. Restore the snapshot itself"):
        snapshot.to_json()
