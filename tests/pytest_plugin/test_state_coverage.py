"""`--emrs-coverage` and `--emrs-require`: which states, moves and errors the tests showed to the code."""

from __future__ import annotations

import pytest

from emrs_mock.handle import backend
from emrs_mock.observation.state_coverage import check_wanted

TITLE = "*EMR Serverless: what the tests showed to the code*"

CODE = """
@pytest.fixture
def app(emr_serverless):
    return emr_serverless.add_application(region_name="us-east-1")

@pytest.fixture
def client():
    return boto3.client("emr-serverless", "us-east-1")

def look(client, run):
    return client.get_job_run(applicationId=run.application_id, jobRunId=run.job_run_id)["jobRun"]["state"]
"""

CANCELS = f"""{CODE}
@pytest.mark.emr_serverless(clock="manual")
def test_cancelling(emr_serverless, app, client):
    run = emr_serverless.add_job_run(app, "RUNNING")
    look(client, run)
    client.cancel_job_run(applicationId=app.id, jobRunId=run.id)
    look(client, run)
"""

ASKS_IN_VAIN = f"""{CODE}
@pytest.mark.emr_serverless(clock="virtual")
def test_errors(emr_serverless, app, client):
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_application(applicationId="00abcdefabcdef01")
"""


def lines_of(result):
    """The summary, from its title on."""
    return result.stdout.str().partition("what the tests showed to the code")[2]


def test_the_summary_tells_what_was_shown_and_what_never_was(project):
    """By kind of record, in the order of the tables."""
    result = project(CANCELS, "--emrs-coverage")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            TITLE,
            "application *never *CREATING *STARTED *",
            "job run *shown *RUNNING *CANCELLING",
            "*never *SUBMITTED *QUEUED *PENDING *SUCCESS *",
            "*transitions *RUNNING->CANCELLING",
            "session *never *",
        ]
    )
    assert "errors" not in lines_of(result)


def test_what_only_the_author_saw_was_not_shown(project):
    """States between polls and states in `emr.job_runs` do not count."""
    result = project(
        f"""{CODE}
@pytest.mark.emr_serverless(clock="manual")
def test_one(emr_serverless, app, client):
    run = emr_serverless.add_job_run(app, "SUBMITTED")
    look(client, run)
    emr_serverless.clock.advance(100)
    assert emr_serverless.job_runs[-1].state == "RUNNING"
    emr_serverless.run_until(run)
    look(client, run)
""",
        "--emrs-coverage",
    )
    result.stdout.fnmatch_lines(["job run *shown *SUBMITTED *SUCCESS", "*never *RUNNING*", "*SUBMITTED->SUCCESS"])


def test_lists_show_their_records_too(project):
    """Answers of updates show them as well."""
    result = project(
        f"""{CODE}
@pytest.mark.emr_serverless(clock="manual")
def test_one(emr_serverless, app, client):
    for state in ("PENDING", "FAILED"):
        emr_serverless.add_job_run(app, state)
    client.list_job_runs(applicationId=app.id)
""",
        "--emrs-coverage",
    )
    result.stdout.fnmatch_lines(["job run *shown *PENDING *FAILED"])
    assert "transitions" not in lines_of(result)


def test_an_error_that_botocore_retried_away_was_not_shown(project):
    """The code saw the one that outlasted all of its tries, and no other."""
    result = project(
        f"""{CODE}
@pytest.mark.emr_serverless(clock="virtual")
def test_one(emr_serverless, app, client):
    emr_serverless.fault("GetApplication").error("ThrottlingException", times=1)
    emr_serverless.fault("ListApplications").time_out("read")
    client.get_application(applicationId=app.id)
    with pytest.raises(Exception, match="Read timeout"):
        client.list_applications()
""",
        "--emrs-coverage",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["errors *shown *read timeout"])
    assert "Throttling" not in lines_of(result)


def test_the_same_record_in_a_rewound_world_has_not_moved(project):
    """The difference between two restored states is not a transition."""
    result = project(
        f"""{CODE}
@pytest.mark.emr_serverless(clock="manual")
def test_one(emr_serverless, app, client):
    run = emr_serverless.add_job_run(app, "RUNNING")
    before = emr_serverless.snapshot()
    emr_serverless.run_until(run)
    look(client, run)
    emr_serverless.restore(before)
    look(client, run)
""",
        "--emrs-coverage",
    )
    result.stdout.fnmatch_lines(["job run *shown *RUNNING *SUCCESS"])
    assert "transitions" not in lines_of(result)


@pytest.mark.parametrize(
    "wanted", ["CANCELLING", "job_run:CANCELLING", "RUNNING->CANCELLING", " RUNNING , CANCELLING,"]
)
def test_what_was_shown_satisfies_the_requirement(project, wanted):
    """States and moves, with or without the kind of record."""
    assert project(CANCELS, f"--emrs-require={wanted}").ret == pytest.ExitCode.OK


@pytest.mark.parametrize("wanted", ["ResourceNotFoundException", "STARTED"])
def test_errors_and_the_states_of_any_record_can_be_required(project, wanted):
    """A look at an application is a look."""
    code = ASKS_IN_VAIN + "    client.list_applications()\n"
    assert project(code, f"--emrs-require={wanted}").ret == pytest.ExitCode.OK


@pytest.mark.parametrize("wanted", ["QUEUED", "session:STARTED", "SUBMITTED->FAILED", "ThrottlingException"])
def test_what_was_never_shown_fails_the_session(project, wanted):
    """Every test passed; the summary names what is missing."""
    result = project(CANCELS, f"--emrs-require=RUNNING,{wanted}")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([TITLE, f"never shown, and required: {wanted}"])


@pytest.mark.parametrize("wanted", ["QUEUD", "application:QUEUED", "RUNNING->TERMINATED", "ThrottledException"])
def test_a_requirement_that_nothing_can_meet_is_refused_at_once(project, wanted):
    """The error lists what is possible."""
    result = project(CANCELS, f"--emrs-require={wanted}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [f"*{wanted}*: no answer can show this*job_run:QUEUED*ThrottlingException*(docs: state-coverage)"]
    )


def test_the_refusal_lists_all_states_and_errors():
    """In the order in which records pass through them; transitions by an example."""
    with pytest.raises(ValueError, match="LOST") as caught:
        check_wanted("job_run:LOST", ["ThrottlingException", "ConflictException"])
    assert str(caught.value) == (
        "'job_run:LOST': no answer can show this. There are the states application:CREATING, application:CREATED, "
        "application:STARTING, application:STARTED, application:STOPPING, application:STOPPED, "
        "application:TERMINATED, job_run:SUBMITTED, job_run:QUEUED, job_run:PENDING, job_run:SCHEDULED, "
        "job_run:RUNNING, job_run:CANCELLING, job_run:SUCCESS, job_run:FAILED, job_run:CANCELLED, "
        "session:SUBMITTED, session:STARTING, session:STARTED, session:IDLE, session:BUSY, session:TERMINATING, "
        "session:TERMINATED, session:FAILED, each also without its kind; transitions, as in RUNNING->CANCELLING; "
        "and the errors ThrottlingException, ConflictException, connect timeout, read timeout, connection reset, "
        "unreachable, garbled (docs: state-coverage)"
    )


def test_collecting_tests_requires_nothing_of_them(project):
    """Nothing ran, so nothing is missing."""
    result = project(CANCELS, "--collect-only", "--emrs-require=QUEUED", "--emrs-coverage")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line(TITLE)


def test_a_session_that_did_not_end_well_keeps_its_exit_status(project):
    """Something else is wrong than what is missing."""
    assert project("", "--emrs-require=QUEUED").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_without_the_option_nothing_is_counted(project):
    """The summary is for those who want it, and watching ends with the session."""
    result = project(CANCELS)
    result.stdout.no_fnmatch_line(TITLE)
    assert project(CANCELS, "--emrs-coverage").ret == pytest.ExitCode.OK
    assert backend.EXTRA_LAYERS == []


def test_what_xdists_workers_saw_is_added_up(pytester, project):
    """Two workers run one test each; the union of their labels counts."""
    pytester.makepyfile(test_other="import boto3\nimport pytest\n" + ASKS_IN_VAIN)
    wanted = "--emrs-require=CANCELLING,QUEUED,ResourceNotFoundException"
    result = project(CANCELS, "-p", "xdist", "-n", "2", "--dist=loadfile", wanted)
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([TITLE, "job run *shown *RUNNING *CANCELLING", "never shown, and required: QUEUED"])
