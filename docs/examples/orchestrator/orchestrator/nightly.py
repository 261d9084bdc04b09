"""The whole night: an application, the job, the bill, and the application is gone again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import boto3
from botocore.config import Config

from orchestrator.applications import application
from orchestrator.billing import cost
from orchestrator.jobs import Ending, Job, run_job

RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 8})
"""botocore repeats throttled and lost calls, with back-off, for about a minute."""


@dataclass(frozen=True)
class Report:
    """The result of a night."""

    endings: list[Ending]
    dollars: float

    @property
    def outcome(self) -> str:
        """How the last submission ended: SUCCESS, FAILED, CANCELLED or LATE."""
        return self.endings[-1].outcome


def run_night(job: Job, day: date, client: Any = None) -> Report:
    """Run the job for a day on an application of its own."""
    client = client or boto3.client("emr-serverless", config=RETRIES)
    with application(client, f"{job.name}-{day}") as application_id:
        endings = run_job(client, application_id, job, day)
    return Report(endings, cost(ending.job_run for ending in endings))
