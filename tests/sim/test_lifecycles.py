"""The state tables agree with the service model, and with themselves."""

from __future__ import annotations

import botocore
import botocore.session
import pytest

from emrs_mock.sim.lifecycles import FINAL, FIRST, TABLES, moves, path, reachable

ENUMS = {"application": "ApplicationState", "job_run": "JobRunState", "session": "SessionState"}
NEWEST = (1, 44)
"""From this botocore on the model is known to have every state of the tables."""


def states_of_the_model(kind: str) -> set[str]:
    """The states that the installed botocore knows; none where it does not know the kind."""
    model = botocore.session.get_session().get_service_model("emr-serverless")
    return set(model.shape_for(ENUMS[kind]).enum) if ENUMS[kind] in model.shape_names else set()


@pytest.mark.parametrize("kind", TABLES)
def test_the_table_has_every_state_of_the_model(kind):
    """A model's state that no table has would be one that no test can show; the newest model has all of ours."""
    known, ours = states_of_the_model(kind), set(TABLES[kind])
    assert ours >= known
    if tuple(map(int, botocore.__version__.split(".")[:2])) >= NEWEST:
        assert ours == known


@pytest.mark.parametrize("kind", TABLES)
def test_every_event_leads_to_a_state_of_the_table(kind):
    """No row leads out of the table."""
    assert {after for row in TABLES[kind].values() for after in row.values()} <= set(TABLES[kind])


@pytest.mark.parametrize("kind", TABLES)
def test_every_state_can_be_arranged(kind):
    """The path to each state follows the table from the first one."""
    for state in TABLES[kind]:
        at = FIRST[kind]
        for event in path(kind, state):
            at = TABLES[kind][at][event]
        assert at == state


def test_final_states_are_those_that_nothing_leads_away_from():
    """What has ended stays so."""
    assert {
        "application": {"TERMINATED"},
        "job_run": {"SUCCESS", "FAILED", "CANCELLED"},
        "session": {"TERMINATED", "FAILED"},
    } == FINAL


def test_reachable_starts_with_the_events_that_are_possible():
    """A hanging job run can only be timed out, so SUCCESS is out of its reach."""
    assert reachable("job_run", "RUNNING", ["time_out"]) == {"CANCELLING", "CANCELLED"}
    assert "SUCCESS" in reachable("job_run", "RUNNING")
    assert reachable("job_run", "SUCCESS") == set()


def test_nothing_that_needs_a_request_is_automatic():
    """Without requests, an application goes where its timers lead it."""
    assert reachable("application", "CREATED") == {"STARTING", "STARTED", "STOPPING", "STOPPED"}
    assert reachable("application", "STARTED", ["auto_stop"]) >= {"STOPPING", "STOPPED"}
    assert "TERMINATED" not in reachable("application", "STARTED", ["auto_stop"])


def test_an_accepted_event_need_not_move():
    """Stopping what is stopped is accepted and changes nothing."""
    assert not moves("application", "STOPPED", "stop")
    assert moves("application", "STARTED", "stop")
    assert not moves("application", "CREATED", "stop")
