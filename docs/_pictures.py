"""Draws the pictures of the pages: `python docs/_pictures.py`. A test fails if a picture is out of date."""

from __future__ import annotations

import re
import sys
import types
from functools import partial
from pathlib import Path

import boto3
from _state_charts import chart

import emrs_mock
from emrs_mock import mock_emr_serverless
from emrs_mock.sim.lifecycles import TABLES

DOCS = Path(__file__).parent
PICTURES = DOCS / "pictures"


@mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z", as_kwarg="emr")
def timeline(emr):
    """A night's work: one job run succeeds, one is tried twice, one waits in the queue, hangs and is cancelled."""
    client = boto3.client("emr-serverless", "eu-west-1")
    application = client.create_application(
        name="etl",
        type="SPARK",
        releaseLabel="emr-7.2.0",
        autoStopConfiguration={"idleTimeoutMinutes": 1},
        schedulerConfiguration={"maxConcurrentRuns": 2},
    )
    emr.run_until(application, "CREATED")

    def submit(name, **more):
        return client.start_job_run(
            applicationId=application["applicationId"],
            executionRoleArn="arn:aws:iam::123456789012:role/etl",
            name=name,
            jobDriver={"sparkSubmit": {"entryPoint": f"s3://code/{name}.py"}},
            **more,
        )

    emr.when(name="load-orders").fail("Job failed, please check complete logs. ExitCode: 137.", after=45, times=1)
    emr.when(name="endless").hang()
    submit("load-customers")
    submit("load-orders", retryPolicy={"maxAttempts": 2})
    endless = submit("endless")
    stuck = {name: endless[name] for name in ("applicationId", "jobRunId")}
    while client.get_job_run(**stuck)["jobRun"]["state"] != "RUNNING":
        emr.clock.advance(15)
    emr.clock.advance(60)
    client.cancel_job_run(**stuck)
    emr.run_until(application, "STOPPED")
    return emr.timeline().to_svg()


def first_test():
    """The timeline of the first test of the README, which is run here as it stands there, beside its `etl.py`."""
    test, module = re.findall(r"^```python\n(.*?)^```$", (DOCS.parent / "README.md").read_text("utf-8"), re.M | re.S)
    etl = sys.modules["etl"] = types.ModuleType("etl")
    run = {}
    try:
        exec(module, vars(etl))
        exec(test, run)
    finally:
        del sys.modules["etl"]
    drawn = []

    def run_etl(application_id):
        state = etl.run_etl(application_id)
        drawn.append(emrs_mock.current().timeline().to_svg())
        return state

    run["run_etl"] = run_etl
    run[next(name for name in run if name.startswith("test_"))]()
    return drawn[0]


# --- the rooms of the package ---------------------------------------------------------------------------------------

PACKAGE = Path(emrs_mock.__file__).parent
BOX, GAP_X, GAP_Y = (148, 40), 24, 46
ABOUT = {
    "activation": "ways in and out",
    "cli": "the command",
    "clocks": "system, manual, virtual",
    "engines": "jobs that really run",
    "handle": "joins the rooms",
    "observation": "what the author sees",
    "operations": "what calls mean",
    "options": "checked in one table",
    "pytest_plugin": "fixtures, markers",
    "scenario": "what the author decides",
    "server": "a mock over HTTP",
    "sim": "how things live in time",
    "wire": "botocore's side",
    "_annotations": "what fits a type",
    "_call": "what crosses",
}


def arrows():
    """Which rooms each room imports, read off the source."""
    found = {room: set() for room in ABOUT}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        named = re.findall(r"^ *(?:from|import) emrs_mock[. ](?:import )?(\w+)", path.read_text("utf-8"), re.MULTILINE)
        if room in found:
            found[room] |= {name for name in named if name in found} - {room}
    return found


def without_detours(found):
    """The arrows without those that a path over other rooms implies."""

    def reached(room):
        return found[room].union(*(reached(below) for below in found[room]))

    return {
        room: {to for to in below if not any(to in reached(via) for via in below - {to})}
        for room, below in found.items()
    }


def rooms():
    """Each room on a level above all rooms that it imports, with the arrows between them."""
    found = arrows()

    def level(room):
        return 1 + max(map(level, found[room]), default=-1)

    levels = [sorted(room for room in found if level(room) == number) for number in range(1 + max(map(level, found)))]
    width = max(map(len, levels)) * (BOX[0] + GAP_X) + GAP_X
    height = len(levels) * (BOX[1] + GAP_Y)
    at = {}
    for number, row in enumerate(levels):
        left = (width - len(row) * (BOX[0] + GAP_X) + GAP_X) / 2
        for place, room in enumerate(row):
            at[room] = left + place * (BOX[0] + GAP_X), height - GAP_Y / 2 - number * (BOX[1] + GAP_Y) - BOX[1]
    lines = [
        f'<line x1="{at[room][0] + BOX[0] / 2:.0f}" y1="{at[room][1] + BOX[1]:.0f}" '
        f'x2="{at[to][0] + BOX[0] / 2:.0f}" y2="{at[to][1] - 3:.0f}" marker-end="url(#tip)"/>'
        for room, below in without_detours(found).items()
        for to in sorted(below)
    ]
    boxes = [
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX[0]}" height="{BOX[1]}" rx="5"/>'
        f'<text x="{x + BOX[0] / 2:.0f}" y="{y + 17:.0f}" class="name">{room}</text>'
        f'<text x="{x + BOX[0] / 2:.0f}" y="{y + 32:.0f}">{ABOUT[room]}</text>'
        for room, (x, y) in at.items()
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}">',
            "<style>.paper{fill:#fff}rect{fill:#eef2f7;stroke:#4f6f8f}text{font:11px system-ui,sans-serif;fill:#444;"
            "text-anchor:middle}.name{font:bold 13px ui-monospace,monospace;fill:#111}line{stroke:#4f6f8f}"
            "#tip path{fill:#4f6f8f}@media(prefers-color-scheme:dark){.paper{fill:#16191d}rect{fill:#22303f}"
            "text{fill:#a3adb7}.name{fill:#e8ebee}}</style>",
            '<marker id="tip" orient="auto" markerWidth="8" markerHeight="8" refX="6" refY="3">'
            '<path d="M0 0L7 3L0 6z"/></marker>',
            f'<rect class="paper" width="{width}" height="{height}" stroke="none"/>',
            *lines,
            *boxes,
            "</svg>\n",
        ]
    )


DRAWN = {
    "first-test.svg": first_test,
    "rooms.svg": rooms,
    "timeline.svg": timeline,
    **{f"{kind.replace('_', '-')}-states.svg": partial(chart, kind) for kind in TABLES},
}

if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for name, draw in DRAWN.items():
        (PICTURES / name).write_text(draw(), encoding="utf-8")
