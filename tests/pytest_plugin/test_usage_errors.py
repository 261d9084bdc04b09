"""What cannot be is refused before any test runs, and the refusal says what can be."""

from __future__ import annotations

import pytest


def assert_refused(result, *lines):
    """A usage error, with these lines, and no test was run."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{line}*" for line in lines])
    assert "passed" not in result.stdout.str()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ('clok="manual"', "no option clok; did you mean clock=[?]"),
        ('clock="sundial"', "clock='sundial': expected one of 'system', 'manual'"),
        ('seed="seven"', "seed='seven'*"),
        ('start="2026-01-31"', 'start= needs a clock of the mock*clock="manual"'),
        ('"manual"', "takes options by name, not 'manual'"),
        ('as_kwarg="emr"', "ask for the fixture emr_serverless"),
    ],
)
def test_a_marker_that_cannot_be_is_refused_at_collection(project, arguments, told):
    """The message names the test and lists what there is."""
    result = project(f"""
def test_good(): pass

@pytest.mark.emr_serverless({arguments})
def test_bad(): pass
""")
    assert_refused(result, f"::test_bad: *{told}")


def test_all_refusals_are_told_at_once(project):
    """All mistakes are in one error."""
    result = project("""
@pytest.mark.emr_serverless(clok="manual")
def test_one(): pass

@pytest.mark.emr_serverless(sead=7)
def test_two(): pass
""")
    assert_refused(result, "::test_one: *no option clok", "::test_two: *no option sead")


@pytest.mark.parametrize(
    ("ini", "told"),
    [
        (
            "emr_serverless_clock = sundial",
            "ini file: emr_serverless_clock='sundial': expected one of 'system', 'manual'",
        ),
        (
            "emr_serverless_seed = seven",
            "ini file: emr_serverless_seed='seven': expected a whole number (docs: pytest)",
        ),
        ("emr_serverless_grace = a bit", "ini file: emr_serverless_grace='a bit': expected a number of seconds*"),
        ("emr_serverless_patience = -1", "ini file: emr_serverless_patience= cannot be negative: -1*"),
        (
            "emr_serverless_clock = manual\nemr_serverless_start = tomorrow",
            "ini file: emr_serverless_start='tomorrow': expected a datetime, or a string*",
        ),
        ("emr_serverless_start = 2026-01-31", "ini file: emr_serverless_start= needs a clock of the mock's own*"),
        ("emr_serverless_outside = forbid", "emr_serverless_outside = forbid: expected allow or error"),
    ],
)
def test_an_ini_key_that_cannot_be_is_refused(project, ini, told):
    """At the start, whether or not any test wants a mock."""
    assert_refused(project("def test_one(): pass", ini=ini), told)
