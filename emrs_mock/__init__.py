"""emrs_mock: a mock of Amazon EMR Serverless for tests of code that uses boto3, with a clock that the test controls.

Each name is imported when it is first used, so that importing the package loads neither botocore nor time-machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emrs_mock.activation.active_mocks import current
    from emrs_mock.activation.mock import mock_emr_serverless
    from emrs_mock.clocks.emr_clock import Clock
    from emrs_mock.clocks.run_until import UnreachableState
    from emrs_mock.clocks.virtual.alarms import EMRServerlessStuckError, EMRServerlessStuckWarning
    from emrs_mock.handle.emr_serverless import EMRServerless
    from emrs_mock.members.literals import ApplicationState, JobRunMode, JobRunState, SessionState
    from emrs_mock.observation.calls import CallRecord, Calls
    from emrs_mock.observation.deliveries import DeliveryError
    from emrs_mock.observation.event_log import Event
    from emrs_mock.observation.events import Events
    from emrs_mock.observation.logs import Logs
    from emrs_mock.observation.metrics import Metrics
    from emrs_mock.observation.orphans import EMRServerlessOrphanWarning, OrphanError
    from emrs_mock.observation.poll_watch import EMRServerlessWaitError, EMRServerlessWaitWarning
    from emrs_mock.observation.record_views import ApplicationView, JobRunView, Records, SessionView
    from emrs_mock.observation.timeline import Timeline
    from emrs_mock.operations.dispatch import NotSimulated
    from emrs_mock.options import Options
    from emrs_mock.pytest_plugin.left_active import EMRServerlessLeftActiveWarning
    from emrs_mock.pytest_plugin.plugin import EMRServerlessUnusedWarning
    from emrs_mock.scenario.endings import Ending, Fail, Hang, Succeed
    from emrs_mock.scenario.faults import Fault, UnfinishedFault
    from emrs_mock.scenario.named_endings import NamedEnding
    from emrs_mock.scenario.quotas import Quotas
    from emrs_mock.scenario.rules import Rule, UnfinishedRule
    from emrs_mock.scenario.snapshots import Snapshot
    from emrs_mock.server.remote import connect
    from emrs_mock.sim.clock import EMRServerlessClockWarning
    from emrs_mock.sim.timing import Timing

    __version__: str

__all__ = [
    "ApplicationState",
    "ApplicationView",
    "CallRecord",
    "Calls",
    "Clock",
    "DeliveryError",
    "EMRServerless",
    "EMRServerlessClockWarning",
    "EMRServerlessLeftActiveWarning",
    "EMRServerlessOrphanWarning",
    "EMRServerlessStuckError",
    "EMRServerlessStuckWarning",
    "EMRServerlessUnusedWarning",
    "EMRServerlessWaitError",
    "EMRServerlessWaitWarning",
    "Ending",
    "Event",
    "Events",
    "Fail",
    "Fault",
    "Hang",
    "JobRunMode",
    "JobRunState",
    "JobRunView",
    "Logs",
    "Metrics",
    "NamedEnding",
    "NotSimulated",
    "Options",
    "OrphanError",
    "Quotas",
    "Records",
    "Rule",
    "SessionState",
    "SessionView",
    "Snapshot",
    "Succeed",
    "Timeline",
    "Timing",
    "UnfinishedFault",
    "UnfinishedRule",
    "UnreachableState",
    "connect",
    "current",
    "mock_emr_serverless",
]

_MODULES = {
    "ApplicationState": "emrs_mock.members.literals",
    "ApplicationView": "emrs_mock.observation.record_views",
    "CallRecord": "emrs_mock.observation.calls",
    "Calls": "emrs_mock.observation.calls",
    "Clock": "emrs_mock.clocks.emr_clock",
    "DeliveryError": "emrs_mock.observation.deliveries",
    "EMRServerless": "emrs_mock.handle.emr_serverless",
    "EMRServerlessClockWarning": "emrs_mock.sim.clock",
    "EMRServerlessLeftActiveWarning": "emrs_mock.pytest_plugin.left_active",
    "EMRServerlessOrphanWarning": "emrs_mock.observation.orphans",
    "EMRServerlessStuckError": "emrs_mock.clocks.virtual.alarms",
    "EMRServerlessStuckWarning": "emrs_mock.clocks.virtual.alarms",
    "EMRServerlessUnusedWarning": "emrs_mock.pytest_plugin.plugin",
    "EMRServerlessWaitError": "emrs_mock.observation.poll_watch",
    "EMRServerlessWaitWarning": "emrs_mock.observation.poll_watch",
    "Ending": "emrs_mock.scenario.endings",
    "Event": "emrs_mock.observation.event_log",
    "Events": "emrs_mock.observation.events",
    "Fail": "emrs_mock.scenario.endings",
    "Fault": "emrs_mock.scenario.faults",
    "Hang": "emrs_mock.scenario.endings",
    "JobRunMode": "emrs_mock.members.literals",
    "JobRunState": "emrs_mock.members.literals",
    "JobRunView": "emrs_mock.observation.record_views",
    "Logs": "emrs_mock.observation.logs",
    "Metrics": "emrs_mock.observation.metrics",
    "NamedEnding": "emrs_mock.scenario.named_endings",
    "NotSimulated": "emrs_mock.operations.dispatch",
    "Options": "emrs_mock.options",
    "OrphanError": "emrs_mock.observation.orphans",
    "Quotas": "emrs_mock.scenario.quotas",
    "Records": "emrs_mock.observation.record_views",
    "Rule": "emrs_mock.scenario.rules",
    "SessionState": "emrs_mock.members.literals",
    "SessionView": "emrs_mock.observation.record_views",
    "Snapshot": "emrs_mock.scenario.snapshots",
    "Succeed": "emrs_mock.scenario.endings",
    "Timeline": "emrs_mock.observation.timeline",
    "Timing": "emrs_mock.sim.timing",
    "UnfinishedFault": "emrs_mock.scenario.faults",
    "UnfinishedRule": "emrs_mock.scenario.rules",
    "UnreachableState": "emrs_mock.clocks.run_until",
    "connect": "emrs_mock.server.remote",
    "current": "emrs_mock.activation.active_mocks",
    "mock_emr_serverless": "emrs_mock.activation.mock",
}


if not TYPE_CHECKING:  # or a type checker would accept every name

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            return _version()
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}. It has: {', '.join(__all__)}")
        from importlib import import_module

        # By its own name, as a copy of the package may have another.
        value = globals()[name] = getattr(import_module(_MODULES[name].replace("emrs_mock", __name__, 1)), name)
        return value


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("emrs-mock")
    except PackageNotFoundError:  # such as a checkout that is not installed
        return "unknown"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
