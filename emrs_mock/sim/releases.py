"""Which feature needs which release, as data (facts §12)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

Version = tuple[int, int, int]

_LABEL = re.compile(r"emr-(?P<spark>spark-)?(\d+)\.(\d+)(?:\.(\d+)|-preview)")
_OLDEST: Version = (6, 6, 0)
_SPARK_LABELS_FROM: Version = (8, 0, 0)

FEATURES: Mapping[str, Version] = {
    "custom images": (6, 9, 0),
    "log4j2 classifications": (6, 8, 0),
    "interactive endpoints": (6, 14, 0),
    "scheduler": (7, 0, 0),
    "scheduler by default": (7, 3, 0),
    "unlimited executors": (6, 10, 0),
    "streaming": (7, 1, 0),
    "retries": (7, 1, 0),
    "shuffle-optimized disks": (7, 1, 0),
    "Prometheus": (7, 1, 0),
    "cancel grace period": (7, 9, 0),
    "seven-day batch timeout": (7, 11, 0),
    "serverless storage": (7, 12, 0),
    "sessions": (7, 13, 0),
    "job run level digests": (7, 14, 0),
}


@cache
def version(label: str) -> Version | None:
    """The version that a release label names; None where there is no such release.

    Releases newer than those in the facts are assumed to exist, so that an older emrs_mock does not refuse them.
    """
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    major, minor, patch = (int(part or 0) for part in match.groups()[1:])
    found = (major, minor, patch)
    floor = _SPARK_LABELS_FROM if match["spark"] else _OLDEST
    return found if found >= floor else None


def is_for_spark_only(label: str) -> bool:
    """Whether the release has no Hive."""
    return label.startswith("emr-spark-")


def supports(label: str, feature: str) -> bool:
    """Whether the release has the feature."""
    found = version(label)
    return found is not None and found >= FEATURES[feature]
