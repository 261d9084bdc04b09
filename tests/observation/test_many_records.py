"""Messages and reprs stay short, however many records there are."""

from __future__ import annotations

import pytest

from emrs_mock import EMRServerlessOrphanWarning, UnreachableState, mock_emr_serverless
from emrs_mock._shortened import shortened, there_are
from tests.service.requests import start_job_run

MANY = 100
UNKNOWN = "00nothere0000000"


def start_many(emr):
    """Make many applications, and start many job runs of the last one, all at once."""
    client, ids = emr.client("us-east-1"), [emr.add_application().id for _ in range(MANY)]
    for _ in range(MANY):
        start_job_run(client, ids[-1])


@pytest.fixture
def emr():
    """A mock with many job runs."""
    with mock_emr_serverless(clock="manual") as emr:
        start_many(emr)
        yield emr


def test_few_are_shown_whole():
    """Up to thirty."""
    assert shortened(range(30)) == [str(number) for number in range(30)]
    assert there_are([]) == "There are: none"
    assert there_are(["a", "b"]) == "There are: a, b"


def test_of_many_the_first_and_the_last_are_shown():
    """And how many are not."""
    between = [*map(str, range(10)), "  ... 1 more ...", *map(str, range(11, 31))]
    assert shortened(range(31), indent="  ") == between
    assert there_are([str(number) for number in range(100)]).startswith(
        "There are: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... 70"
    )


@pytest.mark.parametrize(
    ("look_up", "newest"),
    [
        (lambda emr: emr.applications[UNKNOWN], lambda emr: emr.applications[-1]),
        (lambda emr: emr.job_runs[UNKNOWN], lambda emr: emr.job_runs[-1]),
        (lambda emr: emr.logs[UNKNOWN], lambda emr: emr.job_runs[-1]),
        (lambda emr: emr.run_until(UNKNOWN), lambda emr: emr.job_runs[-1]),
        (lambda emr: emr.add_job_run(UNKNOWN), lambda emr: emr.applications[-1]),
    ],
)
def test_the_refusal_of_an_unknown_record_names_few_of_the_known_ones(emr, look_up, newest):
    """The newest is the last of them."""
    with pytest.raises((KeyError, ValueError), match=r"There are: .* more \.\.\., ") as refusal:
        look_up(emr)
    assert f", {newest(emr).id} (docs: " in str(refusal.value)
    assert len(str(refusal.value)) < 1000


def test_the_repr_of_records_and_events_shows_few(emr):
    """As pytest makes it for each assertion about them that fails."""
    for many in (emr.job_runs, emr.events):
        assert " more ..., " in repr(many)
        assert len(repr(many)) < 3000
    assert repr(emr.job_runs[-1]) in repr(emr.job_runs)
    assert repr(emr.job_runs[9]) in repr(emr.job_runs)
    assert repr(emr.job_runs[10]) not in repr(emr.job_runs)


def test_a_state_that_cannot_be_reached_is_explained_in_short(emr):
    """With some of what is due, and not all of it."""
    with pytest.raises(UnreachableState) as problem:
        emr.run_until(emr.add_job_run(emr.applications[0], "RUNNING"), "SUBMITTED")
    due = str(problem.value).partition("What is still due:\n")[2].splitlines()
    assert len(due) == 31
    assert due[10].endswith(" more ...")


def test_orphans_are_reported_in_short():
    """The last of them is named."""
    lasts = []

    def leave_orphans():
        with mock_emr_serverless(clock="manual", on_orphans="warn") as emr:
            start_many(emr)
            lasts.append(emr.job_runs[-1].id)

    with pytest.warns(EMRServerlessOrphanWarning) as warned:
        leave_orphans()
    lines = str(warned[0].message).splitlines()
    assert len(lines) == 33
    assert lasts[0] in lines[-2]
