"""The texts of `stateDetails`, by the event that leads to the state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

LONGEST = 256  # facts §3.2: longer texts are cut

_SCRIPT_FAILED = (
    "Job failed, please check complete logs in configured logging destination. ExitCode: {exit_code}. "
    "Last few exceptions: "
)


def script_failed(error: str, exit_code: int = 1) -> str:
    """The text of a job whose program ended so (facts §3.2)."""
    return _SCRIPT_FAILED.format(exit_code=exit_code) + error


FAILED = script_failed("RuntimeError: the job run was made to fail")
OUT_OF_MEMORY = script_failed("Worker has been killed as memory usage exceeded configured memory size", 137)
NO_CAPACITY = "Job failed as application has exceeded maximumCapacity settings."
NO_EXECUTORS = "Abandoning job due to no executor being launched within 1200000ms after driver starts"
NO_VCPUS = "Job failed as account has reached the service limit on the maximum vCPU it can use concurrently."
S3_DENIED = (
    "S3 access is denied. Please check S3 access permissions of the job runtime role on the required S3 resources."
)
NO_ROLE = (
    "Could not assume execution role {role} because it does not exist or is not set up with the required trust "
    "relationship."
)
NO_MODULE = (
    "ModuleNotFoundError: No module named {module}. "
    "Please refer to the user guide on how to use python libraries with EMR Serverless."
)

# An event without a text leaves the text that was there (facts §2.6, captured). Texts: facts §3.2, §16
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "application": {
        "start": "User initiated.",
        "stop": "",  # assumed: no text was ever seen after a StopApplication
        "auto_stop": "AUTO_STOPPING",
    },
    "job_run": {
        "submit": "SUBMITTED",
        "queue": "The JobRun is queued, as the application has reached its maximum number of concurrent job runs.",
        "validate": "The JobRun is pending scheduling.",
        "admit": "The JobRun is pending scheduling.",
        "schedule": "The job has been scheduled and is acquiring resources to run.",
        "run": "",
        "succeed": "",
        "fail": FAILED,
        "retry": FAILED,
        "cancel": "The JobRun was cancelled by the user.",
        "time_out": "The JobRun exceeded its execution timeout of {minutes} minutes.",
        "queue_time_out": "The JobRun exceeded its queue timeout of {minutes} minutes.",
    },
    "session": {},
}


def details_of(record: Any, event: str) -> str:
    """The text that `event` brings to the record, where no other text was given."""
    text = _TEXTS[record.kind].get(event)
    if text is None:
        return str(record.state_details)
    limit = record.limits.get(event) if "{minutes}" in text else None
    return text if limit is None else text.format(minutes=limit // timedelta(minutes=1))


def cut(details: str) -> str:
    """The text of a test's author, cut as the service cuts it."""
    return details[:LONGEST]
