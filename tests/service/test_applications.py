"""Applications through a client: states, refusals, defaults and spellings (facts §2)."""

from __future__ import annotations

import pytest
from botocore import xform_name

from tests.service.model import MODEL, request
from tests.service.requests import RELEASE, application, at, nothing_changes, start_job_run

STATES = MODEL.shape_for("ApplicationState").enum

# facts §2.2, §16: by operation, where an application gets to from each state in which the operation is legal
MOVES = {
    "start_application": {
        "CREATING": "STARTING",
        "CREATED": "STARTING",
        "STARTED": "STARTED",
        "STOPPED": "STARTING",
    },
    "stop_application": {
        "STARTING": "STOPPING",
        "STARTED": "STOPPING",
        "STOPPING": "STOPPING",
        "STOPPED": "STOPPED",
    },
    "delete_application": {"CREATED": "TERMINATED", "STOPPED": "TERMINATED"},
    "update_application": {"CREATED": "CREATED", "STOPPED": "STOPPED", "STARTED": "STARTED"},
}
REFUSALS = {
    "start_application": "Application cannot be STARTED. Applications must be in one of the following statuses: "
    "[STOPPED, CREATED]",
    "stop_application": "Application cannot be STOPPED. Applications must be in one of the following statuses: "
    "[STARTING, STARTED]",
    "delete_application": "Application {id} must be in one of the following statuses [CREATED, STOPPED]. "
    "Current status: {state}",
    "update_application": "Application {id} must be in one of the statuses to be updated: [STOPPED, CREATED]. "
    "Current status: {state}",
}
LEGAL = [(operation, before, after) for operation, moves in MOVES.items() for before, after in moves.items()]
NO_MOVES = [(call, state) for call, state, after in LEGAL if state == after and call != "update_application"]
ILLEGAL = [(operation, state) for operation, moves in MOVES.items() for state in STATES if state not in moves]

OF_APPLICATIONS = [
    name
    for name in MODEL.operation_names
    if "applicationId" in MODEL.operation_model(name).input_shape.required_members
]


def test_2_1_an_application_lives_from_creating_to_terminated(emr, client, create):
    """Time brings the states in between, calls the others."""
    app = create()
    steps = [
        lambda: emr.run_until(app, "CREATED"),
        lambda: client.start_application(applicationId=app),
        lambda: emr.run_until(app, "STARTED"),
        lambda: client.stop_application(applicationId=app),
        lambda: emr.run_until(app, "STOPPED"),
        lambda: client.delete_application(applicationId=app),
    ]
    seen = [application(client, app)["state"]]
    for step in steps:
        step()
        seen.append(application(client, app)["state"])
    assert seen == STATES


@pytest.mark.parametrize(("operation", "before", "after"), LEGAL)
def test_2_2_an_operation_moves_an_application_from_the_states_where_it_is_legal(emr, client, operation, before, after):
    """The very next GetApplication shows the state that the table says."""
    app = emr.add_application(before).id
    getattr(client, operation)(applicationId=app)
    assert application(client, app)["state"] == after


@pytest.mark.parametrize(("operation", "state"), NO_MOVES)
def test_2_2_a_move_to_the_same_state_is_accepted_and_changes_nothing(emr, client, operation, state):
    """Not even updatedAt."""
    app = emr.add_application(state).id
    emr.clock.advance(1)
    with nothing_changes(emr):
        getattr(client, operation)(applicationId=app)


@pytest.mark.parametrize(("operation", "state"), ILLEGAL)
def test_2_2_an_operation_is_refused_in_every_other_state_in_awss_words(emr, client, refuses, operation, state):
    """ValidationException, 400, and nothing changes."""
    app = emr.add_application(state).id
    expected = REFUSALS[operation].format(id=app, state=state)
    assert refuses(getattr(client, operation), applicationId=app) == ("ValidationException", expected, 400)


@pytest.mark.parametrize("state", ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING"])
def test_2_2_an_application_with_an_unfinished_job_run_cannot_be_stopped(emr, client, app, refuses, state):
    """A job run that is being cancelled counts too (facts §16)."""
    emr.add_job_run(app, state)
    assert refuses(client.stop_application, applicationId=app) == (
        "ValidationException",
        f"Application {app} cannot be STOPPED. All scheduled and running jobs must be completed or cancelled before "
        "stopping an application.",
        400,
    )


@pytest.mark.parametrize("state", ["SUCCESS", "FAILED", "CANCELLED"])
def test_2_2_an_application_whose_job_runs_have_ended_can_be_stopped(emr, client, app, state):
    """However they ended."""
    emr.add_job_run(app, state)
    client.stop_application(applicationId=app)
    assert application(client, app)["state"] == "STOPPING"


@pytest.mark.needs_model("StartSession")
def test_2_2_an_application_with_a_live_session_cannot_be_stopped(emr, client, refuses):
    """Sessions are work as job runs are (facts §16)."""
    app = emr.add_application(releaseLabel="emr-7.13.0", interactiveConfiguration={"sessionEnabled": True}).id
    client.start_session(**request("StartSession", applicationId=app))
    assert refuses(client.stop_application, applicationId=app).message.startswith(
        f"Application {app} cannot be STOPPED."
    )


@pytest.mark.parametrize("operation", OF_APPLICATIONS)
def test_2_2_an_unknown_application_is_a_404(client, refuses, operation):
    """Whatever is asked about it, and although the id is well-formed (facts §1.1, §16)."""
    call = getattr(client, xform_name(operation))
    refusal = refuses(call, **request(operation, applicationId="00abcdefabcdef01"))
    assert refusal == ("ResourceNotFoundException", "Application 00abcdefabcdef01 does not exist", 404)


def test_2_2_a_refusal_is_an_exception_of_the_clients(client):
    """Code catches client.exceptions, and ListJobRuns raises one that it does not declare (facts §16)."""
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.list_job_runs(applicationId="00abcdefabcdef01")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"type": "PRESTO"}, "Unsupported engine PRESTO"),
        *(
            (
                {"type": kind, "releaseLabel": label},
                f"Type '{kind}' is not supported for release label '{label}' or release label does not exist",
            )
            for kind, label in [("SPARK", "emr-5.36.0"), ("Hive", "emr-spark-8.0.0"), ("hive", "latest")]
        ),
    ],
)
def test_2_2_what_the_release_does_not_have_cannot_be_created(emr, client, refuses, members, message):
    """The engine, and the release itself, have to exist (facts §12)."""
    refusal = refuses(client.create_application, **{"type": "SPARK", "releaseLabel": RELEASE, **members})
    assert refusal == ("ValidationException", message, 400)
    assert client.list_applications()["applications"] == []


def test_2_3_creating_answers_with_id_name_and_arn(client):
    """These, and nothing else."""
    answer = client.create_application(name="etl", releaseLabel=RELEASE, type="SPARK")
    assert {**answer, "ResponseMetadata": None} == {
        "applicationId": answer["applicationId"],
        "name": "etl",
        "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{answer['applicationId']}",
        "ResponseMetadata": None,
    }


def test_2_3_an_application_without_a_name_has_none_anywhere(client, create):
    """The name is optional, and absent if it was not given."""
    assert "name" not in client.create_application(releaseLabel=RELEASE, type="SPARK")
    assert "name" not in application(client, create())


@pytest.mark.parametrize(
    ("operation", "state"),
    [("start_application", "CREATED"), ("stop_application", "STARTED"), ("delete_application", "STOPPED")],
)
def test_2_3_starting_stopping_and_deleting_answer_200_and_nothing(emr, client, operation, state):
    """There are no output members."""
    answer = getattr(client, operation)(applicationId=emr.add_application(state).id)
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert answer == {}


def test_2_6_state_details_say_who_started_and_who_stopped(emr, client, create):
    """AUTO_STOPPING stays until StartApplication is called, even if a job run starts the application."""
    app = create()

    def details() -> str:
        return application(client, app)["stateDetails"]

    assert details() == ""
    client.start_application(applicationId=app)
    assert details() == "User initiated."
    emr.run_until(app, "STOPPED")
    assert details() == "AUTO_STOPPING"
    start_job_run(client, app)
    emr.run_until(app, "STARTED")
    assert details() == "AUTO_STOPPING"


@pytest.mark.parametrize(
    ("state", "members", "seconds", "after"),
    [
        ("CREATING", {}, 10, "CREATED"),
        ("STARTING", {}, 20, "STARTED"),
        ("STARTING", {"initialCapacity": {"DRIVER": {"workerCount": 1}}}, 80, "STARTED"),
        ("STOPPING", {}, 20, "STOPPED"),
    ],
)
def test_2_7_a_timed_move_happens_at_its_moment_and_not_before(emr, client, state, members, seconds, after):
    """Workers that are to be there from the start take their time; updatedAt is the move's, whatever looks."""
    app = emr.add_application(state, **members).id
    emr.clock.advance(seconds - 0.001)
    assert application(client, app)["state"] == state
    emr.clock.advance(300)
    shown = application(client, app)
    assert (shown["state"], shown["updatedAt"], shown["createdAt"]) == (after, at(seconds=seconds), at())


def test_2_8_a_deleted_application_stays_listed_for_a_while(emr, client):
    """As TERMINATED; what looks for a name without a filter meets it."""
    other, app = emr.add_application("CREATED", name="etl").id, emr.add_application("STOPPED", name="etl").id
    client.delete_application(applicationId=app)
    emr.clock.advance(59 * 60)
    rows = client.list_applications()["applications"]
    assert [(row["id"], row["state"]) for row in rows] == [(app, "TERMINATED"), (other, "CREATED")]


def test_2_8_a_deleted_application_is_listed_later_only_if_asked_for(emr, client):
    """GetApplication keeps answering, ListApplications shows it where `states` names TERMINATED."""
    app, other = emr.add_application("TERMINATED").id, emr.add_application("CREATED").id
    emr.clock.advance(hours=1)
    assert [row["id"] for row in client.list_applications()["applications"]] == [other]
    assert [row["id"] for row in client.list_applications(states=["TERMINATED"])["applications"]] == [app]
