"""Yesterday's job runs of a real account, as rules for a test.

`python durations.py runs/*.json > durations.json` reads what the AWS CLI prints for `get-job-run` or `list-job-runs`.
It keeps names, states and durations: no ids, ARNs, arguments, tags or texts.
"""

from __future__ import annotations

import glob
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

FINAL = {"SUCCESS", "FAILED", "CANCELLED"}
NUMBERS = re.compile(r"\d(?:[\d.:_T-]*\d)?")
EXIT_CODE = re.compile(r"ExitCode: \d+")
BEFORE_SCHEDULED = 5.0
"""Seconds that a job run is SUBMITTED and PENDING in the mock."""


@dataclass(frozen=True)
class Recording:
    """One job run. `name` is a shell pattern: orders-2026-01-31 is orders-*. `waited` and `ran` are seconds."""

    name: str
    state: str
    waited: float
    ran: float
    details: str


def moment(shown: float | str) -> datetime:
    """A time as version 1 of the CLI shows it (seconds since 1970), or as version 2 does (ISO 8601)."""
    if isinstance(shown, str):
        return datetime.fromisoformat(shown)
    return datetime.fromtimestamp(shown, timezone.utc)


def recordings(documents: Iterable[dict[str, Any]]) -> list[Recording]:
    """The job runs that have ended, the oldest first."""
    runs = [run for document in documents for run in document.get("jobRuns", [document.get("jobRun")]) if run]
    return [record(run) for run in sorted(runs, key=lambda run: moment(run["createdAt"])) if run["state"] in FINAL]


def record(run: dict[str, Any]) -> Recording:
    """What is kept of a job run. A list does not say when it started: then all its time counts as running."""
    created = moment(run["createdAt"])
    started = moment(run.get("startedAt", run["createdAt"]))
    ended = moment(run.get("endedAt", run["updatedAt"]))
    code = EXIT_CODE.search(run.get("stateDetails", ""))
    return Recording(
        name="*".join(glob.escape(part) for part in NUMBERS.split(run.get("name", ""))) or "*",
        state=run["state"],
        waited=round((started - created).total_seconds(), 3),
        ran=round((ended - started).total_seconds(), 3),
        details=code[0] if code else "",
    )


def apply(emr: Any, recorded: Iterable[Recording]) -> None:
    """Make rules: the n-th job run of a name is like the n-th recording of it, and the last is like all later ones."""
    by_name: dict[str, list[Recording]] = defaultdict(list)
    for recording in recorded:
        by_name[recording.name].append(recording)
    for name, of_name in sorted(by_name.items()):  # orders-*-full after orders-*, and so it decides first
        for place, recording in enumerate(reversed(of_name)):  # the rule that is made last is the first to decide
            rule = emr.when() if name == "*" else emr.when(name=name)
            decide(rule, recording, times=1 if place else None)


def decide(rule: Any, recording: Recording, times: int | None) -> None:
    """Let a rule repeat a recording."""
    spare = max(0.0, recording.waited - BEFORE_SCHEDULED)
    rule.stay("SCHEDULED", for_=spare, times=times)
    if recording.state == "FAILED":
        rule.fail(recording.details or "Recorded failure", after=recording.ran, times=times)
    elif recording.state == "CANCELLED":
        rule.cancel(after=recording.ran, times=times)
    else:
        rule.succeed(after=recording.ran, times=times)


def load(path: str | Path) -> list[Recording]:
    """The recordings in a file that this program has written."""
    return [Recording(**recording) for recording in json.loads(Path(path).read_text())]


if __name__ == "__main__":
    kept = recordings(json.loads(Path(path).read_text()) for path in sys.argv[1:])
    print(json.dumps([asdict(recording) for recording in kept], indent=2))
