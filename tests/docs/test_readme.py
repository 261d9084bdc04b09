"""The README holds what a newcomer needs, in that order, and all of it works."""

from __future__ import annotations

import re

import pytest

from emrs_mock import mock_emr_serverless
from tests.docs.pages import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
HOW_TO: list[tuple[str, str]] = re.findall(r"^\| [^|]+ \| `(emr\..+?)`(?: or `(\.\w+\(\))`)? \|", README, re.MULTILINE)
RULES = [code for code, _ in HOW_TO if ".when(" in code]


def submitted(emr, **members):
    """The state history of a job run with the name that the rows of the table match, when all is over."""
    application = emr.add_application()
    run = emr.client().start_job_run(
        applicationId=application.id,
        executionRoleArn="arn:aws:iam::123456789012:role/etl",
        name="etl",
        jobDriver={"sparkSubmit": {"entryPoint": "s3://code/etl.py"}},
        **members,
    )
    emr.run_until(run)
    return [step.state for step in emr.timeline().tracks[-1].steps]


def test_its_parts_are_in_the_order_in_which_a_newcomer_decides():
    """What it is, how to get it, a test, its picture, why not another tool, where to read on."""
    parts = [
        "# emrs_mock",
        "pip install emrs-mock",
        "pip install . &&",
        "def test_",
        "first-test.svg",
        "| moto |",
        "## Read on",
    ]
    places = [README.index(part) for part in parts]
    assert places == sorted(places)


def test_two_commands_install_a_clone():
    """They are run from a fresh clone before each change is accepted, by the script that finds them so."""
    assert [line for line in README.splitlines() if line.startswith("pip install ")] == [
        "pip install . && python -m emrs_mock run docs/examples/nightly_etl.py",
        "pip install -e '.[test]' && pytest",
    ]


def test_its_first_test_has_ten_lines():
    """Blank ones and imports aside."""
    test = re.search(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)[1]
    assert len([line for line in test.splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize(
    ("rule", "ending"),
    [(RULES[0], ["RUNNING", "FAILED"]), (RULES[1], ["CANCELLING", "CANCELLED"]), (RULES[2], ["RUNNING", "SUCCESS"])],
)
def test_a_rule_of_the_table_does_what_its_row_says(rule, ending):
    """Fail, hang until the time-out, and wait in the queue."""
    with mock_emr_serverless(clock="manual") as emr:
        eval(rule, {"emr": emr})
        states = submitted(emr)
    assert states[-2:] == ending
    assert ("QUEUED" in states) is ("QUEUED" in rule)


def test_the_other_codes_of_the_table_are_accepted():
    """The verb that can stand instead, and the fault."""
    with mock_emr_serverless(clock="manual") as emr:
        for code, instead in HOW_TO:
            eval(re.sub(r"\.\w+\(\)$", instead, code) if instead else code, {"emr": emr})
        assert [verb for _, verb in HOW_TO if verb] == [".time_out()"]
