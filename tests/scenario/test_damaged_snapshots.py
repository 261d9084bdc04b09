"""`Snapshot.from_json` of a damaged document: a ValueError, or a world that works; never a world that fails later."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emrs_mock import Fail, Snapshot, mock_emr_serverless
from emrs_mock.scenario.snapshots import CHECKSUM, _checksum
from tests.service.model import has
from tests.service.requests import START, create_application, everything, job_run, start_job_run


def document():
    """A snapshot of a mock in the middle of things, as JSON."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        client = emr.client("us-east-1")
        scheduler = {"schedulerConfiguration": {"maxConcurrentRuns": 2, "queueTimeoutMinutes": 60}}
        app = create_application(
            client,
            name="etl",
            tags={"team": "data"},
            **(scheduler if has("CreateApplication.schedulerConfiguration") else {}),
        )
        client.start_application(applicationId=app)
        emr.run_until(app, "STARTED")
        emr.when(name="planned").attempts(Fail("No"), Fail("Never")).logs("out").utilization(1, 2, 3)
        for name in ("planned", "second", "third"):
            start_job_run(client, app, name=name, clientToken=name)
        emr.clock.advance(50)
        create_application(client)
        return emr.snapshot().to_json()


DOCUMENT = document()


def works_on(emr):
    """Everything can be shown and called, and time passes for days."""
    everything(emr)
    str(emr.timeline()), list(emr.events), emr.metrics["RunningJobs"].values, emr.snapshot().to_json()
    client = emr.client("us-east-1")
    for app in client.list_applications()["applications"]:
        for run in client.list_job_runs(applicationId=app["id"])["jobRuns"]:
            job_run(client, app["id"], run["id"])
    for _ in range(3):
        emr.clock.advance(days=1)
    app = create_application(client)
    client.start_application(applicationId=app)
    assert emr.run_until(start_job_run(client, app)).state == "SUCCESS"


def restored_or_refused(text):
    """Read and restore a document in a mock, which works on; whether it was restored. Refused, it changes nothing."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        emr.add_job_run(emr.add_application(region_name="us-east-1"))
        before = everything(emr), emr.clock.now()
        problem = None
        try:
            emr.restore(Snapshot.from_json(text))
        except ValueError as refusal:
            problem = str(refusal)
        if problem is None:
            works_on(emr)
        else:
            assert "docs: fork" in problem
            assert (everything(emr), emr.clock.now()) == before
        return problem is None


# --- what damage does -----------------------------------------------------------------------------------------------

VALUES = st.sampled_from(
    [None, True, -1, 0, 1.5, 10**30, float("nan"), float("inf"), "", "x", "RUNNING", [], {}, [[]], {"$object": 0},
     {"$object": -1}, {"$object": 10**9}, {"$datetime": "0001-01-01T00:00:00"}, {"$Size": {}}, {"$World": {}},
     {"$dict": 1}]
)  # fmt: skip


def places(value, path=()):
    """Every place in a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        # Chance is 625 numbers, of which a few are as good as all.
        if not (isinstance(value, list) and len(value) > 100 and key > 3):
            yield from places(item, (*path, key))


PLACES = list(places(json.loads(DOCUMENT)))[1:]


def mutated(path, how, value):
    """The document with one thing in it replaced, removed, doubled or renamed."""
    made = json.loads(DOCUMENT)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    key = path[-1]
    if how == "replace":
        holder[key] = copy.deepcopy(value)
    elif how == "remove":
        del holder[key]
    elif isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[f"{key}x"] = holder.pop(key) if how == "rename" else copy.deepcopy(holder[key])
    return made


MUTANTS = st.builds(
    mutated, st.sampled_from(PLACES), st.sampled_from(["replace", "remove", "double", "rename"]), VALUES
)


@settings(max_examples=200, deadline=None, derandomize=True)  # run with more by hand: it must not fail by chance
@given(MUTANTS)
def test_a_document_in_which_anything_is_changed_is_refused_or_works(mutant):
    """Replaced, removed, doubled or renamed, anywhere."""
    is_the_same = json.dumps(mutant, sort_keys=True) == json.dumps(json.loads(DOCUMENT), sort_keys=True)
    assert restored_or_refused(json.dumps(mutant)) == is_the_same


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(DOCUMENT) - 1), st.integers(0, 3), st.text(max_size=2))
def test_a_text_in_which_anything_is_changed_is_refused_or_works(at, cut, put):
    """A few characters cut, put in or both."""
    restored_or_refused(DOCUMENT[:at] + put + DOCUMENT[at + cut :])


@pytest.mark.parametrize("text", ["", "[" * 100_000, '{"emrs_mock":' * 50_000, "1" * 10_000, "NaN", "\ud800", "null"])
def test_a_text_that_is_no_document_is_refused(text):
    """However deep or long."""
    assert not restored_or_refused(text)


def test_a_document_that_is_as_it_was_works():
    """Whatever the order and the blanks in its text."""
    assert restored_or_refused(DOCUMENT)
    assert restored_or_refused(json.dumps(json.loads(DOCUMENT), sort_keys=True, indent=2))


# --- what a checksum does not notice --------------------------------------------------------------------------------


def signed(mutant):
    """A document with the checksum of what it says now."""
    if isinstance(mutant, dict):
        mutant.pop(CHECKSUM, None)
        mutant[CHECKSUM] = _checksum(mutant)
    return json.dumps(mutant)


@settings(max_examples=200, deadline=None, derandomize=True)  # run with more by hand: it must not fail by chance
@given(MUTANTS)
def test_what_could_be_no_world_is_refused_whatever_its_checksum(mutant):
    """By its types and by what refers to what; what is taken works."""
    restored_or_refused(signed(mutant))


def objects_of(made, kind):
    """The state of each object of a class in a document."""
    return [state for name, state in made["objects"] if name == kind]


def configuration_of(made):
    """What the first application of a document was created with."""
    return objects_of(made, "Application")[0]["configurations"][0]["$Configuration"]


def test_the_types_and_references_of_a_forged_document_are_checked():
    """Each is refused, although its checksum is right."""
    forgeries = {
        "JobRun.state": lambda made: objects_of(made, "JobRun")[0].update(state="LOST"),
        "JobRun.mode": lambda made: objects_of(made, "JobRun")[0].update(mode=5),
        "JobRun.application_id": lambda made: objects_of(made, "JobRun")[0].update(application_id="gone"),
        "Application.configurations": lambda made: objects_of(made, "Application")[0].update(configurations=[]),
        "Configuration.spec": lambda made: configuration_of(made)["spec"].pop("type"),
        "Configuration.since": lambda made: configuration_of(made).update(since={"$datetime": "2023-01-01T00:00:00"}),
        "Plan.executors": lambda made: objects_of(made, "JobRun")[0]["plan"]["$Plan"].update(executors={"$object": 0}),
        "JobRun.attempts": lambda made: objects_of(made, "JobRun")[0].update(attempts=[]),
        "Application.id": lambda made: objects_of(made, "Application")[0].update(id="another"),
        "no name": lambda made: objects_of(made, "JobRun")[0].pop("arn"),
        "one name more": lambda made: objects_of(made, "JobRun")[0].update(more=1),
        "changes": lambda made: made["state"]["changes"].pop(),
        "at": lambda made: made.update(at="2024-01-01T00:00:00+00:00"),
        "year 1": lambda made: made.update(at="0001-01-01T00:00:00+00:00"),
    }
    for what, forge in forgeries.items():
        made = json.loads(DOCUMENT)
        forge(made)
        with pytest.raises(ValueError, match="damaged"):
            pytest.fail(f"{what}: {Snapshot.from_json(signed(made))}")


def test_workers_that_cannot_have_been_are_refused():
    """Whatever the checksum: a driver that never came, executors that are not counted, times that are none."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        app = emr.add_application(region_name="us-east-1").id
        start_job_run(emr.client("us-east-1"), app)
        emr.clock.advance(120)
        whole = emr.snapshot().to_json()
    assert restored_or_refused(signed(json.loads(whole)))
    forgeries = {
        "no driver": lambda workers: workers["present"].pop(0),
        "not there": lambda workers: workers["present"][1]["$Stint"].update(until={"$datetime": START.isoformat()}),
        "naive": lambda workers: workers["present"][1]["$Stint"].update(since={"$datetime": "2024-01-01T00:00:00"}),
        "none": lambda workers: workers["present"][1]["$Stint"].update(number=0),
        "counted": lambda workers: workers.update(executors=7),
        "launched": lambda workers: workers.update(launched=7),
        "early": lambda workers: workers["wishes"].append(workers["wishes"][0]) or workers["wishes"].insert(0, LATE),
    }
    for what, forge in forgeries.items():
        made = json.loads(whole)
        forge(next(state for state in objects_of(made, "Workers") if state["present"]))
        assert not restored_or_refused(signed(made)), what


LATE = {"$Wish": {"at": {"$datetime": "2030-01-01T00:00:00+00:00"}, "executors": 3}}


# --- what the error says --------------------------------------------------------------------------------------------


def application(made):
    """The state of the first application in a document."""
    return objects_of(made, "Application")[0]


def run(made):
    """The state of the first job run in a document."""
    return objects_of(made, "JobRun")[0]


def last_change(made):
    """The last change of the first job run in a document."""
    return [each["$Change"] for each in made["state"]["changes"] if each["$Change"]["id"] == run(made)["id"]][-1]


def make_due(made, event):
    """Make another event due for the first job run; the agenda keeps what is due twice."""
    [agenda] = objects_of(made, "Agenda")
    live = agenda["_live"][run(made)["id"]]
    [heaped] = [each["$Due"] for each in agenda["_heap"] if each == live["run"]]
    heaped["event"] = live["run"]["$Due"]["event"] = event
    live[event] = live.pop("run")


def answer_no_request(made):
    """Make a token stand for no request."""
    [world] = objects_of(made, "World")
    world["tokens"]["$dict"][0][1]["$tuple"][0] = None


def lose_the_application(made):
    """Make all job runs those of an application that there is not."""
    [world] = objects_of(made, "World")
    world["job_runs"]["$defaultdict"][1][0][0] = "gone"
    for each in objects_of(made, "JobRun"):
        each["application_id"] = "gone"


PROBLEMS = {
    "its time is not that of the world": lambda made: made.update(at="2024-01-01T00:00:00+00:00"),
    "RUN is not where it belongs": lambda made: run(made).update(id="another"),
    "RUN is in a state that no job_run has": lambda made: run(made).update(state="LOST"),
    "RUN is not in its register": lambda made: run(made).update(state="RUNNING"),
    "('123456789012', 'us-east-1') is no world": lambda made: objects_of(made, "World")[0].update(region="eu-west-1"),
    "('123456789012', 'us-east-1') has another number of queued job runs than it says": lambda made: objects_of(
        made, "World"
    )[0].update(queued=7),
    "RUN has another mode than was asked for, or nothing to do": lambda made: run(made)["spec"].pop("jobDriver"),
    "a token of CreateApplication is for no request": answer_no_request,
    "APP has an engine that there is not": lambda made: configuration_of(made)["spec"].update(type="Flink"),
    "APP has other configurations than it had": lambda made: application(made).update(configurations=[]),
    "RUN is of no engine, or of no release": lambda made: run(made)["inherited"].update(type="Flink"),
    "RUN has other attempts than its state says": lambda made: run(made).update(attempts=[]),
    "its changes are not those of its records": lambda made: made["state"]["changes"].reverse(),
    "RUN cannot have changed so": lambda made: last_change(made).update(kind="session"),
    "RUN is not where its changes led": lambda made: last_change(made).update(after="PENDING"),
    "what is due is in no order": lambda made: objects_of(made, "Agenda")[0]["_heap"].reverse(),
    "started is due for RUN, which cannot be": lambda made: make_due(made, "started"),
    "RUN has other workers than it counts": lambda made: objects_of(made, "Workers")[0].update(executors=7),
    "RUN has no application": lose_the_application,
    "RUN wants executors as nothing says": lambda made: run(made)["plan"]["$Plan"].update(executors={"$object": 0}),
    "2024-01-01T00:00:00 is in no time zone": lambda made: run(made).update(
        created_at={"$datetime": "2024-01-01T00:00:00"}
    ),
    TypeError("$JobRun is no value"): lambda made: run(made).update(plan={"$JobRun": {}}),
    TypeError("Plan has outcomes, stays, utilization, logs, shutdown, executors, and not state"): lambda made: run(
        made
    )["plan"].update({"$Plan": {"state": "RUNNING"}}),
}
"""What is wrong, a ValueError where it is a text, and how a document comes to it."""


@pytest.mark.parametrize(("problem", "forge"), PROBLEMS.items(), ids=list(map(str, PROBLEMS)))
def test_the_error_says_what_is_wrong(problem, forge):
    """With the record that it is about."""
    made = json.loads(DOCUMENT)
    names = {"RUN": run(made)["id"], "APP": application(made)["id"]}
    forge(made)
    with pytest.raises(ValueError, match="damaged") as caught:
        Snapshot.from_json(signed(made))
    shown = repr(ValueError(problem) if isinstance(problem, str) else problem)
    for name, record_id in names.items():
        shown = shown.replace(name, record_id)
    assert str(caught.value) == f"This snapshot is damaged: {shown}. Make it anew (docs: fork)"
