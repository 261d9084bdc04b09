"""Lists through a client: pages, order, filters, and tokens that belong to one question (facts §8, §15.6, §16)."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emrs_mock import mock_emr_serverless
from tests.service.requests import START, at, job_run, nothing_changes, refused, start_job_run

SESSIONS = {"interactive_configuration": {"sessionEnabled": True}, "release_label": "emr-7.13.0"}
INVALID = ("ValidationException", "The nextToken is not valid.", 400)
UNKNOWN = "00abcdefabcdef01"
needs_sessions = pytest.mark.needs_model("ListSessions")


def flat(pages):
    """What is on the pages, as one list."""
    return [item for page in pages for item in page]


class Listing(NamedTuple):
    """A list operation: how one more thing comes into a state, and how the list is asked for and read."""

    add: Any
    states: tuple[str, str, str]
    call: Any
    rows: str
    members: dict[str, str]

    def page(self, **members):
        """One page: the ids, and the token of the next one (None: there is none)."""
        answer = self.call(**{**self.members, **members})
        return [row.get("id", row.get("sessionId")) for row in answer[self.rows]], answer.get("nextToken")

    def pages(self, **members):
        """The ids on all pages, one page after the other."""
        ids, token = self.page(**members)
        yield ids
        while token:
            ids, token = self.page(nextToken=token, **members)
            yield ids


def of_applications(emr, client):
    """ListApplications."""
    states = ("CREATED", "STARTED", "STOPPED")
    return Listing(emr.add_application, states, client.list_applications, "applications", {})


def of_job_runs(emr, client):
    """ListJobRuns of an application."""
    app, states = emr.add_application(), ("SUCCESS", "RUNNING", "FAILED")
    return Listing(partial(emr.add_job_run, app), states, client.list_job_runs, "jobRuns", {"applicationId": app.id})


def of_sessions(emr, client):
    """ListSessions of an application."""
    app, states = emr.add_application(**SESSIONS), ("TERMINATED", "STARTED", "FAILED")
    return Listing(partial(emr.add_session, app), states, client.list_sessions, "sessions", {"applicationId": app.id})


@pytest.fixture(params=[of_applications, of_job_runs, pytest.param(of_sessions, marks=needs_sessions)])
def listing(request, emr, client):
    """Each of the lists in turn."""
    return request.param(emr, client)


@pytest.fixture
def add(listing):
    """Make so many more that the list shows, in the first of its states; returns the ids, newest first."""
    return lambda count: [listing.add(listing.states[0]).id for _ in range(count)][::-1]


def test_8_nothing_is_an_empty_list(listing):
    """With no further page."""
    assert listing.page() == ([], None)


def test_16_lists_are_newest_first(listing, add):
    """Also where all were made at one instant."""
    ids = add(5)
    assert listing.page() == (ids, None)


@pytest.mark.parametrize(("count", "sizes"), [(4, [2, 2]), (5, [2, 2, 1]), (1, [1])])
def test_8_a_page_has_the_size_that_is_asked_for(listing, add, count, sizes):
    """The last page has no token, so that none is empty."""
    ids = add(count)
    pages = list(listing.pages(maxResults=2))
    assert ([len(page) for page in pages], flat(pages)) == (sizes, ids)


def test_16_a_page_has_fifty_unless_another_size_is_asked_for(listing, add):
    """The default is not documented."""
    add(51)
    assert [len(page) for page in listing.pages()] == [50, 1]


def test_8_a_page_has_at_most_fifty(listing, refuses):
    """A violation of the model."""
    refusal = refuses(listing.call, maxResults=51, **listing.members)
    assert refusal.message.endswith(
        "Value at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50"
    )


def test_8_botos_paginators_find_everything(client, listing, add):
    """Page by page, with the size of the page as botocore calls it."""
    ids = add(7)
    paginator = client.get_paginator(listing.call.__name__)
    pages = paginator.paginate(**listing.members, PaginationConfig={"PageSize": 3})
    assert [row.get("id", row.get("sessionId")) for page in pages for row in page[listing.rows]] == ids


def test_8_asking_changes_nothing(emr, listing, add):
    """Nor does asking for a further page."""
    add(3)
    with nothing_changes(emr):
        assert len(list(listing.pages(maxResults=1))) == 3


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_8_states_filter_and_are_groups_in_the_order_given(listing, size):
    """Newest first within each; a page may have the end of one group and the beginning of the next."""
    one, two, other = listing.states
    ids = {state: [listing.add(state).id for _ in range(2)] for state in (two, other, one)}
    ids[one].append(listing.add(one).id)
    pages = listing.pages(states=[two, one], maxResults=size)
    assert flat(pages) == [*reversed(ids[two]), *reversed(ids[one])]


def test_8_a_state_that_is_named_twice_counts_once(listing, add):
    """Nothing is listed twice."""
    ids = add(2)
    state = listing.states[0]
    assert listing.page(states=[state, state]) == (ids, None)


def test_8_a_token_goes_on_again_and_again_whatever_size_the_page_has(listing, add):
    """It stands for a position, not for a connection, and the size is no part of the question."""
    ids = add(4)
    first, token = listing.page(maxResults=1)
    assert [[*first, *listing.page(nextToken=token, maxResults=size)[0]] for size in (3, 50)] == [ids] * 2


def test_16_what_arrives_between_two_pages_is_not_on_the_second(listing, add):
    """And nothing is skipped or comes twice because of it."""
    ids = add(4)
    first, token = listing.page(maxResults=2)
    add(2)
    assert [*first, *listing.page(nextToken=token)[0]] == ids


def bounds(created_after=None, created_before=None):
    """Bounds of creation, in seconds after START."""
    given = {"createdAtAfter": created_after, "createdAtBefore": created_before}
    return {name: at(seconds=seconds) for name, seconds in given.items() if seconds is not None}


@pytest.mark.parametrize("of", [of_job_runs, pytest.param(of_sessions, marks=needs_sessions)])
@pytest.mark.parametrize(
    ("within", "found"),
    [
        (bounds(10), [20, 10]),
        (bounds(None, 10), [10, 0]),
        (bounds(10, 10), [10]),
        (bounds(10.5), [20]),
        (bounds(5, 9), []),
        (bounds(20, 0), []),
    ],
)
def test_16_both_bounds_of_creation_are_inclusive(emr, client, of, within, found):
    """In a call that filters nothing else, and in one that asks for states too."""
    listing, made = of(emr, client), {}
    for seconds in (0, 10, 20):
        emr.clock.move_to(at(seconds=seconds))
        made[listing.add(listing.states[0]).id] = seconds
    for members in ({}, {"states": [listing.states[0]]}):
        pages = listing.pages(maxResults=1, **within, **members)
        assert [made[record] for record in flat(pages)] == found


@pytest.mark.needs_model("ListJobRuns.mode")
@pytest.mark.parametrize("mode", ["BATCH", "STREAMING"])
def test_8_job_runs_are_listed_by_mode(client, app, submit, mode):
    """Also together with states."""
    made = {mode: [submit(mode=mode) for _ in range(2)] for mode in ("BATCH", "STREAMING")}
    for members in ({}, {"states": ["SUBMITTED"]}):
        rows = client.list_job_runs(applicationId=app, mode=mode, **members)["jobRuns"]
        assert [row["id"] for row in rows] == made[mode][::-1]


def test_15_06_a_job_run_whose_state_changes_may_come_again_in_its_new_group(client, app, submit):
    """What is listed twice is listed in another state each time."""
    runs = [submit() for _ in range(3)]
    question = {"applicationId": app, "states": ["SUBMITTED", "CANCELLING"], "maxResults": 2}
    first = client.list_job_runs(**question)
    client.cancel_job_run(applicationId=app, jobRunId=runs[2])
    second = client.list_job_runs(**question, nextToken=first["nextToken"])
    seen = [(row["id"], row["state"]) for row in [*first["jobRuns"], *second["jobRuns"]]]
    assert seen == [*((run, "SUBMITTED") for run in reversed(runs)), (runs[2], "CANCELLING")]


@pytest.mark.parametrize("call", ["list_job_runs", pytest.param("list_sessions", marks=needs_sessions)])
def test_16_a_list_of_an_unknown_application_is_a_404(client, refuses, call):
    """Although ListJobRuns does not declare it."""
    refusal = refuses(getattr(client, call), applicationId=UNKNOWN)
    assert refusal == ("ResourceNotFoundException", f"Application {UNKNOWN} does not exist", 404)


@pytest.mark.needs_model("ListJobRunAttempts")
def test_16_attempts_are_listed_newest_first_page_by_page(emr, client, submit, app):
    """Ten of them, three on a page."""
    emr.when().fail(after=0)
    run = submit(retryPolicy={"maxAttempts": 10})
    emr.run_until(run)
    paginator = client.get_paginator("list_job_run_attempts")
    pages = paginator.paginate(applicationId=app, jobRunId=run, PaginationConfig={"PageSize": 3})
    numbers = [[row["attempt"] for row in page["jobRunAttempts"]] for page in pages]
    assert numbers == [[10, 9, 8], [7, 6, 5], [4, 3, 2], [1]]


@pytest.fixture
def token(emr, client, app, submit):
    """The token of the second page of the job runs of `app` that are SUBMITTED."""
    submit(), submit()
    return client.list_job_runs(applicationId=app, states=["SUBMITTED"], maxResults=1)["nextToken"]


@pytest.mark.parametrize(
    "members",
    [{}, {"states": ["RUNNING"]}, {"states": ["SUBMITTED", "RUNNING"]}, {"states": ["SUBMITTED"], **bounds(0)}],
)
def test_16_a_token_is_not_valid_with_other_filters(client, app, refuses, token, members):
    """They are part of the question."""
    assert refuses(client.list_job_runs, applicationId=app, nextToken=token, **members) == INVALID


def test_16_a_token_is_not_valid_for_another_operation_or_application(emr, client, refuses, token):
    """It is its question's."""
    other = emr.add_application().id
    assert refuses(client.list_applications, nextToken=token) == INVALID
    assert refuses(client.list_job_runs, applicationId=other, states=["SUBMITTED"], nextToken=token) == INVALID


def test_16_a_token_is_not_valid_in_another_region(emr, client, refuses):
    """It is its question's."""
    for region in ("us-east-1", "eu-west-1"):
        for _ in range(2):
            emr.add_application(region_name=region)
    token = client.list_applications(maxResults=1)["nextToken"]
    assert refuses(emr.client("eu-west-1").list_applications, nextToken=token) == INVALID


@settings(deadline=None)
@given(st.text("0123456789ABCDEFGHIJabcdefghij_=-", min_size=1, max_size=1024))
def test_16_what_is_no_token_is_not_valid(plain_client, text):
    """Whatever the model lets through."""
    with mock_emr_serverless(clock="manual", start=START):
        assert refused(plain_client.list_applications, nextToken=text) == INVALID


STEPS = st.lists(st.sampled_from(["submit", "cancel oldest", "cancel newest", "wait", "page"]), max_size=25)


@settings(max_examples=50, deadline=None)
@given(STEPS, st.integers(1, 4))
def test_15_06_between_pages_nothing_is_skipped_and_nothing_comes_twice(plain_client, steps, size):
    """Whatever is submitted, is cancelled or moves on between the pages."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        app = emr.add_application().id
        runs = [start_job_run(plain_client, app) for _ in range(8)]
        question = {"applicationId": app, "maxResults": size}
        answer = plain_client.list_job_runs(**question)
        seen = [row["id"] for row in answer["jobRuns"]]
        for step in [*steps, *["page"] * 8]:
            if step == "submit":
                start_job_run(plain_client, app)
            elif step == "wait":
                emr.clock.advance(30)
            elif step != "page":
                cancel_if_possible(plain_client, app, runs[0 if step.endswith("oldest") else -1])
            elif "nextToken" in answer:
                answer = plain_client.list_job_runs(**question, nextToken=answer["nextToken"])
                seen += [row["id"] for row in answer["jobRuns"]]
    assert seen == runs[::-1]


def cancel_if_possible(client, app, run):
    """CancelJobRun, which is refused for one that has ended."""
    if job_run(client, app, run)["state"] not in ("SUCCESS", "CANCELLED"):
        client.cancel_job_run(applicationId=app, jobRunId=run)


@pytest.mark.needs_model("CreateApplication.schedulerConfiguration")
def test_15_06_a_paginator_that_cancels_as_it_lists_loses_no_job_run(emr, client):
    """What is cancelled makes room for others, which move into a group that has been listed."""
    app = emr.add_application(schedulerConfiguration={"maxConcurrentRuns": 15}).id
    runs = {start_job_run(client, app) for _ in range(120)}
    emr.clock.advance(1)
    states = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "QUEUED"]
    seen = []
    pages = client.get_paginator("list_job_runs").paginate(
        applicationId=app, states=states, PaginationConfig={"PageSize": 10}
    )
    for page in pages:
        for row in page["jobRuns"]:
            seen.append(row["id"])
            client.cancel_job_run(applicationId=app, jobRunId=row["id"])
        emr.clock.advance(6)
    assert set(seen) == runs
    assert len(seen) == len(runs)


GROUPS = st.permutations(["PENDING", "SCHEDULED", "RUNNING", "QUEUED", "CANCELLING", "SUCCESS"])
MOVES = st.lists(st.lists(st.tuples(st.integers(0, 14), st.sampled_from([0, 1, 5, 60, 200])), max_size=5), max_size=20)


@pytest.mark.needs_model("CreateApplication.schedulerConfiguration")
@settings(max_examples=60, deadline=None)
@given(GROUPS, st.integers(1, 6), st.integers(1, 4), MOVES)
def test_8_no_list_loses_what_matched_from_beginning_to_end(plain_client, order, count, size, moves):
    """Whatever moves between its pages; what comes twice has moved in between."""
    with mock_emr_serverless(clock="manual", start=START) as emr:
        app = emr.add_application(schedulerConfiguration={"maxConcurrentRuns": 4}).id
        runs = [start_job_run(plain_client, app) for _ in range(15)]
        emr.clock.advance(20)
        states, history = order[:count], emr._simulation.changes
        in_state = {run: emr.job_runs[run].state for run in runs}
        began, seen, token = len(history), [], {}
        for cancelled in [*moves, *[[]] * 99]:
            answer = plain_client.list_job_runs(applicationId=app, states=states, maxResults=size, **token)
            ended = len(history)
            seen += [(row["id"], row["state"], row["updatedAt"]) for row in answer["jobRuns"]]
            if "nextToken" not in answer:
                break
            token = {"nextToken": answer["nextToken"]}
            for number, seconds in cancelled:
                if emr.job_runs[runs[number]].state not in ("SUCCESS", "CANCELLED"):
                    plain_client.cancel_job_run(applicationId=app, jobRunId=runs[number])
                emr.clock.advance(seconds)
        moved = history[began:ended]
        matched = {
            run for run in runs if in_state[run] in states and all(c.after in states for c in moved if c.id == run)
        }
        assert matched <= {run for run, _, _ in seen}
        assert len(set(seen)) == len(seen)
