"""`emr.run_until(...)`: the part of the handle that waits. Which record it returns follows from the target's type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from emrs_mock._annotations import checked
from emrs_mock.clocks.run_until import run_until
from emrs_mock.handle.observing import Observing
from emrs_mock.members.literals import ApplicationState, JobRunState, SessionState
from emrs_mock.observation.record_views import ApplicationView, JobRunView, SessionView
from emrs_mock.observation.targets import ApplicationResponse, JobRunResponse, SessionResponse, Target


@checked("handle", "EMRServerless")
class Waiting(Observing):
    """What can be waited for: that a record is in a state."""

    @overload
    def run_until(self, target: ApplicationView, state: ApplicationState) -> ApplicationView: ...
    @overload
    def run_until(self, target: JobRunView | JobRunResponse, state: JobRunState | None = None) -> JobRunView: ...
    @overload
    def run_until(self, target: SessionView | SessionResponse, state: SessionState | None = None) -> SessionView: ...
    @overload
    def run_until(self, target: ApplicationResponse, state: ApplicationState) -> ApplicationView: ...
    @overload
    def run_until(self, target: str | Mapping[str, Any], state: None = None) -> JobRunView | SessionView: ...
    @overload
    def run_until(
        self, target: str | Mapping[str, Any], state: ApplicationState | JobRunState | SessionState
    ) -> ApplicationView | JobRunView | SessionView: ...
    def run_until(self, target: Target, state: str | None = None) -> ApplicationView | JobRunView | SessionView:
        """Advance the clock, from one due event to the next, until `target` is in `state`; return the record.

        `target` is a record, an id, an ARN, or a response that contains one. For job runs and sessions, the default of
        `state` is their final state. Raises UnreachableState as soon as the state can no longer be reached, and where
        nothing is due but further attempts of job runs that have failed 1,000 times meanwhile.
        """
        record_id = run_until(self._simulation, target, state)
        kinds = (self._applications, self._job_runs, self._sessions)
        return next(records[record_id] for records in kinds if record_id in records)
