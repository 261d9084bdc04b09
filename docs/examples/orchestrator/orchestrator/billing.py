"""What job runs cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

PRICES = {"vCPUHour": 0.052624, "memoryGBHour": 0.0057785, "storageGBHour": 0.000111}
"""US dollars in us-east-1 for x86. Yours: https://aws.amazon.com/emr/pricing/"""


def cost(job_runs: Iterable[dict[str, Any]]) -> float:
    """The price of these job runs in US dollars. What AWS has not billed yet counts as nothing."""
    billed: list[dict[str, float]] = [run.get("billedResourceUtilization", {}) for run in job_runs]
    return sum(usage.get(resource, 0.0) * price for usage in billed for resource, price in PRICES.items())
