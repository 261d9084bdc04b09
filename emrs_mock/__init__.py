"""emrs_mock: code that talks to Amazon EMR Serverless, run in tests, with a clock that the test controls.

Names are imported when they are first used, so that importing the package loads neither botocore nor freezegun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emrs_mock._active import current
    from emrs_mock._doors import mock_emr_serverless
    from emrs_mock._mock import EMRServerless
    from emrs_mock._pytest_plugin import EMRServerlessUnusedWarning
    from emrs_mock.control.deliveries import DeliveryError
    from emrs_mock.control.endings import Fail, Hang, Succeed
    from emrs_mock.control.every_ending import NamedEnding
    from emrs_mock.control.faults import UnfinishedFault
    from emrs_mock.control.orphans import EMRServerlessOrphanWarning, OrphanError
    from emrs_mock.control.quotas import Quotas
    from emrs_mock.control.run_until import UnreachableState
    from emrs_mock.control.snapshots import Snapshot
    from emrs_mock.control.virtual.watch import EMRServerlessStuckError, EMRServerlessStuckWarning
    from emrs_mock.control.waits import EMRServerlessWaitWarning
    from emrs_mock.control.when import UnfinishedRule
    from emrs_mock.operations import NotSimulated
    from emrs_mock.sim.clock import EMRServerlessClockWarning
    from emrs_mock.sim.timing import Timing

__all__ = [
    "DeliveryError",
    "EMRServerless",
    "EMRServerlessClockWarning",
    "EMRServerlessOrphanWarning",
    "EMRServerlessStuckError",
    "EMRServerlessStuckWarning",
    "EMRServerlessUnusedWarning",
    "EMRServerlessWaitWarning",
    "Fail",
    "Hang",
    "NamedEnding",
    "NotSimulated",
    "OrphanError",
    "Quotas",
    "Snapshot",
    "Succeed",
    "Timing",
    "UnfinishedFault",
    "UnfinishedRule",
    "UnreachableState",
    "current",
    "mock_emr_serverless",
]

_HOMES = {
    "DeliveryError": "emrs_mock.control.deliveries",
    "EMRServerless": "emrs_mock._mock",
    "EMRServerlessClockWarning": "emrs_mock.sim.clock",
    "EMRServerlessOrphanWarning": "emrs_mock.control.orphans",
    "EMRServerlessStuckError": "emrs_mock.control.virtual.watch",
    "EMRServerlessStuckWarning": "emrs_mock.control.virtual.watch",
    "EMRServerlessUnusedWarning": "emrs_mock._pytest_plugin",
    "EMRServerlessWaitWarning": "emrs_mock.control.waits",
    "Fail": "emrs_mock.control.endings",
    "Hang": "emrs_mock.control.endings",
    "NamedEnding": "emrs_mock.control.every_ending",
    "Quotas": "emrs_mock.control.quotas",
    "NotSimulated": "emrs_mock.operations",
    "OrphanError": "emrs_mock.control.orphans",
    "Succeed": "emrs_mock.control.endings",
    "Snapshot": "emrs_mock.control.snapshots",
    "Timing": "emrs_mock.sim.timing",
    "UnfinishedFault": "emrs_mock.control.faults",
    "UnfinishedRule": "emrs_mock.control.when",
    "UnreachableState": "emrs_mock.control.run_until",
    "current": "emrs_mock._active",
    "mock_emr_serverless": "emrs_mock._doors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}. It has: {', '.join(__all__)}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
