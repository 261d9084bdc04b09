"""The warning for code that waits for real, and the error for code that waits in vain."""

from __future__ import annotations

import re
import warnings
from contextlib import nullcontext
from datetime import timedelta
from functools import partial

import pytest
from freezegun import freeze_time

from emrs_mock import EMRServerlessWaitError, EMRServerlessWaitWarning, mock_emr_serverless
from emrs_mock.handle.backend import compose
from emrs_mock.observation import announcements
from emrs_mock.observation.poll_watch import PollWatch
from tests.service.requests import application, at, job_run, start_job_run

SESSIONS = {"release_label": "emr-7.13.0", "interactive_configuration": {"sessionEnabled": True}}


@pytest.fixture(autouse=True)
def _no_other_listeners(monkeypatch):
    """The pytest that runs these tests prints no warning that they expect."""
    monkeypatch.setattr(announcements, "LISTENERS", [])


def ask(times, *looks):
    """Poll without sleeping: each of these looks so many times."""
    for look in looks:
        for _ in range(times):
            look()


@pytest.fixture
def look(client, app):
    """How to look at a job run of `app`."""
    return lambda run: partial(job_run, client, app, run)


def test_a_loop_that_asks_a_hundred_times_on_a_standing_clock_is_told(look, submit):
    """The warning has the operation, the record, its state, the next due event, and what to do."""
    run = submit()
    ask(99, look(run))
    with pytest.warns(EMRServerlessWaitWarning) as caught:
        ask(1, look(run))
    message = str(caught[0].message)
    assert f"GetJobRun was called 100 times while the clock stood at {at().isoformat()}" in message
    assert f"for job_run {run}, which is SUBMITTED; PENDING is due at {at(seconds=1).isoformat()}" in message
    for advice in ('clock="virtual"', "emr.clock.advance(...)", "emr.run_until(...)"):
        assert advice in message


def test_a_mock_warns_once(look, submit):
    """Further polls of any record give no second warning."""
    run, other = submit(), submit()
    with pytest.warns(EMRServerlessWaitWarning) as caught:
        ask(150, look(run), look(other))
    assert len(caught) == 1


def test_where_nothing_is_due_the_warning_says_so(emr, client):
    """No event is due for this application."""
    held = emr.add_application("CREATED", auto_start_configuration={"enabled": False}).id
    client.start_application(applicationId=held)
    run = start_job_run(client, held)
    emr.run_until(run, "PENDING")
    emr._simulation.agenda.keep(run, ())
    with pytest.warns(EMRServerlessWaitWarning, match="which is PENDING; no other state is due for it"):
        ask(100, partial(job_run, client, held, run))


def test_an_application_that_moves_is_waited_for_too(client, create):
    """CREATING, STARTING and STOPPING pass."""
    app = create()
    with pytest.warns(EMRServerlessWaitWarning, match="GetApplication was called 100 times"):
        ask(100, partial(application, client, app))


@pytest.mark.needs_model("GetSession")
def test_a_session_is_waited_for_too(emr, client):
    """As a job run is."""
    session = emr.add_session(emr.add_application(**SESSIONS), "STARTING")
    with pytest.warns(EMRServerlessWaitWarning, match="GetSession was called 100 times"):
        ask(100, partial(client.get_session, applicationId=session.application_id, sessionId=session.id))


@pytest.mark.parametrize("state", ["CREATED", "STARTED", "STOPPED", "TERMINATED"])
def test_an_application_that_rests_is_not_waited_for(emr, client, state):
    """To ask it often is no mistake."""
    app = emr.add_application(state).id
    ask(150, partial(application, client, app))


@pytest.mark.parametrize("state", ["SUCCESS", "FAILED", "CANCELLED"])
def test_a_job_run_that_has_ended_is_not_waited_for(emr, app, look, state):
    """To ask it often is no mistake."""
    ask(150, look(emr.add_job_run(app, state).id))


def test_different_records_are_counted_apart(look, submit):
    """Sixty looks at each of three job runs are no loop."""
    for run in [submit() for _ in range(3)]:
        ask(60, look(run))


def test_a_clock_that_moves_is_no_standing_clock(emr, look, submit):
    """The looks are counted at one instant."""
    run = submit()
    for _ in range(3):
        ask(90, look(run))
        emr.clock.advance(0.1)


class Watched:
    """A mock with a system clock, whose real time the test controls."""

    def __init__(self, emr):
        self.real, self.emr, self.client = 0.0, emr, emr.client("us-east-1")
        emr._backend.answer = compose(
            [PollWatch(emr._simulation, timedelta(seconds=20), lambda: self.real)], emr._backend._core
        )
        self.app = emr.add_application().id

    def ask(self, run, *moments):
        """Poll at these moments of real time."""
        for self.real in moments:
            job_run(self.client, self.app, run)


@pytest.fixture
def watched():
    """A mock with a system clock, whose real time the test controls."""
    with mock_emr_serverless() as emr:
        yield Watched(emr)


def test_a_loop_that_really_waits_is_told_after_three_seconds(watched):
    """Counted from its first look."""
    run = start_job_run(watched.client, watched.app)
    watched.ask(run, 100, 101, 102.9)
    with pytest.warns(EMRServerlessWaitWarning, match=rf"GetJobRun was called for 3 real seconds for job_run {run}"):
        watched.ask(run, 103)


def test_three_seconds_of_several_records_are_no_three_seconds_of_one(watched):
    """A long test with many job runs does not wait for one of them."""
    for begin in (0, 2, 4):
        run = start_job_run(watched.client, watched.app)
        watched.ask(run, begin, begin + 2)
        watched.emr.run_until(run)
        watched.ask(run, begin + 2)


def test_a_loop_that_went_on_after_the_end_begins_anew(watched):
    """An application that rests in between is waited for from its next move on."""
    app, client = watched.app, watched.client
    for watched.real in (0, 2.9):
        client.stop_application(applicationId=app)
        application(client, app)
        watched.emr.run_until(app, "STOPPED")
        application(client, app)
        client.start_application(applicationId=app)
        watched.emr.run_until(app, "STARTED")
    client.stop_application(applicationId=app)
    watched.real = 5.8
    application(client, app)


# --- loops that can never end ---------------------------------------------------------------------------------------

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
STANDING = {
    "a manual clock": (lambda: nullcontext(), {"clock": "manual"}, "The manual clock stands at"),
    "a freeze": (lambda: freeze_time("2026-01-31"), {}, "The freezegun's freeze stands at"),
}


@pytest.fixture(params=STANDING)
def standing(request):
    """A mock whose clock never moves by itself, and what its error says of the clock; warnings are ignored."""
    around, options, said = STANDING[request.param]
    with warnings.catch_warnings(), around(), mock_emr_serverless(**options) as emr:
        warnings.simplefilter("ignore", EMRServerlessWaitWarning)
        yield Watched(emr), said


def test_a_loop_that_really_sleeps_on_a_standing_clock_ends_with_an_error(standing):
    """It names the call, the record, its state, what is due, and each way out."""
    watched, said = standing
    run = start_job_run(watched.client, watched.app)
    watched.ask(run, 100, 119.9)
    with pytest.raises(EMRServerlessWaitError) as caught:
        watched.ask(run, 120)
    pattern = (
        rf"GetJobRun was called 3 times in 20\.0 real seconds for job_run {run}, which is SUBMITTED; "
        rf"PENDING is due at {MOMENT}\. {said} {MOMENT} and does not move by itself, so this loop would never end\. "
        r'With clock="virtual" sleeping advances the clock .*emr_serverless_clock = virtual.*; '
        r'with clock="manual" advance it in the test: emr\.clock\.advance\(\.\.\.\), emr\.run_until\(\.\.\.\)\. '
        r"patience=None lets the loop go on \(docs: clocks\)\."
    )
    assert re.fullmatch(pattern, str(caught.value))


def test_a_loop_that_does_not_give_up_at_the_error_gets_it_again(standing):
    """Code may catch every exception and try again."""
    watched, _ = standing
    run = start_job_run(watched.client, watched.app)
    watched.ask(run, 0, 10)
    for moment in (20, 30):
        with pytest.raises(EMRServerlessWaitError):
            watched.ask(run, moment)


def test_a_loop_that_does_not_sleep_ends_too(standing):
    """After a thousand polls, in however little time."""
    watched, _ = standing
    run = start_job_run(watched.client, watched.app)
    watched.ask(run, *[0] * 999)
    with pytest.raises(EMRServerlessWaitError, match=r"was called 1000 times in 0\.0 real seconds"):
        watched.ask(run, 0)


def test_two_looks_are_no_loop(standing):
    """A test that was stopped in a debugger for a minute goes on."""
    watched, _ = standing
    watched.ask(start_job_run(watched.client, watched.app), 0, 60)


def test_a_clock_that_is_moved_in_time_ends_no_loop(standing):
    """The time counts from the last move."""
    watched, _ = standing
    run = start_job_run(watched.client, watched.app)
    for begin in range(0, 100, 20):
        watched.ask(run, begin, begin + 9, begin + 19)
        watched.emr.clock.advance(0.1)


def test_a_clock_that_moves_by_itself_ends_no_loop(watched):
    """The loop ends when the record does."""
    run = start_job_run(watched.client, watched.app)
    with pytest.warns(EMRServerlessWaitWarning):
        watched.ask(run, *range(0, 1000, 10))


@pytest.mark.parametrize(("patience", "lasts"), [(5, 5), (timedelta(minutes=2), 120)])
def test_patience_says_how_long_a_loop_may_wait(patience, lasts):
    """In real seconds."""
    with mock_emr_serverless(clock="manual", patience=patience) as emr:
        assert emr.options.patience_length() == timedelta(seconds=lasts)


@pytest.mark.filterwarnings("ignore::emrs_mock.EMRServerlessWaitWarning")
def test_without_patience_a_loop_never_ends():
    """The test moves the clock at some time."""
    with mock_emr_serverless(clock="manual", patience=None) as emr:
        run = emr.add_job_run(emr.add_application())
        ask(1100, partial(job_run, emr.client("us-east-1"), run.application_id, run.id))


def test_a_loop_may_wait_by_listing(emr, client):
    """For the first job run in the list that may change."""
    emr.add_job_run(app := emr.add_application().id, "SUCCESS")
    run = emr.add_job_run(app)
    with pytest.warns(EMRServerlessWaitWarning, match=f"ListJobRuns was called 100 times .* for job_run {run.id}"):
        ask(100, partial(client.list_job_runs, applicationId=app))


def test_to_list_applications_is_no_waiting(emr, client):
    """Nothing says for which one."""
    emr.add_application("STARTING")
    ask(150, client.list_applications)


def test_to_list_what_has_ended_is_no_waiting(emr, client):
    """However often."""
    emr.add_job_run(app := emr.add_application().id, "SUCCESS")
    ask(150, partial(client.list_job_runs, applicationId=app))


# --- when the warning is read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "told"), [("always", 1), ("ignore", 0)])
def test_a_warning_is_announced_at_once_unless_it_is_ignored(look, submit, action, told):
    """To those who listen, such as the pytest plugin."""
    heard = []
    announcements.LISTENERS.append(heard.append)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action, EMRServerlessWaitWarning)
        ask(100, look(submit()))
    assert len(heard) == len(caught) == told
    assert all(text.startswith("EMRServerlessWaitWarning: GetJobRun was called") for text in heard)


def announced(filters):
    """What listeners hear of a warning under these filters, the last of which is asked first."""
    heard = []
    announcements.LISTENERS.append(heard.append)
    with warnings.catch_warnings(record=True):
        warnings.resetwarnings()
        for action, message, category in filters:
            warnings.filterwarnings(action, message, category)
        announcements.warn("a loop waits", EMRServerlessWaitWarning)
    return heard


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ([], True),
        ([("ignore", "", Warning)], False),
        ([("ignore", "", UserWarning)], False),
        ([("ignore", "a loop", UserWarning)], False),
        ([("ignore", "another", UserWarning)], True),
        ([("ignore", "", DeprecationWarning)], True),
        ([("ignore", "a loop", DeprecationWarning)], True),
        ([("ignore", "", UserWarning), ("default", "a loop", UserWarning)], True),
        ([("default", "", UserWarning), ("ignore", "a loop", UserWarning)], False),
    ],
)
def test_a_warning_is_ignored_by_the_first_filter_that_fits_its_category_and_its_text(filters, told):
    """As Python does it."""
    assert announced(filters) == (["EMRServerlessWaitWarning: a loop waits"] if told else [])


@pytest.mark.parametrize("stacklevel", [1, 2, 3])
def test_a_warning_is_of_the_line_at_its_stacklevel(stacklevel):
    """It counts from the caller, as for `warnings.warn`."""

    def outer(warn):
        inner(warn)

    def inner(warn):
        warn("a loop waits", EMRServerlessWaitWarning, stacklevel=stacklevel)

    lines = []
    for warn in (warnings.warn, announcements.warn):
        with pytest.warns(EMRServerlessWaitWarning) as caught:
            outer(warn)
        lines.append((caught[0].filename, caught[0].lineno))
    assert lines[0] == lines[1]


def test_a_warning_is_of_the_line_that_called_the_function_which_warns():
    """If no stacklevel is given."""

    def warns():
        announcements.warn("a loop waits", EMRServerlessWaitWarning)

    with pytest.warns(EMRServerlessWaitWarning) as caught:
        warns()
    called = test_a_warning_is_of_the_line_that_called_the_function_which_warns.__code__.co_firstlineno + 7
    assert (caught[0].filename, caught[0].lineno) == (__file__, called)
