"""What always holds, whatever is called and however time passes: generated calls through a client."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from itertools import groupby, pairwise
from operator import attrgetter

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from emrs_mock import mock_emr_serverless
from emrs_mock.observation import record_members
from emrs_mock.sim.lifecycles import FINAL, TABLES
from tests.service.model import MODEL, has
from tests.service.requests import ROLE, SPARK, START, everything

pytestmark = pytest.mark.filterwarnings("ignore::emrs_mock.EMRServerlessWaitWarning")
"""Records are polled on purpose, on a slow machine for seconds."""


def known(*choices):
    """Those of `(what the model must have, members)` that the installed model has."""
    return st.sampled_from([members for needed, members in choices if needed is None or has(needed)])


CONFIGURATIONS = known(
    (None, {}),
    (None, {"autoStartConfiguration": {"enabled": False}}),
    (None, {"autoStopConfiguration": {"enabled": False}}),
    (None, {"autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 1}}),
    (None, {"initialCapacity": {"DRIVER": {"workerCount": 1}}}),
    (None, {"maximumCapacity": {"cpu": "24 vCPU", "memory": "100 GB"}}),
    (None, {"maximumCapacity": {"cpu": "2 vCPU", "memory": "4 GB"}}),
    ("SchedulerConfiguration", {"schedulerConfiguration": {"maxConcurrentRuns": 1, "queueTimeoutMinutes": 15}}),
    ("StartSession", {"interactiveConfiguration": {"sessionEnabled": True}}),
)
REQUESTS = known(
    (None, {}),
    (None, {"name": "fails"}),
    (None, {"name": "hangs"}),
    (None, {"name": "hangs", "executionTimeoutMinutes": 5}),
    ("StartJobRun.retryPolicy", {"name": "fails", "retryPolicy": {"maxAttempts": 3}}),
    ("StartJobRun.mode", {"name": "fails", "mode": "STREAMING"}),
)
SESSIONS = known((None, {}), ("StartSession", {"idleTimeoutMinutes": 1}))
NOTHING = st.just({})
CALLS = {
    "CreateApplication": CONFIGURATIONS,
    "UpdateApplication": CONFIGURATIONS,
    "StartApplication": NOTHING,
    "StopApplication": NOTHING,
    "DeleteApplication": NOTHING,
    "StartJobRun": REQUESTS,
    "CancelJobRun": NOTHING,
    "StartSession": SESSIONS,
    "TerminateSession": NOTHING,
}
ALWAYS = {
    "CreateApplication": {"releaseLabel": "emr-7.13.0", "type": "SPARK"},
    "StartJobRun": {"executionRoleArn": ROLE, "jobDriver": SPARK},
    "StartSession": {"executionRoleArn": ROLE},
}
NAMED = {"CancelJobRun": "StartJobRun", "TerminateSession": "StartSession"}
"""Which operation made what the others are about, where it is no application."""

CALL = st.sampled_from([operation for operation in CALLS if has(operation)]).flatmap(
    lambda operation: st.tuples(st.just(operation), st.integers(0, 2), CALLS[operation])
)
STEPS = st.lists(st.tuples(CALL, st.sampled_from([0, 0.5, 7, 60, 1000, 50_000])), min_size=3, max_size=20)
"""Calls, and how many seconds pass after each."""


class Life:
    """What happened in a mock in which these steps were done."""

    def __init__(self, client, steps, looks=0):
        self.client, self.looks = client, looks
        self.made = {"CreateApplication": [], "StartJobRun": [], "StartSession": []}
        with mock_emr_serverless(clock="manual", start=START) as self.emr:
            self.emr.when(name="fails").fail(after=20)
            self.emr.when(name="hangs").hang()
            for call, seconds in [(("CreateApplication", 0, {}), 0), *steps]:
                self.call(*call)
                self.advance(seconds)
            self.changes = list(self.emr._simulation.changes)
            self.history = [(change.id, change.attempt, change.after, change.at) for change in self.changes]
            self.shown = self.look_around()

    def advance(self, seconds):
        """Let time pass, in several steps if there are looks on the way."""
        for _ in range(self.looks + 1):
            self.emr.clock.advance(timedelta(seconds=seconds) / (self.looks + 1))
            if self.looks:
                self.look_around()

    def call(self, operation, which, members):
        """Make a call about one of those that were made, if there is one; a call that is refused changes nothing."""
        made = self.made[NAMED.get(operation, "CreateApplication")] or [None]
        about = {} if operation == "CreateApplication" else made[which % len(made)]
        if about is None:
            return
        before = everything(self.emr)
        try:
            answer = self.ask(operation, **about, **ALWAYS.get(operation, {}), **members)
        except ClientError:
            assert everything(self.emr) == before
            return
        if operation in self.made:
            ids = ("applicationId", "jobRunId", "sessionId")
            self.made[operation].append({name: answer[name] for name in ids if name in answer})

    def ask(self, operation, **members):
        """Call an operation by AWS's name."""
        method = next(name for name, of in self.client.meta.method_to_api_mapping.items() if of == operation)
        return getattr(self.client, method)(**members)

    def look_around(self):
        """What every record shows, by its id; what is listed is the same."""
        shown = {}
        for about in self.made["CreateApplication"]:
            shown[about["applicationId"]] = self.ask("GetApplication", **about)["application"]
            if has("ListSessions"):
                self.ask("ListSessions", **about)
        for about in self.made["StartJobRun"]:
            shown[about["jobRunId"]] = self.ask("GetJobRun", **about)["jobRun"]
        for about in self.made["StartSession"]:
            shown[about["sessionId"]] = self.ask("GetSession", **about)["session"]
        assert self.emr.clock.next_due() is None or self.emr.clock.next_due() >= self.emr.clock.now()
        assert self.listed() == set(shown)
        self.refuse_outdated_views()
        return shown

    def refuse_outdated_views(self):
        """What is kept to be shown of each record is what would be made of it now: a copy has nothing kept."""
        simulation = self.emr._simulation
        for world, record in simulation.owners.values():
            show = getattr(record_members, record.kind)
            assert show(world, record) == show(world, deepcopy(record))

    def listed(self):
        """The ids of everything, by lists of every state that the model has."""
        states = MODEL.shape_for("ApplicationState").enum
        rows = [*self.ask("ListApplications", states=states)["applications"]]
        for about in self.made["CreateApplication"]:
            rows += self.ask("ListJobRuns", **about)["jobRuns"]
            rows += self.ask("ListSessions", **about)["sessions"] if has("ListSessions") else []
        return {row.get("id", row.get("sessionId")) for row in rows}


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_every_record_keeps_to_its_table_and_none_is_lost(plain_client, steps):
    """Each change is a row of the table and begins where the last one ended; what is shown is where it led."""
    life = Life(plain_client, steps)
    by_record = {
        record: list(own) for record, own in groupby(sorted(life.changes, key=attrgetter("id")), key=attrgetter("id"))
    }
    for own in by_record.values():
        assert own[0].before is None
        for earlier, change in pairwise(own):
            assert change.before == earlier.after
            assert TABLES[change.kind][change.before][change.event] == change.after
            assert earlier.after not in FINAL[change.kind]
    assert {record: own[-1].after for record, own in by_record.items()} == {
        record: shown["state"] for record, shown in life.shown.items()
    }


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_time_never_runs_back_and_nothing_is_negative(plain_client, steps):
    """Changes are in order of time; who has ended began before; who never ran took and pays nothing."""
    life = Life(plain_client, steps)
    moments = [change.at for change in life.changes]
    assert moments == sorted(moments)
    for shown in life.shown.values():
        assert shown["createdAt"] <= shown.get("startedAt", shown["createdAt"]) <= shown["updatedAt"]
        assert shown.get("startedAt", START) <= shown.get("endedAt", shown["updatedAt"]) <= shown["updatedAt"]
        seconds = shown.get("totalExecutionDurationSeconds", 0)
        for figures in ("totalResourceUtilization", "billedResourceUtilization"):
            assert all((value > 0) <= (seconds > 0) and value >= 0 for value in shown.get(figures, {}).values())


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_the_same_seed_gives_the_same_history(plain_client, steps):
    """The same records, states and moments."""
    assert Life(plain_client, steps).history == Life(plain_client, steps).history


@settings(max_examples=40, deadline=None)
@given(STEPS, st.sampled_from([1, 3]))
def test_polling_changes_nothing(plain_client, steps, looks):
    """Looks in any number and at any moment on the way give the same history, and the same answers at the end."""
    alone, watched = Life(plain_client, steps), Life(plain_client, steps, looks)
    assert (alone.history, alone.shown) == (watched.history, watched.shown)
